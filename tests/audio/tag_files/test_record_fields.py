"""What Reprise writes about an analysis, and that it believes nothing of what it reads back unchecked."""

from __future__ import annotations

import base64
import copy
import json
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.audio.tag_files import (
    StoredRecord,
    read_fields,
    read_reprise_record,
    reprise_fields,
    write_fields,
)
from reprise.audio.tag_files.stored_record import RECORD_FIELD
from reprise.errors import ParameterError
from reprise.records import TrackAnalysis
from reprise.targets import EMOTIONS, HEADS, SPOTIFY_FEATURES

AUDIO = "0123456789abcdef" * 2
VERSION = "reprise 0.1.0, heads 0.1.0 5ec92389"


def record() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "path": "/music/song.mp3",
        "title": "Title",
        "artist": None,
        "duration_ms": 68571,
        **dict.fromkeys(HEADS, 0.4039),
        "key": 6,
        "loudness": -13.352,
        "mode": 0,
        "tempo": 127.5,
        "time_signature": 4,
        "intervals": {name: [0.2493, 0.5896] for name in HEADS},
        "confidence": {"tempo": 0.997, "key": 0.797, "mode": 0.986, "time_signature": 0.963},
        "tempo_candidates": [{"bpm": 127.5012, "confidence": 0.9}, {"bpm": 63.75, "confidence": 0.1}],
        "loudness_lufs": -13.677,
        "loudness_range_lu": 2.538,
        "true_peak_db": -0.108,
        "genres": [
            {"name": name, "probability": score}
            for name, score in (("D&B", 0.5), ("House", 0.25), ("Pop", 0.2), ("Jazz", 0.049), ("Folk", 1.4e-5))
        ],
        "mood": {
            "valence": 0.67, "arousal": 0.4, "quadrant": "Q1",
            "emotions": {**dict.fromkeys(EMOTIONS, 0.2), "joyful_activation": 0.61, "power": 0.45, "tension": 0.41},
        },
        "tags": [{"name": "synth", "score": 0.33, "source": "mtt"}, {"name": "folk", "score": 0.2, "source": "msd"}],
        "model": VERSION,
        "warnings": ["damaged in 2 places, which were passed over"],
        "detail": {
            "onsets_s": [0.013, 0.5, 0.501], "tatums_s": [0.013, 0.5], "beats_s": [0.013, 0.5], "bars_s": [],
            "sections": [
                {"start_s": 0.0, "duration_s": 30.5, "confidence": 1.0, "label": "A", "loudness_db": -13.0},
                {"start_s": 30.5, "duration_s": 38.071, "confidence": 0.7, "label": "B", "loudness_db": None},
            ],
        },
        "embedding": rng.normal(0, 1, 500).tolist(),
        "waveform": {
            "duration_s": 68.571, "bin_s": 0.034286, "low": [-127, -3, 0], "high": [127, -3, 0], "rms": [100, 3, 0],
        },
    }  # fmt: skip


def test_what_is_written():
    fields = reprise_fields(record(), VERSION, AUDIO)
    assert fields["BPM"] == ("128",)
    assert fields["INITIALKEY"] == ("F#m",)
    assert fields["MOOD"] == ("Happy", "Lively", "Joyful activation", "Power")
    assert fields["GENRE"] == ("D&B", "House", "Pop")
    assert fields["REPRISE_DANCEABILITY"] == ("0.4039",)
    assert fields["REPRISE_LOUDNESS"] == ("-13.352",)
    assert fields["REPRISE_VERSION"] == (VERSION,)
    assert {f"REPRISE_{name.upper()}" for name in SPOTIFY_FEATURES} <= fields.keys()
    assert len(fields[RECORD_FIELD][0]) < 8000


