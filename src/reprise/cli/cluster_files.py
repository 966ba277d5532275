"""What ``reprise cluster`` leaves behind: a row a song, all figures, the map as a picture and as a page."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reprise.cli.cluster_songs import Songs
from reprise.cli.text import encodable
from reprise.datasets.writing import mask_formula
from reprise.evaluation.clustering import ClusteringScores
from reprise.similarity.clusters import NOISE
from reprise.similarity.map2d import FewDimensions
from reprise.similarity.naming import NamedClusters
from reprise.similarity.page import write_page
from reprise.similarity.pictures import draw_map

__all__ = ["Clustering", "Found", "genre_shares", "write_files"]


@dataclass(frozen=True, kw_only=True)
class Clustering:
    """What one method has found, and how far it agrees with the genres; ``None`` where none are known."""

    named: NamedClusters
    scores: ClusteringScores | None


@dataclass(frozen=True, kw_only=True)
class Found:
    """Everything that a run has found; the map is drawn only if files are asked for."""

    songs: Songs
    seed: int
    clusterings: tuple[Clustering, ...]


def genre_shares(found: Found, clustering: Clustering, place: int) -> dict[str, float]:
    """Return the genres of a cluster's songs, the most frequent first; shares of those whose genre is known."""
    labels = clustering.named.clusters.labels
    known = Counter(
        genre for genre, label in zip(found.songs.genres, labels, strict=True) if genre and label == place
    )
    return {genre: n / known.total() for genre, n in known.most_common()}


def write_files(found: Found, layout: FewDimensions, trust: float, folder: Path) -> None:
    """Write clusters.csv, clusters.json, map.png and map.html.

    Parameters
    ----------
    found : Found
    layout : FewDimensions
        The map.
    trust : float
        How far neighbours in it are neighbours in truth.
    folder : Path
        Is made; files of these names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = [clustering.named for clustering in found.clusterings]
    _write_csv(found, layout, folder / "clusters.csv")
    report = {
        "songs": len(found.songs.ids),
        "seed": found.seed,
        "map": {"method": layout.method, "trustworthiness": round(trust, 4)},
        "clusterings": [_figures(found, clustering) for clustering in found.clusterings],
    }
    (folder / "clusters.json").write_text(
        json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    draw_map(layout.points, named, folder / "map.png")
    titles = [encodable(title) for title in found.songs.titles]
    write_page(layout.points, titles, named, folder / "map.html")


def _write_csv(found: Found, layout: FewDimensions, path: Path) -> None:
    methods = [clustering.named for clustering in found.clusterings]
    header = [name for named in methods for name in (named.clusters.method, f"{named.clusters.method}_name")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "title", "genre", "x", "y", *header])
        songs = found.songs
        for i, (song, title, genre) in enumerate(zip(songs.ids, songs.titles, songs.genres, strict=True)):
            texts = [mask_formula(encodable(text or "")) for text in (song, title, genre)]
            x, y = layout.points[i].tolist()
            cells = [cell for named in methods for cell in _cells(named, int(named.clusters.labels[i]))]
            writer.writerow([*texts, f"{x:.4f}", f"{y:.4f}", *cells])


def _cells(named: NamedClusters, label: int) -> tuple[str, str]:
    return ("", "") if label == NOISE else (str(label + 1), named.names[label].name)


def _figures(found: Found, clustering: Clustering) -> dict[str, Any]:
    clusters, names = clustering.named.clusters, clustering.named.names
    return {
        "method": clusters.method,
        "silhouette": clusters.silhouette,
        "silhouette_by_k": clusters.by_k,
        "noise": clusters.n_noise,
        "genre": clustering.scores and asdict(clustering.scores),
        "clusters": [
            {
                "cluster": place + 1,
                "name": name.name,
                "size": clusters.sizes[place],
                "tags": [asdict(share) for share in name.tags],
                "genres": genre_shares(found, clustering, place),
            }
            for place, name in enumerate(names)
        ],
    }
