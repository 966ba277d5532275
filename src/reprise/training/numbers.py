"""The six numbers of a clip that the numerical network reads beside others: Spotify's own, or measured here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from reprise.audio import open_audio
from reprise.datasets import panda
from reprise.features.extract import extract
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.rhythm import estimate_rhythm
from reprise.models.tonality import estimate_tonality
from reprise.training.shipped.ridge import Floats

__all__ = ["NUMBERS", "clip_numbers"]

NUMBERS = ("valence", "tempo", "loudness", "key", "mode", "time_signature")
"""What the numerical network is told."""

_USUAL_METRE = 4
_NO_TEMPO_BPM = 60.0
_QUIETEST_DB = -60.0


def clip_numbers(
    clips: Mapping[str, Path], valence: Floats, folder: Path, cache: Path
) -> npt.NDArray[np.float32]:
    """Return `NUMBERS` of each clip, shape (n_clips, 6).

    Valence is a label, so that a network which is told it cannot be compared in valence. Where a clip has none, it is
    the mean of the others. The rest is Spotify's own where it is known, else what is measured in the clip.

    Parameters
    ----------
    clips : mapping of str to Path
        The audio of each clip by its name.
    valence : array, shape (n_clips,)
        Labels, 0..1; NaN where there is none.
    folder : Path
        The data folder.
    cache : Path
        Where what was measured is kept.

    Raises
    ------
    DecodeError, UnusableAudioError
        If a clip cannot be read.
    DatasetError
        If the labels cannot be read.
    """
    known = panda.load(folder)
    place = {clip: row for row, clip in enumerate(known.clips)}
    spotify = np.stack([known.tempo_bpm, known.loudness_db, known.key, known.mode], axis=1)
    measured = _measured(clips, cache)
    for row, clip in enumerate(clips):
        if clip in place:
            own = spotify[place[clip]]
            measured[row, :4] = np.where(np.isnan(own), measured[row, :4], own)
    filled = np.where(np.isnan(valence), np.nanmean(valence), valence)
    return np.column_stack([filled, measured]).astype(np.float32)


def _measured(clips: Mapping[str, Path], cache: Path) -> Floats:
    """Tempo, loudness, key, mode and metre of each clip, kept in the cache: they take half a second a clip."""
    kept = cache / "numbers.npz"
    found: dict[str, Floats] = {}
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as file:
            found = dict(zip(file["clips"].tolist(), file["values"], strict=True))
    if absent := [clip for clip in clips if clip not in found]:
        networks = MusicnnNetworks()
        found |= {clip: _measure(clips[clip], networks) for clip in absent}
        part = cache / "numbers.part.npz"
        np.savez(part, allow_pickle=False, clips=np.array(list(found)), values=np.stack(list(found.values())))
        part.replace(kept)
    return np.stack([found[clip] for clip in clips])


def _measure(path: Path, networks: MusicnnNetworks) -> Floats:
    with threadpool_limits(1), open_audio(path) as stream:
        features = extract(stream, networks, max_patches=1)
    rhythm, tonality = estimate_rhythm(features.onset), estimate_tonality(features.chroma)
    loudness = features.loudness.overall_db
    values = (
        rhythm.tempo_bpm or _NO_TEMPO_BPM,
        _QUIETEST_DB if loudness is None else loudness,
        max(0, tonality.key),
        1.0 if tonality.mode is None else tonality.mode,
        rhythm.time_signature or _USUAL_METRE,
    )
    return np.array(values, np.float64)