def test_what_is_not_known_is_not_written():
    unknown = record() | {
        "key": -1, "mode": None, "tempo": None, "time_signature": None, "mood": None, "loudness": None,
        "genres": [{"name": "Pop", "probability": 0.19}], "detail": None,
    }  # fmt: skip
    del unknown["embedding"], unknown["waveform"], unknown["detail"]
    fields = reprise_fields(unknown, VERSION, AUDIO)
    # Those of other programs stay, Reprise's own go.
    assert not {"BPM", "INITIALKEY", "MOOD", "GENRE"} & fields.keys()
    assert fields["REPRISE_TEMPO"] is fields["REPRISE_LOUDNESS"] is fields["REPRISE_MODE"] is None
    assert fields["REPRISE_KEY"] == ("-1",)
    stored = read_reprise_record({RECORD_FIELD: fields[RECORD_FIELD]})
    assert stored
    assert stored.record.keys() == unknown.keys() - {"path", "title", "artist"}


@pytest.mark.parametrize("key", range(12))
@pytest.mark.parametrize("mode", [0, 1])
def test_keys_are_spelled_as_id3_wants(key: int, mode: int):
    (name,) = reprise_fields(record() | {"key": key, "mode": mode}, VERSION, AUDIO)["INITIALKEY"] or ()
    semitones = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    tonic = name.removesuffix("m")
    assert len(name) <= 3
    assert (semitones[tonic[0]] + {"": 0, "#": 1, "b": -1}[tonic[1:]]) % 12 == key
    assert name.endswith("m") == (mode == 0)


def _close(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name in expected:
            _close(found[name], expected[name])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            _close(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-6)
    else:
        assert found == expected
        assert type(found) is type(expected)


def test_through_a_file_and_back(make_song: Callable[[str], Path]):
    for name in ("mp3-id3v2.3", "flac", "ogg-opus", "m4a"):
        path = make_song(name)
        write_fields(path, reprise_fields(record(), VERSION, AUDIO))
        stored = read_reprise_record(read_fields(path))
        assert stored
        assert (stored.audio_hash, stored.version) == (AUDIO, VERSION)
        expected = {key: value for key, value in record().items() if key not in ("path", "title", "artist")}
        _close(stored.record, expected)


def test_every_field_of_a_record_is_known():
    assert {field.name for field in fields_of(TrackAnalysis)} == record().keys()


def test_numbers_survive_packing_twice():
    first = read_reprise_record(dict(reprise_fields(record(), VERSION, AUDIO)))
    assert first
    second = read_reprise_record(dict(reprise_fields(first.record, VERSION, AUDIO)))
    assert first == second


def test_detail_that_is_more_than_events_is_left_out():
    more = record()
    more["detail"]["segments"] = [{"start": 0.0}]
    stored = read_reprise_record(dict(reprise_fields(more, VERSION, AUDIO)))
    assert stored
    assert "detail" not in stored.record
    assert stored.record["waveform"] == more["waveform"]


def test_a_record_that_is_too_long_goes_without_events():
    rng = np.random.default_rng(1)
    long = record() | {"duration_ms": 80_000_000}
    long["detail"]["onsets_s"] = np.sort(rng.uniform(0, 80_000, 150_000)).tolist()
    stored = read_reprise_record(dict(reprise_fields(long, VERSION, AUDIO)))
    assert stored
    assert "detail" not in stored.record
    assert len(stored.record["embedding"]) == 500


def test_a_record_that_is_none_is_not_written():
    for change in (
        {"energy": 1.5},
        {"energy": math.nan},
        {"genres": None},
        {"embedding": [1.0]},
        {"surprise": 1},
    ):
        with pytest.raises(ParameterError, match="record"):
            reprise_fields(record() | change, VERSION, AUDIO)
    with pytest.raises(ParameterError, match="record"):
        reprise_fields({}, VERSION, AUDIO)
    with pytest.raises(ParameterError, match="record"):
        reprise_fields(record(), VERSION, "not a hash")


def _envelope() -> dict[str, Any]:
    (text,) = reprise_fields(record(), VERSION, AUDIO)[RECORD_FIELD] or ()
    unpacked: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(text)))
    return unpacked


def _read(envelope: Any, text: str | None = None) -> StoredRecord | None:
    data = (json.dumps(envelope) if text is None else text).encode()
    return read_reprise_record({RECORD_FIELD: (base64.b64encode(zlib.compress(data)).decode(),)})


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


