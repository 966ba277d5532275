"""The pictures of a comparison, as PNG and SVG; `reprise.training.comparison_page` has them to explore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reprise.errors import MissingDependencyError
from reprise.evaluation.classification import ClassificationScores
from reprise.training.compare import Comparison, GenreRow, conformal_band, probabilities
from reprise.training.examples import Floats
from reprise.training.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_feature_run", "draw_features_overview", "draw_genre_run", "runner_ups", "write_pictures"]

# Okabe and Ito's colours, which the colour-blind can tell apart.
BLUE, ORANGE, GREEN, RED, GREY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#8a8a8a"
_BINS = 8
_RUNNERS_UP = 8


def figure(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, that no display is needed for.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "train") from error
    return Figure(figsize=(width, height), layout="constrained")


def write_pictures(comparison: Comparison, runs: Sequence[Run], folder: Path) -> list[Path]:
    """Draw everything that the runs allow.

    Parameters
    ----------
    comparison : Comparison
        Of these runs.
    runs : sequence of Run
    folder : Path
        Gets ``NAME.png`` and ``NAME.svg`` of each picture.

    Returns
    -------
    list of Path
        The PNG files, overview first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[tuple[str, Figure]] = []
    if comparison.features:
        drawn.append(("features", draw_features_overview(comparison)))
    genre_rows = {row.run: row for row in comparison.genres}
    for run in runs:
        if run.is_genre:
            drawn += draw_genre_run(run, genre_rows[run.name])
        else:
            drawn += draw_feature_run(run)
        if any(run.histories):
            drawn.append((f"{run.name}-learning", draw_learning(run)))
    paths = []
    for name, picture in drawn:
        for suffix in ("png", "svg"):
            # A date in the file would make every drawing of the same figures another file.
            picture.savefig(folder / f"{name}.{suffix}", dpi=110, metadata=_NO_DATE[suffix])
        paths.append(folder / f"{name}.png")
    return paths


_NO_DATE: dict[str, dict[str, Any]] = {"png": {"Software": None}, "svg": {"Date": None}}


def draw_features_overview(comparison: Comparison) -> Figure:
    """Draw the R² of every model on every feature, with its 95 % interval; one panel a feature."""
    targets = list(dict.fromkeys(row.target for row in comparison.features))
    longest = max(sum(row.target == target for row in comparison.features) for target in targets)
    columns = min(3, len(targets))
    rows_of_panels = -(-len(targets) // columns)
    picture = figure(4.6 * columns, rows_of_panels * (0.9 + 0.28 * longest))
    axes = picture.subplots(rows_of_panels, columns, squeeze=False).ravel().tolist()
    for axis, target in zip(axes, targets, strict=False):
        rows = [row for row in comparison.features if row.target == target][::-1]
        for place, row in enumerate(rows):
            score = row.scores.r2
            axis.plot([max(score.low, -1), score.high], [place, place], color=GREY, lw=2, zorder=1)
            axis.plot(max(score.value, -1), place, "o", color=BLUE, zorder=2)
            if row.earlier and row.earlier.r2 is not None:
                axis.plot(row.earlier.r2, place, "D", color=ORANGE, ms=5)
        axis.axvline(0, color="black", lw=0.8)
        axis.set(
            yticks=range(len(rows)), yticklabels=[row.run for row in rows], xlim=(-1.05, 1), title=target
        )
        # The same height a row in every panel, the best on top.
        axis.set_ylim(len(rows) - 0.4 - longest, len(rows) - 0.4)
        axis.set_xlabel("R² on unheard artists (0: the mean)")
    for axis in axes[len(targets) :]:
        axis.set_axis_off()
    return picture


def draw_feature_run(run: Run) -> list[tuple[str, Figure]]:
    """Draw predicted against true, residuals and errors, one column a feature, and the distributions."""
    targets = [k for k in range(len(run.targets)) if np.count_nonzero(run.own[:, k]) > 1]
    if not targets:
        return []
    picture = figure(3.4 * max(len(targets), 2), 10)
    axes = picture.subplots(3, len(targets), squeeze=False)
    for column, k in zip(axes.T, targets, strict=True):
        known = run.own[:, k]
        true, predicted = run.values[known, k], run.predicted[known, k]
        band = conformal_band(run, k)[known]
        _predicted_against_true(column[0], true, predicted, band)
        column[0].set_title(run.targets[k])
        _residuals(column[1], predicted, true - predicted)
        _error_by_value(column[2], true, np.abs(true - predicted))
    spread = figure(3.0 * max(len(targets), 2), 2.8)
    for axis, k in zip(spread.subplots(1, len(targets), squeeze=False)[0], targets, strict=True):
        known = run.own[:, k]
        edges = np.linspace(0, 1, 21)
        axis.hist(run.values[known, k], edges, density=True, color=GREY, alpha=0.6, label="true")
        axis.hist(
            run.predicted[known, k], edges, density=True, histtype="step", color=BLUE, lw=2, label="predicted"
        )
        axis.set(title=run.targets[k], yticks=[])
    spread.axes[0].legend()
    return [(f"{run.name}-predictions", picture), (f"{run.name}-distributions", spread)]


def _predicted_against_true(axis: Axes, true: Floats, predicted: Floats, band: Floats) -> None:
    inside = (band[:, 0] <= true) & (true <= band[:, 1])
    if len(true) > 400:
        axis.hexbin(true, predicted, gridsize=40, extent=(0, 1, 0, 1), cmap="Blues", bins="log")
    else:
        axis.vlines(true, band[:, 0], band[:, 1], color=GREY, alpha=0.35, lw=1)
        for rows, colour in ((inside, BLUE), (~inside, RED)):
            axis.plot(true[rows], predicted[rows], ".", color=colour)
    axis.plot([0, 1], [0, 1], color="black", lw=0.8)
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="true", aspect="equal")
    axis.set_ylabel(f"predicted, with 80 % band\n(holds {inside.mean():.0%})")


