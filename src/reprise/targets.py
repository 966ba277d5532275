"""The one table of everything that Reprise says about a track; every layer reads it.

The definitions of the twelve audio features follow Spotify's Web API reference (2024), in our words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reprise.errors import UnknownNameError

__all__ = ["EMOTIONS", "HEADS", "QUADRANTS", "SPOTIFY_FEATURES", "TARGETS", "Target", "target"]

Kind = Literal["measured", "predicted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One quantity that is measured or predicted.

    Attributes
    ----------
    name : str
        The field's name in every record.
    kind : {"measured", "predicted"}
        Computed from the signal by a stated method, or estimated by a trained model.
    low, high : float
        The range of valid values, both ends included.
    unit : str
        ``""`` where the value has none.
    definition : str
        One sentence for people.
    metric : str
        The figure that decides between two ways of estimating it.
    """

    name: str
    kind: Kind
    low: float
    high: float
    unit: str = ""
    definition: str
    metric: str


def _head(name: str, definition: str) -> Target:
    return Target(name=name, kind="predicted", low=0.0, high=1.0, definition=definition, metric="r2")


TARGETS: tuple[Target, ...] = (
    _head(
        "danceability", "How well the track suits dancing: tempo, steadiness of rhythm, strength of the beat."
    ),
    _head("energy", "Perceived intensity and activity: fast, loud and noisy is high."),
    Target(
        name="key",
        kind="measured",
        low=-1,
        high=11,
        metric="weighted_score",
        definition="Pitch class of the tonic, C = 0 to B = 11; -1 where no key was found.",
    ),
    Target(
        name="loudness",
        kind="measured",
        low=-60.0,
        high=0.0,
        unit="dB",
        metric="mae",
        definition="Overall loudness of the track in dB, as Spotify's field has it.",
    ),
    Target(
        name="mode", kind="measured", low=0, high=1, metric="accuracy", definition="1 is major, 0 is minor."
    ),
    _head(
        "speechiness", "Presence of spoken words: above 0.66 mostly speech, 0.33 to 0.66 speech and music."
    ),
    _head("acousticness", "Confidence that the track is acoustic."),
    _head("instrumentalness", "Confidence that the track has no vocals; above 0.5 it most likely has none."),
    _head("liveness", "Presence of an audience; above 0.8 the track was most likely played live."),
    _head("valence", "Musical positiveness: high sounds happy and cheerful, low sad, depressed or angry."),
    Target(
        name="tempo",
        kind="measured",
        low=30.0,
        high=300.0,
        unit="bpm",
        metric="acc1",
        definition="Beats per minute; null where no steady pulse was found.",
    ),
    Target(
        name="time_signature",
        kind="measured",
        low=3,
        high=7,
        metric="accuracy",
        definition="Beats in a bar, 3 to 7.",
    ),
)
"""Everything in a record that has a number, in the order of Spotify's audio-features object."""

SPOTIFY_FEATURES: tuple[str, ...] = tuple(t.name for t in TARGETS)
HEADS: tuple[str, ...] = tuple(t.name for t in TARGETS if t.kind == "predicted")
"""The seven features that the heads predict."""


EMOTIONS: tuple[str, ...] = (
    "amazement", "solemnity", "tenderness", "nostalgia", "calmness", "power", "joyful_activation", "tension", "sadness",
)  # fmt: skip
"""The nine emotions of the Geneva Emotional Music Scale (Zentner et al. 2008), as Emotify asked for them."""

QUADRANTS: tuple[str, ...] = ("Q1", "Q2", "Q3", "Q4")
"""Happy and lively, tense and lively, sad and calm, content and calm (Russell 1980)."""


def target(name: str) -> Target:
    """Look a target up by its name.

    Raises
    ------
    UnknownNameError
        If no target has that name; the nearest is suggested.
    """
    for row in TARGETS:
        if row.name == name:
            return row
    raise UnknownNameError("target", name, SPOTIFY_FEATURES)
