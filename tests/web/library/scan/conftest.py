"""A folder of short audio files that differ, and the means to change them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.web.library.models import Track
from reprise.web.library.paths import real_path
from reprise.web.library.scan import ScanReport, scan

Sound = Callable[..., Path]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """An empty folder of music."""
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


@pytest.fixture
def sound(music: Path) -> Sound:
    """Write a tenth of a second of noise, other noise for another seed, under a name below the folder of music."""
    return lambda name, seed, **tags: write_sound(music / name, seed, **tags)


def write_sound(path: Path, seed: int, **tags: str) -> Path:
    """Write a file of noise with tags."""
    path.parent.mkdir(parents=True, exist_ok=True)
    y = np.random.default_rng(seed).normal(0, 0.1, 2000)
    # Written beside and moved there, as programs do that change tags: the inode is another one then.
    new = path.with_suffix(".new")
    with soundfile.SoundFile(new, "w", 16000, channels=1, format="FLAC") as file:
        for name, value in tags.items():
            setattr(file, name, value)
        file.write(y)
    return new.replace(path)


def ids(folder: Path) -> dict[str, int]:
    """Return the tracks that are there, by their paths below a folder."""
    tracks = Track.objects.filter(missing_since=None)
    return {str(Path(real_path(track.path)).relative_to(folder)): track.pk for track in tracks}


def counts(report: ScanReport) -> dict[str, int]:
    """Return what a scan counted, as far as it is not nothing."""
    said = {name: value for name, value in report.to_dict().items() if isinstance(value, int) and value}
    return {name: said[name] for name in said if name not in ("found", "queued")}


def rescan(folder: Path, **options: bool) -> dict[str, int]:
    """Scan and count."""
    return counts(scan(str(folder), **options))
