"""The labelled clips, heard once: every group of features of every clip, kept on disk between runs."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from threadpoolctl import threadpool_limits

from reprise.audio import open_audio
from reprise.errors import DatasetError
from reprise.features.extract import extract
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.inputs import input_groups
from reprise.models.predict import MAX_PATCHES
from reprise.models.rhythm import estimate_rhythm
from reprise.models.tonality import estimate_tonality
from reprise.records import FloatArray

__all__ = ["Corpus", "clip_paths", "hear", "load_corpus", "speech_mixes"]

GROUPS = ("embedding", "pooled", "tag_logits", "mel", "short_term", "measured")
FOLDERS = ("panda", "emotify", "gtzan_classical")
SPEECH_CLIP_S = 30.0
HEARS_WITH = ("musicnn.onnx", "rhythm*.onnx", "rhythm*.npz", "tonality.npz")
"""Weights that features depend on; those of the models that are fitted to the features are not among them."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Features of many clips.

    Attributes
    ----------
    clips : tuple of str
        Paths below the data folder; ``speech/mix-NN`` for the joined readings.
    groups : dict of str to float32 array, shape (n_clips, size of the group)
    """

    clips: tuple[str, ...]
    groups: dict[str, FloatArray]

    def places(self, clips: Sequence[str]) -> npt.NDArray[np.intp]:
        """Return the rows of some clips, in the order asked for.

        Raises
        ------
        DatasetError
            If a clip is not in the corpus.
        """
        place = {clip: row for row, clip in enumerate(self.clips)}
        absent = [clip for clip in clips if clip not in place]
        if absent:
            raise DatasetError(f"{len(absent)} clips have labels but no audio, the first is {absent[0]}")
        return np.array([place[clip] for clip in clips], np.intp)

    def rows(self, clips: Sequence[str]) -> dict[str, FloatArray]:
        """Return the groups of some clips, in the order asked for; raises as `places` does."""
        rows = self.places(clips)
        return {name: values[rows] for name, values in self.groups.items()}


def clip_paths(folder: Path) -> list[Path]:
    """List the music clips of the data folder."""
    paths = [path for name in FOLDERS for path in sorted((folder / "clips" / name).glob("*.opus"))]
    if not paths:
        raise DatasetError(
            f"{folder} holds no clips; the training data belong there (see docs/how-to/train.md)"
        )
    return paths


def speech_mixes(folder: Path, cache: Path, seed: int = 0) -> list[Path]:
    """Join short readings, in a seeded order, into clips of 30 seconds.

    Returns
    -------
    list of Path
        WAV files in ``cache/speech``.
    """
    sources = sorted((folder / "clips" / "speech").glob("*.opus"))
    order = np.random.default_rng(seed).permutation(len(sources))
    target = cache / "speech"
    target.mkdir(parents=True, exist_ok=True)
    mixes: list[Path] = []
    parts: list[FloatArray] = []
    for index in order:
        y, sample_rate = soundfile.read(sources[index], dtype="float32")
        parts.append(y)
        if sum(part.size for part in parts) >= SPEECH_CLIP_S * sample_rate:
            path = target / f"mix-{len(mixes):02d}.wav"
            soundfile.write(path, np.concatenate(parts)[: int(SPEECH_CLIP_S * sample_rate)], sample_rate)
            mixes.append(path)
            parts = []
    return mixes


def hear(path: Path, networks: MusicnnNetworks) -> dict[str, FloatArray]:
    """Return the groups of features of one file, as `reprise.models.inputs` arranges them."""
    # One thread of BLAS a process: its matrices are small, and the processes already use the cores.
    with threadpool_limits(1), open_audio(path) as stream:
        features = extract(stream, networks, max_patches=MAX_PATCHES)
    return input_groups(features, estimate_rhythm(features.onset), estimate_tonality(features.chroma))


def _state_of_the_code() -> str:
    """Hash of every source file and weight that a feature depends on, so that old values are never used."""
    digest = hashlib.sha256(str(MAX_PATCHES).encode())
    package = Path(__file__).resolve().parents[2]
    parts = ["extract", "spectrogram", "mel", "musicnn", "onset", "chroma", "short_term"]
    features = tuple(f"features/{part}.py" for part in parts)
    patterns = ("audio/*.py", *features, "models/inputs.py", "models/rhythm*.py", "models/tonality.py")
    for pattern in (*patterns, *(f"models/weights/{name}" for name in HEARS_WITH)):
        for source in sorted(package.glob(pattern)):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def load_corpus(folder: Path, cache: Path, *, jobs: int = 1) -> Corpus:
    """Hear all labelled clips, or recall what was heard of them.

    Parameters
    ----------
    folder : Path
        The data folder, with ``clips`` and ``labels``.
    cache : Path
        Where the features are kept; they are computed again when the code that makes them has changed.
    jobs : int
        Worker processes.

    Raises
    ------
    DatasetError
        If there are no clips.
    """
    kept = cache / f"corpus-{_state_of_the_code()}.npz"
    if not kept.is_file():
        music, speech = clip_paths(folder), speech_mixes(folder, cache)
        names = [str(path.relative_to(folder)) for path in music] + [f"speech/{path.stem}" for path in speech]
        heard = list(_in_order([*music, *speech], jobs))
        buffer = io.BytesIO()
        columns = {group: np.stack([row[group] for row in heard]) for group in GROUPS}
        np.savez(buffer, allow_pickle=False, clips=np.array(names), **columns)
        # Renamed when whole: a run that is interrupted leaves no half of it.
        kept.with_suffix(".part").write_bytes(buffer.getvalue())
        kept.with_suffix(".part").replace(kept)
    with np.load(kept, allow_pickle=False) as file:
        return Corpus(
            clips=tuple(str(clip) for clip in file["clips"]), groups={group: file[group] for group in GROUPS}
        )


def _in_order(paths: list[Path], jobs: int) -> Iterator[dict[str, FloatArray]]:
    listen = partial(hear, networks=MusicnnNetworks())
    if jobs == 1:
        yield from map(listen, paths)
        return
    with get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(listen, paths, chunksize=4)
