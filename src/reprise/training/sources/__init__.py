"""Where examples come from: one file a source, each with ``load(settings, inputs, place) -> Examples``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reprise.errors import UnknownNameError

__all__ = ["SOURCES", "Place", "require_source"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where data lie, and what may be used to prepare them.

    Attributes
    ----------
    data : Path
        The folder with ``clips``, ``labels`` and ``tables``.
    cache : Path
        Where features of clips are kept between runs.
    jobs : int
        Worker processes.
    """

    data: Path
    cache: Path
    jobs: int = 1


SOURCES: Mapping[str, str] = {
    "clips": "reprise.training.sources.clips:load",
    "clips_genre": "reprise.training.sources.clips_genre:load",
    "spotify_tracks": "reprise.training.sources.spotify_tracks:load",
    "spotify_genres": "reprise.training.sources.spotify_genres:load",
    "audiofiler": "reprise.training.sources.audiofiler:load",
    "store": "reprise.training.sources.store:load",
}
"""``"module:function"`` of each source by its name in a recipe."""


def require_source(name: str) -> str:
    """Return the path of a source.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    if name not in SOURCES:
        raise UnknownNameError("source", name, SOURCES)
    return SOURCES[name]
