"""The comparison as one HTML page to explore, with Plotly's own script inside: it asks no other host for anything."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reprise.errors import MissingDependencyError, UnknownNameError
from reprise.training.compare import (
    Comparison,
    GenreRow,
    conformal_band,
    feature_table,
    genre_table,
    probabilities,
)
from reprise.training.pictures import BLUE, GREY, ORANGE, RED, errors_by_value, runner_ups
from reprise.training.report import html_table
from reprise.training.run import Run

__all__ = ["sankey", "write_page"]

_RUNNERS_UP = 8
# Plotly would offer a button that sends the figure to its makers.
_CONFIG = {"displaylogo": False, "showSendToCloud": False}

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a;
       background: #fff }
table { border-collapse: collapse; display: block; overflow-x: auto; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left }
nav a { margin-right: 1rem }
figure { margin: 1rem 0; overflow-x: auto }
select { font: inherit }
"""


def write_page(comparison: Comparison, runs: Sequence[Run], path: Path, *, genre: str | None = None) -> Path:
    """Write the tables and the pictures of a comparison.

    Parameters
    ----------
    comparison : Comparison
        Of these runs.
    runs : sequence of Run
    path : Path
        The page; its folder is there.
    genre : str, optional
        Whose runner-ups are shown first; the genre with the lowest F1 if left out.

    Returns
    -------
    Path

    Raises
    ------
    MissingDependencyError
        If Plotly is not installed.
    UnknownNameError
        If no run has that genre.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise MissingDependencyError("plotly", "train") from error
    known = sorted({name for run in runs if run.is_genre for name in run.targets})
    if genre is not None and genre not in known:
        raise UnknownNameError("genre", genre, known)
    parts = ["<h1>Models compared</h1><p>Every figure is on artists that the model did not hear.</p>"]
    if comparison.features:
        parts += ["<h2>Features</h2>", html_table(*feature_table(comparison)), _figure(_overview(comparison))]
    rows = {row.run: row for row in comparison.genres}
    if rows:
        parts += ["<h2>Genres</h2>", html_table(*genre_table(comparison))]
    for run in runs:
        title = (
            f'<h2 id="{_anchor(run.name)}">{html.escape(run.name)}</h2><p>{html.escape(run.card["what"])}</p>'
        )
        figures = _genre_figures(run, rows[run.name], genre) if run.is_genre else _feature_figures(run)
        figures += _learning(run)
        parts += [title, *map(_figure, figures)]
    links = "".join(f'<a href="#{_anchor(run.name)}">{html.escape(run.name)}</a>' for run in runs)
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Models compared</title>'
        f"<style>{_STYLE}</style><script>{get_plotlyjs()}</script><body><nav>{links}</nav>{''.join(parts)}"
        "</body></html>\n"
    )
    path.write_text(page, encoding="utf-8")
    return path


def _anchor(name: str) -> str:
    return "run-" + "".join(c if c.isalnum() else "-" for c in name)


def _figure(figure: Any) -> str:
    import plotly.io

    figure.update_layout(template="plotly_white")
    drawn = plotly.io.to_html(figure, include_plotlyjs=False, full_html=False, config=_CONFIG)
    return f"<figure>{drawn}</figure>"


def _overview(comparison: Comparison) -> Any:
    """R² of all models: one row of points a feature, chosen from a list."""
    import plotly.graph_objects as go

    targets = list(dict.fromkeys(row.target for row in comparison.features))
    traces = []
    for target in targets:
        rows = [row for row in comparison.features if row.target == target][::-1]
        scores = [row.scores.r2 for row in rows]
        traces.append(
            go.Scatter(
                x=[s.value for s in scores], y=[row.run for row in rows], mode="markers", name=target,
                visible=target == targets[0], marker={"size": 10, "color": BLUE},
                error_x={
                    "array": [s.high - s.value for s in scores],
                    "arrayminus": [s.value - s.low for s in scores],
                    "color": GREY,
                },
            )
        )  # fmt: skip
    buttons = [
        {"label": target, "method": "update", "args": [{"visible": [name == target for name in targets]}]}
        for target in targets
    ]
    longest = max(len(trace.y) for trace in traces)
    return go.Figure(traces).update_layout(
        title="R² on unheard artists, with 95 % intervals", xaxis_title="R² (0: the mean)", xaxis_range=[-1, 1],
        height=220 + 26 * longest, updatemenus=[{"buttons": buttons, "x": 1, "xanchor": "right", "y": 1.15}],
        margin={"l": 170},
    )  # fmt: skip


def _feature_figures(run: Run) -> list[Any]:
    """Predicted against true with the band, residuals, errors and distributions of each feature of a run."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    targets = [k for k in range(len(run.targets)) if np.count_nonzero(run.own[:, k]) > 1]
    if not targets:
        return []
    titles = [run.targets[k] for k in targets]
    figure = make_subplots(4, len(targets), subplot_titles=titles, vertical_spacing=0.07)
    for column, k in enumerate(targets, start=1):
        rows = np.flatnonzero(run.own[:, k])
        # More points than a browser likes say no more than these.
        rows = np.sort(np.random.default_rng(0).permutation(rows)[:1000])
        true, predicted, band = run.values[rows, k], run.predicted[rows, k], conformal_band(run, k)[rows]
        inside = (band[:, 0] <= true) & (true <= band[:, 1])
        names = [str(name) for name in run.ids[rows]]
        points = go.Scatter(
            x=true.round(3), y=predicted.round(3), mode="markers", text=names, showlegend=False,
            marker={"color": np.where(inside, BLUE, RED).tolist(), "size": 5},
            error_y={
                "array": (band[:, 1] - predicted).round(3), "arrayminus": (predicted - band[:, 0]).round(3),
                "color": "rgba(138,138,138,0.25)", "width": 0,
            } if len(rows) <= 200 else None,
        )  # fmt: skip
        figure.add_trace(points, 1, column)
        diagonal = go.Scatter(
            x=[0, 1], y=[0, 1], mode="lines", line={"color": "black", "width": 1}, showlegend=False
        )
        figure.add_trace(diagonal, 1, column)
        residuals = go.Scatter(
            x=predicted.round(3), y=(true - predicted).round(3), mode="markers", text=names, showlegend=False,
            marker={"color": BLUE, "size": 4},
        )  # fmt: skip
        figure.add_trace(residuals, 2, column)
        centres, mean, most = errors_by_value(true, np.abs(true - predicted))
        for values, name, colour in ((mean, "mean", BLUE), (most, "90 %", ORANGE)):
            line = go.Scatter(
                x=centres, y=values, name=f"error: {name}", mode="lines+markers", marker_color=colour,
                legendgroup=name, showlegend=column == 1,
            )  # fmt: skip
            figure.add_trace(line, 3, column)
        for values, name, colour in ((true, "true", GREY), (predicted, "predicted", BLUE)):
            bars = go.Histogram(
                x=values.round(3), name=f"share: {name}", histnorm="probability", marker_color=colour, opacity=0.6,
                xbins={"start": 0, "end": 1, "size": 0.05}, legendgroup=name + "s", showlegend=column == 1,
            )  # fmt: skip
            figure.add_trace(bars, 4, column)
        figure.update_xaxes(title_text="true", row=1, col=column)
        figure.update_xaxes(title_text="predicted", row=2, col=column)
        figure.update_xaxes(title_text="true", range=[0, 1], row=3, col=column)
        figure.update_xaxes(title_text="value", range=[0, 1], row=4, col=column)
    figure.update_yaxes(title_text="predicted, with 80 % band", row=1, col=1)
    figure.update_yaxes(title_text="true - predicted", row=2, col=1)
    figure.update_yaxes(title_text="absolute error", row=3, col=1)
    figure.update_yaxes(title_text="share of songs", row=4, col=1)
    return [figure.update_layout(height=1150, width=max(560, 300 * len(targets)), barmode="overlay")]


