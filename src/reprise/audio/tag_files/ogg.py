"""Tags in Ogg Vorbis and Ogg Opus: the second packet of the stream, cut into pages again.

References
----------
RFC 3533, the Ogg encapsulation format; Vorbis I specification, section 4.2; RFC 7845, Ogg Opus.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from reprise.audio.tag_files.file_bytes import Edit, Fields, OpenFile, Piece, Span
from reprise.audio.tag_files.vorbis_comment import Comments, parse_comments

__all__ = ["OggFile", "ogg_crc"]

_CONTINUED, _FIRST, _LAST = 1, 2, 4
_MAX_HEADER_BYTES = 1 << 26
"""What comment and codebooks may take: pictures of 16 MiB in base64 fit in."""

_NO_PACKET_ENDS = (1 << 64) - 1
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Codec:
    name: str
    first: bytes
    comment: bytes
    header_packets: int  # after the first page


_CODECS = (
    _Codec(name="Ogg Vorbis", first=b"\x01vorbis", comment=b"\x03vorbis", header_packets=2),
    _Codec(name="Ogg Opus", first=b"OpusHead", comment=b"OpusTags", header_packets=1),
)


class _Page(NamedTuple):
    start: int
    header: bytes  # with the table of segments
    length: int  # of header and body

    @property
    def flags(self) -> int:
        return self.header[5]

    @property
    def serial(self) -> bytes:
        return self.header[14:18]

    @property
    def sequence(self) -> int:
        return int.from_bytes(self.header[18:22], "little")

    @property
    def end(self) -> int:
        return self.start + self.length


class OggFile:
    """The comments of an Ogg file's first stream.

    Parameters
    ----------
    file : OpenFile
        The file, which begins with ``OggS``.

    Raises
    ------
    TagError
        If it holds neither Vorbis nor Opus first, or its headers are damaged.
    """

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._first = _page(file, 0)
        start = file.read(len(self._first.header), self._first.length - len(self._first.header))
        codec = next((codec for codec in _CODECS if start.startswith(codec.first)), None)
        if codec is None:
            raise file.error("in Ogg, tags are read and written for Vorbis and Opus only")
        self._codec, self.format = codec, codec.name
        self._packets, self._last_header = self._header_packets()
        if not self._packets[0].startswith(codec.comment):
            raise file.error("its Ogg headers are damaged: there is no comment packet, or streams are mixed")
        self._comments = parse_comments(self._packets[0][len(codec.comment) :], file)
        self.fields: Fields = self._comments.fields()

    def _header_packets(self) -> tuple[list[bytes], _Page]:
        """Return the packets of the headers after the first page, and the page that ends them."""
        packets: list[bytes] = []
        open_packet, total = bytearray(), 0
        page = self._first
        while len(packets) < self._codec.header_packets:
            page = _page(self._file, page.end)
            total += page.length
            if page.serial != self._first.serial or total > _MAX_HEADER_BYTES:
                raise self._file.error("its Ogg streams are mixed, or its headers are larger than 64 MiB")
            body = self._file.read(page.start + len(page.header), page.length - len(page.header))
            position = 0
            for segment in page.header[27:]:
                open_packet += body[position : position + segment]
                position += segment
                if segment < 255:
                    packets.append(bytes(open_packet))
                    open_packet.clear()
        if open_packet or len(packets) > self._codec.header_packets:
            raise self._file.error("its Ogg headers share a page with audio, which the format forbids")
        return packets, page

    def edited(self, updates: Fields) -> Edit:
        """Set or remove fields; pages of audio change in number and checksum only, and only if they must."""
        comments = self._fitted(self._comments.edited(updates))
        packets = [self._codec.comment + comments.packed(), *self._packets[1:]]
        if sum(map(len, packets)) > _MAX_HEADER_BYTES // 2:
            raise self._file.error("its tags would be larger than 32 MiB")
        headers, count = _paginated(packets, self._first.serial, self._first.sequence + 1)
        shift = count - (self._last_header.sequence - self._first.sequence)
        self._require_one_stream()
        end = self._last_header.end
        rest = self._renumbered(shift) if shift else [Span(end, self._file.size - end)]

        def pieces() -> Iterator[Piece]:
            yield Span(0, self._first.length)
            yield headers
            yield from rest

        return Edit(pieces=pieces(), fields=comments.fields())

    def _fitted(self, comments: Comments) -> Comments:
        """Let Opus' padding take up what the comments grow or shrink by; other tails are kept as they are."""
        tail = comments.tail
        if self._codec.header_packets == 2:
            if not tail[:1] or not tail[0] & 1:
                raise self._file.error("its Vorbis comment is damaged: the bit that ends it is missing")
            return comments
        if not tail or tail.strip(b"\0"):  # bytes with a meaning that others gave them
            return comments
        growth = len(comments.packed()) - len(self._comments.packed())
        return replace(comments, tail=bytes(max(0, len(tail) - growth)))

    def _require_one_stream(self) -> None:
        position = self._first.end
        while position < self._file.size:
            page = _page(self._file, position)
            if page.flags & _FIRST or page.serial != self._first.serial:
                raise self._file.error(
                    "it holds several Ogg streams, joined or mixed; write tags into each before joining them"
                )
            position = page.end

    def _renumbered(self, shift: int) -> Iterator[Piece]:
        """Yield the pages of audio with other numbers; what is wrong with a page's checksum stays wrong."""
        position = self._last_header.end
        while position < self._file.size:
            page = _page(self._file, position)
            data = bytearray(self._file.read(page.start, page.length))
            number = (page.sequence + shift) % (1 << 32)
            difference = bytearray(page.length)
            difference[18:22] = (number ^ page.sequence).to_bytes(4, "little")
            # The checksum is linear: that of the difference is the difference of the checksums.
            checksum = int.from_bytes(data[22:26], "little") ^ ogg_crc(bytes(difference))
            data[18:26] = number.to_bytes(4, "little") + checksum.to_bytes(4, "little")
            yield bytes(data)
            position = page.end


