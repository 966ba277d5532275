"""How long a table of songs takes into the store and out again: ``python -m benchmarks.store [ROWS]``.

The table is made here: titles, artists of twenty songs each, the twelve features, a preview address, in the random
order of Spotify's ids. Processor time is printed beside elapsed time, because a busy machine stretches the latter.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reprise.datasets.exchange import export_table, import_table
from reprise.datasets.store import Store
from reprise.targets import TARGETS


def make_table(path: Path, n: int) -> None:
    """Write a Parquet table of n songs, in row groups as large as those of the shared tables."""
    rng = np.random.default_rng(0)
    order = rng.permutation(n)
    columns: dict[str, object] = {
        "track_id": [f"{7919 * int(i) % (1 << 61):022x}" for i in order],
        "title": [f"Song number {i}" for i in order],
        "artist": [f"Artist {i % (n // 20 + 1)}" for i in order],
        "preview_url": [f"https://p.example/{i}.mp3" for i in order],
    }
    for target in TARGETS:
        columns[target.name] = rng.uniform(target.low, target.high, n)
    pq.write_table(pa.table(columns), path, row_group_size=1 << 17)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print what the block took."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(
        f"{what:40s} {time.perf_counter() - wall:7.1f} s elapsed {time.process_time() - cpu:7.1f} s processor"
    )


def main(n: int) -> None:
    """Import, query and export n songs."""
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "songs.parquet", Path(folder)
        make_table(table, n)
        with Store(Path(folder) / "songs.sqlite") as store:
            with timed(f"import {n} rows from Parquet"):
                import_table(store, table, catalogue="spotify", provider="benchmark", licence="CC0")
            with timed("stream every row of tracks_features"):
                count = sum(1 for _ in store.select("SELECT * FROM tracks_features"))
            assert count == n
            steps: dict[str, Callable[[], int]] = {
                "export to Parquet": lambda: export_table(store, "tracks_features", out / "out.parquet"),
                "export to CSV": lambda: export_table(store, "tracks_features", out / "out.csv"),
            }
            for what, step in steps.items():
                with timed(what):
                    step()
        with Store(Path(folder) / "again.sqlite") as store, timed(f"import {n} rows from CSV"):
            import_table(store, out / "out.csv", catalogue="spotify", provider="benchmark", licence="CC0")
    print(
        f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB, the making included"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
