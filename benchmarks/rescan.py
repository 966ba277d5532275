"""How long a scan of a large library takes in which nothing has changed.

``python benchmarks/rescan.py [FILES]`` makes a folder of so many files (100,000 unless told), all hard links to a few
real ones, and a library that knows them, both in a temporary folder, and prints the time of scans.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

FILES_A_FOLDER = 20


def make_music(folder: Path, count: int) -> None:
    """Make a tree of links to one file, as albums of artists are."""
    folder.mkdir()
    original = folder.parent / "original.flac"
    soundfile.write(original, np.random.default_rng(0).normal(0, 0.1, 2000), 16000)
    for n in range(count):
        album = folder / f"artist {n // 200}" / f"album {n // FILES_A_FOLDER}"
        if n % FILES_A_FOLDER == 0:
            album.mkdir(parents=True)
        # A file system allows some tens of thousands of links to a file.
        if n % 20_000 == 0:
            source = original.with_name(f"original {n}.flac")
            source.write_bytes(original.read_bytes())
        os.link(source, album / f"{n:06} a title of some length.flac")


def fill_library(folder: Path) -> None:
    """Give every file an analysed row, without looking into it."""
    from reprise.folders import Walk
    from reprise.web.library.models import Track
    from reprise.web.library.paths import stored_path
    from reprise.web.library.scan import add_folder

    root, _ = add_folder(str(folder))
    rows = [
        Track(
            folder=root, path=stored_path(file.path), size=file.status.st_size, mtime_ns=file.status.st_mtime_ns,
            inode=file.status.st_ino, audio_hash=f"{n:032x}", status="analysed", title=f"{n}", title_key=f"{n}",
        )
        for n, file in enumerate(Walk(str(folder)))
    ]  # fmt: skip
    Track.objects.bulk_create(rows, batch_size=2000)


def timed(what: str, folder: Path) -> None:
    """Scan and print how long it took."""
    from reprise.web.library.scan import scan

    begun, cpu = time.perf_counter(), time.process_time()
    report = scan(str(folder))
    print(
        f"{what}: {time.perf_counter() - begun:.1f} s, {time.process_time() - cpu:.1f} s of it computing;"
        f" {report.unchanged} unchanged, {report.moved} moved, {report.missing} missing"
    )


def main(count: int) -> None:
    """Make everything and measure."""
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["REPRISE_DATA"] = str(Path(temporary) / "data")
        from reprise.web.boot import boot

        music = Path(temporary) / "music"
        make_music(music, count)
        # In a process of its own, so that its memory does not count.
        if not (child := os.fork()):
            boot()
            fill_library(music)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            raise SystemExit("the library cannot be made")
        boot()
        timed("nothing has changed", music)
        timed("nothing has changed, again", music)
        (music / "artist 1").rename(music / "another artist")
        timed("a folder of 200 was renamed", music)
        print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
