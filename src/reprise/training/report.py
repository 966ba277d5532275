"""The training report: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reprise.errors import MissingDependencyError
from reprise.training.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["html_table", "write_report"]

_SAMPLES = 12

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a;
       background: #fff }
table { border-collapse: collapse; display: block; overflow-x: auto; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
img { max-width: 100%; height: auto }
dt { font-weight: 600 } dd { margin: 0 0 .4rem 0; overflow-wrap: anywhere }
pre { background: #f5f5f5; padding: 1rem; overflow-x: auto }
@media (prefers-color-scheme: dark) {
  body { background: #16181c; color: #e6e6e6 }
  pre { background: #22252b } th, td { border-color: #3a3d44 }
  img { background: #fff; border-radius: 4px }
}
"""


def write_report(run: Run) -> Path:
    """Write ``report.html`` into the folder of a run: figures, curves, sample predictions, the recipe and the card.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Path
        The file.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    card = run.card
    facts = {
        "architecture": card["architecture"], "inputs": ", ".join(card["inputs"]), "rows": card["data"]["rows"],
        "split": card["split"], "parameters": card["parameters"], "training": f"{card['training_s']:.1f} s",
        "inference": f"{card['inference_ms']:.3f} ms a clip", "epochs": ", ".join(map(str, card["epochs"])),
        "seed": card["training"]["seed"], "commit": card["commit"], "version": card["version"],
        "date": card["date"], "data": card["data"]["citation"], "licence": card["licence"],
    }  # fmt: skip
    sections = [
        f"<h1>{html.escape(run.name)}</h1><p>{html.escape(card['what'])}</p>",
        "<h2>Figures on unheard artists</h2>" + _figures(run),
        *_curves(run),
        "<h2>Sample predictions</h2><p>Drawn at random from the held-out rows.</p>" + _samples(run),
        "<h2>Card</h2><dl>"
        + "".join(f"<dt>{key}<dd>{html.escape(str(value))}" for key, value in facts.items()),
        "</dl>",
        f"<h2>Recipe</h2><pre>{html.escape((run.folder / 'recipe.toml').read_text(encoding='utf-8'))}</pre>",
    ]
    path = run.folder / "report.html"
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(run.name)}</title><style>{_STYLE}</style><body>{''.join(sections)}</body></html>\n"
    )
    path.write_text(page, encoding="utf-8")
    return path


def _figures(run: Run) -> str:
    metrics: Mapping[str, Any] = run.card["metrics"]
    if run.is_genre:
        return html_table(tuple(metrics), [tuple(f"{value:.3f}" for value in metrics.values())])
    names = tuple(next(iter(metrics.values()))) if metrics else ()
    rows = [(target, *(f"{value:.3f}" for value in row.values())) for target, row in metrics.items()]
    return html_table(("target", *names), rows)


def _curves(run: Run) -> list[str]:
    """Losses, metric and learning rate by epoch, one line a fold; nothing for a model without epochs."""
    if not any(run.histories):
        return []
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "train") from error
    figure = Figure(figsize=(10, 7), layout="constrained")
    axes = figure.subplots(2, 2)
    metric = "accuracy" if run.is_genre else "mean absolute error"
    titles = ("training loss", "validation loss", f"validation {metric}", "learning rate")
    for axis, title, name in zip(
        axes.flat, titles, ("train_loss", "validation_loss", "metric", "learning_rate"), strict=True
    ):
        for fold, history in enumerate(run.histories):
            epochs = [epoch.number for epoch in history]
            axis.plot(epochs, [getattr(epoch, name) for epoch in history], label=f"fold {fold + 1}")
        axis.set(title=title, xlabel="epoch")
        axis.grid(alpha=0.3)
    axes[0, 0].legend()
    return ["<h2>Training</h2>", _image(figure, "losses, metric and learning rate by epoch")]


def _image(figure: Figure, what: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="{html.escape(what)}" src="data:image/png;base64,{data}">'


def _samples(run: Run) -> str:
    measured = np.flatnonzero(run.own.any(axis=1))
    chosen = np.sort(np.random.default_rng(0).choice(measured, min(_SAMPLES, measured.size), replace=False))
    if run.is_genre:
        names = np.array(run.targets)
        rows = [
            (
                str(run.ids[row]),
                str(names[run.values[row].argmax()]),
                *(f"{names[k]} {run.predicted[row, k]:.2f}" for k in np.argsort(-run.predicted[row])[:3]),
            )
            for row in chosen
        ]
        return html_table(("", "truth", "first", "second", "third"), rows)
    header = ("", *(f"{name}: true / predicted" for name in run.targets))
    rows = [
        (
            str(run.ids[row]),
            *(f"{run.values[row, k]:.2f} / {run.predicted[row, k]:.2f}" for k in range(len(run.targets))),
        )
        for row in chosen
    ]
    return html_table(header, rows)


def html_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in HTML; whatever the cells hold is text."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
