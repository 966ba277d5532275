"""How many clips a second one core turns into each feature set: ``python -m benchmarks.clip_sets FOLDER [CLIPS]``.

Clips are taken evenly from the folder's audio files. What counts is processor time, and the fastest of three rounds:
other programs on the same machine stretch that too, by what they take of the caches, but least.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Sequence

from reprise.cli.files import find_files
from reprise.features.clip_sets import CLIP_SETS, extract_clip
from reprise.features.musicnn import MusicnnNetworks
from reprise.workers import blas

_ROUNDS = 3


def seconds_a_clip(paths: Sequence[str], sets: Collection[str], networks: MusicnnNetworks) -> float:
    """Extract the sets of each clip and return the mean processor time of the fastest round, in seconds."""
    extract_clip(paths[0], sets, networks)  # loads libraries, weights and filters
    rounds_s = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        for path in paths:
            extract_clip(path, sets, networks)
        rounds_s.append(time.process_time() - began)
    return min(rounds_s) / len(paths)


def main(folder: str, n: int) -> None:
    """Print a line for each set alone, and one for all of them at once."""
    found = find_files([folder]).files
    paths = found[:: max(1, len(found) // n)][:n]
    networks = MusicnnNetworks()
    print(f"{len(paths)} clips of {folder}")
    with blas().limit(limits=1, user_api="blas"):
        for sets in (*((name,) for name in CLIP_SETS), tuple(CLIP_SETS)):
            taken_s = seconds_a_clip(paths, sets, networks)
            name = sets[0] if len(sets) == 1 else "all at once"
            print(f"{name:12s} {1e3 * taken_s:6.1f} ms a clip {1 / taken_s:6.1f} clips a second")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100)
