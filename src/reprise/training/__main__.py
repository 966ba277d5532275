"""``python -m reprise.training [NAME...]``: fit the shipped weights again (``make train``)."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from reprise.training.shipped.fit import FITS


def main() -> None:
    """Fit what was named, or everything."""
    parser = argparse.ArgumentParser(prog="python -m reprise.training", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*FITS, []], help="what to fit; everything if left out")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data folder")
    parser.add_argument("--cache", type=Path, default=Path(".cache/reprise"), help="where features are kept")
    parser.add_argument(
        "--output", type=Path, default=Path("src/reprise/models/weights"), help="where weights go"
    )
    parser.add_argument("--jobs", type=int, default=2, help="worker processes while listening to the clips")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    # The matrices are small: threads would spend their time waiting for one another.
    with threadpool_limits(1):
        for name in arguments.names or FITS:
            start = time.monotonic()
            print(f"fitting {name} ...", flush=True)
            FITS[name](arguments.data, arguments.cache, arguments.output, arguments.jobs)
            print(f"  done in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
