"""Files that are damaged, or lie, give typed errors; they cost no time and no memory, and stay as they are."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.audio.tag_files import plan_write, read_fields, write_fields
from reprise.errors import AudioError, TagError

Songs = Callable[[str], Path]

NAMES = (
    "mp3-id3v2.3",
    "mp3-id3v2.4-id3v1",
    "flac",
    "ogg-vorbis",
    "ogg-opus",
    "m4a",
    "m4a-faststart",
)
NEW = {"BPM": ("128",), "GENRE": ("House",), "REPRISE_RECORD": ("x" * 5000,)}
MAX_EXTRA_BYTES = 8 << 20


def survives(path: Path) -> bool:
    """Try everything with a file; whether it could be written."""
    content = path.read_bytes()
    try:
        read_fields(path)
        plan_write(path, NEW)
        write_fields(path, NEW)
    except AudioError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
        assert path.read_bytes() == content
        return False
    found = read_fields(path)
    assert {name: found[name] for name in NEW} == NEW
    return True


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_anywhere(name: str, make_song: Songs):
    path = make_song(name)
    content = path.read_bytes()
    # Every length around the tags, and some in the audio.
    lengths = {*range(1, 200, 7), *range(200, len(content), max(1, len(content) // 60))}
    for length in sorted(lengths):
        path.write_bytes(content[:length])
        survives(path)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.sampled_from(NAMES),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8), st.booleans()), min_size=1, max_size=6
    ),
)
def test_damaged_anywhere(name: str, changes: list[tuple[float, bytes, bool]], make_song: Songs):
    path = make_song(name)
    content = bytearray(path.read_bytes())
    head, tail = content[:4000], content[-4000:]
    for place, new, is_tail in changes:
        part = tail if is_tail else head
        at = int(place * (len(part) - len(new)))
        part[at : at + len(new)] = new
    path.write_bytes(head + content[4000:-4000] + tail)
    survives(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from(
        (
            b"ID3\4\0\0\0\0\7\x7f",
            b"ID3\3\0\x80\0\0\7\x7f",
            b"fLaC\0\0\0\x22",
            b"OggS\0\2",
            b"\0\0\0\x14ftypM4A ",
            b"",
        )
    ),
    rest=st.binary(max_size=2000),
)
def test_nothing_but_a_beginning(start: bytes, rest: bytes, tmp_path: Path):
    path = tmp_path / "song"
    path.write_bytes(start + rest or b"x")
    survives(path)


def _flac(comment: bytes) -> bytes:
    info = bytes(34)
    return b"fLaC\0\0\0\x22" + info + b"\x84" + len(comment).to_bytes(3, "big") + comment + bytes(1000)


def _box(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    return struct.pack(">I4s", 8 + len(content) if size is None else size, kind) + content


FTYP = _box(b"ftyp", b"M4A \0\0\0\0")
LARGE = (1 << 32) - 1

LIES = {
    "a count of comments": _flac(bytes(4) + struct.pack("<I", LARGE) + bytes(100)),
    "a hundred thousand empty comments": _flac(bytes(4) + struct.pack("<I", 1 << 22) + bytes(1 << 20)),
    "the length of a vendor": _flac(struct.pack("<I", LARGE)),
    "the length of a comment": _flac(bytes(4) + struct.pack("<II", 1, LARGE)),
    "a block of FLAC": b"fLaC\0\xff\xff\xff" + bytes(1000),
    "blocks without end": b"fLaC\0\0\0\0" + b"\2\0\0\0" * 20_000,
    "the size of a tag": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(1000),
    "frames without end": b"ID3\4\0\0\0\x0c\x35\x00" + b"TXXX\0\0\0\0\0\0" * 20_000 + bytes(3000),
    "the size of an Ogg page": b"OggS\0\2" + bytes(20) + b"\xff" + b"\xff" * 255 + bytes(10),
    "a box": FTYP + _box(b"moov", b"", LARGE),
    "a wide box": FTYP + b"\0\0\0\1moov" + b"\xff" * 8 + bytes(100),
    "a box smaller than its header": FTYP + _box(b"moov", bytes(20), 3),
    "a wide box smaller than its header": FTYP + b"\0\0\0\1moov" + (9).to_bytes(8, "big") + bytes(100),
    "boxes without end": FTYP + _box(b"free", b"") * 20_000,
    "items without end": FTYP
    + _box(
        b"moov",
        _box(
            b"udta",
            _box(b"meta", bytes(4) + _box(b"hdlr", bytes(25)) + _box(b"ilst", _box(b"xxxx", b"") * 20_000)),
        ),
    ),
    "two indexes": FTYP + _box(b"moov", b"") * 2,
    "no index": FTYP + _box(b"mdat", bytes(100)),
    "a table of places": FTYP
    + _box(
        b"moov",
        _box(
            b"trak",
            _box(b"mdia", _box(b"minf", _box(b"stbl", _box(b"stco", bytes(4) + struct.pack(">I", LARGE))))),
        ),
    )
    + _box(b"mdat", bytes(1000)),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_claimed_costs_nothing(lie: str, tmp_path: Path):
    path = tmp_path / "song"
    path.write_bytes(LIES[lie])
    tracemalloc.start()
    try:
        with pytest.raises(TagError):
            write_fields(path, NEW)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MAX_EXTRA_BYTES + 4 * len(LIES[lie])
    assert path.read_bytes() == LIES[lie]
