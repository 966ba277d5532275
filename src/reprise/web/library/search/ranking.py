"""How well a name fits what was typed: exactly before by its beginning before by other spelling.

A word that stands there counts most, one that begins like the word typed less, one that is spelled much alike least;
titles and artists before albums; and names that are nothing but what was typed before all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

from reprise.web.library.search.clauses import Texts

__all__ = ["Ranker", "best_first", "fit"]

_EXACT, _PREFIX, _FUZZY = 1.0, 0.7, 0.4
_WEIGHTS = (1.0, 1.0, 0.6)
_WHOLE, _START, _TOGETHER = 3.0, 1.0, 0.5


def fit(word: str, names: Sequence[str]) -> float:
    """Return how well the best of a name's words fits a word, 0..1."""
    best = 0.0
    for name in names:
        if name == word:
            return _EXACT
        if name.startswith(word):
            best = max(best, _PREFIX + 0.2 * len(word) / len(name))
        elif best < _FUZZY and len(word) > 2 and abs(len(name) - len(word)) < 3:
            distance = OSA.distance(word, name, score_cutoff=2)
            if distance <= 2 and distance < len(word) - 1:
                best = max(best, _FUZZY - 0.1 * (distance - 1))
    if not best and len(word) > 3:
        near = min((OSA.distance(word, name[: len(word)], score_cutoff=1) for name in names), default=2)
        best = _FUZZY - 0.2 if near <= 1 else 0.0
    return best


class Ranker:
    """Knows how well names fit some words; each name is looked at once, however many tracks have it.

    Parameters
    ----------
    words : sequence of str
        What was typed, normalised.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words, self._typed = tuple(words), " ".join(words)
        self._known: dict[str, list[float]] = {}

    def track(self, texts: Sequence[str]) -> float:
        """Return how well a track fits by its title, artist and album: their normalised words with spaces."""
        fits = [self._fits(text) for text in texts]
        weighted = ([weight * fit for fit in row] for weight, row in zip(_WEIGHTS, fits, strict=True))
        total = sum(map(max, zip(*weighted, strict=True)))
        bonus = max(
            weight * self._bonus(text, row) for weight, text, row in zip(_WEIGHTS, texts, fits, strict=True)
        )
        # Of equals the shorter: what was typed is more of it.
        return total + bonus - 0.002 * min(len(texts[0]), 100)

    def name(self, name: str) -> float:
        """Return how well one name fits all words, on the same scale; 0 if a word has nothing in it."""
        fits = self._fits(name)
        if not name or min(fits) == 0:
            return 0.0
        return sum(fits) + self._bonus(name, fits) - 0.002 * min(len(name), 100)

    def _fits(self, text: str) -> list[float]:
        if (known := self._known.get(text)) is None:
            names = text.split()
            known = self._known[text] = [fit(word, names) for word in self._words]
        return known

    def _bonus(self, text: str, fits: Sequence[float]) -> float:
        if text == self._typed:
            return _WHOLE
        if text.startswith(self._typed):
            return _START
        return _TOGETHER if len(fits) > 1 and min(fits) > 0 else 0.0


def best_first(words: Sequence[str], tracks: Iterable[Texts]) -> list[int]:
    """Return the tracks' primary keys, the one that fits best first."""
    ranker = Ranker(words)
    return [pk for _, pk in sorted((-ranker.track(texts[1:]), texts[0]) for texts in tracks)]
