"""What is written can be read back, and no cell runs as a formula."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.cli.columns import COLUMNS, OPTIONAL, record_of, row_of
from reprise.cli.formats import FORMATS, dump, open_writer, read_records
from reprise.cli.text import encodable
from reprise.errors import DatasetError
from reprise.records import TrackAnalysis, Waveform

MACHINE_FORMATS = [name for name in FORMATS if name != "table"]
Make = Callable[..., dict[str, Any]]

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
shares = st.floats(0.0, 1.0)
changes = st.fixed_dictionaries(
    {
        "path": texts,
        "title": st.none() | texts | st.sampled_from(["=1+1", "'=1", "-", "+a", "@b", "\t=x", "\r=x", "''-"]),
        "artist": st.none() | texts,
        "energy": st.none() | shares,
        "key": st.integers(-1, 11),
        "mode": st.none() | st.sampled_from([0, 1]),
        "tempo": st.none() | st.floats(30, 300),
        "intervals": st.just({}) | st.fixed_dictionaries({"energy": st.tuples(shares, shares)}),
        "mood": st.none(),
        "genres": st.just(()),
        "detail": st.none() | st.just({"beats_s": [0.5, 1.0]}),
        "embedding": st.none() | st.just((0.25, -0.5)),
        "waveform": st.none()
        | st.just(Waveform(duration_s=1.0, bin_s=0.5, low=(-1, 0), high=(1, 0), rms=(0, 0))),
        "warnings": st.lists(texts, max_size=2).map(tuple),
    }
)


def written(output_format: str, records: list[dict[str, Any]]) -> bytes:
    stream = io.BytesIO()
    optional = {name for record in records for name in OPTIONAL if name in record}
    writer = open_writer(output_format, stream, optional=optional)
    for record in records:
        writer.write(record)
    writer.close()
    return stream.getvalue()


@pytest.mark.parametrize("output_format", MACHINE_FORMATS)
@settings(max_examples=40, deadline=None)
@given(st.lists(changes, max_size=4))
def test_round_trip(
    output_format: str, make_record: Make, failure: dict[str, Any], tmp_path_factory: pytest.TempPathFactory,
    drawn: list[dict[str, Any]],
) -> None:  # fmt: skip
    records = [make_record(), *(make_record(**change) for change in drawn), failure]
    path = tmp_path_factory.mktemp("formats") / "out"
    path.write_bytes(written(output_format, records))
    assert list(read_records(path, output_format)) == records


@pytest.mark.parametrize("output_format", MACHINE_FORMATS)
def test_no_records_at_all(output_format: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(written(output_format, []))
    assert list(read_records(path, output_format)) == []


@pytest.mark.parametrize("output_format", MACHINE_FORMATS)
def test_a_name_that_is_not_text_can_be_written(
    output_format: str, make_record: Make, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    path.write_bytes(written(output_format, [make_record("\udcff.mp3")]))
    (record,) = read_records(path, output_format)
    assert encodable(record["path"]) == "\\udcff.mp3"


@pytest.mark.parametrize("output_format", MACHINE_FORMATS)
@pytest.mark.parametrize("content", [b"hello\n", b"{}\n", b"[1]\n", b"a,b\n1,2\n", b"PAR1"])
def test_a_file_of_something_else_is_refused(output_format: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="out is no"):
        list(read_records(path, output_format))


def test_a_torn_last_line_is_left_out_and_a_torn_middle_refused(make_record: Make, tmp_path: Path) -> None:
    path, line = tmp_path / "out.jsonl", dump(make_record())
    path.write_bytes(line + line[:50])
    assert len(list(read_records(path, "jsonl"))) == 1
    path.write_bytes(line[:50] + b"\n" + line)
    with pytest.raises(DatasetError):
        list(read_records(path, "jsonl"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_csv_is_a_formula(start: str, make_record: Make, failure: dict[str, Any]) -> None:
    evil = f"{start}cmd|' /C calc'!A0"
    content = written(
        "csv", [make_record(evil, title=evil, artist=evil, model=evil, warnings=(evil,)), failure]
    )
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    numbers = {column.name for column in COLUMNS if column.kind in ("number", "integer")}
    for row in rows[1:]:
        for name, cell in zip(rows[0], row, strict=True):
            assert name in numbers or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert dict(zip(rows[0], rows[1], strict=True))["loudness"] == "-8.5"


def test_the_columns_hold_every_field(make_record: Make) -> None:
    fields = {field.name for field in dataclasses.fields(TrackAnalysis)}
    assert fields == {column.key[0] for column in COLUMNS if column.key} - {"error"}
    waveform = Waveform(duration_s=1.0, bin_s=1.0, low=(-1,), high=(1,), rms=(0,))
    record = make_record(detail={"beats_s": [1.0]}, embedding=(0.5,), waveform=waveform)
    assert record_of(row_of(record)) == record
    assert all(value is not None for name, value in row_of(record).items() if not name.startswith("error"))


def test_json_is_an_array_of_one_record_a_line(make_record: Make, failure: dict[str, Any]) -> None:
    content = written("json", [make_record(), failure])
    assert len(json.loads(content)) == 2
    assert len(content.splitlines()) == 4


def test_parquet_is_typed(make_record: Make, failure: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    path.write_bytes(written("parquet", [failure, make_record(tempo=None)] * 300))
    schema = pq.read_schema(path)
    assert [str(schema.field(name).type) for name in ("path", "key", "tempo")] == [
        "string",
        "int64",
        "double",
    ]
    assert pq.read_table(path)["genres"][1].as_py()[0] == {"name": "house", "probability": 0.75}
    assert pq.read_table(path).num_rows == 600
