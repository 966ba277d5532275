"""Shapes of corrections, models, training runs and their comparison."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

FeatureName = Literal[
    "danceability", "energy", "valence", "acousticness", "instrumentalness", "speechiness", "liveness"
]


class CorrectionIn(Schema):
    """A thumb or a value. Exactly one of ``value``, ``genre`` and ``verdict`` is given."""

    what: FeatureName | Literal["genre"]
    value: float | None = Field(default=None, ge=0, le=1)
    genre: str | None = Field(default=None, max_length=100)
    verdict: Literal["right", "too_high", "too_low", "wrong"] | None = None


class CorrectionOut(Schema):
    id: int
    at: str
    who: str
    what: str
    value: float | None
    genre: str | None
    said: str


class LearnChange(Schema):
    what: str
    corrections: int
    users: int
    before: float | None
    after: float | None
    reference_before: float | None
    reference_after: float | None
    is_kept: bool
    reason: str


class LearnState(Schema):
    """What was learnt from corrections."""

    corrections: int
    in_use: str | None
    versions: list[dict[str, Any]]
    last: list[LearnChange]


class ModelOut(Schema):
    name: str
    what: str
    kind: Literal["shipped", "run", "exported"]
    in_use: bool
    date: str | None
    figures: dict[str, Any]


class RunOut(Schema):
    """A training run."""

    name: str
    recipe: str
    status: Literal["running", "finished", "stopped"]
    folds_done: int
    folds: int
    started_at: datetime | None
    figures: dict[str, float | None]


class Curve(Schema):
    """One curve of a run: a value an epoch."""

    name: str
    fold: int
    x: list[float]
    y: list[float | None]


class ComparisonRow(Schema):
    """One model; ``figures`` by metric: R² of each feature and their mean, or accuracies of genres."""

    model: str
    task: Literal["features", "genre"]
    source: Literal["published", "here"] = Field(
        description="From the documentation, or from a run on this machine."
    )
    figures: dict[str, float | None]


class Picture(Schema):
    title: str
    url: str


class Comparison(Schema):
    """All models side by side, measured on artists that they had not heard."""

    features: list[str] = Field(description="The metrics of rows about features, in order.")
    genre: list[str]
    rows: list[ComparisonRow]
    pictures: list[Picture]
