"""Spotify's spelling of what Reprise says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reprise.spotify import audio_features
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
