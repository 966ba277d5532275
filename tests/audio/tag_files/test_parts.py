"""What else is in a file stays byte for byte, as small parsers that share no code with the package see it."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from reprise.audio.audio_hash import audio_hash
from reprise.audio.tag_files import read_fields, restore, write_fields
from reprise.audio.tag_files.id3_frames import resynchronised, unsynchronised
from reprise.audio.tag_files.id3_names import genre_names
from reprise.errors import TagError

Songs = Callable[[str], Path]
Decoded = Callable[[Path], tuple[bytes, list[bytes]]]

LARGE = {"BPM": ("128",), "MOOD": ("Fröhlich",), "GENRE": ("House",), "REPRISE_RECORD": ("abcdefgh" * 9000,)}


def _syncsafe(value: int) -> bytes:
    return bytes((value >> shift) & 0x7F for shift in (21, 14, 7, 0))


def _size(digits: bytes) -> int:
    return sum(digit << shift for digit, shift in zip(digits, (21, 14, 7, 0), strict=True))


def _frame(frame_id: bytes, body: bytes, version: int = 4, flags: int = 0) -> bytes:
    size = _syncsafe(len(body)) if version == 4 else len(body).to_bytes(4, "big")
    return frame_id + size + flags.to_bytes(2, "big") + body


def _tag(version: int, body: bytes, flags: int = 0) -> bytes:
    footer = b"3DI" + bytes([version, 0, flags]) + _syncsafe(len(body)) if flags & 0x10 else b""
    return b"ID3" + bytes([version, 0, flags]) + _syncsafe(len(body)) + body + footer


def id3_parts(path: Path) -> tuple[int, list[bytes], bytes]:
    """Version, raw frames and everything after the tag."""
    content = path.read_bytes()
    if content[:3] != b"ID3":
        return 0, [], content
    end, position, frames = 10 + _size(content[6:10]), 10, []
    while position < end and content[position]:
        digits = content[position + 4 : position + 8]
        length = 10 + (_size(digits) if content[3] == 4 else int.from_bytes(digits, "big"))
        frames.append(content[position : position + length])
        position += length
    assert not any(content[position:end])
    return content[3], frames, content[end:]


def flac_parts(path: Path) -> tuple[list[tuple[int, bytes]], bytes]:
    """Blocks but comments and padding, and the audio."""
    content, position, blocks, is_last = path.read_bytes(), 4, [], False
    while not is_last:
        kind, length = content[position] & 0x7F, int.from_bytes(content[position + 1 : position + 4], "big")
        is_last = content[position] >= 0x80
        if kind not in (1, 4):
            blocks.append((kind, content[position + 4 : position + 4 + length]))
        position += 4 + length
    return blocks, content[position:]


def ogg_pages(path: Path) -> list[tuple[int, int, int, bytes]]:
    """Number, flags, granule and body of every page, each with its checksum verified bit by bit."""
    content, position, pages = path.read_bytes(), 0, []
    while position < len(content):
        _, flags, granule, _, number, checksum, count = struct.unpack_from("<5sBQIIIB", content, position)
        header, body = 27 + count, sum(content[position + 27 : position + 27 + count])
        page = bytearray(content[position : position + header + body])
        page[22:26] = bytes(4)
        assert _slow_crc(page) == checksum
        pages.append((number, flags, granule, bytes(page[header:])))
        position += header + body
    return pages


def _slow_crc(data: bytes) -> int:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ table[crc >> 24 ^ byte]
    return crc


def mp4_box(content: bytes, *path: bytes) -> bytes:
    """Content of a box, by its path."""
    position = 0
    while position < len(content):
        size, kind = struct.unpack_from(">I4s", content, position)
        if kind == path[0]:
            inner = content[position + 8 : position + size]
            inner = inner[4:] if kind == b"meta" else inner
            return mp4_box(inner, *path[1:]) if len(path) > 1 else inner
        position += size
    raise AssertionError(path)


@pytest.mark.parametrize(
    ("name", "version"), [("mp3-id3v2.3", 3), ("mp3-id3v2.4-id3v1", 4), ("mp3-apev2", 4), ("mp3", 0)]
)
def test_frames_of_mp3(name: str, version: int, make_song: Songs):
    path = make_song(name)
    before = id3_parts(path)
    assert before[0] == version
    change = write_fields(path, LARGE)
    after = id3_parts(path)
    assert after[0] == (version or 4)
    assert after[2] == before[2]
    for frame in before[1]:
        assert frame in after[1] or frame[:4] == b"TCON"
    ids = [frame[:4] for frame in after[1]]
    assert {b"TBPM", b"TCON", b"TXXX"} <= set(ids)
    assert (b"TMOO" in ids) == (version != 3)
    restore(path, change)
    assert [f for f in id3_parts(path)[1] if f[:4] != b"TCON"] == [f for f in before[1] if f[:4] != b"TCON"]
    assert id3_parts(path)[2] == before[2]


def test_blocks_of_flac(make_song: Songs):
    path = make_song("flac")
    before = flac_parts(path)
    assert [kind for kind, _ in before[0]] == [0, 6]
    size = path.stat().st_size
    change = write_fields(path, {"BPM": ("128",)})
    assert path.stat().st_size == size  # padding took it up
    assert flac_parts(path) == before
    restore(path, change)
    write_fields(path, LARGE)
    assert flac_parts(path) == before


def test_flac_that_has_no_comment_or_padding_and_an_id3_tag_before(make_song: Songs, decoded: Decoded):
    path = make_song("flac")
    blocks, audio = flac_parts(path)
    tag = _tag(4, _frame(b"TIT2", b"\x03before"))
    path.write_bytes(tag + b"fLaC" + b"\x80" + len(blocks[0][1]).to_bytes(3, "big") + blocks[0][1] + audio)
    content, heard = path.read_bytes(), decoded(path)
    assert read_fields(path) == {}
    change = write_fields(path, LARGE)
    assert read_fields(path) == LARGE
    assert path.read_bytes().startswith(tag + b"fLaC")
    assert decoded(path) == heard
    restore(path, change)
    assert path.read_bytes() == content


def test_flac_comments_beyond_16_mib(make_song: Songs):
    path = make_song("flac")
    write_fields(path, {"ONE": ("\U0001f600" * 2_100_000,)})
    before = path.read_bytes()
    with pytest.raises(TagError, match="16 MiB"):
        write_fields(path, {"TWO": ("\U0001f600" * 2_100_000,)})
    assert path.read_bytes() == before
    assert read_fields(path)["ONE"] == ("\U0001f600" * 2_100_000,)


@pytest.mark.parametrize("name", ["ogg-vorbis", "ogg-opus"])
def test_pages_of_ogg(name: str, make_song: Songs):
    path = make_song(name)
    before = ogg_pages(path)
    headers = {"ogg-vorbis": 2, "ogg-opus": 2}[name]
    write_fields(path, LARGE)
    after = ogg_pages(path)
    added = len(after) - len(before)
    assert added >= 1
    assert [page[0] for page in after] == list(range(len(after)))
    assert after[0] == before[0]
    assert [page[1:] for page in after[headers + added :]] == [page[1:] for page in before[headers:]]
    # A packet that goes on is marked on the next page, and no packet ends on the first.
    assert (after[1][2], after[2][1]) == ((1 << 64) - 1, 1)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].metadata["REPRISE_RECORD"] == LARGE["REPRISE_RECORD"][0]


def test_a_damaged_page_stays_recognisable(make_song: Songs):
    path = make_song("ogg-opus")
    content = bytearray(path.read_bytes())
    content[-10] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(AssertionError):
        ogg_pages(path)
    write_fields(path, LARGE)
    with pytest.raises(AssertionError):
        ogg_pages(path)
    repaired = bytearray(path.read_bytes())
    repaired[-10] ^= 0xFF
    path.write_bytes(repaired)
    assert ogg_pages(path)


def test_opus_padding_and_binary_data(make_song: Songs):
    path = make_song("ogg-opus")
    for tail, kept in ((bytes(300), False), (b"\x01binary", True)):
        make_song("ogg-opus")
        pages = ogg_pages(path)
        content = path.read_bytes()
        first = 27 + content[26] + len(pages[0][3])
        page = bytearray(content[first : first + 27 + content[first + 26] + len(pages[1][3])])
        packet = bytes(page[27 + page[26] :]) + tail
        lacing = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
        rebuilt = bytearray(page[:26] + bytes([len(lacing)]) + lacing + packet)
        rebuilt[22:26] = bytes(4)
        rebuilt[22:26] = _slow_crc(rebuilt).to_bytes(4, "little")
        path.write_bytes(content[:first] + rebuilt + content[first + len(page) :])
        size = path.stat().st_size
        write_fields(path, {"BPM": ("128",)})
        assert read_fields(path)["BPM"] == ("128",)
        assert (path.stat().st_size == size) is not kept
        assert (tail in path.read_bytes()) is kept
        assert ogg_pages(path)


def test_joined_and_mixed_ogg_is_refused(make_song: Songs):
    one, other = make_song("ogg-vorbis").read_bytes(), make_song("ogg-opus").read_bytes()
    path = make_song("ogg-vorbis")
    first_page = 27 + other[26] + sum(other[27 : 27 + other[26]])
    for content in (one + other, one + one, other[:first_page] + one):
        path.write_bytes(content)
        with pytest.raises(TagError, match="streams"):
            write_fields(path, LARGE)
        assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["m4a", "m4a-faststart"])
def test_boxes_of_mp4(name: str, make_song: Songs, decoded: Decoded):
    path = make_song(name)
    before, heard, identity = path.read_bytes(), decoded(path), audio_hash(path)
    assert (before.index(b"moov") < before.index(b"mdat")) == (name == "m4a-faststart")
    write_fields(path, LARGE)
    after = path.read_bytes()
    assert mp4_box(after, b"mdat") == mp4_box(before, b"mdat")
    for kind in (b"covr", b"\xa9nam", b"\xa9ART"):
        place = (b"moov", b"udta", b"meta", b"ilst", kind)
        assert mp4_box(after, *place) == mp4_box(before, *place)
    assert mp4_box(after, b"moov", b"udta", b"meta", b"ilst", b"tmpo")[-2:] == b"\0\x80"
    assert (decoded(path), audio_hash(path)) == (heard, identity)
    # Smaller again: free room stays behind, nothing moves, and the next write fits into it.
    write_fields(path, {"REPRISE_RECORD": ("short",)})
    size = path.stat().st_size
    assert (decoded(path), audio_hash(path)) == (heard, identity)
    write_fields(path, {"REPRISE_RECORD": ("somewhat longer",)})
    assert (path.stat().st_size == size) == (name == "m4a-faststart")
    assert (decoded(path), audio_hash(path)) == (heard, identity)


@pytest.mark.parametrize("room", [8, 9, 5000])
def test_free_room_behind_the_index_is_used(room: int, make_song: Songs, decoded: Decoded):
    path = make_song("m4a-faststart")
    content, heard = path.read_bytes(), decoded(path)
    assert b"free" + struct.pack(">I", 8) not in content
    at = content.index(b"moov") - 4
    end = at + int.from_bytes(content[at : at + 4], "big")
    (following,) = struct.unpack_from(">4s", content, end + 4)
    assert following == b"free"
    old_room = int.from_bytes(content[end : end + 4], "big")
    moved = bytearray(content[:end] + struct.pack(">I4s", room, b"free") + bytes(room - 8))
    moved += content[end + old_room :]
    for trak in range(content[:end].count(b"stco")):
        table = -1
        for _ in range(trak + 1):
            table = moved.index(b"stco", table + 1)
        (count,) = struct.unpack_from(">I", moved, table + 8)
        for i in range(count):
            place = table + 12 + 4 * i
            struct.pack_into(">I", moved, place, struct.unpack_from(">I", moved, place)[0] + room - old_room)
    path.write_bytes(moved)
    assert decoded(path) == heard
    write_fields(path, {"MOOD": ("x" * 1000,)})
    assert (path.stat().st_size == len(moved)) == (room == 5000)
    assert decoded(path) == heard


def test_mp4_without_a_list_of_tags(make_song: Songs, decoded: Decoded):
    for name in ("m4a", "m4a-faststart"):
        for depth in (b"ilst", b"meta", b"udta"):
            path = make_song(name)
            heard = decoded(path)[0]
            content = path.read_bytes()
            at = content.index(depth) - 4
            # Renamed to something unknown it is no list of tags any longer, and nothing moves.
            path.write_bytes(content[: at + 4] + b"xxxx" + content[at + 8 :])
            assert read_fields(path) == {}
            change = write_fields(path, LARGE)
            assert read_fields(path) == LARGE
            assert decoded(path)[0] == heard
            restore(path, change)
            assert read_fields(path) == {}
            assert decoded(path)[0] == heard


def test_an_index_whose_size_is_to_the_end_of_the_file(make_song: Songs, decoded: Decoded):
    path = make_song("m4a")
    content, heard = bytearray(path.read_bytes()), decoded(path)
    at = content.rindex(b"moov") - 4
    assert at + int.from_bytes(content[at : at + 4], "big") == len(content)
    content[at : at + 4] = bytes(4)
    path.write_bytes(content)
    write_fields(path, LARGE)
    assert LARGE.items() <= read_fields(path).items()
    assert decoded(path) == heard
    # Within the index every box has a size.
    content[at + 8 : at + 12] = bytes(4)
    path.write_bytes(content)
    with pytest.raises(TagError, match="damaged"):
        write_fields(path, LARGE)


def test_odd_bytes_behind_the_last_box(make_song: Songs, decoded: Decoded):
    path = make_song("m4a")
    heard = decoded(path)[0]
    content = path.read_bytes()
    at = content.rindex(b"ilst") - 4
    (size,) = struct.unpack_from(">I", content, at)
    content = bytearray(content[:at] + b"\0\0\0" + content[at + size :])
    for kind in (b"moov", b"udta", b"meta"):
        place = content.rindex(kind) - 4
        struct.pack_into(">I", content, place, struct.unpack_from(">I", content, place)[0] + 3 - size)
    path.write_bytes(content)
    write_fields(path, LARGE)
    assert read_fields(path) == LARGE
    assert decoded(path)[0] == heard


def test_fragmented_mp4_is_refused_for_writing(make_song: Songs):
    path = make_song("m4a")
    fragmented = path.with_name("fragmented.m4a")
    with (
        av.open(str(path)) as source,
        av.open(
            str(fragmented), "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}
        ) as output,
    ):
        stream = output.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    with pytest.raises(TagError, match="fragmented"):
        write_fields(fragmented, LARGE)


def _mp3(make_song: Songs, tag: bytes) -> Path:
    path = make_song("mp3")
    path.write_bytes(tag + path.read_bytes())
    return path


PICTURE = b"\0image/png\0\3\0" + b"\xff\xfb\xff\xe0\xff\0\xff" * 40 + b"\xff"


def test_unsynchronised_tag_of_version_2_3(make_song: Songs, decoded: Decoded):
    frames = _frame(b"APIC", PICTURE, 3) + _frame(b"TIT2", b"\1\xff\xfeT\0", 3)
    stored = frames.replace(b"\xff\0", b"\xff\0\0")
    for low in range(0xE0, 0x100):
        stored = stored.replace(bytes([0xFF, low]), bytes([0xFF, 0, low]))
    path = _mp3(make_song, _tag(3, stored + bytes(20), 0x80))
    audio = id3_parts(make_song("mp3"))[2]
    path = _mp3(make_song, _tag(3, stored + bytes(20), 0x80))
    assert read_fields(path) == {"TITLE": ("T",)}
    change = write_fields(path, LARGE)
    content = path.read_bytes()
    assert content[5] == 0x80
    body = content[10 : 10 + _size(content[6:10])]
    assert b"\xff\xe0" not in body
    assert b"\xff\xfb" not in body
    assert _frame(b"APIC", PICTURE, 3) in body.replace(b"\xff\0", b"\xff")
    assert content.endswith(audio)
    restore(path, change)
    assert read_fields(path) == {"TITLE": ("T",)}


def test_unsynchronised_tag_of_version_2_4(make_song: Songs):
    picture = _frame(b"APIC", unsynchronised(PICTURE), flags=0x0002)
    title = _frame(b"TIT2", unsynchronised(b"\1\xff\xfe\xe9\0"), flags=0x0002)
    path = _mp3(make_song, _tag(4, picture + title, 0x80))
    assert read_fields(path) == {"TITLE": ("é",)}
    write_fields(path, LARGE)
    assert picture in path.read_bytes()
    assert title in path.read_bytes()
    assert read_fields(path) == {"TITLE": ("é",), **LARGE}


def test_extended_headers_and_footers(make_song: Songs):
    title = _frame(b"TIT2", b"\3T")
    for tag in (
        _tag(4, _syncsafe(6) + b"\1\0" + title, 0x40),
        _tag(4, _syncsafe(12) + b"\1\x20" + b"\5" + bytes(5) + title, 0x40),
        _tag(3, (6).to_bytes(4, "big") + bytes(6) + _frame(b"TIT2", b"\0T", 3) + bytes(9), 0x40),
        _tag(4, title, 0x10),
    ):
        path = _mp3(make_song, tag)
        audio = path.read_bytes()[len(tag) :]
        assert read_fields(path) == {"TITLE": ("T",)}
        write_fields(path, LARGE)
        assert read_fields(path) == {"TITLE": ("T",), **LARGE}
        content = path.read_bytes()
        assert content[5] == 0
        assert content.endswith(audio)
        assert len(content) == 10 + _size(content[6:10]) + len(audio)


def test_frames_with_a_group_and_a_length(make_song: Songs):
    grouped = _frame(b"TIT2", b"G" + _syncsafe(2) + b"\3T", flags=0x0041)
    old = _frame(b"TIT2", b"G\0T", 3, flags=0x0020)
    for tag in (_tag(4, grouped), _tag(3, old)):
        path = _mp3(make_song, tag)
        assert read_fields(path) == {"TITLE": ("T",)}
        write_fields(path, LARGE)
        assert tag[10:] in path.read_bytes()


def test_frames_that_are_packed_and_itunes_sizes(make_song: Songs):
    packed = zlib.compress(b"\3Compressed")
    compressed = _frame(b"TIT2", b"G" + _syncsafe(11) + packed, flags=0x0049)
    encrypted = _frame(b"TPE1", b"\1secret", flags=0x0004)
    picture = b"APIC" + (300).to_bytes(4, "big") + bytes(2) + PICTURE.ljust(300, b"p")
    path = _mp3(make_song, _tag(4, compressed + encrypted + picture + _frame(b"TALB", b"\3A")))
    assert read_fields(path) == {"ALBUM": ("A",)}
    write_fields(path, LARGE)
    content = path.read_bytes()
    assert compressed in content
    assert encrypted in content
    write_fields(path, {"TITLE": ("New",)})
    assert compressed not in path.read_bytes()
    assert _frame(b"APIC", PICTURE.ljust(300, b"p")) in content  # its size is written as the standard has it


def test_tags_that_are_refused(make_song: Songs):
    old = _tag(2, b"TT2\0\0\3\0AB" + b"TBP\0\0\4\x00128" + b"TXX\0\0\6\0N\0val"[:12])
    path = _mp3(make_song, old)
    assert read_fields(path)["TITLE"] == ("AB",)
    assert read_fields(path)["BPM"] == ("128",)
    with pytest.raises(TagError, match=r"ID3v2\.2"):
        write_fields(path, LARGE)
    for tag, reason in (
        (_tag(4, _frame(b"TIT2", b"\3T") + b"rubbish rubbish"), "damaged"),
        (_tag(4, b"TIT2" + _syncsafe(5000) + bytes(2) + b"\3T"), "damaged"),
        (_tag(5, _frame(b"TIT2", b"\3T")), "unknown version"),
        (_tag(4, _syncsafe(5000) + bytes(20), 0x40), "extended header"),
        (b"ID3\4\0\0" + _syncsafe((1 << 28) - 1), "larger than the file"),
    ):
        path = _mp3(make_song, tag)
        before = path.read_bytes()
        with pytest.raises(TagError, match=reason):
            write_fields(path, LARGE)
        assert path.read_bytes() == before


def test_text_encodings_and_several_values(make_song: Songs):
    path = _mp3(
        make_song,
        _tag(
            4,
            _frame(b"TIT2", b"\0caf\xe9\0")
            + _frame(b"TPE1", b"\1\xff\xfea\0\0\0\xfe\xff\0b")
            + _frame(b"TALB", b"\2\0\x41\xd8\x3d\xde\0")
            + _frame(b"TPE2", b"\3caf\xe9")  # claims UTF-8, is Windows-1252
            + _frame(b"TCON", b"\0(17)(4)Euro\0(RX)\0((x)\x00125\x0023")
            + _frame(b"TXXX", b"\3Mood\0one\0two")
            + _frame(b"TXYZ", b"\3unknown")
            + _frame(b"TCOM", b"\x09odd encoding"),
        ),
    )
    assert read_fields(path) == {
        "TITLE": ("café",),
        "ARTIST": ("a", "b"),
        "ALBUM": ("A😀",),
        "ALBUMARTIST": ("café",),
        "GENRE": ("Rock", "Disco", "Euro", "Remix", "(x)", "125", "Pranks"),
        "MOOD": ("one", "two"),
        "TXYZ": ("unknown",),
    }


def test_genre_numbers_are_those_that_ffmpeg_knows(make_song: Songs):
    for number in range(80):
        path = _mp3(make_song, _tag(3, _frame(b"TCON", b"\0(%d)" % number, 3)))
        with av.open(str(path)) as container:
            assert genre_names(f"({number})") == [container.metadata["genre"]]


def test_unsynchronising_is_undone():
    for data in (b"", b"\xff", b"\xff\xff\xff", b"\xff\0\xff\xe0\xff\x10", bytes(range(256)) + b"\xff"):
        there = unsynchronised(data)
        assert resynchronised(there) == data
        assert not any(there[i] == 0xFF and there[i + 1] >= 0xE0 for i in range(len(there) - 1))


def test_vorbis_comments_that_others_wrote_stay_as_they_are(make_song: Songs):
    path = make_song("flac")
    blocks, audio = flac_parts(path)
    comments = [
        b"Bpm=100", b"no equals sign", b"title=caf\xe9", b"bpm=101", b"=nameless", b"EMPTY=",
        b"METADATA_BLOCK_PICTURE=" + base64.b64encode(b"picture"), b"MOOD=a=b",
    ]  # fmt: skip
    packed = [len(c).to_bytes(4, "little") + c for c in comments]
    body = b"\3\0\0\0abc" + len(comments).to_bytes(4, "little") + b"".join(packed)
    info = blocks[0][1]
    head = b"fLaC\0" + len(info).to_bytes(3, "big") + info
    path.write_bytes(head + b"\x84" + len(body).to_bytes(3, "big") + body + audio)
    assert read_fields(path) == {"BPM": ("100", "101"), "TITLE": ("café",), "MOOD": ("a=b",)}
    write_fields(path, {"BPM": ("128",), "NEW": ("x",)})
    expected = [b"Bpm=128", *comments[1:3], *comments[4:], b"NEW=x"]
    assert b"".join(len(c).to_bytes(4, "little") + c for c in expected) in path.read_bytes()
