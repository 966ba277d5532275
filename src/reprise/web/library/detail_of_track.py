"""The full analysis of a track in Spotify's spelling, made when it is first asked for and kept beside the database."""

from __future__ import annotations

import gzip
import json
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from reprise.errors import DecodeError, UnusableAudioError
from reprise.records import FailedAnalysis
from reprise.spotify import audio_analysis
from reprise.web.library.models import Track
from reprise.web.library.paths import real_path, shown_path
from reprise.web.library.sandbox import shared_sandbox

__all__ = ["audio_analysis_json", "compressed_audio_analysis"]

_MOST_KEPT = 5000
"""Tracks whose analysis is kept, some 60 kB each; those asked for longest ago go first."""

_FORMAT = 1
"""Counts up when a new version of Reprise would say something else of the same file."""

_MAKING = threading.Lock()


def audio_analysis_json(track: Track) -> bytes:
    """Return Spotify's audio-analysis object of a track as JSON; raises as `compressed_audio_analysis`."""
    return gzip.decompress(compressed_audio_analysis(track))


def compressed_audio_analysis(track: Track) -> bytes:
    """Return Spotify's audio-analysis object of a track as JSON, compressed by gzip.

    Parameters
    ----------
    track : Track
        Its file is listened to the first time, which takes about a second for four minutes of music; from then on what
        was kept is read, until the file changes.

    Returns
    -------
    bytes
        The same for the same file, so that an entity tag can be made of it.

    Raises
    ------
    DecodeError
        If the file is gone or cannot be read any more.
    UnusableAudioError
        If it is silent, shorter than one second or longer than the settings allow.
    ModelError
        If the models cannot be loaded.
    """
    path = real_path(track.path)
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError) as error:
        raise DecodeError(
            shown_path(track.path), "the file is gone, so there is nothing to listen to"
        ) from error
    # Another file behind the same track has another analysis.
    name = f"{track.public_id}-{status.st_mtime_ns:x}-{status.st_size:x}-{_FORMAT}.json.gz"
    kept: Path = settings.CONFIG.data / "cache" / "detail" / name
    if (known := _read(kept)) is not None:
        return known
    # One after another: they share one process, and whoever waited for the same track finds it made.
    with _MAKING:
        if (known := _read(kept)) is not None:
            return known
        made = _make(path, shown_path(track.path))
        _keep(kept, made)
    return made


def _read(kept: Path) -> bytes | None:
    try:
        data = kept.read_bytes()
        os.utime(kept)
    except OSError:
        return None
    return data


def _make(path: str, shown: str) -> bytes:
    begun_at, began = int(time.time()), time.monotonic()
    detail = shared_sandbox().follow(path)
    if isinstance(detail, FailedAnalysis):
        kind = UnusableAudioError if detail.error_type == "UnusableAudioError" else DecodeError
        raise kind(shown, detail.message)
    spelled = audio_analysis(detail, timestamp=begun_at, analysis_time_s=time.monotonic() - began)
    text = json.dumps(spelled, separators=(",", ":"), allow_nan=False)
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def _keep(kept: Path, made: bytes) -> None:
    """Write it down; what cannot be kept is made again the next time."""
    part = kept.with_suffix(f".{os.getpid()}.part")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(made)
        part.replace(kept)
        _forget(kept.parent)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _forget(folder: Path) -> None:
    with os.scandir(folder) as entries:
        files = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, path in files[:-_MOST_KEPT]:
        Path(path).unlink(missing_ok=True)
