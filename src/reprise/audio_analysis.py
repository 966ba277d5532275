"""The full analysis of one recording: its metrical grid, its sections and its segments, each with a confidence.

Every record is frozen and keyword-only; all numbers are finite. `docs/reference/audio-analysis.md` has every field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["AnalysedSection", "AudioAnalysis", "Segment", "TimeInterval"]


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeInterval:
    """A bar, a beat or a tatum: start and duration in seconds, and a confidence in 0..1 that one begins there."""

    start_s: float
    duration_s: float
    confidence: float

    def to_dict(self) -> dict[str, float]:
        """Return it as plain numbers."""
        return _plain(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalysedSection:
    """One section of a recording, with what its own stretch of music says of tempo, key and metre.

    Attributes
    ----------
    start_s, duration_s : float
        In seconds.
    confidence : float
        Probability that a section really begins here, 0..1.
    label : str
        ``"A"``, ``"B"``, …: sections that are alike have the same one.
    loudness_db : float or None
        -60..0, in the meaning of a record's ``loudness``; ``None`` where there is nothing but digital silence.
    tempo_bpm : float or None
        ``None`` where this stretch has no pulse.
    tempo_confidence : float
        0..1.
    key : int
        C = 0 .. B = 11, or -1 where none was found.
    key_confidence : float
        0..1.
    mode : int or None
        1 major, 0 minor; ``None`` where no key was found.
    mode_confidence : float
        0..1.
    time_signature : int or None
        Beats in a bar, 3..7; ``None`` where this stretch has no pulse.
    time_signature_confidence : float
        0..1.
    """

    start_s: float
    duration_s: float
    confidence: float
    label: str
    loudness_db: float | None
    tempo_bpm: float | None
    tempo_confidence: float
    key: int
    key_confidence: float
    mode: int | None
    mode_confidence: float
    time_signature: int | None
    time_signature_confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain numbers and a string."""
        return _plain(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """The sound from one onset to the next.

    Attributes
    ----------
    start_s, duration_s : float
        In seconds.
    confidence : float
        Probability that a note or stroke really begins here, 0..1; 1 for the first segment.
    loudness_start_db, loudness_max_db, loudness_end_db : float
        Momentary loudness where it begins, at its loudest and where it ends, from -60 upwards.
    loudness_max_time_s : float
        From the start of the segment to its loudest moment.
    pitches : tuple of 12 float
        How strongly each pitch class sounds, C first; 0..1, the strongest is 1. All are 1 where there is no pitch.
    timbre : tuple of 12 float
        Coefficients on the fixed basis of `reprise.models.timbre`.
    """

    start_s: float
    duration_s: float
    confidence: float
    loudness_start_db: float
    loudness_max_db: float
    loudness_max_time_s: float
    loudness_end_db: float
    pitches: tuple[float, ...]
    timbre: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain numbers and lists."""
        return _plain(self) | {"pitches": list(self.pitches), "timbre": list(self.timbre)}


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioAnalysis:
    """Everything that can be said about the course of one recording.

    Segments, and sections, tile the recording from 0 to ``duration_s``. Bars, beats and tatums tile one common span,
    from the first beat to the end of the last; every bar is made of whole beats, every beat of whole tatums. All three
    are empty where there is no pulse.

    Attributes
    ----------
    sample_rate_hz, num_samples : int
        What was listened to: mono at this rate, so many samples.
    duration_s : float
        Of the recording, in seconds.
    loudness_db : float or None
        -60..0, Spotify's ``loudness``; ``None`` for digital silence.
    end_of_fade_in_s, start_of_fade_out_s : float
        0 and ``duration_s`` where nothing fades.
    tempo_bpm : float or None
        ``None`` where there is no pulse.
    tempo_confidence : float
        0..1.
    time_signature : int or None
        Beats in a bar, 3..7; ``None`` where there is no pulse.
    time_signature_confidence : float
        0..1.
    key : int
        C = 0 .. B = 11, or -1 where none was found.
    key_confidence : float
        0..1.
    mode : int or None
        1 major, 0 minor; ``None`` where no key was found.
    mode_confidence : float
        0..1.
    bars, beats, tatums : tuple of TimeInterval
    sections : tuple of AnalysedSection
    segments : tuple of Segment
    """

    sample_rate_hz: int
    num_samples: int
    duration_s: float
    loudness_db: float | None
    end_of_fade_in_s: float
    start_of_fade_out_s: float
    tempo_bpm: float | None
    tempo_confidence: float
    time_signature: int | None
    time_signature_confidence: float
    key: int
    key_confidence: float
    mode: int | None
    mode_confidence: float
    bars: tuple[TimeInterval, ...]
    beats: tuple[TimeInterval, ...]
    tatums: tuple[TimeInterval, ...]
    sections: tuple[AnalysedSection, ...]
    segments: tuple[Segment, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, numbers and strings: ``track`` and one list for each kind of interval."""
        lists = ("bars", "beats", "tatums", "sections", "segments")
        plain: dict[str, Any] = {
            "track": {name: getattr(self, name) for name in self.__slots__ if name not in lists}
        }
        return plain | {name: [each.to_dict() for each in getattr(self, name)] for name in lists}
