"""An output file holds what was written to it, whatever happens."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reprise.cli.formats import FORMATS, read_records
from reprise.cli.output import OutputFile, record_key

MACHINE_FORMATS = [name for name in FORMATS if name != "table"]
Make = Callable[..., dict[str, Any]]


def keep_all(record: dict[str, Any]) -> bool:
    return True


@pytest.mark.parametrize("output_format", MACHINE_FORMATS)
def test_a_run_that_was_cut_off_can_be_taken_up(
    output_format: str, make_record: Make, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    cut_off = OutputFile(str(path), output_format)
    cut_off.write(make_record("b.wav"))
    cut_off.write(make_record("a.wav"))  # and then the process is killed: no close

    resumed = OutputFile(str(path), output_format, keep=keep_all)
    resumed.write(make_record("c.wav"))
    resumed.close()
    paths = [record["path"] for record in read_records(path, output_format)]
    assert paths == (["b.wav", "a.wav", "c.wav"] if output_format == "jsonl" else ["a.wav", "b.wav", "c.wav"])
    assert [left.name for left in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("output_format", MACHINE_FORMATS)
def test_an_earlier_output_stays_until_the_new_one_is_whole(
    output_format: str, make_record: Make, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    first = OutputFile(str(path), output_format)
    first.write(make_record("a.wav"))
    first.close()
    for _ in range(2):  # a resumed run that is cut off twice repeats nothing
        again = OutputFile(str(path), output_format, keep=keep_all)
        assert "a.wav" in [record["path"] for record in read_records(path, output_format)]
        again.write(make_record(f"{_}.wav"))
    OutputFile(str(path), output_format, keep=keep_all).close()
    assert sorted(r["path"] for r in read_records(path, output_format)) == ["0.wav", "1.wav", "a.wav"]


def test_starting_afresh_forgets(make_record: Make, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    for name in ("a.wav", "b.wav"):
        output = OutputFile(str(path), "csv")
        output.write(make_record(name))
        output.close()
    assert [record["path"] for record in read_records(path, "csv")] == ["b.wav"]


def test_only_what_is_kept_is_carried_over(
    make_record: Make, failure: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "out.jsonl"
    output = OutputFile(str(path), "jsonl")
    output.write(failure)
    output.write(make_record())
    output.close()
    OutputFile(str(path), "jsonl", keep=lambda record: "error" not in record).close()
    assert [record["path"] for record in read_records(path, "jsonl")] == ["a.wav"]


def test_a_link_to_an_output_stays_a_link(make_record: Make, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.csv").symlink_to("real/out.csv")
    output = OutputFile(str(tmp_path / "link.csv"), "csv")
    output.write(make_record())
    output.close()
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "real" / "out.csv").is_file()


def test_a_file_has_one_key_however_it_is_spelt() -> None:
    assert record_key("x/../a.mp3") == record_key("./a.mp3") == record_key(os.path.join(os.getcwd(), "a.mp3"))  # noqa: PTH109, PTH118
    assert record_key("a\udcff") == record_key("a\\udcff")
