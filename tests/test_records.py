"""The records: frozen, small, and plain once they leave."""

from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any

import pytest

from reprise.records import FailedAnalysis, Mood, ScoredName, Tag, TempoCandidate, TrackAnalysis, Waveform
from reprise.targets import EMOTIONS, HEADS

FULL: dict[str, Any] = {
    "path": "a/ü.mp3", "title": "T", "artist": None, "duration_ms": 1234, **dict.fromkeys(HEADS, 0.5),
    "key": -1, "loudness": None, "mode": None, "tempo": None, "time_signature": None,
    "intervals": dict.fromkeys(HEADS, (0.25, 0.75)), "confidence": {"tempo": 0.0},
    "tempo_candidates": (TempoCandidate(bpm=120.0, confidence=1.0),),
    "loudness_lufs": -14.0, "loudness_range_lu": 3.0, "true_peak_db": None,
    "genres": (ScoredName(name="Jazz", score=0.75),),
    "mood": Mood(valence=0.5, arousal=0.25, quadrant="Q4", emotions=dict.fromkeys(EMOTIONS, 0.5)),
    "tags": (Tag(name="jazz", score=0.5, source="msd"),), "model": "reprise 1", "warnings": ("truncated",),
}  # fmt: skip


def test_nested_records_become_plain() -> None:
    record = TrackAnalysis(**FULL).to_dict()
    assert record["tempo_candidates"] == [{"bpm": 120.0, "confidence": 1.0}]
    assert record["genres"] == [{"name": "Jazz", "probability": 0.75}]
    assert record["tags"] == [{"name": "jazz", "score": 0.5, "source": "msd"}]
    assert record["intervals"]["energy"] == [0.25, 0.75]
    assert record["mood"]["quadrant"] == "Q4"
    assert record["warnings"] == ["truncated"]
    assert json.loads(json.dumps(record)) == record


def test_detail_embedding_and_waveform_are_there_only_if_they_were_asked_for() -> None:
    assert {"detail", "embedding", "waveform"}.isdisjoint(TrackAnalysis(**FULL).to_dict())
    waveform = Waveform(duration_s=1.0, bin_s=0.5, low=(-3, 0), high=(4, 127), rms=(1, 2))
    parts = {"detail": {"beats_s": [0.5]}, "embedding": (0.25, 0.5), "waveform": waveform}
    asked = TrackAnalysis(**FULL, **parts).to_dict()
    assert asked["detail"] == {"beats_s": [0.5]}
    assert asked["embedding"] == [0.25, 0.5]
    assert asked["waveform"] == {
        "duration_s": 1.0, "bin_s": 0.5, "low": [-3, 0], "high": [4, 127], "rms": [1, 2],
    }  # fmt: skip
    assert json.loads(json.dumps(asked)) == asked


def test_an_unknown_mood_is_null() -> None:
    assert TrackAnalysis(**{**FULL, "mood": None}).to_dict()["mood"] is None


def test_a_plain_record_shares_nothing_with_the_frozen_one() -> None:
    analysis = TrackAnalysis(**FULL)
    record = analysis.to_dict()
    record["confidence"]["tempo"] = 1.0
    record["mood"]["emotions"].clear()
    assert analysis == TrackAnalysis(**FULL)


def test_records_are_frozen_keyword_only_and_cross_processes() -> None:
    analysis = TrackAnalysis(**FULL)
    with pytest.raises(dataclasses.FrozenInstanceError):
        analysis.path = "b"  # type: ignore[misc]
    with pytest.raises(TypeError):
        ScoredName("Jazz", 0.5)  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(analysis)) == analysis


def test_a_failure_has_the_documented_shape() -> None:
    failed = FailedAnalysis(path="b.mp3", error_type="DecodeError", message="no such file")
    assert failed.to_dict() == {
        "path": "b.mp3",
        "error": {"type": "DecodeError", "message": "no such file"},
    }
