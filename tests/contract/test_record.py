"""The record's contract: its keys, ranges and units on a piece whose truth is known, and what must not change it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

import reprise
from reprise.datasets.audiofiler import GENRES
from reprise.demo import PIECES, render
from reprise.targets import EMOTIONS, HEADS, QUADRANTS, TARGETS

SR = 44_100

KEYS = [
    "path", "title", "artist", "duration_ms", "danceability", "energy", "key", "loudness", "mode", "speechiness",
    "acousticness", "instrumentalness", "liveness", "valence", "tempo", "time_signature", "intervals",
    "confidence", "tempo_candidates", "loudness_lufs", "loudness_range_lu", "true_peak_db", "genres", "mood",
    "tags", "model", "warnings",
]  # fmt: skip
"""As the issue that defines the record lists them."""


@pytest.fixture(scope="module")
def piece() -> np.ndarray:
    """Fifteen seconds of the house piece, shape (n, 2), with 10 dB of room above."""
    (house,) = (piece for piece in PIECES if piece.name == "house")
    return 0.3 * render(house, SR)[:, : 15 * SR].T


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, piece: np.ndarray) -> Path:
    """The piece in three formats, under another name, and 6 dB quieter."""
    folder = tmp_path_factory.mktemp("contract")
    for name in ("piece.wav", "piece.flac", "another name.wav"):
        soundfile.write(folder / name, piece, SR, subtype="PCM_24")
    soundfile.write(folder / "piece.mp3", piece, SR)
    soundfile.write(folder / "quiet.wav", piece * 10 ** (-6 / 20), SR, subtype="PCM_24")
    _write_aac(folder / "piece.m4a", piece)
    return folder


def _write_aac(path: Path, y: np.ndarray) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=SR, layout="stereo")
        stream.bit_rate = 192_000
        for start in range(0, len(y), 1024):
            block = np.ascontiguousarray(y[start : start + 1024].T.astype(np.float32))
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = SR, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def records(folder: Path) -> dict[str, dict[str, Any]]:
    """The record of each file."""
    return {path.name: reprise.analyze(path).to_dict() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def record(records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The record of the piece as WAV."""
    return records["piece.wav"]


def test_the_record_has_exactly_the_promised_keys_in_their_order(record: dict[str, Any]) -> None:
    assert list(record) == KEYS


def test_nested_keys(record: dict[str, Any]) -> None:
    assert set(record["intervals"]) == set(HEADS)
    assert set(record["confidence"]) == {"tempo", "key", "mode", "time_signature"}
    assert set(record["mood"]) == {"valence", "arousal", "quadrant", "emotions"}
    assert set(record["mood"]["emotions"]) == set(EMOTIONS)
    assert {frozenset(row) for row in record["tempo_candidates"]} == {frozenset({"bpm", "confidence"})}
    assert {frozenset(row) for row in record["genres"]} == {frozenset({"name", "probability"})}
    assert {frozenset(row) for row in record["tags"]} == {frozenset({"name", "score", "source"})}


def test_it_is_json_without_anything_that_json_lacks(records: dict[str, dict[str, Any]]) -> None:
    for record in records.values():
        assert json.loads(json.dumps(record, allow_nan=False)) == record


@pytest.mark.parametrize("row", TARGETS, ids=lambda row: row.name)
def test_every_value_is_in_its_range(records: dict[str, dict[str, Any]], row: Any) -> None:
    for record in records.values():
        assert record[row.name] is not None
        assert row.low <= record[row.name] <= row.high
        if row.name in ("key", "mode", "time_signature"):
            assert isinstance(record[row.name], int)


def test_intervals_hold_their_values(records: dict[str, dict[str, Any]]) -> None:
    for record in records.values():
        for name, (low, high) in record["intervals"].items():
            assert 0 <= low <= record[name] <= high <= 1
            assert low < high


def test_genres_are_all_26_and_sum_to_one(record: dict[str, Any]) -> None:
    assert {row["name"] for row in record["genres"]} == set(GENRES)
    probabilities = [row["probability"] for row in record["genres"]]
    assert math.isclose(sum(probabilities), 1, abs_tol=1e-4)
    assert probabilities == sorted(probabilities, reverse=True)
    assert min(probabilities) >= 0


def test_tempo_candidates_are_ranked_and_the_tempo_is_the_first(record: dict[str, Any]) -> None:
    confidences = [row["confidence"] for row in record["tempo_candidates"]]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= value <= 1 for value in confidences)
    assert record["tempo"] == pytest.approx(record["tempo_candidates"][0]["bpm"], abs=1e-3)


def test_confidences_scores_and_mood_lie_between_0_and_1(record: dict[str, Any]) -> None:
    mood = record["mood"]
    values = [*record["confidence"].values(), mood["valence"], mood["arousal"], *mood["emotions"].values()]
    scores = [row["score"] for row in record["tags"]]
    assert all(0 <= value <= 1 for value in [*values, *scores])
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 100
    assert mood["quadrant"] in QUADRANTS


