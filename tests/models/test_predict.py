"""From features to a record: what is rounded, what is withheld, and the order of the tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from reprise.audio import open_audio
from reprise.features.extract import Features, extract
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.predict import MAX_PATCHES, Predictor
from reprise.models.rhythm import estimate_rhythm
from reprise.records import Tags, TrackAnalysis

SR = 22_050
Predict = Callable[..., TrackAnalysis]


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Of ten seconds of clicks at 120 bpm over a fifth."""
    path = tmp_path_factory.mktemp("predict") / "pulse.wav"
    t = np.arange(10 * SR) / SR
    y = 0.2 * (np.sin(2 * np.pi * 220 * t) + np.sin(2 * np.pi * 330 * t)) * np.exp(-5 * (t % 0.5))
    y += 0.3 * np.random.default_rng(0).standard_normal(t.size) * np.exp(-80 * (t % 0.5))
    soundfile.write(path, y, SR)
    with open_audio(path) as stream:
        return extract(stream, MusicnnNetworks(), max_patches=MAX_PATCHES)


@pytest.fixture(scope="module")
def predict() -> Predict:
    predictor = Predictor.load()

    def call(
        features: Features, tags: Tags | None = None, predictor: Predictor = predictor, detail: bool = True
    ) -> TrackAnalysis:
        return predictor.predict(
            features, path="a.wav", tags=tags or Tags(), warnings=("odd",), wanted=["detail"] * detail
        )

    return call


def test_what_the_file_says_of_itself_is_passed_on(features: Features, predict: Predict) -> None:
    result = predict(features, Tags(title="T", artist="A"))
    assert (result.path, result.title, result.artist, result.warnings) == ("a.wav", "T", "A", ("odd",))
    assert result.duration_ms == 10_000


def test_the_pulse_is_found_and_its_events_are_nested(features: Features, predict: Predict) -> None:
    result = predict(features)
    assert result.tempo is not None
    assert min(abs(result.tempo - octave) for octave in (60, 120, 240)) < 2
    assert result.detail
    assert set(result.detail["bars_s"]) <= set(result.detail["beats_s"]) <= set(result.detail["tatums_s"])


def test_tags_of_both_vocabularies_are_ranked_together(features: Features, predict: Predict) -> None:
    tags = predict(features).tags
    assert [tag.source for tag in tags].count("msd") == [tag.source for tag in tags].count("mtt") == 50
    scores = [tag.score for tag in tags]
    assert scores == sorted(scores, reverse=True)
    best = max(features.musicnn.msd_tags.mean(axis=0).max(), features.musicnn.mtt_tags.mean(axis=0).max())
    assert scores[0] == pytest.approx(float(best), abs=1e-4)


def test_the_rhythm_of_talk_is_not_called_a_tempo(features: Features) -> None:
    """The threshold is on speechiness, so a predictor that hears speech in everything shows it."""
    shipped = Predictor.load()
    heads = shipped.heads

    class Talk:
        name = heads.name

        def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, object]:
            found = heads(inputs)
            return {**found, "speechiness": replace(found["speechiness"], value=0.9, high=1.0)}

    confidence = estimate_rhythm(features.onset).tempo_confidence
    result = replace(shipped, heads=Talk()).predict(  # type: ignore[arg-type]
        features, path="a", tags=Tags(), warnings=(), wanted=["detail"]
    )
    assert (result.tempo is None) == (confidence < 0.7)
    if result.tempo is None:
        assert result.tempo_candidates == ()
        assert result.time_signature is None
        assert result.detail
        assert result.detail["beats_s"] == result.detail["bars_s"] == []
        assert result.confidence["tempo"] == 0


def test_too_quiet_for_the_gate_is_null_not_a_number(features: Features, predict: Predict) -> None:
    nothing = replace(
        features.loudness, integrated_lufs=None, range_lu=None, true_peak_db=None, overall_db=None
    )
    result = predict(replace(features, loudness=nothing))
    assert result.loudness is result.loudness_lufs is result.true_peak_db is result.loudness_range_lu is None
    assert result.energy is not None


def test_the_same_features_give_the_same_record(features: Features, predict: Predict) -> None:
    assert predict(features) == predict(features)
    assert predict(features, detail=False).detail is None
