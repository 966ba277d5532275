"""Hash, read, write and take back the tags of copies of each file that is named, wall-clock time of the best of five::

python -m benchmarks.tags FILE...

The files themselves are not touched; copies lie in the folder for temporary files. Each copy must have the same audio
hash and fields afterwards.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.report import table
from reprise.audio.audio_hash import audio_hash
from reprise.audio.tag_files import read_fields, restore, write_fields
from reprise.errors import AudioError

ROUNDS = 5
FIELDS = {"BPM": ("128",), "MOOD": ("Happy", "Lively"), "REPRISE_RECORD": ("0123456789ab" * 1000,)}


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = act()
    return result, 1000 * (time.perf_counter() - start)


def _row(path: Path, folder: Path) -> list[str]:
    copy = folder / ("copy" + path.suffix)
    shutil.copyfile(path, copy)
    best = dict.fromkeys(("hash", "read", "write", "undo"), float("inf"))
    for _ in range(ROUNDS):
        identity, hash_ms = _timed(lambda: audio_hash(copy))
        fields, read_ms = _timed(lambda: read_fields(copy))
        change, write_ms = _timed(lambda: write_fields(copy, FIELDS))
        assert audio_hash(copy) == identity
        _, undo_ms = _timed(lambda change=change: restore(copy, change))  # type: ignore[misc]
        assert (audio_hash(copy), read_fields(copy)) == (identity, fields)
        new = {"hash": hash_ms, "read": read_ms, "write": write_ms, "undo": undo_ms}
        best = {name: min(best[name], new[name]) for name in best}
    megabytes = path.stat().st_size / 1e6
    cells = [f"{best['hash']:.1f}", f"{1000 * megabytes / best['hash']:.0f}"]
    return [
        path.name,
        f"{megabytes:.1f}",
        *cells,
        *(f"{best[name]:.1f}" for name in ("read", "write", "undo")),
    ]


def main() -> None:
    """Print one row a file, or why there is none."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for path in map(Path, sys.argv[1:]):
            try:
                rows.append(_row(path, Path(folder)))
            except AudioError as error:
                print(error, file=sys.stderr)
    print(table(("", "MB", "hash, ms", "MB/s", "read, ms", "write, ms", "undo, ms"), rows))


if __name__ == "__main__":
    main()
