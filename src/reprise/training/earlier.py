"""What earlier studies reported for these models, to stand beside our figures.

They were measured on other songs, split at random rather than by artist, so they are not comparable figure by figure:
songs of one artist on both sides make every model look better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "EARLIER_FEATURES",
    "EARLIER_GENRES",
    "EarlierFeature",
    "EarlierGenre",
    "earlier_feature",
    "earlier_genre",
]


@dataclass(frozen=True, kw_only=True)
class EarlierFeature:
    """Errors of one model on one feature, as reported; None where they were not."""

    mse: float
    mae: float
    r2: float | None = None
    pearson: float | None = None


@dataclass(frozen=True, kw_only=True)
class EarlierGenre:
    """Accuracy of one model over ten genres, as reported, and the F1 of each genre where known."""

    accuracy: float
    f1: Mapping[str, float] | None = None


def _pairs(*rows: tuple[str, float, float]) -> dict[str, EarlierFeature]:
    return {name: EarlierFeature(mse=mse, mae=mae) for name, mse, mae in rows}


EARLIER_FEATURES: Mapping[str, Mapping[str, EarlierFeature]] = {
    "multitask-rnn": _pairs(
        ("danceability", 0.019, 0.111), ("energy", 0.018, 0.107), ("speechiness", 0.007, 0.054),
        ("acousticness", 0.024, 0.113), ("instrumentalness", 0.052, 0.141),
    ),
    "mfcc-cnn": _pairs(("danceability", 0.001, 0.080)),
    "mfcc-cnn-valence": {"valence": EarlierFeature(mse=0.0414, mae=0.1609, r2=0.3342, pearson=0.6052)},
    "mfcc-rnn": _pairs(("danceability", 0.010, 0.079)),
    "numerical": _pairs(
        ("danceability", 0.016, 0.102), ("energy", 0.045, 0.157), ("speechiness", 0.071, 0.175),
        ("acousticness", 0.008, 0.059), ("instrumentalness", 0.014, 0.089),
    ),
    "complex-cnn": _pairs(("average", 0.026, 0.111)),
    "combiner": _pairs(
        ("danceability", 0.022, 0.117), ("energy", 0.030, 0.134), ("speechiness", 0.008, 0.058),
        ("acousticness", 0.066, 0.196), ("instrumentalness", 0.082, 0.200),
    ),
}  # fmt: skip
"""``average`` is over the five features. The study's "multitask regression" is the numerical network, its "linear
combiner" the combiner. About 21,000 Spotify previews of 30 s, random 70/15/15 split (``song_feature_prediction``),
by recipe."""

EARLIER_GENRES: Mapping[str, EarlierGenre] = {
    "genre-forest": EarlierGenre(accuracy=0.66),
    # The study does not say whose F1 these are; their mean is LightGBM's accuracy.
    "genre-lightgbm": EarlierGenre(
        accuracy=0.67,
        f1={
            "Country": 0.61, "Cumbia": 0.80, "Death Metal": 0.83, "Disco": 0.63, "Emo": 0.58,
            "Progressive House": 0.68, "Quebecois": 0.56, "Shoegaze": 0.64, "Soundtrack": 0.75, "Techno": 0.62,
        },
    ),
}  # fmt: skip
"""Ten genres with some 9,100 tracks each, balanced by SMOTE, random split (``song_genres_from_audio_features``)."""


def earlier_feature(recipe: str, target: str) -> EarlierFeature | None:
    """Return what was reported for a recipe, tuned or ``.paper``, and a feature."""
    return EARLIER_FEATURES.get(recipe.removesuffix(".paper"), {}).get(target)


def earlier_genre(recipe: str) -> EarlierGenre | None:
    """Return what was reported for a recipe, tuned or ``.paper``."""
    return EARLIER_GENRES.get(recipe.removesuffix(".paper"))
