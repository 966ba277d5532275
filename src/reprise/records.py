"""What flows through Reprise: a file becomes features, features become a `TrackAnalysis`.

Every record is frozen and keyword-only. `TrackAnalysis` and `FailedAnalysis` alone are stored, exported or served,
and `to_dict` gives them the shape that the documentation promises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "FailedAnalysis",
    "FloatArray",
    "Interval",
    "Loudness",
    "Mood",
    "Observer",
    "Progress",
    "Rhythm",
    "ScoredName",
    "Section",
    "Tag",
    "Tags",
    "TempoCandidate",
    "Tonality",
    "TrackAnalysis",
    "Waveform",
]

FloatArray = npt.NDArray[np.float32]
"""Signals and spectra: float32, time on the last axis."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tags:
    """What the file says about itself; ``None`` where it says nothing. Text from files is untrusted.

    Attributes
    ----------
    title, artist, album, album_artist : str or None
        On one line, at most 500 characters.
    track_number : int or None
        Place on its disc, 1..9999.
    year : int or None
        Of the first release where that is given, else of this one; 1000..2999.
    genres : tuple of str
        As they are written, each once.
    isrc, musicbrainz_recording_id, musicbrainz_release_id, musicbrainz_artist_id : str or None
        In the form of their standards.
    """

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    track_number: int | None = None
    year: int | None = None
    genres: tuple[str, ...] = ()
    isrc: str | None = None
    musicbrainz_recording_id: str | None = None
    musicbrainz_release_id: str | None = None
    musicbrainz_artist_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Loudness:
    """Loudness of a whole programme (ITU-R BS.1770-4, EBU R128).

    Attributes
    ----------
    integrated_lufs : float or None
        Gated loudness in LUFS; ``None`` if nothing passes the absolute gate of -70 LUFS.
    range_lu : float or None
        Loudness range in LU (EBU Tech 3342); ``None`` if nothing passes the gates.
    true_peak_db : float or None
        Highest true peak over the channels, in dBTP; ``None`` for digital silence.
    overall_db : float or None
        The value of the ``loudness`` field, Spotify's meaning: overall dB, -60..0.
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_db: float | None
    overall_db: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TempoCandidate:
    """One possible tempo: beats per minute and a confidence in 0..1; the candidates' confidences sum to 1."""

    bpm: float
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """Tempo, metre and the times of events, in seconds from the start.

    Attributes
    ----------
    tempo_bpm : float or None
        ``None`` where no pulse was found.
    tempo_confidence : float
        0..1.
    tempo_candidates : tuple of TempoCandidate
        Best first.
    time_signature : int or None
        Beats in a bar, 3..7.
    time_signature_confidence : float
        0..1.
    onsets_s, beats_s, tatums_s, downbeats_s : float32 arrays
        Ascending times; the downbeats are a subset of the beats, the beats of the tatums.
    descriptors : mapping of str to float
        Named numbers about the pulse (clarity, onset rate, ...) for the heads.
    """

    tempo_bpm: float | None
    tempo_confidence: float
    tempo_candidates: tuple[TempoCandidate, ...]
    time_signature: int | None
    time_signature_confidence: float
    onsets_s: FloatArray
    beats_s: FloatArray
    tatums_s: FloatArray
    downbeats_s: FloatArray
    descriptors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tonality:
    """Key and mode.

    Attributes
    ----------
    key : int
        Pitch class of the tonic, C = 0 .. B = 11, or -1 where none was found.
    mode : int or None
        1 major, 0 minor; ``None`` where no key was found.
    key_confidence, mode_confidence : float
        0..1.
    tuning_cents : float
        Deviation from A4 = 440 Hz, -50..50.
    descriptors : mapping of str to float
        Named numbers about the harmony for the heads.
    """

    key: int
    mode: int | None
    key_confidence: float
    mode_confidence: float
    tuning_cents: float
    descriptors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section of a recording.

    Attributes
    ----------
    start_s, duration_s : float
        In seconds; sections follow each other without gaps.
    confidence : float
        Probability that a section really begins here, 0..1.
    label : str
        ``"A"``, ``"B"``, …: sections that are alike have the same one.
    loudness_db : float or None
        Its loudness in the meaning of the record's ``loudness``; ``None`` where nothing passes the gate.
    """

    start_s: float
    duration_s: float
    confidence: float
    label: str
    loudness_db: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the section as plain numbers and a string."""
        return {name: getattr(self, name) for name in self.__slots__}


