"""Tags are found in every container that has them; what is hostile or malformed in them never comes out."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.audio import open_audio
from reprise.audio.tags import clean_text, musicbrainz_ufid, tags_from_metadata
from reprise.records import Tags

Tones = Callable[..., np.ndarray]
Encode = Callable[..., Path]

RECORDING = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
RELEASE = "a146429a-cedc-3ab0-9e41-1aaf5f6cdc2d"
ARTIST = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"
REFERENCE = Tags(
    title="Ágætis byrjun",
    artist="Sigur Rós",
    album="日本語",
    isrc="GBAYE7500101",
    musicbrainz_recording_id=RECORDING,
    musicbrainz_release_id=RELEASE,
    musicbrainz_artist_id=ARTIST,
)
PLAIN = {"title": "Ágætis byrjun", "artist": "Sigur Rós", "album": "日本語"}
# The names that Picard writes into ID3 and MP4, Vorbis comments, and ASF.
PICARD = PLAIN | {
    "MusicBrainz Album Id": RELEASE,
    "MusicBrainz Artist Id": ARTIST,
    "MusicBrainz Track Id": RECORDING,
    "MusicBrainz Release Track Id": "00000000-0000-0000-0000-000000000000",
}
VORBIS = PLAIN | {
    "ISRC": "GBAYE7500101",
    "MUSICBRAINZ_ALBUMID": RELEASE,
    "MUSICBRAINZ_ARTISTID": ARTIST,
    "MUSICBRAINZ_TRACKID": RECORDING,
    "MUSICBRAINZ_RELEASETRACKID": "00000000-0000-0000-0000-000000000000",
}
ASF = PLAIN | {
    "WM/ISRC": "GBAYE7500101",
    "MusicBrainz/Album Id": RELEASE,
    "MusicBrainz/Artist Id": ARTIST,
    "MusicBrainz/Track Id": RECORDING,
}


@pytest.mark.parametrize(
    ("codec", "container", "metadata"),
    [
        ("libmp3lame", "mp3", PICARD | {"TSRC": "GBAYE7500101"}),
        ("pcm_s16be", "aiff", PICARD | {"TSRC": "GBAYE7500101"}),
        ("flac", "flac", VORBIS),
        ("libopus", "ogg", VORBIS),
        ("libopus", "webm", VORBIS),
        ("wavpack", "wv", VORBIS),
        ("wmav2", "asf", ASF),
    ],
)
def test_tags_of_every_container(
    codec: str, container: str, metadata: dict[str, str], tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    options = {"write_id3v2": "1"} if container == "aiff" else {}
    with open_audio(
        encode(tmp_path / "song", tones(48000), 48000, codec, container, metadata, options)
    ) as stream:
        assert stream.tags == REFERENCE


def test_riff_and_plain_mp4_have_the_plain_tags(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    for codec, container in (("pcm_s16le", "wav"), ("aac", "ipod")):
        with open_audio(encode(tmp_path / "song", tones(48000), 48000, codec, container, VORBIS)) as stream:
            assert (stream.tags.title, stream.tags.artist, stream.tags.album) == tuple(PLAIN.values())
            assert stream.tags.musicbrainz_recording_id is None


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _freeform(name: str, value: str) -> bytes:
    content = _box(b"mean", bytes(4) + b"com.apple.iTunes") + _box(b"name", bytes(4) + name.encode())
    return _box(b"----", content + _box(b"data", struct.pack(">II", 1, 0) + value.encode()))


def test_freeform_atoms_of_mp4(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    path = encode(tmp_path / "song.m4a", tones(48000), 48000, "aac", "ipod", PLAIN)
    content = bytearray(path.read_bytes())
    names = {"ISRC": "GBAYE7500101"} | {name: PICARD[name] for name in PICARD if name.startswith("Music")}
    atoms = b"".join(_freeform(name, value) for name, value in names.items())
    # The index is at the end, so its boxes grow without moving anything that is pointed to.
    for kind in (b"moov", b"udta", b"meta", b"ilst"):
        at = content.rindex(kind) - 4
        size = int.from_bytes(content[at : at + 4], "big")
        if kind == b"ilst":
            content[at + size : at + size] = atoms
        content[at : at + 4] = (size + len(atoms)).to_bytes(4, "big")
    path.write_bytes(content)
    with open_audio(path) as stream:
        assert stream.tags == REFERENCE


def _id3(version: int, frames: dict[bytes, bytes]) -> bytes:
    def size(n: int) -> bytes:
        return (
            bytes((n >> shift) & 0x7F for shift in (21, 14, 7, 0)) if version == 4 else n.to_bytes(4, "big")
        )

    body = b"".join(
        frame_id + size(len(text)) + bytes(2) + text for frame_id, text in frames.items()
    ) + bytes(64)
    header_size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes((version, 0, 0)) + header_size + body


@pytest.mark.parametrize("version", [3, 4])
def test_the_recording_in_an_id3_file_identifier(
    version: int, tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    path = encode(tmp_path / "song.mp3", tones(48000), 48000, "libmp3lame", "mp3", {}, {"id3v2_version": "0"})
    frames = {
        b"TIT2": b"\x01" + "Ágætis byrjun".encode("utf-16"),
        b"TPE1": b"\x00" + "Sigur Rós".encode("latin-1"),
        b"TXXX": b"\x00MusicBrainz Album Id\x00" + RELEASE.encode() + bytes(200),
        b"UFID": b"http://musicbrainz.org\0" + RECORDING.encode(),
    }
    path.write_bytes(_id3(version, frames) + path.read_bytes())
    with open_audio(path) as stream:
        assert stream.tags == Tags(
            title="Ágætis byrjun",
            artist="Sigur Rós",
            musicbrainz_recording_id=RECORDING,
            musicbrainz_release_id=RELEASE,
        )


def test_a_file_without_tags_has_none(tones: Tones, tmp_path: Path) -> None:
    for kind in ("WAV", "FLAC", "MP3", "AU", "MAT5"):
        soundfile.write(tmp_path / "song", tones(8000).T, 8000, format=kind)
        with open_audio(tmp_path / "song") as stream:
            assert stream.tags == Tags()


def test_the_title_of_a_matroska_track_is_not_the_songs(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    import av

    y = tones(48000)
    with av.open(str(tmp_path / "song.mka"), "w", format="matroska") as output:
        output.metadata["title"] = "Song"
        stream = output.add_stream("pcm_s16le", rate=48000, layout="stereo")
        stream.metadata["title"] = "Surround"
        frame = av.AudioFrame.from_ndarray(y, "fltp", "stereo")
        frame.sample_rate = 48000
        output.mux([*stream.encode(frame), *stream.encode(None)])
    with open_audio(tmp_path / "song.mka") as stream:
        assert stream.tags.title == "Song"


def test_old_encodings_are_read_as_windows_1252(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    path = encode(tmp_path / "song.wav", tones(8000), 8000, "pcm_s16le", "wav", {"title": "Cafe-Bleu"})
    path.write_bytes(path.read_bytes().replace(b"Cafe-Bleu", b"Caf\xe9 Bleu"))
    with open_audio(path) as stream:
        assert stream.tags.title == "Café Bleu"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  Two \t words\n", "Two words"),
        ("\x1b]0;pwned\x07\x1b[31mRed\x1b[0m", "]0;pwned[31mRed[0m"),
        ("abc\u202efed\u2066x\u200b", "abcfedx"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🎤 e\u0301", "👩\u200d🎤 e\u0301"),
        ("Se\udce9", "Seé"),
        ("\ud800a\udce9", "aé"),
        ("\0\r\x7f\x9b", None),
        ("", None),
        ("a" * 600, "a" * 500),
    ],
)
def test_text_is_made_safe(raw: str, expected: str | None) -> None:
    assert clean_text(raw) == expected


@given(st.text(st.characters(exclude_categories=()), max_size=800))
def test_clean_text_is_printable_and_stays_as_it_is(raw: str) -> None:
    text = clean_text(raw)
    assert text is None or (0 < len(text) <= 500 and text.replace("\u200c", "").replace("\u200d", "").strip())
    if text is not None:
        text.encode("utf-8")
        assert clean_text(text) == text
        assert not any(
            ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202a\u202e\u2066\u2069\ufeff" for c in text
        )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("GB-AYE-75-00101", "GBAYE7500101"),
        ("usrc17607839", "USRC17607839"),
        ("ISRC GBAYE7500101", "GBAYE7500101"),
        ("GBAYE7500101;USRC17607839", "GBAYE7500101"),
        ("GBAYE750010", None),
        ("12AYE7500101", None),
        ("'; DROP TABLE tracks", None),
    ],
)
def test_isrc(raw: str, expected: str | None) -> None:
    assert tags_from_metadata({"isrc": raw}).isrc == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (ARTIST.upper(), ARTIST),
        (f"{ARTIST}/{RELEASE}", ARTIST),
        (f"{{{ARTIST}}}", ARTIST),
        ("0383dadf-2a4e-4d10-a46a", None),
        ("none", None),
    ],
)
def test_musicbrainz_ids(raw: str, expected: str | None) -> None:
    assert tags_from_metadata({"MusicBrainz Artist Id": raw}).musicbrainz_artist_id == expected


def test_nothing_but_spaces_gives_way_to_the_next_key() -> None:
    assert tags_from_metadata({"ARTIST": " \0", "album_artist": "Sigur Rós"}).artist == "Sigur Rós"


@settings(max_examples=200)
@given(st.sampled_from([3, 4]), st.binary(max_size=300))
def test_any_bytes_in_an_id3_tag_are_survived(version: int, content: bytes) -> None:
    found = musicbrainz_ufid(b"ID3" + bytes((version, 0, 0, 0, 0, 127, 127)) + content)
    assert found is None or isinstance(found, str)
    real = _id3(version, {b"PRIV": content, b"UFID": b"http://musicbrainz.org\0" + RECORDING.encode()})
    assert musicbrainz_ufid(real) == RECORDING


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"date": "2011-05-03", "originaldate": "1969"}, {"year": 1969}),
        ({"TYER": "1999", "TDOR": "unknown"}, {"year": 1999}),
        ({"date": "12.3.1987"}, {"year": 1987}),
        ({"date": "870312"}, {}),
        ({"track": "03/12"}, {"track_number": 3}),
        ({"tracknumber": "A1"}, {}),
        ({"track": "0"}, {}),
        (
            {"genre": "Deep House; Techno;deep house;;Techno"},
            {"genres": ("Deep House", "Techno", "deep house")},
        ),
        ({"genre": "R&B/Soul\x1b[31m"}, {"genres": ("R&B/Soul[31m",)}),
        ({"album_artist": "Various"}, {"album_artist": "Various", "artist": "Various"}),
    ],
)
def test_year_place_and_genres(metadata: dict[str, str], expected: dict[str, object]) -> None:
    assert tags_from_metadata(metadata) == Tags(**expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codec", "container"),
    [("libmp3lame", "mp3"), ("flac", "flac"), ("libopus", "ogg"), ("aac", "ipod"), ("pcm_s16le", "wav")],
)
def test_year_place_and_genres_of_every_container(
    codec: str, container: str, tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    metadata = {"genre": "Deep House", "date": "1987", "track": "3", "album_artist": "Various"}
    with open_audio(encode(tmp_path / "song", tones(48000), 48000, codec, container, metadata)) as stream:
        tags = stream.tags
    assert (tags.genres, tags.year, tags.track_number) == (("Deep House",), 1987, 3)
    assert tags.album_artist == (None if container == "wav" else "Various")


@given(st.dictionaries(st.sampled_from(["date", "track", "genre", "originalyear"]), st.text(max_size=60)))
def test_numbers_and_genres_stay_in_their_ranges(metadata: dict[str, str]) -> None:
    tags = tags_from_metadata(metadata)
    assert tags.year is None or 1000 <= tags.year <= 2999
    assert tags.track_number is None or 1 <= tags.track_number <= 9999
    assert len(tags.genres) <= 20
    assert all(clean_text(genre) == genre and len(genre) <= 100 for genre in tags.genres)