def _learning(run: Run) -> list[Any]:
    """Losses by epoch, one pair of lines a fold; nothing for a model without epochs."""
    import plotly.graph_objects as go

    if not any(run.histories):
        return []
    lines = [
        go.Scatter(
            x=[epoch.number for epoch in history], y=[round(getattr(epoch, name), 5) for epoch in history],
            name=f"{what}, fold {fold + 1}", mode="lines", line_color=colour,
        )
        for fold, history in enumerate(run.histories)
        for name, what, colour in (("train_loss", "training", BLUE), ("validation_loss", "validation", ORANGE))
    ]  # fmt: skip
    return [
        go.Figure(lines).update_layout(
            title="Learning curves", xaxis_title="epoch", yaxis_title="loss", height=380
        )
    ]


def _genre_figures(run: Run, row: GenreRow, genre: str | None) -> list[Any]:
    """F1 and support, precision and recall by training rows, the confusion matrix, and the runner-ups."""
    import plotly.graph_objects as go

    classes = sorted(row.scores.per_class, key=lambda c: -c.f1)
    names = [str(c.name) for c in classes]
    bars = go.Figure(go.Bar(x=names, y=[c.f1 for c in classes], marker_color=BLUE)).update_layout(
        title="F1 of each genre", yaxis_range=[0, 1], height=380
    )
    scatter = go.Figure(
        [
            go.Scatter(
                x=row.on_training_rows, y=[getattr(c, name) for c in row.scores.per_class], mode="markers",
                name=name, text=[str(c.name) for c in row.scores.per_class], marker_color=colour,
            )
            for name, colour in (("precision", BLUE), ("recall", ORANGE))
        ]
    ).update_layout(
        title="Precision and recall against training tracks", xaxis_title="training tracks of the genre",
        yaxis_range=[0, 1], height=380,
    )  # fmt: skip
    confusion = row.scores.confusion / np.maximum(row.scores.confusion.sum(axis=1, keepdims=True), 1)
    ordered = [str(c.name) for c in row.scores.per_class]
    matrix = go.Figure(
        go.Heatmap(z=confusion.round(3), x=ordered, y=ordered, colorscale="Blues", zmin=0, zmax=1)
    ).update_layout(
        title="Confusion: share of the true genre (rows)",
        height=200 + 14 * len(names),
        yaxis_autorange="reversed",
    )
    first = genre if genre in run.targets else str(min(row.scores.per_class, key=lambda c: c.f1).name)
    figures = [bars, scatter, matrix, sankey(run, first)]
    if run.importances:
        order = sorted(run.importances.items(), key=lambda item: item[1])[-25:]
        figures.append(
            go.Figure(
                go.Bar(x=[v for _, v in order], y=[k for k, _ in order], orientation="h")
            ).update_layout(title="Importance of the inputs", height=200 + 18 * len(order), margin={"l": 170})
        )
    return figures