Interval = tuple[float, float]
"""Lower and upper end of an 80 % prediction interval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredName:
    """A genre with its probability in 0..1."""

    name: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A tag with its score in 0..1 and the vocabulary it is from.

    The sources are ``"msd"``, the Last.fm tags of the Million Song Dataset, and ``"mtt"``, MagnaTagATune's.
    """

    name: str
    score: float
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mood:
    """Valence and arousal in 0..1, the quadrant they fall into (``"Q1"``..``"Q4"``) and nine emotions in 0..1."""

    valence: float
    arousal: float
    quadrant: str
    emotions: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Waveform:
    """Outline of a waveform in bins of equal length, at most 2,000 of them, in 127ths of full scale.

    Attributes
    ----------
    duration_s : float
        Length of what was heard.
    bin_s : float
        Length of a bin in seconds; the last one may be shorter.
    low, high : tuple of int
        Lowest and highest sample of each bin over all channels, -127..127.
    rms : tuple of int
        Root of the mean square of each bin over all channels, 0..127.
    """

    duration_s: float
    bin_s: float
    low: tuple[int, ...]
    high: tuple[int, ...]
    rms: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the outline as plain lists and numbers."""
        return {
            "duration_s": round(self.duration_s, 3),
            "bin_s": round(self.bin_s, 6),
            **{name: list(getattr(self, name)) for name in ("low", "high", "rms")},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the analysis of one file has come.

    Attributes
    ----------
    stage : str
        What is being done now, in this order: ``"listen"`` (decode and extract, most of the work), ``"networks"``,
        ``"features"``, ``"rhythm"``, ``"key"``, ``"sections"`` (only with ``detail``) and ``"predict"``.
    fraction : float or None
        How much of the file was heard, 0..1; ``None`` while it is listened to without knowing its length.
    waveform : Waveform
        Outline of what was heard so far.
    """

    stage: str
    fraction: float | None
    waveform: Waveform


Observer = Callable[[Progress], None]
"""Is told of each step while a file is analysed, in the thread that analyses. What it raises ends the analysis."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackAnalysis:
    """Everything that Reprise says about one file. Units and ranges are those of `reprise.targets`."""

    path: str
    title: str | None
    artist: str | None
    duration_ms: int
    danceability: float | None
    energy: float | None
    key: int
    loudness: float | None
    mode: int | None
    speechiness: float | None
    acousticness: float | None
    instrumentalness: float | None
    liveness: float | None
    valence: float | None
    tempo: float | None
    time_signature: int | None
    intervals: Mapping[str, Interval]
    confidence: Mapping[str, float]
    tempo_candidates: tuple[TempoCandidate, ...]
    loudness_lufs: float | None
    loudness_range_lu: float | None
    true_peak_db: float | None
    genres: tuple[ScoredName, ...]
    mood: Mood | None
    tags: tuple[Tag, ...]
    model: str
    warnings: tuple[str, ...] = ()
    detail: Mapping[str, Any] | None = None
    embedding: tuple[float, ...] | None = None
    waveform: Waveform | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain lists, numbers and strings, ready for JSON.

        ``detail``, ``embedding`` and ``waveform`` are left out where they were not asked for.
        """
        record: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        record["intervals"] = {name: list(ends) for name, ends in self.intervals.items()}
        record["confidence"] = dict(self.confidence)
        record["tempo_candidates"] = [
            {"bpm": c.bpm, "confidence": c.confidence} for c in self.tempo_candidates
        ]
        record["genres"] = [{"name": g.name, "probability": g.score} for g in self.genres]
        record["tags"] = [{"name": t.name, "score": t.score, "source": t.source} for t in self.tags]
        record["mood"] = self.mood and {
            "valence": self.mood.valence,
            "arousal": self.mood.arousal,
            "quadrant": self.mood.quadrant,
            "emotions": dict(self.mood.emotions),
        }
        record["warnings"] = list(self.warnings)
        if self.embedding is not None:
            record["embedding"] = list(self.embedding)
        if self.waveform is not None:
            record["waveform"] = self.waveform.to_dict()
        for optional in ("detail", "embedding", "waveform"):
            if record[optional] is None:
                del record[optional]
        return record


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedAnalysis:
    """A file that could not be analysed: its path, the error's class name and its reason."""

    path: str
    error_type: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"path", "error": {"type", "message"}}``."""
        return {"path": self.path, "error": {"type": self.error_type, "message": self.message}}
