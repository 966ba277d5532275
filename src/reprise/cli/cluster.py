"""``reprise cluster``: groups of songs that sound alike, named by their tags, and a map of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reprise.cli.interrupt import Interrupts
from reprise.cli.text import printable

if TYPE_CHECKING:
    from rich.table import Table

    from reprise.cli.cluster_files import Clustering, Found
    from reprise.cli.cluster_songs import Songs
    from reprise.evaluation.clustering import ClusteringScores
    from reprise.records import FloatArray

__all__ = ["command"]

_PATH = click.Path(path_type=Path)
_ARRAYS = Path(".cache/reprise/features")
_GENRES_SHOWN = 3


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--store", type=_PATH, help="Cluster the previews of a data set; its genres are known.")
@click.option("--selection", help="Only the songs that reprise dataset clean has chosen.")
@click.option("--arrays", type=_PATH, help="Where the sets musicnn and tags are kept; without PATHS and --store,"
              f" all songs in it are clustered.  [default: {_ARRAYS}]")  # fmt: skip
@click.option("--method", type=click.Choice(["kmeans", "hdbscan", "both"]), default="both", show_default=True)
@click.option(
    "--k", type=click.IntRange(2), help="How many clusters k-means makes; else the silhouette decides."
)
@click.option(
    "--k-max", type=click.IntRange(2), default=20, show_default=True, help="The most that it tries."
)
@click.option("--min-size", type=click.IntRange(2),
              help="The fewest songs in a cluster of HDBSCAN; a fiftieth of all, at least 5, if left out.")  # fmt: skip
@click.option("--labels", type=_PATH, multiple=True, metavar="CSV",
              help="Compare with the genres of a table with the columns clip and genre; repeat.")  # fmt: skip
@click.option("--output", "folder", type=click.Path(file_okay=False, path_type=Path),
              help="Write clusters.csv, clusters.json, map.png and map.html here.")  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of all that is drawn."
)
@click.option("--jobs", type=click.IntRange(1), help="Worker processes; as many as there are cores.")
def command(
    folder: Path | None, jobs: int | None, arrays: Path | None, seed: int, method: str, **choices: Any
) -> int:
    """Group songs that sound alike, name the groups by their tags, and draw a map.

    PATHS are audio files and folders. What MusiCNN hears in them is kept in --arrays: a run that was stopped goes on
    where it was, and a second one listens only to what is new.
    """
    from reprise.cli.cluster_songs import Source, gather

    origin = {name: choices.pop(name) for name in ("paths", "store", "selection", "labels")}
    if not (origin["paths"] or origin["store"] or arrays):
        raise click.UsageError("name audio files, a data set (--store) or a folder of arrays (--arrays)")
    if origin["selection"] and not origin["store"]:
        raise click.UsageError("--selection is of a data set: name it with --store")
    if origin["paths"] and origin["store"]:
        raise click.UsageError("name audio files or a data set, not both")
    with Interrupts().taken() as interrupts:
        try:
            songs = gather(Source(arrays=arrays or _ARRAYS, **origin), jobs)
        except KeyboardInterrupt:
            click.echo("Interrupted: what was heard is kept, and the same command goes on.", err=True)
            return interrupts.exit_code
    methods = ("kmeans", "hdbscan") if method == "both" else (method,)
    found, X = _find(songs, methods, seed, **choices)
    _print(found)
    if folder is not None:
        _write(found, X, folder)
    return int(songs.n_failed > 0)


def _find(
    songs: Songs, methods: tuple[str, ...], seed: int, k: int | None, k_max: int, min_size: int | None
) -> tuple[Found, FloatArray]:
    from reprise.cli.cluster_files import Clustering, Found
    from reprise.features.musicnn import MSD_TAGS, MTT_TAGS
    from reprise.similarity.clusters import directions, hdbscan, k_means
    from reprise.similarity.naming import name_clusters

    X = directions(songs.embeddings)
    found = [
        k_means(X, k, k_max=k_max, seed=seed) if method == "kmeans" else hdbscan(X, min_size, seed=seed)
        for method in methods
    ]
    clusterings = tuple(
        Clustering(
            named=name_clusters(clusters, songs.tags, MSD_TAGS + MTT_TAGS),
            scores=_agreement(songs.genres, clusters.labels.tolist()),
        )
        for clusters in found
    )
    return Found(songs=songs, seed=seed, clusterings=clusterings), X


def _agreement(genres: Sequence[str | None], labels: Sequence[int]) -> ClusteringScores | None:
    from reprise.evaluation.clustering import evaluate

    known = [(genre, label) for genre, label in zip(genres, labels, strict=True) if genre]
    # Songs in no cluster are compared too, as one more: leaving them out would flatter.
    return evaluate(*zip(*known, strict=True)) if known else None


def _print(found: Found) -> None:
    from rich.console import Console

    console = Console()
    for clustering in found.clusterings:
        clusters = clustering.named.clusters
        figures = [f"{len(clusters.sizes)} clusters of {len(found.songs.ids)} songs"]
        if clusters.n_noise:
            figures.append(f"{clusters.n_noise} songs in none")
        if clusters.silhouette is not None:
            figures.append(f"silhouette {clusters.silhouette:.3f}")
        if scores := clustering.scores:
            figures.append(
                f"against the genres of {scores.count} songs NMI {scores.nmi:.3f}, ARI {scores.ari:.3f}"
            )
        console.print(f"{clusters.method}: {'; '.join(figures)}", highlight=False, soft_wrap=True)
        if clusters.sizes:
            console.print(_table(found, clustering))
        else:
            console.print("No group is dense enough; a smaller --min-size may find some.")


def _table(found: Found, clustering: Clustering) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from reprise.cli.cluster_files import genre_shares

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("cluster")
    table.add_column("songs", justify="right")
    table.add_column("more of these tags than songs at large")
    if clustering.scores:
        table.add_column("known genres")
    named = clustering.named
    for place, (name, size) in enumerate(zip(named.names, named.clusters.sizes, strict=True)):
        shares = genre_shares(found, clustering, place).items()
        genres = ", ".join(f"{genre} {share:.0%}" for genre, share in islice(shares, _GENRES_SHOWN))
        tags = ", ".join(f"{share.tag} ×{share.lift:.1f}" for share in name.tags)
        cells = [Text(tags), Text(printable(genres))][: len(table.columns) - 3]
        table.add_row(str(place + 1), Text(name.name), str(size), *cells)
    return table


def _write(found: Found, X: FloatArray, folder: Path) -> None:
    from reprise.cli.cluster_files import write_files
    from reprise.similarity.map2d import flat_map, trustworthiness

    layout = flat_map(X, seed=found.seed)
    trust = trustworthiness(X, layout.points, seed=found.seed)
    write_files(found, layout, trust, folder)
    click.echo(
        f"written to {printable(str(folder))}: clusters.csv, clusters.json, map.png, map.html"
        f" (map: {layout.method}, trustworthiness {trust:.3f})"
    )