def sankey(run: Run, first: str) -> Any:
    """Draw what the songs of a genre are taken for beside it; other genres are chosen from a list.

    Parameters
    ----------
    run : Run
        Of genres.
    first : str
        The genre that is shown at first.

    Returns
    -------
    plotly.graph_objects.Figure
        Each stream is the sum of a genre's probability over the held-out songs of the chosen one.
    """
    import plotly.graph_objects as go

    p = probabilities(run)
    genres = [first, *(name for name in run.targets if name != first)]
    traces = []
    for genre in genres:
        names, sums = runner_ups(run, genre, p)
        shown = [*names[:_RUNNERS_UP], "all others"]
        values = [*sums[:_RUNNERS_UP], sums[_RUNNERS_UP:].sum()]
        own = p[run.values[:, run.targets.index(genre)] == 1][:, run.targets.index(genre)].sum()
        labels = [f"songs of {genre}", f"{genre} itself", *shown]
        traces.append(
            go.Sankey(
                visible=genre == first,
                node={"label": labels, "pad": 12, "color": [GREY, BLUE, *[ORANGE] * len(shown)]},
                link={
                    "source": [0] * (len(shown) + 1),
                    "target": list(range(1, len(shown) + 2)),
                    "value": [round(float(v), 3) for v in (own, *values)],
                },
            )
        )
    buttons = [
        {"label": genre, "method": "update", "args": [{"visible": [name == genre for name in genres]}]}
        for genre in genres
    ]
    return go.Figure(traces).update_layout(
        title="Runner-up genres: sums of predicted probability over the held-out songs of a genre", height=460,
        updatemenus=[{"buttons": buttons, "x": 1, "xanchor": "right", "y": 1.2}],
    )  # fmt: skip
