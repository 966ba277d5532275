"""What the figures were measured on and with."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import cores

__all__ = ["describe_machine"]

LIBRARIES = ("numpy", "scipy", "av", "soxr", "onnxruntime")


def describe_machine(peer_versions: dict[str, str]) -> str:
    """Return a paragraph: date, processor, cores, load, memory and versions."""
    ours = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    theirs = ", ".join(f"{name} {number}" for name, number in peer_versions.items())
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {_processor()}, {len(cores())} cores{load}, "
        f"{_memory_gb()}{platform.system()}, Python {platform.python_version()}. "
        f"reprise {version('reprise')} with {ours}." + (f" Peers: {theirs}." if theirs else "")
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _memory_gb() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB, "
    except (AttributeError, ValueError):
        return ""
