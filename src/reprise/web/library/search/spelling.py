"""All words of the library in memory, to find those that are meant by a word that is spelled otherwise."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from reprise.web.library.models import SearchWord
from reprise.web.library.search.words import is_unspaced

__all__ = ["Vocabulary", "vocabulary"]

_MOST, _KEPT = 8, 1000
_FEW = 5000  # up to here, words are added one by one


class Vocabulary:
    """Distinct words.

    Parameters
    ----------
    words : iterable of str
        Normalised as `reprise.web.library.search.words` does.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = sorted(set(words))
        self._by_length: dict[int, list[str]] = {}
        self._beginnings: dict[int, dict[str, dict[str, None]]] = {}
        self._asked: dict[str, list[str]] = {}
        for word in self._words:
            self._compare(word)

    def add(self, word: str) -> None:
        """Add one word."""
        if word in self:
            return
        insort(self._words, word)
        self._asked.clear()
        self._compare(word)
        for length, by_letter in self._beginnings.items():
            if len(word) >= length:
                by_letter.setdefault(word[0], {})[word[:length]] = None

    def forget(self) -> None:
        """Forget what was asked for; for measurements."""
        self._asked.clear()

    def _compare(self, word: str) -> None:
        if not word.isdigit() and not is_unspaced(word):
            self._by_length.setdefault(len(word), []).append(word)

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        at = bisect_left(self._words, word)
        return at < len(self._words) and self._words[at] == word

    def has_prefix(self, start: str) -> bool:
        """Whether a word begins like this."""
        at = bisect_left(self._words, start)
        return at < len(self._words) and self._words[at].startswith(start)

    def near(self, word: str) -> list[str]:
        """Return up to eight words that differ by one letter, or two where it is long, the nearest first.

        A letter that is added, missing, another, or has changed places with its neighbour is one difference.
        """
        # While one word is typed, those before it are asked for at every keystroke.
        if (kept := self._asked.get(word)) is not None:
            return kept
        most = _differences(word)
        lengths = range(len(word) - most, len(word) + most + 1) if most else ()
        found = self._nearest(word, [self._by_length.get(length, []) for length in lengths], most)
        if len(self._asked) >= _KEPT:
            self._asked.clear()
        self._asked[word] = found
        return found

    def near_beginnings(self, start: str) -> list[str]:
        """Return up to eight beginnings of words that differ by one letter, which is not the first."""
        if not _differences(start):
            return []
        return self._nearest(start, [self._with_letter(start, len(start) + more) for more in (0, 1)], 1)

    def _with_letter(self, start: str, length: int) -> list[str]:
        """Return the beginnings of this length that have the same first letter."""
        if length not in self._beginnings:
            by_letter: dict[str, dict[str, None]] = {}
            for n, words in self._by_length.items():
                if n >= length:
                    for word in words:
                        by_letter.setdefault(word[0], {})[word[:length]] = None
            self._beginnings[length] = by_letter
        return list(self._beginnings[length].get(start[0], ()))

    def _nearest(self, word: str, groups: Sequence[Sequence[str]], most: int) -> list[str]:
        found: list[tuple[float, float, str]] = []
        for group in groups:
            for near, distance, _ in process.extract(
                word, group, scorer=OSA.distance, score_cutoff=most, limit=40
            ):
                if near != word:
                    found.append((distance, -JaroWinkler.similarity(word, near), near))
        return list(dict.fromkeys(near for _, _, near in sorted(found)))[:_MOST]


def _differences(word: str) -> int:
    if len(word) < 3 or word.isdigit():
        return 0
    return 1 if len(word) < 6 else 2


class _Kept:
    """The vocabulary of this process, read on as the table grows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[int, str] | None = None
        self._made = Vocabulary()

    def get(self) -> Vocabulary:
        newest = SearchWord.objects.order_by("-id").values_list("id", "word").first()
        if newest != self._last:
            with self._lock:
                if newest != self._last:
                    self._read(newest)
        return self._made

    def _read(self, newest: tuple[int, str] | None) -> None:
        rows = SearchWord.objects.values_list("word", flat=True)
        # The table may be another one than before: restored, or emptied by a test.
        is_same = self._last is not None and rows.filter(id=self._last[0], word=self._last[1]).exists()
        # Who writes at the same time may come with a lower number later.
        added = list(rows.filter(id__gt=self._last[0] - 1000)[:_FEW]) if is_same and self._last else []
        if is_same and len(added) < _FEW:
            for word in added:
                self._made.add(word)
        else:
            self._made = Vocabulary(rows.iterator())
        self._last = newest


_kept = _Kept()


def vocabulary() -> Vocabulary:
    """Return the words of the library as it is now."""
    return _kept.get()
