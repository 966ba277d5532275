"""What the trained models are given of a track, heard anew; corrections keep it, so that learning needs no audio."""

from __future__ import annotations

from reprise.analysis import hear
from reprise.errors import DecodeError
from reprise.records import FloatArray
from reprise.web.library.models import Track
from reprise.web.library.paths import real_path, shown_path
from reprise.workers import KILLED, in_workers

__all__ = ["heard_inputs"]


def heard_inputs(track: Track) -> dict[str, FloatArray]:
    """Hear a track in a process of its own; seconds, for the models are loaded anew.

    Raises
    ------
    AudioError
        If the file is gone or cannot be read any more.
    """
    found = next(iter(in_workers(hear, [real_path(track.path)], 1, if_killed=lambda path: {})))
    if not found:
        raise DecodeError(shown_path(track.path), KILLED)
    return found
