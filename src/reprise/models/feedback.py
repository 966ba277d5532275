"""What users' corrections have taught: a small, bounded addition to what the default models say.

Music is placed among 16 *kinds*, landmarks in a space of four directions that come with the package. A version of what
was learnt is one number for each kind and feature, and one for each kind and genre; a track gets the mean of its kinds'
numbers, weighted by how near it is to each. A mean is never beyond what it is made of, so a bound on the numbers is a
bound on every track.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reprise.errors import ModelError
from reprise.models.heads import Estimate
from reprise.models.weights_file import Arrays, load_weights
from reprise.places import data_directory
from reprise.records import FloatArray, ScoredName
from reprise.targets import HEADS

__all__ = ["ACTIVE", "BOUND", "LOGIT_BOUND", "Kinds", "Residual", "active_version", "feedback_folder"]

BOUND = 0.2
"""All corrections together move a feature of a track by no more than this."""

LOGIT_BOUND = 0.4
"""… and a genre's logit by no more than this, hence its probability by no more than tanh(0.4 / 2) < 0.2."""

ACTIVE = "active"
"""The note in the folder that names the version in use."""


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """Landmarks of music: how near is a track to each?

    Attributes
    ----------
    mean, deviation : float32 arrays, shape (100,)
        Standardise the logits of MusiCNN's tags.
    directions : float32 array, shape (4, 100)
        Whitened principal directions.
    centres : float32 array, shape (n_kinds, 4)
    width : float
        Distance at which nearness has fallen to exp(-1/2).
    name : str
        Tells apart kinds of two trainings: what was learnt for the one means nothing for the other.
    """

    mean: FloatArray
    deviation: FloatArray
    directions: FloatArray
    centres: FloatArray
    width: float
    name: str = "unnamed"

    @classmethod
    def from_arrays(cls, arrays: Arrays, name: str = "unnamed") -> Kinds:
        """Build the kinds from the arrays of their weights file."""
        fields = {name: arrays[name] for name in ("mean", "deviation", "directions", "centres")}
        return cls(**fields, width=float(arrays["width"]), name=name)

    @classmethod
    def load(cls) -> Kinds:
        """Load the shipped kinds.

        Raises
        ------
        ModelError
            If their files are missing or altered.
        """
        weights = load_weights("kinds")
        return cls.from_arrays(weights.arrays, weights.card["sha256"][:8])

    def shares(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Say how much of each kind a track is; shape (n_kinds,), not negative, sums to 1."""
        place = self.directions @ ((inputs["tag_logits"] - self.mean) / self.deviation)
        squared = ((self.centres - place) ** 2).sum(axis=1)
        near = np.exp((squared.min() - squared) / (2 * self.width**2))
        return np.asarray(near / near.sum(), np.float32)


class Residual:
    """One version of what corrections have taught.

    Parameters
    ----------
    kinds : Kinds
    features : float32 array, shape (n_kinds, 7)
        What is added to each feature; kept within `BOUND`, whatever the file says.
    genres : float32 array, shape (n_kinds, n_genres)
        What is added to each genre's logit; kept within `LOGIT_BOUND`.
    name : str
        Name of the version for the record.
    """

    def __init__(self, kinds: Kinds, features: FloatArray, genres: FloatArray, name: str = "unnamed") -> None:
        self.kinds, self.name = kinds, name
        self.features = np.clip(np.nan_to_num(features), -BOUND, BOUND)
        self.genres = np.clip(np.nan_to_num(genres), -LOGIT_BOUND, LOGIT_BOUND)

    @classmethod
    def load(cls, version: str, folder: Path | None = None) -> Residual:
        """Load a version from the user's folder.

        Raises
        ------
        ModelError
            If its files are missing or altered, or fit other kinds than the shipped ones.
        """
        folder, kinds = folder or feedback_folder(), Kinds.load()
        advice = "learn again with `reprise learn`, or take it back with `reprise learn --rollback`"
        try:
            weights = load_weights(version, folder)
            features, genres = weights.arrays["features"], weights.arrays["genres"]
            if weights.card.get("kinds") != kinds.name or features.shape != (len(kinds.centres), len(HEADS)):
                raise ModelError("it was learnt for other kinds of music than this version of Reprise has")
        except (ModelError, KeyError) as error:
            raise ModelError(
                f"what was learnt from corrections ({folder / version}) cannot be used: {error}; {advice}"
            ) from error
        return cls(kinds, features, genres, f"learned {version} {weights.card['sha256'][:8]}")

    def adjust(
        self, estimates: Mapping[str, Estimate], inputs: Mapping[str, FloatArray]
    ) -> dict[str, Estimate]:
        """Move the features of one file and their intervals; all stay within 0..1."""
        moves = self.kinds.shares(inputs) @ self.features
        return {
            name: Estimate(**{
                end: float(np.clip(getattr(estimates[name], end) + move, 0, 1)) for end in ("value", "low", "high")
            })
            for name, move in zip(HEADS, moves, strict=True)
        }  # fmt: skip

    def adjust_genres(
        self, genres: tuple[ScoredName, ...], classes: tuple[str, ...], inputs: Mapping[str, FloatArray]
    ) -> tuple[ScoredName, ...]:
        """Move the probabilities of the genres of one file; they still sum to 1, the most probable first."""
        if not self.genres.any():
            return genres  # as they are, to the last digit
        moves = dict(zip(classes, self.kinds.shares(inputs) @ self.genres, strict=True))
        scores = np.array([genre.score * np.exp(moves[genre.name]) for genre in genres])
        scores /= scores.sum()
        order = np.argsort(-scores, kind="stable")
        return tuple(ScoredName(name=genres[i].name, score=float(scores[i])) for i in order)


def feedback_folder() -> Path:
    """Return the folder of what was learnt on this machine; it need not be there."""
    return data_directory() / "feedback"


def active_version(folder: Path | None = None) -> str | None:
    """Return the name of the version in use, ``None`` where nothing was learnt.

    Raises
    ------
    ModelError
        If the note that names it cannot be read.
    """
    note = (folder or feedback_folder()) / ACTIVE
    try:
        name = note.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{note} cannot be read: {error}; remove it to use the default models") from error
    # Lest the note lead out of its folder.
    if name and not re.fullmatch(r"feedback-[0-9]+", name):
        raise ModelError(f"{note} names no version; remove it to use the default models")
    return name or None
