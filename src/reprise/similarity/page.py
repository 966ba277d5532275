"""The map of clusters as one HTML page to explore, with Plotly's own script inside: it asks no other host."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reprise.errors import MissingDependencyError
from reprise.records import FloatArray
from reprise.similarity.clusters import NOISE, Clusters
from reprise.similarity.naming import NamedClusters
from reprise.similarity.pictures import COLOURS, METHODS, NO_CLUSTER, PLOTLY_MARKERS

__all__ = ["write_page"]

_MANY = 5000
"""From here on the browser's graphics card draws the songs."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a;
       background: #fff }
table { border-collapse: collapse; display: block; overflow-x: auto; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .6rem; text-align: left; border-bottom: 1px solid #ddd }
figure { margin: 1rem 0; overflow-x: auto }
"""


def write_page(
    points: FloatArray, songs: Sequence[str], clusterings: Sequence[NamedClusters], path: Path
) -> None:
    """Write the map, each song named under the pointer, and the tags of every cluster.

    Parameters
    ----------
    points : float32 array, shape (n, 2)
    songs : sequence of str
        What to show of each song; may come from strangers.
    clusterings : sequence of NamedClusters
        One or more, of the same songs.
    path : Path

    Raises
    ------
    MissingDependencyError
        If Plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise MissingDependencyError("plotly", "train") from error
    shown = [html.escape(song) for song in songs]
    parts = ["<h1>Clusters</h1><p>Songs that sound alike lie side by side; the axes have no meaning.</p>"]
    for named in clusterings:
        clusters = named.clusters
        score = "" if clusters.silhouette is None else f", silhouette {clusters.silhouette:.3f}"
        parts.append(f"<h2>{METHODS[clusters.method]}: {len(clusters.sizes)} clusters{score}</h2>")
        parts += [_html_of(_map(points, shown, named), f"map-{clusters.method}"), _table(named)]
        if len(clusters.by_k) > 1:
            parts.append(_html_of(_by_k(clusters), f"by-k-{clusters.method}"))
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Clusters</title>'
        f"<style>{_STYLE}</style><script>{get_plotlyjs()}</script><body>{''.join(parts)}</body></html>\n",
        encoding="utf-8",
    )


def _html_of(figure: Any, name: str) -> str:
    import plotly.io

    # Plotly would offer to send the songs to its maker's cloud.
    config = {"displaylogo": False, "showSendToCloud": False}
    drawn = plotly.io.to_html(figure, include_plotlyjs=False, full_html=False, div_id=name, config=config)
    return f"<figure>{drawn}</figure>"


def _map(points: FloatArray, shown: Sequence[str], named: NamedClusters) -> Any:
    import plotly.graph_objects as go

    clusters, names = named.clusters, named.names
    scatter = go.Scattergl if len(points) > _MANY else go.Scatter

    def trace(place: int, name: str, marker: dict[str, Any]) -> Any:
        rows = np.flatnonzero(clusters.labels == place).tolist()
        return scatter(
            x=points[rows, 0].round(3), y=points[rows, 1].round(3), mode="markers",
            name=f"{name} ({len(rows)})", text=[shown[row] for row in rows],
            hovertemplate=f"%{{text}}<extra>{name}</extra>", marker={"size": 6, **marker},
        )  # fmt: skip

    traces = [
        trace(
            place, html.escape(f"{place + 1} {name.name}"),
            {
                "color": COLOURS[place % len(COLOURS)],
                "symbol": PLOTLY_MARKERS[place // len(COLOURS) % len(PLOTLY_MARKERS)],
            },
        )
        for place, name in enumerate(names)
    ]  # fmt: skip
    if clusters.n_noise:
        traces.insert(0, trace(NOISE, "no cluster", {"color": NO_CLUSTER, "size": 4}))
    return go.Figure(traces).update_layout(
        height=680, plot_bgcolor="#fff", margin={"t": 40, "l": 10, "r": 10, "b": 10},
        xaxis={"visible": False}, yaxis={"visible": False, "scaleanchor": "x"},
    )  # fmt: skip


def _by_k(clusters: Clusters) -> Any:
    import plotly.graph_objects as go

    line = go.Scatter(x=list(clusters.by_k), y=list(clusters.by_k.values()), line_color=COLOURS[0])
    return go.Figure(line).update_layout(
        title="Silhouette by number of clusters",
        xaxis_title="k",
        yaxis_title="silhouette",
        height=320,
        template="plotly_white",
    )


def _table(named: NamedClusters) -> str:
    clusters, names = named.clusters, named.names
    rows = "".join(
        f"<tr><td>{place}</td><td>{html.escape(name.name)}</td><td>{size}</td><td>"
        + html.escape(", ".join(f"{share.tag} ×{share.lift:.1f}" for share in name.tags))
        + "</td></tr>"
        for place, (name, size) in enumerate(zip(names, clusters.sizes, strict=True), start=1)
    )
    head = "<tr><th></th><th>cluster</th><th>songs</th><th>tags, and how many times as strong as overall</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
