"""Signals and files for the tests of reading audio, made by numpy, soundfile and PyAV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import av
import numpy as np
import pytest

TONES_HZ = (440.0, 550.0, 660.0, 60.0, 770.0, 880.0, 990.0, 1100.0)
"""One for each of front left, front right, centre, LFE (which codecs cut off at 120 Hz) and surrounds."""

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}

Encode = Callable[..., Path]


@pytest.fixture(scope="session")
def tones() -> Callable[..., np.ndarray]:
    """Return a maker of signals (channels, n) with another tone on each channel, at -9 dB."""

    def make(sr: int, channels: int = 2, duration_s: float = 1.5) -> np.ndarray:
        t = np.arange(round(sr * duration_s)) / sr
        rows = [0.5 * np.sin(2 * np.pi * TONES_HZ[c % 8] * t) for c in range(channels)]
        return np.array(rows, dtype=np.float32)

    return make


@pytest.fixture(scope="session")
def encode() -> Encode:
    """Return an encoder of (channels, n) signals through FFmpeg."""

    def write(
        path: Path,
        y: np.ndarray,
        sr: int,
        codec: str,
        container: str,
        metadata: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
    ) -> Path:
        layout = LAYOUTS[len(y)]
        with av.open(str(path), "w", format=container, options=dict(options or {})) as output:
            output.metadata.update(metadata or {})
            stream = output.add_stream(codec, rate=sr, layout=layout, options={"strict": "experimental"})
            stream.codec_context.bit_rate = 96_000 * len(y)
            # Interleaved: PyAV miscounts the planes of eight channels.
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(y.T).reshape(1, -1), "flt", layout)
            frame.sample_rate = sr
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                output.mux(packet)
        return path

    return write
