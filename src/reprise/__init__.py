"""Reprise listens to music and says what is in it.

>>> import reprise
>>> reprise.analyze("song.mp3").tempo  # doctest: +SKIP
128.02

Names are loaded on first use, so that ``import reprise`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reprise._version import __version__

if TYPE_CHECKING:
    from reprise.analysis import analyze, analyze_detail, analyze_many
    from reprise.audio import load_audio
    from reprise.audio_analysis import AudioAnalysis
    from reprise.errors import AudioError, DecodeError, RepriseError, UnusableAudioError
    from reprise.records import FailedAnalysis, TrackAnalysis

__all__ = [
    "AudioAnalysis",
    "AudioError",
    "DecodeError",
    "FailedAnalysis",
    "RepriseError",
    "TrackAnalysis",
    "UnusableAudioError",
    "__version__",
    "analyze",
    "analyze_detail",
    "analyze_many",
    "load_audio",
]

_HOME = {
    "analyze": "reprise.analysis",
    "analyze_detail": "reprise.analysis",
    "analyze_many": "reprise.analysis",
    "load_audio": "reprise.audio",
    "AudioAnalysis": "reprise.audio_analysis",
    "AudioError": "reprise.errors",
    "DecodeError": "reprise.errors",
    "RepriseError": "reprise.errors",
    "UnusableAudioError": "reprise.errors",
    "FailedAnalysis": "reprise.records",
    "TrackAnalysis": "reprise.records",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'reprise' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
