"""How well a name fits what was typed: exactly before by its beginning before by other spelling.

A word that stands there counts most, one that begins like the word typed less, one that is spelled much alike least;
titles and artists before albums; and names that are nothing but what was typed before all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

from reprise.web.library.search.clauses import Texts

__all__ = ["best_first", "fit", "name_score", "score"]

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


def score(words: Sequence[str], texts: Sequence[str]) -> float:
    """Return how well a track fits.

    Parameters
    ----------
    words : sequence of str
        What was typed, normalised.
    texts : sequence of str
        Its title, artist and album: their normalised words with spaces.
    """
    split = [text.split() for text in texts]
    typed = " ".join(words)
    fits = [[fit(word, names) for word in words] for names in split]
    total = sum(
        max(weight * row[at] for weight, row in zip(_WEIGHTS, fits, strict=True)) for at in range(len(words))
    )
    bonus = 0.0
    for weight, text, row in zip(_WEIGHTS, texts, fits, strict=True):
        if text == typed:
            bonus = max(bonus, _WHOLE * weight)
        elif text.startswith(typed):
            bonus = max(bonus, _START * weight)
        elif len(words) > 1 and min(row) > 0:
            bonus = max(bonus, _TOGETHER * weight)
    # Of equals the shorter: what was typed is more of it.
    return total + bonus - 0.002 * min(len(texts[0]), 100)


def name_score(words: Sequence[str], name: str) -> float:
    """Return how well one name fits all words, on the scale of `score`; 0 if a word has nothing in it."""
    names = name.split()
    if not names:
        return 0.0
    fits = [fit(word, names) for word in words]
    if min(fits) == 0:
        return 0.0
    typed = " ".join(words)
    bonus = (
        _WHOLE
        if name == typed
        else _START
        if name.startswith(typed)
        else _TOGETHER
        if len(words) > 1
        else 0.0
    )
    return sum(fits) + bonus - 0.002 * min(len(name), 100)


def best_first(words: Sequence[str], tracks: Iterable[Texts]) -> list[int]:
    """Return the tracks' primary keys, the one that fits best first."""
    scored = sorted((-score(words, texts[1:]), texts[0]) for texts in tracks)
    return [pk for _, pk in scored]
