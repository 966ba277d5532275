"""How long similarity takes in a large library: ``python -m benchmarks.similarity [SONGS]``.

One thread. Contenders take turns, and the best of several turns counts; the peer is hnswlib, which is approximate,
where it is installed. The last rows are done once.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.big_library import BigLibrary, big_library
from benchmarks.machine import describe_machine
from benchmarks.report import table
from reprise.similarity.clusters import assign, centroids, k_means
from reprise.similarity.index import Blend, Neighbours, VectorIndex
from reprise.similarity.map2d import flat_map, place
from reprise.similarity.path import song_path
from reprise.similarity.selection import diverse

QUERIES = 30
K = 50
EXACT = "50 nearest, exact"


def peer(library: BigLibrary) -> tuple[Callable[[int], Any], str]:
    """Return hnswlib's search, and what is to be said of its building."""
    import hnswlib

    graph = hnswlib.Index(space="ip", dim=library.vectors.shape[1])
    graph.init_index(max_elements=len(library.vectors), ef_construction=100, M=16)
    begun = time.perf_counter()
    graph.add_items(library.vectors, num_threads=1)
    built_s = time.perf_counter() - begun
    graph.set_ef(200)
    return lambda i: graph.knn_query(library.vectors[i], k=K, num_threads=1)[0][
        0
    ], f"{built_s:.0f} s to build"


def contenders(library: BigLibrary, index: VectorIndex) -> dict[str, Callable[[int], Any]]:
    """Return what is measured: functions of a query's row."""
    n, view = len(index), index.view()
    half = np.random.default_rng(1).permutation(n)[: n // 2]

    def with_quotas(i: int) -> Neighbours:
        found = index.nearest(library.vectors[i], 4 * K)
        artists, albums = ([column[j] for j in found.ids] for column in (library.artists, library.albums))
        return diverse(found, artists, albums)

    def blended(i: int) -> Neighbours:
        return index.nearest(library.vectors[i], K, blend=Blend(features=library.features[i], weight=0.3))

    return {
        EXACT: lambda i: index.nearest(library.vectors[i], K),
        "with features": blended,
        "among half of the songs": lambda i: index.nearest(library.vectors[i], K, allowed=half),
        "among 1 %": lambda i: index.nearest(library.vectors[i], K, allowed=half[: n // 100]),
        "two an artist, one an album": with_quotas,
        "path of 10 songs": lambda i: song_path(view, i, n - 1 - i, 10, artists=library.artists),
        "path of 25 songs": lambda i: song_path(view, i, n - 1 - i, 25, artists=library.artists),
        "one song replaced": lambda i: index.put(
            [i], library.vectors[i : i + 1], library.features[i : i + 1]
        ),
    }


def once(library: BigLibrary) -> list[list[str]]:
    """Return rows about what is done seldom."""
    X, rows = library.vectors, []

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        made = work()
        rows.append([name, f"{time.perf_counter() - begun:.1f}"])
        return made

    made = timed("map", lambda: flat_map(X))
    rows[-1][0] += f" ({made.method})"
    timed("1,000 later songs placed on it", lambda: place(X[:1000], X[1000:11000], made.points[1000:11000]))
    found = timed("clusters, k = 12", lambda: k_means(X, 12))
    timed("1,000 later songs assigned", lambda: assign(X[:1000], centroids(X, found.labels)))
    return rows


def main(n: int) -> None:
    """Measure and print."""
    print(describe_machine({}), end="\n\n")
    library = big_library(n)
    index = VectorIndex(np.arange(n), library.vectors, library.features)
    runs, remark = contenders(library, index), ""
    try:
        runs["hnswlib, approximate"], remark = peer(library)
    except ImportError:
        print("hnswlib is not installed.", end="\n\n")
    spent: dict[str, list[float]] = {name: [] for name in runs}
    with threadpool_limits(1):
        for i in range(QUERIES):
            for name, run in runs.items():
                begun = time.perf_counter()
                run(i)
                spent[name].append(1000 * (time.perf_counter() - begun))
        if remark:
            hits = [
                len(set(index.nearest(library.vectors[i], K).ids) & set(runs["hnswlib, approximate"](i)))
                for i in range(QUERIES)
            ]
            remark += f", recall {np.mean(hits) / K:.3f}"
        unit = min(spent[EXACT])
        rows = [
            [name, f"{min(ms) / unit:.2f}", f"{min(ms):.1f}", f"{np.median(ms):.1f}"]
            for name, ms in spent.items()
        ]
        print(table(("", "times exact", "best, ms", "median, ms"), rows), end="\n\n")
        if remark:
            print(f"hnswlib: {remark}.", end="\n\n")
        print(f"{n:,} songs, {index.nbytes / 1e6:.0f} MB.", end="\n\n")
        print(table(("once", "s"), once(library)))
    print(f"\nLargest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
