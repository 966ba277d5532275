"""The hash is that of the audio: tags do not change it, other audio does, and whatever is no audio is refused."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.audio.audio_hash import audio_hash
from reprise.errors import DecodeError

Tones = Callable[..., np.ndarray]
Encode = Callable[..., Path]

CONTAINERS = [
    ("libmp3lame", "mp3"),
    ("flac", "flac"),
    ("libopus", "ogg"),
    ("aac", "ipod"),
    ("aac", "adts"),
    ("pcm_s16le", "wav"),
    ("pcm_s16be", "aiff"),
    ("libopus", "webm"),
    ("wavpack", "wv"),
]


def _ape(with_header: bool) -> bytes:
    items = b"".join(
        struct.pack("<II", len(value), 0) + b"Mood\0" + value for value in (b"abc", b"\xff\xfb\x90\x00" * 300)
    )

    def end(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII", 2000, len(items) + 32, 2, flags) + bytes(8)

    return (end(0xA0000000) if with_header else b"") + items + end(0x80000000 if with_header else 0)


LYRICS = b"LYRICSBEGININD0000210LYR00005words"
TAGS_AT_THE_END = {
    "ID3v1": b"TAG" + b"words".ljust(125, b"\0"),
    "APEv2": _ape(with_header=False),
    "APEv2 with a header": _ape(with_header=True),
    "Lyrics3": LYRICS + b"%06dLYRICS200" % len(LYRICS),
}


@pytest.mark.parametrize(("codec", "container"), CONTAINERS)
def test_tags_do_not_count(codec: str, container: str, tones: Tones, encode: Encode, tmp_path: Path) -> None:
    y = tones(48000)
    plain = audio_hash(encode(tmp_path / "plain", y, 48000, codec, container))
    metadata = {"title": "words " * 3000, "artist": "more"}
    tagged = audio_hash(encode(tmp_path / "tagged", y, 48000, codec, container, metadata))
    assert plain == tagged
    assert len(plain) == 32
    assert int(plain, 16)
    other = audio_hash(encode(tmp_path / "other", np.roll(y, 100, axis=1), 48000, codec, container, metadata))
    assert other != plain


@pytest.mark.parametrize("container", ["mp3", "flac", "adts"])
@pytest.mark.parametrize(
    "order",
    [("ID3v1",), ("APEv2",), ("APEv2 with a header",), ("Lyrics3", "ID3v1"), ("APEv2", "Lyrics3", "ID3v1")],
)
def test_tags_at_the_end_do_not_count(
    container: str, order: tuple[str, ...], tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    codec = {"mp3": "libmp3lame", "flac": "flac", "adts": "aac"}[container]
    path = encode(tmp_path / "song", tones(48000), 48000, codec, container)
    before = audio_hash(path)
    path.write_bytes(path.read_bytes() + b"".join(TAGS_AT_THE_END[name] for name in order))
    assert audio_hash(path) == before


@pytest.mark.parametrize(("codec", "container"), CONTAINERS)
def test_one_byte_of_audio_counts(
    codec: str, container: str, tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    path = encode(tmp_path / "song", tones(48000), 48000, codec, container)
    before, content = audio_hash(path), bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)
    assert audio_hash(path) != before


def test_the_index_of_mp4_may_stand_before_or_behind(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    y = tones(48000)
    behind = encode(tmp_path / "behind", y, 48000, "aac", "ipod")
    before = encode(tmp_path / "before", y, 48000, "aac", "ipod", options={"movflags": "+faststart"})
    assert audio_hash(behind) == audio_hash(before)


def test_what_is_no_audio(tmp_path: Path) -> None:
    for name, content in {"empty": b"", "words": b"nothing but words " * 500}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DecodeError):
            audio_hash(tmp_path / name)
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DecodeError):
            audio_hash(path)


def test_an_index_that_lists_the_same_audio_again_and_again(
    tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    path = encode(tmp_path / "song", tones(48000, duration_s=60), 48000, "aac", "ipod")
    content = bytearray(path.read_bytes())
    # A chunk for every packet, all at the file's start, and every packet as long as the file.
    count = 2000
    new = {
        b"stsc": struct.pack(">IIIII", 0, 1, 1, 1, 1),
        b"stsz": struct.pack(">III", 0, len(content) - 100, count),
        b"stco": struct.pack(">II", 0, count) + struct.pack(">I", 40) * count,
    }
    growth = 0
    for kind, body in new.items():
        at = content.rindex(kind) - 4
        (size,) = struct.unpack_from(">I", content, at)
        content[at : at + size] = struct.pack(">I4s", 8 + len(body), kind) + body
        growth += 8 + len(body) - size
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):  # the index is at the end: nothing moves
        at = content.rindex(kind) - 4
        struct.pack_into(">I", content, at, struct.unpack_from(">I", content, at)[0] + growth)
    path.write_bytes(content)
    with pytest.raises(DecodeError, match="more audio than the file can hold"):
        audio_hash(path)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from(CONTAINERS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30),
    kept=st.floats(0.01, 1),
)
def test_damage_gives_a_hash_or_a_typed_error(
    kind: tuple[str, str],
    changes: list[tuple[float, int]],
    kept: float,
    tones: Tones,
    encode: Encode,
    tmp_path: Path,
) -> None:
    path = tmp_path / "-".join(kind)
    original = path.with_suffix(".original")
    if not original.exists():
        encode(original, tones(48000), 48000, *kind)
    content = bytearray(original.read_bytes())
    for place, value in changes:
        content[int(place**3 * (len(content) - 1))] = value
    path.write_bytes(content[: max(1, int(kept * len(content)))])
    try:
        first = audio_hash(path)
    except DecodeError:
        return
    assert audio_hash(path) == first
