"""Which commit of the code a model was trained by."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["current_commit"]


def current_commit() -> str | None:
    """Return the short hash of the checkout that this package lies in; None where it lies in none."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        check=False,
    )
    return found.stdout.strip() or None
