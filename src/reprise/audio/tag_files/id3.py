"""Tags in MP3: the ID3v2 tag before the audio. ID3v1 and APEv2 at the end stay as they are."""

from __future__ import annotations

from collections.abc import Iterator

from reprise.audio.tag_files.file_bytes import Edit, Fields, OpenFile, Span
from reprise.audio.tag_files.id3_frames import (
    Frame,
    resynchronised,
    split_frames,
    syncsafe,
    syncsafe_bytes,
    text_frame,
    unsynchronised,
)
from reprise.audio.tag_files.id3_names import (
    FRAME_NAMES,
    OLD_FRAME_NAMES,
    frame_for,
    genre_names,
    genre_text,
)
from reprise.audio.tag_files.names import gathered

__all__ = ["Id3File", "id3_length"]

_UNSYNCHRONISED, _EXTENDED, _EXPERIMENTAL, _FOOTER = 0x80, 0x40, 0x20, 0x10
_MAX_TAG_BYTES = 1 << 26
_DEFAULT_VERSION = 4
_ROOM = 1024
"""Padding of a tag that had to grow."""


def id3_length(file: OpenFile, start: int) -> int:
    """Return how many bytes an ID3v2 tag takes from here on, 0 where there is none.

    Raises
    ------
    TagError
        If it claims to be larger than the file, or than 64 MiB.
    """
    header = file.peek(start, 10)
    if len(header) < 10 or header[:3] != b"ID3" or max(header[6:]) > 0x7F or 0xFF in header[3:5]:
        return 0
    length = 10 + syncsafe(header[6:]) + (10 if header[5] & _FOOTER else 0)
    if length > _MAX_TAG_BYTES or start + length > file.size:
        raise file.error("its ID3 tag claims to be larger than the file, or than 64 MiB")
    return length


class Id3File:
    """An MP3 file's ID3v2 tag.

    Parameters
    ----------
    file : OpenFile
        The file, which need not have a tag.

    Raises
    ------
    TagError
        If the tag does not fit into the file, or is of a version other than 2.2, 2.3 and 2.4.
    """

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._length = id3_length(file, 0)
        self._version, self._flags = _DEFAULT_VERSION, 0
        self._frames: tuple[Frame, ...] = ()
        self._is_whole, self._room = True, 0
        if self._length:
            self._read()
        self.format = f"ID3v2.{self._version}"
        self.fields: Fields = self._fields(self._frames)

    @property
    def _is_unsynchronised(self) -> bool:
        return bool(self._flags & _UNSYNCHRONISED)

    def _read(self) -> None:
        data = self._file.read(0, self._length)
        self._version, self._flags = data[3], data[5]
        if self._version not in (2, 3, 4):
            raise self._file.error(f"its ID3 tag is of the unknown version 2.{self._version}")
        body = data[10:-10] if self._flags & _FOOTER else data[10:]
        self._room = len(body)
        if self._is_unsynchronised and self._version != 4:
            body = resynchronised(body)
        if self._flags & _EXTENDED and self._version != 2:
            body = body[self._extended_length(body) :]
        self._frames, self._is_whole = split_frames(body, self._version)

    def _extended_length(self, body: bytes) -> int:
        """Return the length of the extended header: in 2.3 its size does not count itself, in 2.4 it does."""
        length = 4 + int.from_bytes(body[:4], "big") if self._version == 3 else syncsafe(body[:4])
        if not 6 <= length <= len(body):
            raise self._file.error("the extended header of its ID3 tag is damaged")
        return length

    def _fields(self, frames: tuple[Frame, ...]) -> Fields:
        return gathered(self._named(frames))

    def _named(self, frames: tuple[Frame, ...]) -> Iterator[tuple[str, list[str]]]:
        for frame in frames:
            name = self._name(frame)
            if name is None:
                continue
            texts = frame.texts(self._is_unsynchronised)
            if frame.id in ("TXXX", "TXX"):
                texts = texts[1:]
            elif frame.id in ("TCON", "TCO"):
                texts = [genre for text in texts for genre in genre_names(text)]
            yield name, texts

    def _name(self, frame: Frame) -> str | None:
        """Return the field that a frame holds; ``None`` for whatever is no text frame."""
        if frame.id in ("TXXX", "TXX"):
            texts = frame.texts(self._is_unsynchronised)
            return texts[0].upper() if len(texts) > 1 and texts[0] else None
        if not frame.id.startswith("T") or frame.id in ("TIPL", "TMCL"):  # these are lists of pairs
            return None
        names = OLD_FRAME_NAMES if frame.version == 2 else FRAME_NAMES
        return names.get(frame.id, frame.id.strip(" \0"))

    def edited(self, updates: Fields) -> Edit:
        """Set or remove fields; the tag keeps its version, and its size where the new frames fit in."""
        if self._version == 2:
            raise self._file.error("its tag is ID3v2.2; save it as ID3v2.3 or 2.4 with a tag editor first")
        if not self._is_whole:
            raise self._file.error(
                "its ID3 tag is damaged: some of it is no frame; mend it with a tag editor"
            )
        frames = self._edited_frames(updates)
        fields = self._fields(frames)
        rest = Span(self._length, self._file.size - self._length)
        return Edit(pieces=(self._packed(frames), rest), fields=fields)

    def _edited_frames(self, updates: Fields) -> tuple[Frame, ...]:
        left, frames = dict(updates), []
        for frame in self._frames:
            name = self._name(frame)
            if name not in updates:
                frames.append(frame)
            elif name in left:  # here the new one goes; a TXXX keeps the spelling of its description
                described = frame.texts(self._is_unsynchronised)[0] if frame.id == "TXXX" else name
                frames += self._text_frames(name, described, left.pop(name))
        for name, values in left.items():
            frames += self._text_frames(name, name, values)
        return tuple(frames)

    def _text_frames(self, name: str, described: str, values: tuple[str, ...]) -> list[Frame]:
        if not values:
            return []
        frame_id, texts = frame_for(name, self._version), list(values)
        if frame_id == "TCON":
            texts = [genre_text(text) for text in texts]
        elif frame_id is None:
            frame_id, texts = "TXXX", [described, *texts]
        return [text_frame(frame_id, texts, self._version, self._is_unsynchronised)]

    def _packed(self, frames: tuple[Frame, ...]) -> bytes:
        """Return the whole tag; without a frame there is none, as the standard wants it."""
        if not frames:
            return b""
        body = b"".join(frame.packed() for frame in frames)
        if self._is_unsynchronised and self._version == 3:
            body = unsynchronised(body)
        length = self._room if self._room >= len(body) else len(body) + _ROOM
        if length > _MAX_TAG_BYTES - 20:
            raise self._file.error("its ID3 tag would be larger than 64 MiB")
        # An extended header holds a checksum of the old frames, a footer forbids padding: both are left out.
        flags = self._flags & (_UNSYNCHRONISED | _EXPERIMENTAL)
        header = b"ID3" + bytes([self._version, 0, flags]) + syncsafe_bytes(length)
        return header + body + bytes(length - len(body))
