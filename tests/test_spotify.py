"""Spotify's spelling of what Reprise says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reprise.audio_analysis import AnalysedSection, AudioAnalysis, Segment, TimeInterval
from reprise.spotify import audio_analysis, audio_features
from reprise.targets import SPOTIFY_FEATURES

OPENAPI = Path(__file__).parents[2] / "shared" / "reference" / "spotify-openapi-2025.yml"
VALUES: dict[str, Any] = {
    "danceability": 0.5, "energy": 0.6, "key": 9, "loudness": -7.5, "mode": 0, "speechiness": 0.04,
    "acousticness": 0.1, "instrumentalness": 0.2, "liveness": 0.3, "valence": 0.4, "tempo": 121.5,
    "time_signature": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    if not OPENAPI.exists():
        pytest.skip("the OpenAPI description of Spotify's API is not here")
    yaml = pytest.importorskip("yaml")
    described: dict[str, Any] = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))["components"]["schemas"]
    return described


def test_features_are_handed_on_as_they_are() -> None:
    features = audio_features(id="x" * 22, values=VALUES, duration_ms=2000, base="http://host/v1")
    assert {name: features[name] for name in SPOTIFY_FEATURES} == VALUES
    assert features["duration_ms"] == 2000
    assert features["analysis_url"] == f"http://host/v1/audio-analysis/{'x' * 22}"
    assert features["track_href"] == f"http://host/v1/tracks/{'x' * 22}"
    assert features["uri"] == f"spotify:track:{'x' * 22}"


def test_what_is_not_known_is_no_null() -> None:
    features = audio_features(id="x" * 22, values=dict.fromkeys(VALUES), duration_ms=None, base="")
    assert None not in features.values()
    assert (features["key"], features["mode"], features["tempo"]) == (-1, -1, 0.0)


def test_features_have_exactly_the_fields_of_the_description(schemas: dict[str, Any]) -> None:
    features = audio_features(id="x" * 22, values=VALUES, duration_ms=2000, base="http://host/v1")
    assert features.keys() == schemas["AudioFeaturesObject"]["properties"].keys()


def _interval(**more: Any) -> dict[str, Any]:
    return {"start_s": 0.0, "duration_s": 2.0, "confidence": 0.5} | more


NOTHING_FOUND: dict[str, Any] = {
    "tempo_bpm": None, "tempo_confidence": 0.0, "time_signature": None, "time_signature_confidence": 0.0,
    "key": -1, "key_confidence": 0.0, "mode": None, "mode_confidence": 0.0, "loudness_db": None,
}  # fmt: skip
DETAIL = AudioAnalysis(
    sample_rate_hz=16_000, num_samples=32_000, duration_s=2.0, end_of_fade_in_s=0.0, start_of_fade_out_s=2.0,
    bars=(TimeInterval(**_interval()),), beats=(TimeInterval(**_interval()),),
    tatums=(TimeInterval(**_interval(duration_s=1.0)), TimeInterval(**_interval(start_s=1.0, duration_s=1.0))),
    sections=(AnalysedSection(**_interval(), label="A", **NOTHING_FOUND),),
    segments=(
        Segment(
            **_interval(), loudness_start_db=-60.0, loudness_max_db=-12.5, loudness_max_time_s=0.25,
            loudness_end_db=-30.0, pitches=(1.0,) * 12, timbre=tuple(map(float, range(12))),
        ),
    ),
    **NOTHING_FOUND,
)  # fmt: skip


def test_the_analysis_has_exactly_the_fields_of_the_description(schemas: dict[str, Any]) -> None:
    analysis = audio_analysis(DETAIL, timestamp=1_700_000_000, analysis_time_s=0.75)
    described = schemas["AudioAnalysisObject"]["properties"]
    assert analysis.keys() == described.keys()
    for name in ("meta", "track"):
        assert analysis[name].keys() == described[name]["properties"].keys()
    for name, schema in (
        ("bars", "TimeIntervalObject"),
        ("sections", "SectionObject"),
        ("segments", "SegmentObject"),
    ):
        assert analysis[name][0].keys() == schemas[schema]["properties"].keys()


def test_the_analysis_validates(schemas: dict[str, Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema_rs")
    document = {
        "components": {"schemas": json.loads(json.dumps(schemas, default=str))},
        "$ref": "#/components/schemas/AudioAnalysisObject",
    }
    validator = jsonschema.validator_for(document)
    analysis = audio_analysis(DETAIL)
    assert [error.message for error in validator.iter_errors(analysis)] == []
    analysis["segments"][0]["confidence"] = 2
    assert not validator.is_valid(analysis)


def test_the_analysis_is_handed_on_and_has_no_null() -> None:
    analysis = audio_analysis(DETAIL, timestamp=7)
    assert "null" not in json.dumps(analysis, allow_nan=False)
    assert analysis["meta"]["timestamp"] == 7
    assert [tatum["start"] for tatum in analysis["tatums"]] == [0.0, 1.0]
    assert analysis["segments"][0]["loudness_max"] == -12.5
    assert analysis["segments"][0]["loudness_max_time"] == 0.25
    section, whole = analysis["sections"][0], analysis["track"]
    for part in (section, whole):
        assert (part["key"], part["mode"], part["tempo"], part["time_signature"]) == (-1, -1, 0.0, 4)
        assert part["loudness"] == -60.0
    assert whole["codestring"] == whole["echoprintstring"] == whole["sample_md5"] == ""
