"""Measure the speed of Reprise beside its peers and print it as Markdown::

    python -m benchmarks.run [--only SECTION]... [--no-peers] [--write docs/speed.md] [FILE...]

All sections take some five minutes on two quiet cores, the peers' installation included.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import peers, sections
from benchmarks.inputs import Inputs
from benchmarks.machine import describe_machine
from benchmarks.report import write_block

SECTIONS: dict[str, Callable[[Inputs, argparse.Namespace], list[str]]] = {
    "clip": lambda inputs, options: [
        sections.side_by_side(inputs.clip(), "A 30-s clip", options.rounds, options.peers)
    ],
    "track": lambda inputs, options: [
        sections.side_by_side(inputs.track(), "A 4-minute track", max(1, options.rounds // 2), options.peers)
    ],
    "files": lambda inputs, options: [
        sections.side_by_side(path, path.name, options.rounds, options.peers) for path in options.files
    ],
    "features": lambda inputs, options: [
        sections.short_term(inputs.excerpt(), options.rounds, options.peers)
    ],
    "stages": lambda inputs, options: [
        sections.stages({"30 s": inputs.clip(), "4 min": inputs.track()}, options.rounds)
    ],
    "workers": lambda inputs, options: [sections.workers(inputs.clips(options.many), rounds=2)],
    "long": lambda inputs, options: [sections.three_hours(inputs.three_hours())],
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description=(__doc__ or "").split(":")[0]
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="your own files, measured too")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="a section; may be given again")
    parser.add_argument("--rounds", type=int, default=7, help="calls of each contender (7)")
    parser.add_argument("--many", type=int, default=96, help="files that the workers analyse (96)")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="install and measure no peers")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="renew the marked block of this file")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Measure section by section and print each as soon as it is there."""
    options = parse(arguments)
    begun_s, report = time.perf_counter(), []

    def show(text: str) -> None:
        report.append(text)
        print(text, end="\n\n", flush=True)

    absent = peers.install() if options.peers else {}
    show(describe_machine(peers.versions() if options.peers else {}))
    for peer, reason in absent.items():
        show(f"{peer} could not be installed: {reason}")
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as folder:
        inputs = Inputs(Path(folder))
        for name in options.only or SECTIONS:
            for text in SECTIONS[name](inputs, options):
                show(text)
    show(f"All of this took {time.perf_counter() - begun_s:.0f} s.")
    if options.write:
        write_block(options.write, "\n\n".join(report))


if __name__ == "__main__":
    main(sys.argv[1:])
