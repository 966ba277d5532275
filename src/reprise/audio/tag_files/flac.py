"""Tags in FLAC: one metadata block among others.

References
----------
RFC 9639, Free Lossless Audio Codec, section 8.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from reprise.audio.tag_files.file_bytes import Edit, Fields, OpenFile, Piece, Span
from reprise.audio.tag_files.vorbis_comment import OUR_VENDOR, Comments, parse_comments

__all__ = ["FlacFile"]

_PADDING, _VORBIS_COMMENT = 1, 4
_LAST = 0x80
_MAX_BLOCK_BYTES = (1 << 24) - 1
_MAX_BLOCKS = 10_000


class _Block(NamedTuple):
    """A metadata block: its type and its content, in the old file or new."""

    kind: int
    content: Piece

    @property
    def length(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.length


class FlacFile:
    """A FLAC file's Vorbis comment.

    Parameters
    ----------
    file : OpenFile
        The file.
    start : int
        Where ``fLaC`` stands; an ID3 tag before it is not looked at.

    Raises
    ------
    TagError
        If the blocks do not lie one after another within the file.
    """

    format = "FLAC"

    def __init__(self, file: OpenFile, start: int) -> None:
        self._file, self._start = file, start
        self._blocks, self._audio = _blocks(file, start + 4)
        places = [i for i, block in enumerate(self._blocks) if block.kind == _VORBIS_COMMENT]
        self._places = places
        self._comments = Comments(vendor=OUR_VENDOR, comments=(), tail=b"")
        if places:
            content = self._blocks[places[0]].content
            assert isinstance(content, Span)
            self._comments = parse_comments(file.read(*content), file)
        self.fields: Fields = self._comments.fields()

    def edited(self, updates: Fields) -> Edit:
        """Set or remove fields; padding takes up the difference in size where it can."""
        if len(self._places) > 1:
            raise self._file.error("it has two Vorbis comment blocks, and FLAC allows one")
        comments = self._comments.edited(updates)
        content = comments.packed()
        if len(content) > _MAX_BLOCK_BYTES:
            raise self._file.error("its tags would be larger than FLAC's limit of 16 MiB")
        blocks = list(self._blocks)
        before = sum(4 + block.length for block in blocks)
        is_ours_and_empty = comments.vendor == OUR_VENDOR and not comments.comments
        place = self._places[0] if self._places else 1
        blocks[place : place + len(self._places)] = (
            [] if is_ours_and_empty else [_Block(_VORBIS_COMMENT, content)]
        )
        _fit_padding(blocks, sum(4 + block.length for block in blocks) - before)
        return Edit(pieces=self._pieces(blocks), fields=comments.fields())

    def _pieces(self, blocks: list[_Block]) -> list[Piece]:
        pieces: list[Piece] = [Span(0, self._start + 4)]
        for block, following in pairwise([*blocks, None]):
            assert block is not None
            kind = block.kind | (0 if following else _LAST)
            pieces += [bytes([kind]) + block.length.to_bytes(3, "big"), block.content]
        return [*pieces, Span(self._audio, self._file.size - self._audio)]


def _blocks(file: OpenFile, position: int) -> tuple[list[_Block], int]:
    """Return the metadata blocks and where the audio begins."""
    blocks: list[_Block] = []
    is_last = False
    while not is_last:
        header = file.read(position, 4)
        length = int.from_bytes(header[1:], "big")
        is_last = bool(header[0] & _LAST)
        blocks.append(_Block(header[0] & ~_LAST, Span(position + 4, length)))
        position += 4 + length
        if position > file.size or len(blocks) > _MAX_BLOCKS:
            raise file.error("its FLAC metadata are damaged: a block points beyond the file's end")
    if blocks[0].kind != 0:
        raise file.error("its FLAC metadata are damaged: they do not begin with the stream's description")
    return blocks, position


def _fit_padding(blocks: list[_Block], growth: int) -> None:
    """Let the largest padding block take up the growth, if it is large enough."""
    paddings = [i for i, block in enumerate(blocks) if block.kind == _PADDING]
    if not paddings or not growth:
        return
    largest = max(paddings, key=lambda i: blocks[i].length)
    length = blocks[largest].length - growth
    if 0 <= length <= _MAX_BLOCK_BYTES:
        blocks[largest] = _Block(_PADDING, bytes(length))