def _page(file: OpenFile, start: int) -> _Page:
    header = file.peek(start, 27 + 255)
    if len(header) < 27 or header[:5] != b"OggS\0":
        raise file.error("its Ogg pages do not follow each other; it is damaged or cut off")
    header = header[: 27 + header[26]]
    length = len(header) + sum(header[27:])
    if len(header) < 27 + header[26] or start + length > file.size:
        raise file.error("its last Ogg page is cut off; copy or download it again")
    return _Page(start, header, length)


def _paginated(packets: list[bytes], serial: bytes, number: int) -> tuple[bytes, int]:
    """Cut header packets into pages.

    Parameters
    ----------
    packets : list of bytes
        The packets.
    serial : bytes
        The stream's number.
    number : int
        That of the first page.

    Returns
    -------
    bytes
        The pages.
    int
        How many they are.
    """
    body = b"".join(packets)
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    pages: list[bytes] = []
    position = 0
    for start in range(0, len(lacing), 255):
        segments = lacing[start : start + 255]
        length = sum(segments)
        flags = _CONTINUED if start and lacing[start - 1] == 255 else 0
        granule = _NO_PACKET_ENDS if min(segments) == 255 else 0
        header = b"OggS\0" + bytes([flags]) + granule.to_bytes(8, "little") + serial
        header += ((number + len(pages)) % (1 << 32)).to_bytes(4, "little")
        table = bytes([len(segments)]) + segments
        content = body[position : position + length]
        checksum = ogg_crc(header + bytes(4) + table + content).to_bytes(4, "little")
        pages.append(header + checksum + table + content)
        position += length
    return b"".join(pages), len(pages)


def ogg_crc(page: bytes) -> int:
    """Return the checksum of a page whose own checksum is zero.

    Parameters
    ----------
    page : bytes
        Header and body.

    Notes
    -----
    Ogg's polynomial is zlib's, but Ogg takes the highest bit first and inverts neither at the start nor at the
    end. With all bits mirrored and the inversions taken back, zlib computes it at its own speed.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
