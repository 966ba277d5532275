"""MusiCNN: the patches of log-mel spectrogram that it hears, and the two networks themselves."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, fields
from importlib import resources
from typing import Any

import numpy as np

from reprise.errors import ModelError, ParameterError
from reprise.features.mel import N_MELS
from reprise.records import FloatArray

__all__ = ["MSD_TAGS", "MTT_TAGS", "PATCH_FRAMES", "MusicnnNetworks", "MusicnnOutput", "PatchGrid"]

PATCH_FRAMES = 187
"""Frames of a patch: 3 s at 62.5 frames a second."""

# fmt: off
MSD_TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
    "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock",
    "soul", "indie rock", "Mellow", "electronica", "80s", "folk", "90s", "chill", "instrumental",
    "punk", "oldies", "blues", "hard rock", "ambient", "acoustic", "experimental", "female vocalist",
    "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy", "catchy", "funk",
    "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
)
MTT_TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano",
    "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing",
    "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal",
    "pop", "soft", "sitar", "solo", "man", "classic", "choir", "voice", "new age", "dance",
    "male voice", "female vocal", "beats", "harp", "cello", "no voice", "weird", "country", "metal",
    "female voice", "choral",
)
# fmt: on


class PatchGrid:
    """Collect evenly spaced patches of a log-mel spectrogram of any length in bounded memory.

    The frames are cut into patches of 187 that do not overlap. Every ``stride``-th patch is kept; once more
    than twice ``max_patches`` are held, every second one is let go and the stride doubles. Frames after the
    last whole patch are not used, unless there is no whole patch: then the frames are repeated to fill one,
    as was done with short clips when the networks were trained.

    Parameters
    ----------
    max_patches : int
        At most so many patches are given back, 1 and up.

    Raises
    ------
    ParameterError
        If ``max_patches`` is less than 1.
    """

    def __init__(self, max_patches: int) -> None:
        if max_patches < 1:
            raise ParameterError(f"max_patches must be 1 or more, not {max_patches}")
        self._max_patches = max_patches
        self._stride = 1
        self._kept: list[FloatArray] = []
        self._n_patches = 0
        self._current = np.empty((PATCH_FRAMES, N_MELS), np.float32)
        self._n_frames = 0

    def push(self, log_mel: FloatArray) -> None:
        """Take the next frames.

        Parameters
        ----------
        log_mel : ndarray of float32, shape (96, t)
            As `LogMel.push` returns them, any number.
        """
        start, n = 0, log_mel.shape[1]
        while start < n:
            stop = min(n, start + PATCH_FRAMES - self._n_frames)
            filled = self._n_frames + stop - start
            self._current[self._n_frames : filled] = log_mel[:, start:stop].T
            self._n_frames, start = filled, stop
            if filled == PATCH_FRAMES:
                self._keep_current()

    def _keep_current(self) -> None:
        if self._n_patches % self._stride == 0:
            self._kept.append(self._current.copy())
        self._n_patches += 1
        self._n_frames = 0
        if len(self._kept) > 2 * self._max_patches:
            self._kept = self._kept[::2]
            self._stride *= 2

    def patches(self) -> FloatArray:
        """Return evenly spaced patches of what has gone by, oldest first.

        Returns
        -------
        ndarray of float32, shape (n, 187, 96)
            ``n`` is at most ``max_patches``, and 0 only if there has been no frame at all.
        """
        if not self._kept:
            if not self._n_frames:
                return np.empty((0, PATCH_FRAMES, N_MELS), np.float32)
            return self._current[np.arange(PATCH_FRAMES) % self._n_frames][None]
        n = min(self._max_patches, len(self._kept))
        # The middles of n equal parts.
        chosen = ((np.arange(n) + 0.5) * len(self._kept) / n).astype(int)
        return np.stack([self._kept[i] for i in chosen])


@dataclass(frozen=True, kw_only=True, slots=True)
class MusicnnOutput:
    """What the two networks say of ``n`` patches, one row a patch.

    Attributes
    ----------
    msd_tags : ndarray of float32, shape (n, 50)
        Scores in 0..1 of `MSD_TAGS`, the Last.fm tags of the Million Song Dataset.
    msd_penultimate : ndarray of float32, shape (n, 200)
        The layer before, an embedding.
    mtt_tags : ndarray of float32, shape (n, 50)
        Scores in 0..1 of `MTT_TAGS`, the tags of MagnaTagATune.
    mtt_penultimate : ndarray of float32, shape (n, 200)
        The layer before, an embedding.
    msd_pooled, mtt_pooled : ndarrays of float32, shapes (n, p) and (n, q)
        One layer further down: maximum, then mean over time of each channel that lives.
    """

    msd_tags: FloatArray
    msd_penultimate: FloatArray
    mtt_tags: FloatArray
    mtt_penultimate: FloatArray
    msd_pooled: FloatArray
    mtt_pooled: FloatArray


_OUTPUTS = tuple(field.name for field in fields(MusicnnOutput))


class MusicnnNetworks:
    """The two MusiCNN networks, in one ONNX graph that is loaded when it is first needed.

    One instance may be used from several threads at once; each call computes on the thread that makes it. An
    instance sent to another process loads the graph there.

    References
    ----------
    .. [1] Pons, J. and Serra, X. "musicnn: Pre-trained convolutional neural networks for music audio
           tagging." Late-breaking/demo session, ISMIR 2019.
    """

    def __init__(self) -> None:
        self._session: Any = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[MusicnnNetworks], tuple[()]]:
        return type(self), ()

    def predict(self, patches: FloatArray) -> MusicnnOutput:
        """Run both networks on each patch.

        Parameters
        ----------
        patches : ndarray of float32, shape (n, 187, 96)
            Log-mel patches, as `PatchGrid.patches` returns them.

        Returns
        -------
        MusicnnOutput

        Raises
        ------
        ParameterError
            If the patches have another shape.
        ModelError
            If the weights are missing, or not those that their card describes.
        """
        if patches.ndim != 3 or patches.shape[1:] != (PATCH_FRAMES, N_MELS):
            raise ParameterError(
                f"patches must have the shape (n, {PATCH_FRAMES}, {N_MELS}), not {patches.shape}"
            )
        session = self._loaded()
        # One patch at a time is faster than a batch: its activations stay in the cache.
        rows = [
            session.run(_OUTPUTS, {"patches": patch[None]})
            for patch in patches.astype(np.float32, copy=False)
        ]
        if not rows:
            rows = [session.run(_OUTPUTS, {"patches": patches.astype(np.float32)})]
        return MusicnnOutput(
            **{
                name: np.concatenate(parts)
                for name, parts in zip(_OUTPUTS, zip(*rows, strict=True), strict=True)
            }
        )

    def _loaded(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = _load_session()
            return self._session


def _load_session() -> Any:
    import onnxruntime  # costs 0.1 s, and not every command needs it

    folder = resources.files("reprise").joinpath("models", "weights")
    try:
        card = json.loads(folder.joinpath("musicnn.json").read_text(encoding="utf-8"))
        graph = folder.joinpath("musicnn.onnx").read_bytes()
    except OSError as error:
        raise ModelError(f"the weights of MusiCNN cannot be read: {error}") from error
    if hashlib.sha256(graph).hexdigest() != card["sha256"]:
        raise ModelError("musicnn.onnx is not the file that its card describes; install reprise again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
