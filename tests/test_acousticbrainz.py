"""AcousticBrainz's documents, made of records of real analyses and of any others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from reprise.acousticbrainz import file_tags, high_level, low_level
from reprise.analysis import analyze
from reprise.demo import PIECES, render
from reprise.records import Tags

PIECE = next(piece for piece in PIECES if piece.name == "waltz")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("acousticbrainz") / "waltz.flac"
    soundfile.write(path, render(PIECE, 44100).T, 44100)
    return analyze(path, detail=True).to_dict()


def test_the_low_level_document_has_what_was_measured(record: dict[str, Any]):
    document = low_level(record, {"album": ["Demo"]})
    assert set(document) == {"metadata", "lowlevel", "rhythm", "tonal"}
    assert document["rhythm"]["bpm"] == record["tempo"]
    assert document["rhythm"]["beats_count"] == len(document["rhythm"]["beats_position"]) > 20
    assert document["rhythm"]["onset_rate"] == pytest.approx(
        len(record["detail"]["onsets_s"]) / (record["duration_ms"] / 1000), abs=1e-5
    )
    assert document["tonal"]["key_key"] == "F"
    assert document["tonal"]["key_scale"] == "major"
    assert document["tonal"]["key_strength"] == record["confidence"]["key"]
    assert document["lowlevel"]["loudness_ebu128"] == {
        "integrated": record["loudness_lufs"], "loudness_range": record["loudness_range_lu"],
    }  # fmt: skip
    assert document["metadata"]["audio_properties"]["length"] == record["duration_ms"] / 1000
    assert document["metadata"]["tags"] == {"album": ["Demo"], "file_name": "waltz.flac"}


def test_the_high_level_document_has_models_as_acousticbrainz_has_them(record: dict[str, Any]):
    models = high_level(record)["highlevel"]
    assert set(models) == {"danceability", "mood_acoustic", "voice_instrumental", "genre_reprise"}
    for model in models.values():
        assert set(model) == {"all", "value", "probability", "version"}
        assert sum(model["all"].values()) == pytest.approx(1, abs=1e-4)
        assert model["probability"] == model["all"][model["value"]] == max(model["all"].values())
    assert models["mood_acoustic"]["all"]["acoustic"] == pytest.approx(record["acousticness"])
    assert models["voice_instrumental"]["all"]["instrumental"] == pytest.approx(record["instrumentalness"])
    assert models["genre_reprise"]["value"] == record["genres"][0]["name"]


def test_nothing_passes_for_essentias(record: dict[str, Any]):
    for document in (low_level(record), high_level(record)):
        text = json.dumps(document)
        assert "essentia" not in text
        assert "gaia" not in text
    version = low_level(record)["metadata"]["version"]["lowlevel"]
    assert version["extractor"].startswith("reprise ")
    assert version["model"] == record["model"]


def test_tags_have_acousticbrainzs_names():
    said = Tags(
        title="Soul Love", artist="David Bowie", album_artist="David Bowie", track_number=2, year=1972,
        genres=("Rock",), musicbrainz_recording_id="e8afe383-1478-497e-90b1-7885c7f37f6e",
    )  # fmt: skip
    assert file_tags(said) == {
        "title": ["Soul Love"], "artist": ["David Bowie"], "albumartist": ["David Bowie"], "tracknumber": ["2"],
        "date": ["1972"], "genre": ["Rock"], "musicbrainz_recordingid": ["e8afe383-1478-497e-90b1-7885c7f37f6e"],
    }  # fmt: skip
    assert file_tags(Tags()) == {}


share = st.none() | st.floats(0, 1)


@given(
    st.fixed_dictionaries(
        {
            "path": st.text(min_size=1),
            "duration_ms": st.integers(0, 10**8),
            "tempo": st.none() | st.floats(20, 300),
            "key": st.integers(-1, 11),
            "mode": st.none() | st.integers(0, 1),
            "danceability": share,
            "acousticness": share,
            "instrumentalness": share,
            "loudness_lufs": st.none() | st.floats(-70, 10),
        },
        optional={"title": st.none() | st.text(), "genres": st.lists(st.fixed_dictionaries(
            {"name": st.text(min_size=1), "probability": st.floats(0, 1)}))},
    )
)  # fmt: skip
def test_any_record_makes_documents_without_null(record: dict[str, Any]):
    for document in (low_level(record), high_level(record)):
        json.dumps(document, allow_nan=False)
        _has_no_null(document)


def _has_no_null(value: Any) -> None:
    assert value is not None
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            _has_no_null(each)


def test_the_file_names_in_documents_hold_no_folders(record: dict[str, Any]):
    assert low_level(record)["metadata"]["tags"]["file_name"] == Path(record["path"]).name
