"""One table of many models: what each run is worth, measured alike on artists that it did not hear."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from reprise.evaluation.classification import ClassificationScores
from reprise.evaluation.classification import evaluate as evaluate_genres
from reprise.evaluation.regression import RegressionScores, Score
from reprise.evaluation.regression import evaluate as evaluate_features
from reprise.targets import HEADS
from reprise.training.earlier import EarlierFeature, EarlierGenre, earlier_feature, earlier_genre
from reprise.training.examples import Floats
from reprise.training.run import Run

__all__ = [
    "COVERAGE",
    "Comparison",
    "FeatureRow",
    "GenreRow",
    "Table",
    "as_csv",
    "as_json",
    "as_markdown",
    "compare",
    "conformal_band",
    "feature_table",
    "genre_table",
    "half_width",
    "markdown_table",
    "probabilities",
]

COVERAGE = 0.8
"""Of the interval bands: 80 %, as everywhere in Reprise."""


@dataclass(frozen=True, kw_only=True)
class FeatureRow:
    """One model on one feature.

    Attributes
    ----------
    run, target : str
    scores : RegressionScores
        On tracks' own labels, with 95 % intervals by a bootstrap over artists.
    on_means : RegressionScores or None
        The same against artists' means, of which there are many more; None where the source has none.
    earlier : EarlierFeature or None
        What a study reported for this model, on other songs and a random split.
    parameters : int
    training_s, inference_ms : float
        Of all folds; of one clip, from ready inputs on one core.
    """

    run: str
    target: str
    scores: RegressionScores
    on_means: RegressionScores | None
    earlier: EarlierFeature | None
    parameters: int
    training_s: float
    inference_ms: float


@dataclass(frozen=True, kw_only=True)
class GenreRow:
    """One model on genres; `on_training_rows` has how many training rows each class had, in their order."""

    run: str
    source: str
    scores: ClassificationScores
    on_training_rows: tuple[int, ...]
    earlier: EarlierGenre | None
    parameters: int
    training_s: float
    inference_ms: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All rows: features by target and then by falling R², genres by source and falling accuracy."""

    features: tuple[FeatureRow, ...]
    genres: tuple[GenreRow, ...]


def compare(runs: Sequence[Run]) -> Comparison:
    """Measure finished runs alike.

    Parameters
    ----------
    runs : sequence of Run
        Of features, of genres or both.

    Returns
    -------
    Comparison
    """
    features = [row for run in runs if not run.is_genre for row in _feature_rows(run)]
    genres = [_genre_row(run) for run in runs if run.is_genre]
    features.sort(key=lambda row: (HEADS.index(row.target), -np.nan_to_num(row.scores.r2.value, nan=-1e9)))
    genres.sort(key=lambda row: (row.source, len(row.scores.per_class), -row.scores.top1))
    return Comparison(features=tuple(features), genres=tuple(genres))


def conformal_band(run: Run, target: int) -> Floats:
    """Return the ends of an 80 % interval round each prediction, shape (n, 2), within 0..1.

    The band of a fold is as wide as the errors on the other folds' own labels ask for.

    References
    ----------
    .. [1] Vovk, V. "Cross-conformal predictors." Annals of Mathematics and Artificial Intelligence 74, 2015.
    """
    error = np.abs(run.values[:, target] - run.predicted[:, target])
    band = np.empty((len(error), 2))
    for fold in np.unique(run.folds):
        inside, known = run.folds == fold, run.own[:, target]
        # A run with a single fold has no others: its own errors must do.
        others = error[known & ~inside] if (known & ~inside).any() else error[known & inside]
        half = half_width(others)
        band[inside] = np.stack(
            [run.predicted[inside, target] - half, run.predicted[inside, target] + half], 1
        )
    return np.clip(band, 0, 1)


def half_width(errors: Floats) -> float:
    """Return how far a value may lie from its prediction in `COVERAGE` of cases, by absolute errors on unheard rows.

    Without any errors that is anywhere in 0..1.
    """
    if not errors.size:
        return 1.0
    level = min(1.0, np.ceil((errors.size + 1) * COVERAGE) / errors.size)
    return float(np.quantile(errors, level))


def probabilities(run: Run) -> Floats:
    """Return a genre run's probabilities with rows that sum to 1 in double precision."""
    return np.asarray(run.predicted / run.predicted.sum(axis=1, keepdims=True))


def _feature_rows(run: Run) -> list[FeatureRow]:
    rows = []
    for k, target in enumerate(run.targets):
        own = np.where(run.own[:, k], run.values[:, k], np.nan)
        means = np.where(run.own[:, k], np.nan, run.values[:, k])
        if np.isfinite(own).sum() < 2:
            continue
        predicted = run.predicted[:, k]
        rows.append(
            FeatureRow(
                run=run.name,
                target=target,
                scores=evaluate_features(own, predicted, run.groups),
                on_means=evaluate_features(means, predicted, run.groups)
                if np.isfinite(means).any()
                else None,
                earlier=earlier_feature(run.recipe, target),
                parameters=run.card["parameters"],
                training_s=run.card["training_s"],
                inference_ms=run.card["inference_ms"],
            )
        )
    return rows


