"""What a feature's value says of a track, in one plain sentence."""

from __future__ import annotations

from collections.abc import Sequence

from reprise.models.accuracy import published_accuracy

__all__ = ["sentence"]

_FIFTHS = (0.2, 0.4, 0.6, 0.8)
_SAID = {
    "danceability": (
        "Hardly for dancing: no steady beat carries it.",
        "Not much to dance to.",
        "One could dance to it.",
        "Good to dance to.",
        "Made for dancing.",
    ),
    "energy": ("Very calm.", "Rather calm.", "Neither calm nor wild.", "Lively.", "Intense: fast, loud or noisy."),
    "valence": (
        "Sounds sad, dark or angry.",
        "Sounds rather sombre.",
        "Sounds neither sad nor happy.",
        "Sounds rather cheerful.",
        "Sounds happy.",
    ),
    "acousticness": (
        "Electric or electronic.",
        "Mostly electric or electronic.",
        "Electric and acoustic alike.",
        "Mostly acoustic.",
        "Acoustic instruments.",
    ),
    "instrumentalness": (
        "There is singing or speech in it.",
        "Probably with a voice.",
        "With or without a voice: hard to tell.",
        "Probably without a voice.",
        "No voice was heard.",
    ),
    "speechiness": (
        "Music, not talk.",
        "Some spoken words, as in rap.",
        "Music and speech alike.",
        "Mostly speech.",
        "Spoken word.",
    ),
}  # fmt: skip
_SPEECH_LIMITS = (0.1, 0.33, 0.5, 0.66)


def sentence(name: str, value: float | None, interval: Sequence[float] | None) -> str:
    """Say what a predicted feature means for one track, and how sure that is.

    Parameters
    ----------
    name : str
        One of `reprise.targets.HEADS`.
    value : float or None
        0..1.
    interval : pair of float or None
        The 80 % prediction interval.
    """
    if value is None:
        return "Not known."
    if name not in _SAID:
        # What the published figure says of it must be said here too.
        r2 = published_accuracy()[name]["r2"]
        return f"Do not rely on this one: the estimate is no better than the mean of all songs (R² {r2:.2f})."
    limits = _SPEECH_LIMITS if name == "speechiness" else _FIFTHS
    said = _SAID[name][sum(value >= limit for limit in limits)]
    if interval is None:
        return said
    low, high = interval
    return f"{said} For four songs in five the true value lies within the interval, here {low:.2f} to {high:.2f}."