def _with(envelope: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(envelope)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def test_the_untouched_envelope_is_read():
    assert _read(_envelope())


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 1e300, -(10**400), True, "\x1b[31m", "\u202e", {"x": 1}, [[]]]
)
def test_no_place_takes_what_is_out_of_range(value: Any):
    envelope = _envelope()
    for path in _places(envelope):
        assert _read(_with(envelope, path, value)) is None, (path, value)


def test_sections_with_a_gap_between_them_are_none():
    gap = _envelope()
    gap["record"]["detail"]["sections"][1]["start_s"] += 0.5
    assert _read(gap) is None


def test_no_object_takes_another_key_or_lacks_one():
    envelope = _envelope()
    optional = {("record", name) for name in ("detail", "embedding", "waveform")}
    optional |= {("record", "detail", "sections")}
    for path in _places(envelope):
        inner = envelope
        for key in path:
            inner = inner[key]
        if not isinstance(inner, dict):
            continue
        assert _read(_with(envelope, (*path, "surprise"), 1)) is None
        for name in inner:
            rest = {key: value for key, value in inner.items() if key != name}
            is_optional = (*path, name) in optional or path == ("record", "intervals")
            assert (_read(_with(envelope, path, rest)) is not None) == is_optional, (path, name)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("audio",), "ABCDEF" * 5 + "00"),
        (("record", "mode"), None),
        (("record", "key"), 12),
        (("record", "intervals", "energy"), [0.6, 0.5]),
        (("record", "genres", 0, "probability"), 0.01),
        (("record", "mood", "quadrant"), "Q5"),
        (("record", "tags", 0, "source"), "other"),
        (("record", "detail", "beats_s"), [-1]),
        (("record", "detail", "beats_s"), [86_400_000, 1]),
        (("record", "embedding"), base64.b64encode(np.full(500, np.nan, "<f2").tobytes()).decode()),
        (("record", "embedding"), base64.b64encode(np.full(500, np.inf, "<f2").tobytes()).decode()),
        (("record", "embedding"), base64.b64encode(np.zeros(499, "<f2").tobytes()).decode()),
        (("record", "embedding"), "*" * 100),
        (("record", "waveform", "low"), base64.b64encode(bytes(4)).decode()),
        (("record", "waveform", "low"), base64.b64encode(b"\x7f\x7f\x7f").decode()),
        (("record", "waveform", "rms"), base64.b64encode(b"\xff\0\0").decode()),
        (("record", "duration_ms"), 999),
    ],
)
def test_values_that_do_not_go_together(path: tuple[Any, ...], value: Any):
    assert _read(_with(_envelope(), path, value)) is None


def test_sizes_are_bounded_before_and_after_unpacking():
    bomb = base64.b64encode(zlib.compress(bytes(100 << 20), 9)).decode()
    assert len(bomb) < 1 << 18
    assert read_reprise_record({RECORD_FIELD: (bomb,)}) is None
    assert read_reprise_record({RECORD_FIELD: ("A" * ((1 << 18) + 4),)}) is None
    assert _read(None, "[" * 500_000) is None
    assert _read(None, "1" * 500_000) is None
    assert _read(None, json.dumps(_envelope()) + " " * (1 << 20)) is None
    whole = base64.b64encode(zlib.compress(json.dumps(_envelope()).encode()) + b"more").decode()
    assert read_reprise_record({RECORD_FIELD: (whole,)}) is None


def test_no_record_or_two():
    (text,) = reprise_fields(record(), VERSION, AUDIO)[RECORD_FIELD] or ()
    assert read_reprise_record({}) is None
    assert read_reprise_record({RECORD_FIELD: (text, text)}) is None


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(max_size=200)
    | st.binary(max_size=200).map(lambda raw: base64.b64encode(zlib.compress(raw)).decode())
)
def test_anything_else_is_no_record(text: str):
    assert read_reprise_record({RECORD_FIELD: (text,)}) is None
