"""The small network that hears beats: what goes in, what comes out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError
from reprise.features.onset import FRAME_RATE_HZ, band_rise
from reprise.models.rhythm_tempo import TEMPI_BPM
from reprise.models.weights_file import shipped_folder
from reprise.records import FloatArray

__all__ = ["ACTIVATION_RATE_HZ", "BeatActivation", "hear_beats", "network_input"]

_POOL = 2
ACTIVATION_RATE_HZ = FRAME_RATE_HZ / _POOL
"""Frames a second of the network: 62.5."""

# The network hears 32 s to either side of a frame. Longer recordings are cut, with that much to spare.
_CHUNK = round(240 * ACTIVATION_RATE_HZ)
_MARGIN = round(32 * ACTIVATION_RATE_HZ)
_HEAD_BPM = np.geomspace(30, 300, 120)


@dataclass(frozen=True, kw_only=True, slots=True)
class BeatActivation:
    """What the network says.

    Attributes
    ----------
    beats, downbeats : ndarray of float32, shape (t,)
        Probability of a beat, and of the first beat of a bar, at each of the onset envelope's frames.
    tempo : ndarray of float32, shape (333,)
        Probability of each of `TEMPI_BPM`.
    """

    beats: FloatArray
    downbeats: FloatArray
    tempo: FloatArray


def network_input(
    log_bands: npt.NDArray[np.float16] | FloatArray, rise: FloatArray | None = None
) -> FloatArray:
    """Pool level and rise of the bands to 62.5 frames a second, in about unit range.

    Parameters
    ----------
    log_bands : ndarray, shape (26, t)

    Returns
    -------
    ndarray of float32, shape (52, t // 2)
    """
    n = log_bands.shape[1] // _POOL
    level = log_bands[:, : n * _POOL].astype(np.float32).reshape(-1, n, _POOL).mean(axis=2)
    strokes = band_rise(log_bands)[:, : n * _POOL].reshape(-1, n, _POOL).max(axis=2)
    return np.concatenate([(level - 2) / 1.5, 2 * np.sqrt(strokes)])


def hear_beats(log_bands: npt.NDArray[np.float16]) -> BeatActivation:
    """Run the network over a recording of any length.

    Parameters
    ----------
    log_bands : ndarray of float16, shape (26, t)
    """
    n_frames = log_bands.shape[1]
    n = n_frames // _POOL
    activation = np.zeros((2, max(n, 1)), np.float32)
    tempo, weight = np.zeros(_HEAD_BPM.size), 0
    for start in range(0, n, _CHUNK):
        first, last = max(0, start - _MARGIN), min(n, start + _CHUNK + _MARGIN)
        x = network_input(log_bands[:, first * _POOL : last * _POOL])
        beats, chunk_tempo = _session().run(None, {"bands": x[None]})
        stop = min(n, start + _CHUNK)
        activation[:, start:stop] = beats[0, :, start - first : stop - first]
        tempo += chunk_tempo[0] * (stop - start)
        weight += stop - start
    # Frame t of the network lies between the frames 2 t and 2 t + 1 of the envelope.
    at = (np.arange(n_frames) - 0.5) / _POOL
    beats, downbeats = (np.interp(at, np.arange(row.size), row).astype(np.float32) for row in activation)
    dense = np.interp(np.log(TEMPI_BPM), np.log(_HEAD_BPM), tempo / max(weight, 1))
    return BeatActivation(beats=beats, downbeats=downbeats, tempo=dense.astype(np.float32))


@cache
def _session() -> Any:
    import onnxruntime  # costs 0.1 s, and not every command needs it

    try:
        card = json.loads(shipped_folder().joinpath("rhythm.json").read_text(encoding="utf-8"))
        graph = shipped_folder().joinpath("rhythm.onnx").read_bytes()
    except OSError as error:
        raise ModelError(f"the weights of the beat network cannot be read: {error}") from error
    if hashlib.sha256(graph).hexdigest() != card["sha256"]:
        raise ModelError("rhythm.onnx is not the file that its card describes; install reprise again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The arena keeps the largest activations of a long recording for ever.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
