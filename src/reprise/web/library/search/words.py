"""From text to the words that are compared: no case, no accents, no punctuation, in every script.

Scripts that put no spaces between words (Chinese, Japanese, Thai and others) become one word a character; several
such in a row are then asked for as a phrase. Letters joined by punctuation are one word as well: ``AC/DC`` is found
as ``ac dc`` and as ``acdc``.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["MAX_WORD", "all_words", "chunk_words", "folded"]

MAX_WORD = 40
"""Longer words are cut to this many characters."""

# What casefold and the taking apart of accents leave alone, in the spelling that people without the key type.
_PLAIN = str.maketrans({
    "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe",
    "'": "", "’": "", "‘": "", "ʼ": "", "`": "", "´": "",
})  # fmt: skip
# Kana, ideographs with their extensions, Thai, Lao, Khmer, Burmese.
_UNSPACED = (
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007"
)
_PARTS = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")


def folded(text: str) -> str:
    """Return a text without case and accents, with single spaces for white space."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in apart if not unicodedata.combining(c)).casefold().translate(_PLAIN)
    return " ".join(bare.split())


def chunk_words(chunk: str) -> list[str]:
    """Return the words of a folded text without white space, in order."""
    spaced = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in chunk)
    return [part[:MAX_WORD] for run in spaced.split() for part in _PARTS.findall(run)]


def all_words(text: str) -> list[str]:
    """Return the words that a name is found by: its own in order, then those that punctuation parts, joined.

    Parameters
    ----------
    text : str
        A title or a name, as people spell it.

    Returns
    -------
    list of str
        Letters, digits and marks only; at most 100 words.
    """
    ordered: list[str] = []
    joined: list[str] = []
    for chunk in folded(text).split():
        words = chunk_words(chunk)
        ordered += words
        if len(words) > 1 and not any(is_unspaced(word) for word in words):
            joined.append("".join(words)[:MAX_WORD])
    return (ordered + joined)[:100]


def is_unspaced(word: str) -> bool:
    """Whether a word is one character of a script without spaces."""
    return len(word) == 1 and re.match(f"[{_UNSPACED}]", word) is not None
