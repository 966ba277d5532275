"""Files to measure on, made from the demo's pieces: nothing is downloaded, everybody has the same."""

from __future__ import annotations

from functools import cached_property
from itertools import cycle, islice
from math import ceil
from pathlib import Path

import av
import numpy as np
import soundfile

from reprise.audio import load_audio
from reprise.demo import PIECES, render
from reprise.records import FloatArray

__all__ = ["Inputs", "encode_mp3"]

SAMPLE_RATE_HZ = 44_100
CLIP_S = 30.0
BIT_RATE = 192_000
_MP3_FRAME = 1152


class Inputs:
    """The files of one run, made when they are first asked for.

    Parameters
    ----------
    folder : Path
        Where they are written; whoever made it deletes it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def medley(self) -> FloatArray:
        """The demo's ten pieces one after another, shape (2, n), 242 s."""
        return np.concatenate([render(piece, SAMPLE_RATE_HZ) for piece in PIECES], axis=-1)

    def clip(self) -> Path:
        """Return a stereo MP3 of 30 s from the middle of the medley."""
        return self._mp3("30 s.mp3", start_s=100, duration_s=CLIP_S)

    def track(self) -> Path:
        """Return a stereo MP3 of 4 minutes."""
        return self._mp3("4 min.mp3", start_s=0, duration_s=240)

    def clips(self, n: int) -> list[Path]:
        """Return `n` paths of stereo MP3s of 30 s: a dozen different ones, over and over."""
        starts_s = np.linspace(0, self.medley.shape[-1] / SAMPLE_RATE_HZ - CLIP_S, min(n, 12))
        different = [self._mp3(f"{start_s:.0f} s.mp3", start_s, CLIP_S) for start_s in starts_s]
        return list(islice(cycle(different), n))

    def excerpt(self) -> Path:
        """Return the clip as a mono WAV of 16 bits."""
        path = self._folder / "30 s.wav"
        y = load_audio(self.clip(), mono=True, duration_s=CLIP_S).y
        soundfile.write(path, np.clip(y, -1, 1), SAMPLE_RATE_HZ, subtype="PCM_16")
        return path

    def three_hours(self) -> Path:
        """Return a stereo MP3 of three hours, 260 MB: encoded once, then only its packets are repeated."""
        path = self._folder / "3 h.mp3"
        encode_mp3(path, self.medley, times=ceil(3 * 3600 * SAMPLE_RATE_HZ / self.medley.shape[-1]))
        return path

    def _mp3(self, name: str, start_s: float, duration_s: float) -> Path:
        path = self._folder / name
        if not path.exists():
            start, n = int(start_s * SAMPLE_RATE_HZ), int(duration_s * SAMPLE_RATE_HZ)
            encode_mp3(path, self.medley[:, start : start + n])
        return path


def encode_mp3(path: Path, y: FloatArray, times: int = 1) -> None:
    """Write a stereo signal, so many times over, as an MP3 of 192 kb/s with a Xing header."""
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=SAMPLE_RATE_HZ, layout="stereo")
        stream.bit_rate = BIT_RATE
        encoded = [(bytes(packet), packet.time_base) for packet in _packets(stream, y)]
        for i, (data, time_base) in enumerate(encoded * times):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, time_base
            packet.pts = packet.dts = round(i * _MP3_FRAME / SAMPLE_RATE_HZ / time_base)
            container.mux(packet)


def _packets(stream: av.AudioStream, y: FloatArray) -> list[av.Packet]:
    packets = []
    for start in range(0, y.shape[-1], SAMPLE_RATE_HZ):
        part = np.ascontiguousarray(y[:, start : start + SAMPLE_RATE_HZ], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, start
        packets += stream.encode(frame)
    return packets + stream.encode(None)
