"""The full analysis of a track is made once, kept, made again when the file changes, and fails in words."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from reprise.audio_analysis import AudioAnalysis
from reprise.errors import DecodeError, UnusableAudioError
from reprise.web.library.detail_of_track import audio_analysis_json, compressed_audio_analysis
from reprise.web.library.received import full_analysis_from
from reprise.web.library.sandbox import Sandbox


@pytest.fixture
def own(track: Any, tmp_path: Path, settings: Any) -> Any:
    """The track with a file of its own, in a library of its own."""
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    path = tmp_path / "own.flac"
    shutil.copy(track.path, path)
    track.path = str(path)
    return track


def _kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "detail").iterdir())


def test_it_is_made_once_and_read_from_then_on(own: Any, tmp_path: Path, monkeypatch: Any) -> None:
    first = audio_analysis_json(own)
    (kept,) = _kept(tmp_path)
    analysis = json.loads(first)
    assert analysis["track"]["duration"] == pytest.approx(own.duration_ms / 1000, abs=1e-3)
    assert analysis["beats"]
    assert analysis["segments"]
    assert gzip.decompress(kept.read_bytes()) == first

    def refuse(self: Sandbox, path: str) -> None:
        raise AssertionError("it was listened to again")

    monkeypatch.setattr(Sandbox, "follow", refuse)
    assert compressed_audio_analysis(own) == kept.read_bytes()


def test_another_file_behind_the_track_is_listened_to_again(own: Any, tmp_path: Path) -> None:
    before = json.loads(audio_analysis_json(own))
    y, sr = soundfile.read(own.path, dtype="float32")
    soundfile.write(own.path, y[: 6 * sr], sr)
    after = json.loads(audio_analysis_json(own))
    assert after["track"]["duration"] == pytest.approx(6.0, abs=1e-3)
    assert before["track"]["duration"] > 10
    assert len(_kept(tmp_path)) == 2


def test_a_file_that_is_gone_says_so(own: Any) -> None:
    Path(own.path).unlink()
    with pytest.raises(DecodeError, match="gone"):
        compressed_audio_analysis(own)


def test_a_file_that_became_silent_or_broken_is_a_typed_error_and_is_not_kept(
    own: Any, tmp_path: Path
) -> None:
    soundfile.write(own.path, np.zeros(44100 * 3, np.float32), 44100)
    with pytest.raises(UnusableAudioError):
        compressed_audio_analysis(own)
    Path(own.path).write_bytes(b"no audio at all" * 100)
    with pytest.raises(DecodeError):
        compressed_audio_analysis(own)
    assert not (tmp_path / "cache" / "detail").exists()


def test_what_cannot_be_kept_is_given_all_the_same(own: Any, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    assert json.loads(audio_analysis_json(own))["segments"]


def test_the_sandbox_is_not_believed_what_is_no_analysis() -> None:
    nothing: AudioAnalysis = AudioAnalysis(
        sample_rate_hz=16000, num_samples=16000, duration_s=1.0, loudness_db=None, end_of_fade_in_s=0.0,
        start_of_fade_out_s=1.0, tempo_bpm=None, tempo_confidence=0.0, time_signature=None,
        time_signature_confidence=0.0, key=-1, key_confidence=0.0, mode=None, mode_confidence=0.0, bars=(),
        beats=(), tatums=(), sections=(), segments=(),
    )  # fmt: skip
    plain = nothing.to_dict()
    assert full_analysis_from(plain) == nothing
    interval = {"start_s": 0.0, "duration_s": 1.0, "confidence": 1.0}
    for wrong in (
        {"track": plain["track"] | {"key": "<script>"}},
        {"track": plain["track"] | {"duration_s": None}},
        {"track": plain["track"] | {"more": 1}},
        {"beats": [interval | {"confidence": float("nan")}]},
        {"segments": [interval | {"pitches": [1.0], "timbre": [0.0] * 12}]},
        {"sections": None},
    ):
        with pytest.raises((TypeError, ValueError, KeyError, AttributeError)):
            full_analysis_from(plain | wrong)
