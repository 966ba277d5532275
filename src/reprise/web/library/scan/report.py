"""What a scan did."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["ScanReport"]

_MOST_NAMED = 1000


@dataclass(kw_only=True)
class ScanReport:
    """What a scan found and did, counted in files.

    Attributes
    ----------
    folder : str
        What was scanned, for people.
    found : int
        Files of audio that are there.
    unchanged, new, moved, back, missing : int
        As they were; without a row until now; at another path, and not computed again; there again; gone since the
        last scan.
    retagged : int
        The same audio with other tags; only these were read.
    changed : int
        Other audio at the same path, which is analysed again.
    known : int
        New ones whose analysis was there already: in the file's own tags, or of another copy of the same audio.
    queued : int
        Put into the queue of analysis.
    forgotten : int
        Missing tracks that were removed because that was asked for.
    failed : list of (str, str)
        Files that cannot be read, and why; at most 1000 of them.
    failures : int
        How many there were.
    warnings : list of str
        Folders that could not be read, and the like.
    """

    folder: str
    found: int = 0
    unchanged: int = 0
    new: int = 0
    changed: int = 0
    retagged: int = 0
    moved: int = 0
    back: int = 0
    missing: int = 0
    known: int = 0
    queued: int = 0
    forgotten: int = 0
    failures: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fail(self, path: str, reason: str) -> None:
        """Note a file that cannot be read."""
        self.failures += 1
        if len(self.failed) < _MOST_NAMED:
            self.failed.append((path, reason))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain lists and numbers, ready for JSON."""
        return asdict(self) | {"failed": [list(pair) for pair in self.failed[:50]]}
