"""What a file says about itself: title, artist, album, genres, year, ISRC and MusicBrainz identifiers.

Tags are words of strangers that end up on terminals and in web pages, so they are cleaned before anybody sees
them, and identifiers that do not have their standard's form are dropped.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping

from reprise.records import Tags

__all__ = ["clean_text", "read_tags", "tags_from_metadata"]

MAX_TEXT_LENGTH = 500

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs"})
"""Unicode's control, format and surrogate characters."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ISRC = re.compile(r"\b[A-Z]{2}[A-Z0-9]{3}[0-9]{7}\b")
_LONE_SURROGATES = re.compile("[\ud800-\udc7f\udd00-\udfff]")

# Keys without case and everything but letters and digits; the first that is there counts.
_TITLE = ("title", "tit2", "inam", "name")
_ARTIST = ("artist", "tpe1", "iart", "author", "albumartist")
_ALBUM = ("album", "talb", "iprd", "product")
_ALBUM_ARTIST = ("albumartist", "tpe2", "wmalbumartist")
_TRACK = ("track", "tracknumber", "trck", "itrk", "iprt", "trkn", "wmtracknumber")
_FIRST_YEAR = (
    "originalyear",
    "originaldate",
    "tdor",
    "tory",
    "wmoriginalreleaseyear",
    "wmoriginalreleasetime",
)
_YEAR = ("date", "year", "tdrc", "tyer", "icrd", "wmyear", "daterelease", "daterecorded")
_GENRE = ("genre", "tcon", "ignr", "wmgenre")
_ISRC_KEYS = ("isrc", "tsrc", "wmisrc")
# What Picard calls "Track Id" identifies the recording, "Release Track Id" its place on one release.
_RECORDING = ("musicbrainztrackid", "musicbrainzrecordingid", "ufid")
_RELEASE = ("musicbrainzalbumid", "musicbrainzreleaseid")
_ARTIST_ID = ("musicbrainzartistid",)

_MAX_GENRES, _MAX_GENRE_LENGTH = 20, 100
_A_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)", re.ASCII)
_A_PLACE = re.compile(r"\s*0*([1-9]\d{0,3})(?!\d)", re.ASCII)

_UFID_OWNER = b"http://musicbrainz.org\0"
_MAX_ID3_BYTES = 1 << 24


def read_tags(fd: int, metadata: Mapping[str, str]) -> Tags:
    """Read the tags of an open file.

    Parameters
    ----------
    fd : int
        The file, open for reading.
    metadata : mapping of str to str
        What FFmpeg found in it.

    Returns
    -------
    Tags
        ``None`` for whatever is missing or malformed.
    """
    start = os.pread(fd, 10, 0)
    recording_id = ""
    if start.startswith(b"ID3"):
        size = min(10 + _syncsafe(start[6:]), _MAX_ID3_BYTES)
        recording_id = musicbrainz_ufid(os.pread(fd, size, 0)) or ""
    return tags_from_metadata({**metadata, "ufid": recording_id})


def tags_from_metadata(metadata: Mapping[str, str]) -> Tags:
    """Choose and clean the tags among a container's metadata.

    Parameters
    ----------
    metadata : mapping of str to str
        Under the names of ID3, Vorbis comments, MP4 atoms, ASF, Matroska or RIFF INFO; case does not count.

    Returns
    -------
    Tags
    """
    plain = {_plain_key(key): value for key, value in metadata.items()}

    def text(keys: tuple[str, ...]) -> str | None:
        return next((found for key in keys if (found := clean_text(plain.get(key, "")))), None)

    def uuid(keys: tuple[str, ...]) -> str | None:
        return next((found[0].lower() for key in keys if (found := _UUID.search(plain.get(key, "")))), None)

    isrc = _ISRC.search((text(_ISRC_KEYS) or "").upper().replace("-", ""))
    return Tags(
        title=text(_TITLE),
        artist=text(_ARTIST),
        album=text(_ALBUM),
        album_artist=text(_ALBUM_ARTIST),
        track_number=next((int(m[1]) for key in _TRACK if (m := _A_PLACE.match(plain.get(key, "")))), None),
        year=next(
            (int(m[0]) for key in (*_FIRST_YEAR, *_YEAR) if (m := _A_YEAR.search(plain.get(key, "")))), None
        ),
        genres=_genres(plain),
        isrc=isrc and isrc[0],
        musicbrainz_recording_id=uuid(_RECORDING),
        musicbrainz_release_id=uuid(_RELEASE),
        musicbrainz_artist_id=uuid(_ARTIST_ID),
    )


def _genres(plain: Mapping[str, str]) -> tuple[str, ...]:
    """List the genres; several stand in one text, parted by what FFmpeg or taggers put between them."""
    said = next((plain[key] for key in _GENRE if plain.get(key)), "")[: 4 * MAX_TEXT_LENGTH]
    cleaned = (clean_text(part) for part in re.split(r"[;\0]", said))
    return tuple(dict.fromkeys(part[:_MAX_GENRE_LENGTH] for part in cleaned if part))[:_MAX_GENRES]


def clean_text(text: str) -> str | None:
    """Make a stranger's words safe to print.

    Parameters
    ----------
    text : str
        Bytes that were not UTF-8 as surrogate escapes; they are read as Windows-1252, as old taggers wrote.

    Returns
    -------
    str or None
        At most 500 characters on one line, without control characters (which steer terminals) and without
        marks that reverse the reading direction; ``None`` if nothing is left.
    """
    text = _LONE_SURROGATES.sub("", text[: 4 * MAX_TEXT_LENGTH])
    if any("\udc80" <= character <= "\udcff" for character in text):
        text = text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or _is_printable(c))
    return " ".join(kept.split())[:MAX_TEXT_LENGTH].rstrip() or None


def _is_printable(character: str) -> bool:
    # Of the invisible characters only the joiners stay: Persian, Indic scripts and emoji need them.
    return character in "\u200c\u200d" or unicodedata.category(character) not in _UNPRINTABLE


def _plain_key(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


def musicbrainz_ufid(start: bytes) -> str | None:
    """Find the recording in an ID3v2 tag's unique file identifier, which FFmpeg does not hand on.

    Parameters
    ----------
    start : bytes
        The file's start, from ``ID3`` on.

    Returns
    -------
    str or None
        The identifier as it stands there.

    References
    ----------
    ID3 tag version 2.4.0, https://id3.org/id3v2.4.0-frames, section 4.1.
    """
    for frame_id, content in _id3_frames(start):
        if frame_id == b"UFID" and content.startswith(_UFID_OWNER):
            return content[len(_UFID_OWNER) :].decode("ascii", "replace")
    return None


def _id3_frames(tag: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the frames of an ID3v2.3 or 2.4 tag; one with the rare extensions of its header yields none."""
    if len(tag) < 10 or tag[3] not in (3, 4) or tag[5]:
        return
    position, end = 10, min(len(tag), 10 + _syncsafe(tag[6:10]))
    while position + 10 <= end and tag[position]:
        frame_id, size = tag[position : position + 4], tag[position + 4 : position + 8]
        length = _syncsafe(size) if tag[3] == 4 else int.from_bytes(size, "big")
        yield frame_id, tag[position + 10 : min(end, position + 10 + length)]
        position += 10 + length


def _syncsafe(digits: bytes) -> int:
    """Decode an integer of seven bits a byte."""
    value = 0
    for digit in digits:
        value = value << 7 | digit & 0x7F
    return value