def _genre_row(run: Run) -> GenreRow:
    names = np.array(run.targets)
    return GenreRow(
        run=run.name,
        source=run.card["data"]["source"],
        scores=evaluate_genres(names[run.values.argmax(axis=1)], probabilities(run), names),
        on_training_rows=tuple(run.card["training_rows"]),
        earlier=earlier_genre(run.recipe),
        parameters=run.card["parameters"],
        training_s=run.card["training_s"],
        inference_ms=run.card["inference_ms"],
    )


_FEATURE_HEADER = (
    "feature", "model", "n", "R²", "95 %", "Pearson", "p", "MSE", "earlier", "MAE", "earlier", "RMSE",
    "R² on artist means", "parameters", "training s", "ms a clip",
)  # fmt: skip
_GENRE_HEADER = (
    "data", "model", "classes", "n", "top-1", "top-5", "macro F1", "weighted F1", "log loss", "calibration error",
    "earlier accuracy", "parameters", "training s", "ms a clip",
)  # fmt: skip


class Table(NamedTuple):
    """A table for people: the names of its columns and its cells as text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def feature_table(comparison: Comparison) -> Table:
    """Return one row a model and feature."""
    return Table(_FEATURE_HEADER, tuple(_feature_cells(row) for row in comparison.features))


def genre_table(comparison: Comparison) -> Table:
    """Return one row a genre model."""
    return Table(_GENRE_HEADER, tuple(_genre_cells(row) for row in comparison.genres))


def as_markdown(comparison: Comparison) -> str:
    """Return the tables in Markdown: one of features, one of genres, and the classes of each genre model."""
    parts = []
    if comparison.features:
        parts.append(markdown_table(feature_table(comparison)))
    if comparison.genres:
        parts.append(markdown_table(genre_table(comparison)))
    for row in comparison.genres:
        cells = [
            (str(c.name), str(n), f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}", str(c.support))
            for c, n in zip(row.scores.per_class, row.on_training_rows, strict=True)
        ]
        header = ("genre", "training rows", "precision", "recall", "F1", "support")
        parts.append(f"### {row.run}: genre by genre\n\n{markdown_table(Table(header, tuple(cells)))}")
    return "\n\n".join(parts) + "\n"


def as_csv(comparison: Comparison) -> str:
    """Return every number in long form: run, target or class, metric, value, low and high."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("run", "of", "labels", "metric", "value", "low", "high"))
    for row in comparison.features:
        for labels, scores in (("own", row.scores), ("artist means", row.on_means)):
            for name, value in _fields(scores).items() if scores else ():
                ends = (value.low, value.high) if isinstance(value, Score) else ("", "")
                number = value.value if isinstance(value, Score) else value
                writer.writerow((row.run, row.target, labels, name, number, *ends))
    for genre in comparison.genres:
        for name in ("top1", "top5", "macro_f1", "weighted_f1", "log_loss", "calibration_error"):
            writer.writerow((genre.run, "all", "own", name, getattr(genre.scores, name), "", ""))
        for row_of in genre.scores.per_class:
            for name in ("precision", "recall", "f1", "support"):
                writer.writerow((genre.run, row_of.name, "own", name, getattr(row_of, name), "", ""))
    return buffer.getvalue()


def as_json(comparison: Comparison) -> str:
    """Return everything as JSON; what is not known is null."""
    rows = {
        "features": [asdict(row) for row in comparison.features],
        "genres": [asdict(row) for row in comparison.genres],
    }
    return json.dumps(_plain(rows), indent=1, ensure_ascii=False) + "\n"


def _fields(scores: RegressionScores) -> dict[str, Any]:
    # Not asdict: scores within scores stay what they are.
    return {name: getattr(scores, name) for name in scores.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _feature_cells(row: FeatureRow) -> tuple[str, ...]:
    s, earlier = row.scores, row.earlier
    return (
        row.target, row.run, str(s.count), f"{s.r2.value:.3f}", f"{s.r2.low:.2f} to {s.r2.high:.2f}",
        f"{s.pearson.value:.3f}", f"{s.pearson_p_value:.1g}", f"{s.mse.value:.4f}",
        f"{earlier.mse:.3f}" if earlier else "", f"{s.mae.value:.3f}", f"{earlier.mae:.3f}" if earlier else "",
        f"{s.rmse.value:.3f}", f"{row.on_means.r2.value:.3f}" if row.on_means else "", f"{row.parameters:,}",
        f"{row.training_s:.0f}", f"{row.inference_ms:.2f}",
    )  # fmt: skip


def _genre_cells(row: GenreRow) -> tuple[str, ...]:
    s = row.scores
    return (
        row.source, row.run, str(len(s.per_class)), str(s.count), f"{s.top1:.3f}", f"{s.top5:.3f}",
        f"{s.macro_f1:.3f}", f"{s.weighted_f1:.3f}", f"{s.log_loss:.2f}", f"{s.calibration_error:.3f}",
        f"{row.earlier.accuracy:.2f}" if row.earlier else "", f"{row.parameters:,}", f"{row.training_s:.0f}",
        f"{row.inference_ms:.2f}",
    )  # fmt: skip


def markdown_table(table: Table) -> str:
    """Return a table in Markdown."""

    def line(cells: Sequence[str]) -> str:
        # A bar in a name would end the cell.
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(table.header), "|" + "---|" * len(table.header), *map(line, table.rows)])
