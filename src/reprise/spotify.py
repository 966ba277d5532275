"""Spotify's spelling: from what Reprise says to the audio-features and audio-analysis objects of Spotify's Web API.

Nothing else below the web knows that spelling. The shapes are those of the OpenAPI description of 2025; they know no
null, so that what is not known gets the value that `docs/reference/audio-analysis.md` names for it.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from reprise._version import __version__
from reprise.audio_analysis import AnalysedSection, AudioAnalysis, Segment, TimeInterval
from reprise.targets import HEADS

__all__ = ["audio_analysis", "audio_features"]

_UNKNOWN = {"key": -1, "mode": -1, "loudness": -60.0, "tempo": 0.0, "time_signature": 4} | dict.fromkeys(
    HEADS, 0.0
)
"""What stands where a feature was not found: no key, no mode, silence, no tempo, the most common metre."""


def audio_features(
    *, id: str, values: Mapping[str, Any], duration_ms: int | None, base: str
) -> dict[str, Any]:
    """Return Spotify's audio-features object.

    Parameters
    ----------
    id : str
        Of the track, in 22 characters of base 62.
    values : mapping of str to number or None
        The twelve `reprise.targets.SPOTIFY_FEATURES` by name: a record's, or a row's of a library; others are ignored.
    duration_ms : int or None
        Length of the track.
    base : str
        Address of the API without a slash at its end, such as ``"http://127.0.0.1:8000/v1"``.

    Returns
    -------
    dict of str to number or str
        Complete and without null: what is ``None`` or absent gets key -1, mode -1, loudness -60, tempo 0,
        time signature 4; a predicted feature gets 0.

    Examples
    --------
    >>> features = audio_features(id="4iV5W9uYEdYUVa79Axb7Rh", values={"tempo": 120.0}, duration_ms=1000, base="")
    >>> features["tempo"], features["key"], features["track_href"]
    (120.0, -1, '/tracks/4iV5W9uYEdYUVa79Axb7Rh')
    """
    found: dict[str, Any] = {
        name: unknown if (value := values.get(name)) is None else value for name, unknown in _UNKNOWN.items()
    }
    return found | {
        "duration_ms": duration_ms or 0,
        "id": id,
        "uri": f"spotify:track:{id}",
        "track_href": f"{base}/tracks/{id}",
        "analysis_url": f"{base}/audio-analysis/{id}",
        "type": "audio_features",
    }


def audio_analysis(
    detail: AudioAnalysis,
    *,
    timestamp: int = 0,
    analysis_time_s: float = 0.0,
    analyzer_version: str = __version__,
) -> dict[str, Any]:
    """Return Spotify's audio-analysis object.

    Parameters
    ----------
    detail : AudioAnalysis
    timestamp : int
        When it was made, in seconds since 1970.
    analysis_time_s : float
        How long that took.
    analyzer_version : str
        What made it.

    Returns
    -------
    dict of str to dict or list
        Complete and without null: what is ``None`` gets the value that `audio_features` has for it. The four strings
        of codes are empty and their versions 0: their formats belong to programs that are not asked.
    """
    return {
        "meta": {
            "analyzer_version": analyzer_version,
            "platform": platform.system(),
            "detailed_status": "OK",
            "status_code": 0,
            "timestamp": timestamp,
            "analysis_time": round(analysis_time_s, 5),
            "input_process": f"reprise: all channels mixed, {detail.sample_rate_hz} Hz",
        },
        "track": _track(detail),
        "bars": [_interval(bar) for bar in detail.bars],
        "beats": [_interval(beat) for beat in detail.beats],
        "sections": [_section(section) for section in detail.sections],
        "segments": [_segment(segment) for segment in detail.segments],
        "tatums": [_interval(tatum) for tatum in detail.tatums],
    }


_NO_CODES = {
    "codestring": "", "code_version": 0, "echoprintstring": "", "echoprint_version": 0, "synchstring": "",
    "synch_version": 0, "rhythmstring": "", "rhythm_version": 0,
}  # fmt: skip


def _track(detail: AudioAnalysis) -> dict[str, Any]:
    return {
        "num_samples": detail.num_samples,
        "duration": detail.duration_s,
        "sample_md5": "",
        "offset_seconds": 0,
        "window_seconds": 0,
        "analysis_sample_rate": detail.sample_rate_hz,
        "analysis_channels": 1,
        "end_of_fade_in": detail.end_of_fade_in_s,
        "start_of_fade_out": detail.start_of_fade_out_s,
        **_measured(detail),
        **_NO_CODES,
    }


def _measured(part: AudioAnalysis | AnalysedSection) -> dict[str, Any]:
    """Spell what the whole and its sections have in common."""
    return {
        "loudness": _known("loudness", part.loudness_db),
        "tempo": _known("tempo", part.tempo_bpm),
        "tempo_confidence": part.tempo_confidence,
        "time_signature": _known("time_signature", part.time_signature),
        "time_signature_confidence": part.time_signature_confidence,
        "key": part.key,
        "key_confidence": part.key_confidence,
        "mode": _known("mode", part.mode),
        "mode_confidence": part.mode_confidence,
    }


def _known(name: str, value: Any) -> Any:
    return _UNKNOWN[name] if value is None else value


def _interval(interval: TimeInterval | AnalysedSection | Segment) -> dict[str, Any]:
    return {
        "start": interval.start_s,
        "duration": interval.duration_s,
        "confidence": interval.confidence,
    }


def _section(section: AnalysedSection) -> dict[str, Any]:
    return _interval(section) | _measured(section)


def _segment(segment: Segment) -> dict[str, Any]:
    return _interval(segment) | {
        "loudness_start": segment.loudness_start_db,
        "loudness_max": segment.loudness_max_db,
        "loudness_max_time": segment.loudness_max_time_s,
        "loudness_end": segment.loudness_end_db,
        "pitches": list(segment.pitches),
        "timbre": list(segment.timbre),
    }
