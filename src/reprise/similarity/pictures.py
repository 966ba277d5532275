"""The map of clusters as a picture: a number on each cluster, its name beside the map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reprise.errors import MissingDependencyError
from reprise.records import FloatArray
from reprise.similarity.clusters import NOISE
from reprise.similarity.naming import NamedClusters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "METHODS", "NO_CLUSTER", "PLOTLY_MARKERS", "draw_map"]

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000")
"""Okabe and Ito's colours, which the colour-blind can tell apart; without yellow, which white paper swallows."""

NO_CLUSTER = "#b5b5b5"

# With the eighth cluster the colours begin again, and another mark tells the two apart.
_MARKERS = ("o", "^", "s", "D", "v", "P", "X")
PLOTLY_MARKERS = ("circle", "triangle-up", "square", "diamond", "triangle-down", "cross", "x")

METHODS = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}
"""What to call each way of clustering in a title."""


def draw_map(points: FloatArray, clusterings: Sequence[NamedClusters], path: Path) -> None:
    """Write the map as a PNG, one panel for each way of clustering.

    Parameters
    ----------
    points : float32 array, shape (n, 2)
        Where each song is.
    clusterings : sequence of NamedClusters
        One or more, of the same songs.
    path : Path

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "train") from error
    picture = Figure(figsize=(10, 7 * len(clusterings)))
    axes: Any = picture.subplots(len(clusterings), squeeze=False)[:, 0]
    for axis, named in zip(axes, clusterings, strict=True):
        _draw_panel(axis, points, named)
    # Tight paper is as wide as the names need. A version in the file would make each drawing another file.
    picture.savefig(path, dpi=110, bbox_inches="tight", pad_inches=0.2, metadata={"Software": None})


def _draw_panel(axis: Axes, points: FloatArray, named: NamedClusters) -> None:
    clusters, names = named.clusters, named.names
    outside = points[clusters.labels == NOISE]
    size = float(np.clip(12_000 / len(points), 4, 36))
    if len(outside):
        axis.scatter(
            outside[:, 0],
            outside[:, 1],
            s=size / 2,
            c=NO_CLUSTER,
            marker=".",
            label=f"no cluster ({len(outside)})",
        )
    for place, name in enumerate(names):
        songs = points[clusters.labels == place]
        axis.scatter(
            songs[:, 0], songs[:, 1], s=size, c=COLOURS[place % len(COLOURS)],
            marker=_MARKERS[place // len(COLOURS) % len(_MARKERS)], alpha=0.75, linewidths=0,
            label=f"{place + 1}  {_plain(name.name)} ({len(songs)})",
        )  # fmt: skip
    for place in range(len(names)):
        songs = points[clusters.labels == place]
        # A song, not the mean: the mean of a cluster of several islands lies in the sea between.
        middle = songs[np.linalg.norm(songs - np.median(songs, axis=0), axis=1).argmin()]
        axis.annotate(
            str(place + 1), middle, ha="center", va="center", fontsize=11, fontweight="bold",
            bbox={
                "boxstyle": "circle,pad=0.25", "fc": "white", "ec": COLOURS[place % len(COLOURS)], "lw": 2
            },
        )  # fmt: skip
    quality = "" if clusters.silhouette is None else f", silhouette {clusters.silhouette:.2f}"
    axis.set_title(
        f"{METHODS[clusters.method]}: {len(names)} clusters of {len(points)} songs{quality}", loc="left"
    )
    axis.set(xticks=[], yticks=[])
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_xlabel("songs that sound alike lie side by side; axes have no meaning", fontsize=9)
    axis.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, markerscale=max(1.0, (30 / size) ** 0.5)
    )


def _plain(text: str) -> str:
    """Keep matplotlib from reading formulas between dollar signs."""
    return text.replace("$", r"\$")