def test_what_was_composed_is_found(record: dict[str, Any]) -> None:
    assert record["tempo"] == pytest.approx(124, rel=0.01)
    assert (record["key"], record["mode"], record["time_signature"]) == (9, 0, 4)
    assert record["duration_ms"] == 15_000
    assert record["title"] is record["artist"] is None
    assert record["warnings"] == []
    assert reprise.__version__ in record["model"]


def test_the_same_file_gives_the_same_record_twice(folder: Path, record: dict[str, Any]) -> None:
    assert reprise.analyze(folder / "piece.wav").to_dict() == record


def test_the_name_of_a_file_says_nothing(records: dict[str, dict[str, Any]], record: dict[str, Any]) -> None:
    assert {**records["another name.wav"], "path": record["path"]} == record


def test_a_lossless_format_changes_nothing(
    records: dict[str, dict[str, Any]], record: dict[str, Any]
) -> None:
    flac = records["piece.flac"]
    for name, value in record.items():
        if name == "path":
            continue
        if isinstance(value, float):
            assert flac[name] == pytest.approx(value, abs=2e-3), name
        elif isinstance(value, int | str | None):
            assert flac[name] == value, name
    assert [g["name"] for g in flac["genres"][:5]] == [g["name"] for g in record["genres"][:5]]


@pytest.mark.parametrize("name", ["piece.mp3", "piece.m4a"])
def test_a_lossy_format_changes_little(
    records: dict[str, dict[str, Any]], record: dict[str, Any], name: str
) -> None:
    lossy = records[name]
    assert lossy["duration_ms"] == pytest.approx(15_000, abs=60)
    for head in HEADS:
        assert lossy[head] == pytest.approx(record[head], abs=0.08), head
    assert lossy["tempo"] == pytest.approx(record["tempo"], rel=0.005)
    assert lossy["loudness_lufs"] == pytest.approx(record["loudness_lufs"], abs=0.2)
    for name in ("key", "mode", "time_signature"):
        assert lossy[name] == record[name]
    assert lossy["genres"][0]["name"] == record["genres"][0]["name"]


def test_6_db_less_is_6_db_less_loud(records: dict[str, dict[str, Any]], record: dict[str, Any]) -> None:
    quiet = records["quiet.wav"]
    for name in ("loudness", "loudness_lufs", "true_peak_db"):
        assert record[name] - quiet[name] == pytest.approx(6, abs=0.02), name
    assert quiet["loudness_range_lu"] == pytest.approx(record["loudness_range_lu"], abs=0.05)


def test_6_db_less_changes_hardly_anything_else(
    records: dict[str, dict[str, Any]], record: dict[str, Any]
) -> None:
    quiet = records["quiet.wav"]
    for name in ("key", "mode", "time_signature"):
        assert quiet[name] == record[name]
    assert quiet["tempo"] == pytest.approx(record["tempo"], rel=0.002)
    for head in HEADS:
        # Loudness is a part of energy, and of what Spotify's other values go with.
        assert quiet[head] == pytest.approx(record[head], abs=0.12), head
    assert quiet["energy"] <= record["energy"] + 0.02


def test_detail_and_embedding_come_only_on_request(folder: Path, record: dict[str, Any]) -> None:
    asked = reprise.analyze(folder / "piece.wav", detail=True, embedding=True).to_dict()
    assert {key: asked[key] for key in KEYS} == record
    assert set(asked) == {*KEYS, "detail", "embedding"}
    assert set(asked["detail"]) == {"onsets_s", "tatums_s", "beats_s", "bars_s", "sections"}
    sections = asked["detail"].pop("sections")
    ends = [section["start_s"] + section["duration_s"] for section in sections]
    assert sections[0]["start_s"] == 0
    assert [section["start_s"] for section in sections[1:]] == pytest.approx(ends[:-1], abs=1e-3)
    assert ends[-1] == pytest.approx(record["duration_ms"] / 1000, abs=1e-3)
    for times in asked["detail"].values():
        assert times == sorted(times)
        assert all(0 <= time <= 15 for time in times)
    assert (
        set(asked["detail"]["bars_s"]) <= set(asked["detail"]["beats_s"]) <= set(asked["detail"]["tatums_s"])
    )
    assert len(asked["embedding"]) == 500
    assert all(math.isfinite(value) for value in asked["embedding"])
    assert json.dumps(asked, allow_nan=False)


def test_what_is_unknown_is_null(tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(30 * SR)
    soundfile.write(tmp_path / "noise.wav", noise, SR)
    record = reprise.analyze(tmp_path / "noise.wav").to_dict()
    assert list(record) == KEYS
    assert record["title"] is record["artist"] is None
    assert (record["key"], record["mode"]) == (-1, None)
    assert (record["tempo"], record["time_signature"], record["tempo_candidates"]) == (None, None, [])
    assert record["confidence"] == {"tempo": 0, "key": 0, "mode": 0, "time_signature": 0}
