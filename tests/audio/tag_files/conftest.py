"""Real files of every format that holds tags, encoded by PyAV, with a picture where the format has a place for it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

SAMPLE_RATE = 48000

FORMATS = {
    "mp3": ("libmp3lame", "mp3", {"id3v2_version": "0"}, ""),
    "mp3-id3v2.3": ("libmp3lame", "mp3", {"id3v2_version": "3"}, "png"),
    "mp3-id3v2.4-id3v1": ("libmp3lame", "mp3", {"id3v2_version": "4", "write_id3v1": "1"}, "png"),
    "mp3-apev2": ("libmp3lame", "mp3", {"id3v2_version": "4"}, ""),
    "flac": ("flac", "flac", {}, "png"),
    "ogg-vorbis": ("vorbis", "ogg", {}, ""),
    "ogg-opus": ("libopus", "ogg", {}, ""),
    "m4a": ("aac", "mp4", {}, "mjpeg"),
    "m4a-faststart": ("aac", "mp4", {"movflags": "+faststart"}, "mjpeg"),
}
"""Codec, container, the muxer's options, the picture's codec."""

METADATA = {"title": "Ágætis byrjun", "artist": "Sigur Rós", "genre": "Rock"}


def encoded(path: Path, name: str, y: np.ndarray) -> Path:
    codec, container, options, picture = FORMATS[name]
    with av.open(str(path), "w", format=container, options=options) as output:
        output.metadata.update(METADATA)
        stream = output.add_stream(
            codec, rate=SAMPLE_RATE, layout="stereo", options={"strict": "experimental"}
        )
        packets = []
        if picture:
            video = output.add_stream(picture, rate=1)
            video.width = video.height = 16
            video.pix_fmt = "rgb24" if picture == "png" else "yuvj420p"
            video.disposition = av.stream.Disposition.attached_pic
            image = np.random.default_rng(1).integers(0, 255, (16, 16, 3), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=video.pix_fmt)
            frame.pts = 0
            packets += [*video.encode(frame), *video.encode(None)]
        sound = av.AudioFrame.from_ndarray(np.ascontiguousarray(y.T).reshape(1, -1), "flt", "stereo")
        sound.sample_rate = SAMPLE_RATE
        for packet in [*packets, *stream.encode(sound), *stream.encode(None)]:
            output.mux(packet)
    if name == "mp3-apev2":
        item = struct.pack("<II", 3, 0) + b"Mood\0abc"
        size = len(item) + 32
        header, footer = (
            b"APETAGEX" + struct.pack("<IIII", 2000, size, 1, flags) + bytes(8)
            for flags in (0xA0000000, 0x80000000)
        )
        path.write_bytes(path.read_bytes() + header + item + footer)
    return path


@pytest.fixture(scope="session")
def make_song(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a maker of fresh copies of a song, by the name of its format."""
    rng = np.random.default_rng(0)
    t = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    y = 0.3 * np.sin(2 * np.pi * np.array([[440.0], [550.0]]) * t) + 0.05 * rng.standard_normal((2, len(t)))
    originals = tmp_path_factory.mktemp("songs")
    folder = tmp_path_factory.mktemp("copies")
    contents: dict[str, bytes] = {}

    def make(name: str) -> Path:
        if name not in contents:
            contents[name] = encoded(originals / name, name, y.astype(np.float32)).read_bytes()
        path = folder / name
        path.write_bytes(contents[name])
        return path

    return make


@pytest.fixture(params=FORMATS)
def song(request: pytest.FixtureRequest, make_song: Callable[[str], Path]) -> Path:
    """A fresh file of each format in turn."""
    return make_song(request.param)


@pytest.fixture(scope="session")
def decoded() -> Callable[[Path], tuple[bytes, list[bytes]]]:
    """What FFmpeg makes of a file: its samples, and its pictures as they are in it."""

    def decode(path: Path) -> tuple[bytes, list[bytes]]:
        with av.open(str(path)) as container:
            samples = b"".join(frame.to_ndarray().tobytes() for frame in container.decode(audio=0))
        with av.open(str(path)) as container:
            pictures = [
                bytes(packet)
                for stream in container.streams.video
                for packet in container.demux(stream)
                if packet.size
            ]
        return samples, pictures

    return decode
