"""Ways to decode each file that is named, side by side: CPU milliseconds of libsndfile, PyAV and `open_audio`::

python -m benchmarks.decoding FILE...
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.contenders import core_to_use, ours, race
from benchmarks.report import table

WAYS = {
    "open_audio, all blocks": "decode_reprise",
    "libsndfile": "decode_libsndfile",
    "PyAV": "decode_ffmpeg",
    "open_audio alone": "open_only",
    "… to mono at 16 kHz": "decode_to_16_khz",
}
ROUNDS = 15


def main() -> None:
    """Print one row a file; a dash where a library cannot read it."""
    rows = []
    for path in map(Path, sys.argv[1:]):
        costs, _ = race([ours(name, task, path, core_to_use()) for name, task in WAYS.items()], ROUNDS)
        cells = [f"{1000 * costs[name].cpu_s:.1f}" if name in costs else "-" for name in WAYS]
        rows.append([path.name, *cells])
    print(table(("CPU, ms", *WAYS), rows))


if __name__ == "__main__":
    main()
