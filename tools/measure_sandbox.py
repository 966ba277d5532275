"""Measure what the process that reads files takes: address space, memory in use, time.

    python tools/measure_sandbox.py [--minutes 4 180]

A composed song is repeated to each length and written as FLAC in stereo at 44.1 kHz. Each length has a fresh process,
bounded as it is in use but for its address space. The figures are its peaks (VmPeak and VmHWM of /proc) and the time of
the whole analysis with its details, the start and the loading of the models included.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import soundfile

from reprise.config import load_config
from reprise.demo.songs import compose
from reprise.records import TrackAnalysis
from reprise.web.library.sandbox import Sandbox

SAMPLE_RATE_HZ = 44_100


def write_song(path: Path, minutes: float) -> None:
    """Write a song of so many minutes, block by block."""
    y = compose(2, SAMPLE_RATE_HZ).y.T
    left = round(minutes * 60 * SAMPLE_RATE_HZ)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE_HZ, channels=y.shape[1], format="FLAC") as file:
        while left > 0:
            file.write(y[:left])
            left -= len(y)


def peaks_mib(pid: int) -> tuple[float, float]:
    """Return the most address space and the most memory in use that a process had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmPeak", "VmHWM"))  # type: ignore[return-value]


def main() -> None:
    """Print a line for each length."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, nargs="+", default=[4.0, 180.0])
    lengths = parser.parse_args().minutes
    print("minutes  address space MiB  in use MiB  seconds")
    with tempfile.TemporaryDirectory() as folder:
        config = replace(
            load_config(),
            data=Path(folder),
            analysis_memory_mb=1 << 16,
            analysis_timeout_s=3600,
            max_duration_s=1 << 20,
        )
        for minutes in lengths:
            path = Path(folder) / "song.flac"
            write_song(path, minutes)
            sandbox, began = Sandbox(config), time.monotonic()
            found = sandbox.analyse(str(path))
            seconds = time.monotonic() - began
            if not isinstance(found, TrackAnalysis):
                raise SystemExit(f"{minutes:g} minutes: {found.message}")
            process = sandbox._process
            assert process is not None
            space, used = peaks_mib(process.pid)
            sandbox.close()
            print(f"{minutes:7g}  {space:17.0f}  {used:10.0f}  {seconds:7.1f}", flush=True)


if __name__ == "__main__":
    main()