def _residuals(axis: Axes, predicted: Floats, residual: Floats) -> None:
    if len(residual) > 400:
        axis.hexbin(predicted, residual, gridsize=40, cmap="Blues", bins="log")
    else:
        axis.plot(predicted, residual, ".", color=BLUE)
    axis.axhline(0, color="black", lw=0.8)
    axis.set(xlabel="predicted", ylabel="true - predicted")


def errors_by_value(true: Floats, error: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean true value, mean error and 90 % quantile of the error of eight bins.

    Equal numbers of songs are in each bin: where there are few songs, a bin is wide.
    """
    parts = [part for part in np.array_split(np.argsort(true), min(_BINS, len(true))) if part.size]
    return (
        np.array([true[part].mean() for part in parts]),
        np.array([error[part].mean() for part in parts]),
        np.array([np.quantile(error[part], 0.9) for part in parts]),
    )


def _error_by_value(axis: Axes, true: Floats, error: Floats) -> None:
    centres, mean, most = errors_by_value(true, error)
    axis.plot(centres, mean, "o-", color=BLUE, label="mean")
    axis.plot(centres, most, "o--", color=ORANGE, label="90 %")
    axis.set(xlabel="true value", ylabel="absolute error", xlim=(0, 1))
    axis.legend()


def draw_genre_run(run: Run, row: GenreRow) -> list[tuple[str, Figure]]:
    """Draw F1, precision and recall by training rows, confusion, runners-up of the worst genre, importances."""
    drawn = [
        (f"{run.name}-f1", _draw_f1(row)),
        (f"{run.name}-training-rows", _draw_by_support(row)),
        (f"{run.name}-confusion", _draw_confusion(row.scores)),
        (f"{run.name}-runners-up", draw_sankey(run, str(min(row.scores.per_class, key=lambda c: c.f1).name))),
    ]
    if importances := run.importances:
        drawn.append((f"{run.name}-importances", _draw_importances(importances)))
    return drawn


def _draw_f1(row: GenreRow) -> Figure:
    order = sorted(row.scores.per_class, key=lambda c: c.f1)
    picture = figure(7, 1 + 0.24 * len(order))
    axis = picture.subplots()
    axis.barh([str(c.name) for c in order], [c.f1 for c in order], color=BLUE, label=row.run)
    axis.axvline(row.scores.macro_f1, color=ORANGE, label=f"mean {row.scores.macro_f1:.2f}")
    axis.set(xlabel="F1 on held-out rows", xlim=(0, 1), ylim=(-0.6, len(order) - 0.4))
    axis.tick_params(axis="y", labelsize=8 if len(order) > 30 else 10)
    axis.legend(loc="lower right")
    return picture


def _draw_by_support(row: GenreRow) -> Figure:
    picture = figure(10, 4.2)
    for axis, name in zip(picture.subplots(1, 2), ("precision", "recall"), strict=True):
        values = [getattr(c, name) for c in row.scores.per_class]
        axis.plot(row.on_training_rows, values, ".", color=BLUE)
        for c, n, value in zip(row.scores.per_class, row.on_training_rows, values, strict=True):
            axis.annotate(str(c.name), (n, value), fontsize=6, xytext=(2, 2), textcoords="offset points")
        axis.set(xlabel="training tracks of the genre", ylabel=name, ylim=(0, 1))
    return picture


def _draw_confusion(scores: ClassificationScores) -> Figure:
    names = [str(c.name) for c in scores.per_class]
    share = scores.confusion / np.maximum(scores.confusion.sum(axis=1, keepdims=True), 1)
    size = 3 + 0.22 * len(names)
    picture = figure(size + 1, size)
    axis = picture.subplots()
    image = axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    small = 5 if len(names) > 40 else 8
    axis.set_xticks(range(len(names)), names, rotation=90, fontsize=small)
    axis.set_yticks(range(len(names)), names, fontsize=small)
    axis.set(xlabel="estimated", ylabel="true")
    if len(names) <= 30:
        for i, j in zip(*np.nonzero(share >= 0.05), strict=True):
            colour = "white" if share[i, j] > 0.5 else "black"
            axis.text(j, i, f"{100 * share[i, j]:.0f}", ha="center", va="center", fontsize=6, color=colour)
    picture.colorbar(image, ax=axis, label="share of the true genre", shrink=0.7)
    return picture


def _draw_importances(importances: Mapping[str, float]) -> Figure:
    order = sorted(importances.items(), key=lambda item: item[1])[-25:]
    picture = figure(6, 1 + 0.26 * len(order))
    axis = picture.subplots()
    axis.barh([name for name, _ in order], [value for _, value in order], color=GREEN)
    axis.set_xlabel("top-1 accuracy lost when it is shuffled")
    return picture


def draw_sankey(run: Run, genre: str) -> Figure:
    """Draw where the probability of a genre's held-out songs goes: a stream to it, one to each of eight runners-up.

    Parameters
    ----------
    run : Run
        Of genres.
    genre : str
        One of its targets.
    """
    p = probabilities(run)
    names, sums = runner_ups(run, genre, p)
    place = run.targets.index(genre)
    own = p[run.values[:, place] == 1, place].sum()
    labels = [f"{genre} itself", *names[:_RUNNERS_UP], "all others"]
    shares = np.array([own, *sums[:_RUNNERS_UP], sums[_RUNNERS_UP:].sum()]) / (own + sums.sum())
    picture = figure(7, 4.6)
    axis = picture.subplots()
    x = np.linspace(0, 1, 60)
    bend = 3 * x**2 - 2 * x**3
    gap, left, right = 0.03, 1.0, 1.0 + 0.03 * len(labels) / 2
    for k, (label, share) in enumerate(zip(labels, shares, strict=True)):
        if not share:
            continue
        top = left + (right - left) * bend
        colour = BLUE if k == 0 else GREY if label == "all others" else ORANGE
        axis.fill_between(x, top - share, top, color=colour, alpha=0.65, lw=0)
        axis.text(1.02, right - share / 2, f"{label}  {share:.0%}", va="center", fontsize=9)
        left, right = left - share, right - share - gap
    axis.text(-0.02, 0.5, f"songs of\n{genre}", ha="right", va="center")
    axis.set(xlim=(-0.25, 1.5), title="Sum of predicted probability")
    axis.set_axis_off()
    return picture


def draw_learning(run: Run) -> Figure:
    """Draw training and validation loss by epoch; one thin line a fold."""
    picture = figure(6, 3.6)
    axis = picture.subplots()
    for fold, history in enumerate(run.histories):
        epochs = [epoch.number for epoch in history]
        for name, colour in (("train_loss", BLUE), ("validation_loss", ORANGE)):
            values = [getattr(epoch, name) for epoch in history]
            axis.plot(epochs, values, color=colour, alpha=0.8, label=None if fold else name.replace("_", " "))
    axis.set(xlabel="epoch", ylabel="loss", title=run.name)
    # The first epoch can be a hundred times the others.
    last = [epoch.validation_loss for history in run.histories for epoch in history[1:]] or [1.0]
    axis.set_ylim(0, 2 * float(np.nanmax(last)) or 1.0)
    axis.legend()
    return picture


def runner_ups(
    run: Run, genre: str, probabilities: Floats
) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    """Return what the songs of a genre are taken for beside it: genres and sums of their probabilities, falling.

    Parameters
    ----------
    run : Run
        Of genres.
    genre : str
        One of its targets.
    probabilities : array, shape (n, n_genres)

    Returns
    -------
    names : tuple of str
    sums : array
        Each the sum over the genre's held-out songs of the probability of another genre.
    """
    place = run.targets.index(genre)
    sums = probabilities[run.values[:, place] == 1].sum(axis=0)
    others = [k for k in np.argsort(-sums) if k != place]
    return tuple(run.targets[k] for k in others), sums[others]
