"""Tags in MP4 and M4A: the list ``moov/udta/meta/ilst``, and the places of the audio that its size moves."""

from __future__ import annotations

from collections.abc import Iterator

from reprise.audio.tag_files.file_bytes import Edit, Fields, OpenFile, Piece, Span
from reprise.audio.tag_files.mp4_boxes import Box, box, boxes, first, moved_chunks, spliced, top_boxes, whole
from reprise.audio.tag_files.mp4_items import Item, item_boxes, parse_item
from reprise.audio.tag_files.names import gathered

__all__ = ["Mp4File"]

_MAX_INDEX_BYTES = 1 << 27
_MAX_ITEMS = 10_000
_ROOM_KINDS = (b"free", b"skip")
_HANDLER = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
"""What says that the list of items is one of iTunes' tags."""


class Mp4File:
    """An MP4 file's list of tags.

    Parameters
    ----------
    file : OpenFile
        The file.

    Raises
    ------
    TagError
        If its boxes do not fit into each other, or it has no index.
    """

    format = "MP4"

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._top = top_boxes(file)
        moov = first(self._top, b"moov")
        if moov is None or sum(one.kind == b"moov" for one in self._top) > 1:
            raise file.error(
                "it does not have one MP4 index; it is cut off, or of a kind that is not known here"
            )
        if moov.size > _MAX_INDEX_BYTES:
            raise file.error("its MP4 index is larger than 128 MiB")
        self._moov = moov
        self._data = file.read(moov.start, moov.size)
        self._parents, self._list = self._find_list()
        self._items: list[Item] = []
        if self._list:
            places = boxes(self._data, self._list.content, self._list.end, file)
            if len(places) > _MAX_ITEMS:
                raise file.error(f"it has more than {_MAX_ITEMS} tags")
            self._items = [parse_item(self._data, place, file) for place in places]
        self.fields: Fields = _fields(self._items)

    def _find_list(self) -> tuple[list[Box], Box | None]:
        """Return the boxes around the list of tags, outermost first, as far as they are there, and the list."""
        moov = whole(self._data)
        known: list[Box] = [moov]
        for udta in (one for one in self._inside(moov) if one.kind == b"udta"):
            meta = first(self._inside(udta), b"meta")
            found = meta and first(self._inside(meta), b"ilst")
            if meta and found:
                return [moov, udta, meta], found
            if len(known) == 1:
                known = [moov, udta, meta] if meta else [moov, udta]
        return known, None

    def _inside(self, parent: Box) -> list[Box]:
        start = parent.content
        # In MP4 four bytes of version and flags come first in meta, in QuickTime they do not.
        if parent.kind == b"meta" and self._data[start + 4 : start + 8] != b"hdlr":
            start += 4
        return boxes(self._data, start, parent.end, self._file)

    def edited(self, updates: Fields) -> Edit:
        """Set or remove fields; free room takes up the difference in size, else the audio's places move."""
        kinds = {one.kind for one in self._top} | {one.kind for one in self._inside(self._parents[0])}
        if kinds & {b"moof", b"mvex", b"mfra", b"sidx"}:
            raise self._file.error("it is a fragmented MP4; let `ffmpeg -i IN -c copy OUT.m4a` join it first")
        items = self._edited_items(updates)
        try:
            pieces = list(self._pieces(box(b"ilst", b"".join(item.raw for item in items))))
        except OverflowError as error:
            raise self._file.error("its tags would be larger than MP4 allows") from error
        return Edit(pieces=pieces, fields=_fields(items))

    def _edited_items(self, updates: Fields) -> list[Item]:
        left, items = dict(updates), []
        for item in self._items:
            if item.name not in updates:
                items.append(item)
            elif item.name in left:
                items += self._new_items(item.name, left.pop(item.name), item.spelling)
        for name, values in left.items():
            items += self._new_items(name, values, "")
        return items

    def _new_items(self, name: str, values: tuple[str, ...], spelling: str) -> list[Item]:
        raw = item_boxes(name, values, spelling)
        return [parse_item(raw, one, self._file) for one in boxes(raw, 0, len(raw), self._file)]

    def _pieces(self, new_list: bytes) -> Iterator[Piece]:
        start, end, new = self._replacement(new_list)
        following, growth = self._following_room(), 0
        if moved_chunks(bytearray(self._data), self._moov.end, 0, self._file):
            end, new = self._fitted(start, end, new)
            growth = len(new) - (end - start)
        moov = spliced(self._data, self._parents, start, end, new)
        behind, room = self._moov.end, b""
        if growth and following and following.size - growth >= 8:
            behind, room = following.end, box(b"free", bytes(following.size - growth - 8))
        elif growth:
            moved_chunks(moov, self._moov.end, growth, self._file)
        yield Span(0, self._moov.start)
        yield bytes(moov) + room
        yield Span(behind, self._file.size - behind)

    def _replacement(self, new_list: bytes) -> tuple[int, int, bytes]:
        """Return which part of the index to replace, and by what, making the boxes around where they lack."""
        if self._list:
            return self._list.start, self._list.end, new_list
        parent = self._parents[-1]
        if parent.kind == b"meta":
            handler = first(self._inside(parent), b"hdlr")
            if handler and self._data[handler.content + 8 : handler.content + 12] != b"mdir":
                raise self._file.error("its tags are of QuickTime's own kind; convert it to M4A first")
            end = self._end_inside(parent)
            return end, end, new_list
        meta = box(b"meta", bytes(4) + _HANDLER + new_list)
        if parent.kind == b"udta":  # at its start: QuickTime ends it with four zero bytes
            return parent.content, parent.content, meta
        end = self._end_inside(parent)
        return end, end, box(b"udta", meta)

    def _end_inside(self, parent: Box) -> int:
        """Return where the last box in another ends: a few odd bytes may follow, behind which nothing is found."""
        inner = self._inside(parent)
        return inner[-1].end if inner else parent.end

    def _fitted(self, start: int, end: int, new: bytes) -> tuple[int, bytes]:
        """Use free room behind the list, or leave some there, so that nothing behind the index moves."""
        if self._list is None:
            return end, new
        siblings = self._inside(self._parents[-1])
        at = siblings.index(self._list) + 1
        if at < len(siblings) and siblings[at].kind in _ROOM_KINDS:
            end = siblings[at].end
        gap = end - start - len(new)
        # A box takes eight bytes at least: a smaller gap is made larger.
        return end, new + box(b"free", bytes(max(0, gap - 8))) if gap > 0 else new

    def _following_room(self) -> Box | None:
        at = self._top.index(self._moov) + 1
        one = self._top[at] if at < len(self._top) else None
        return one if one and one.kind in _ROOM_KINDS else None


def _fields(items: list[Item]) -> Fields:
    return gathered((item.name, item.values) for item in items if item.name)
