"""Real runs of ``reprise analyze`` over real audio, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reprise.cli import main
from reprise.cli.analyze import _FORMATS
from reprise.cli.formats import FORMATS, read_records

Run = Callable[..., subprocess.CompletedProcess[bytes]]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and process groups of POSIX")


@pytest.fixture(scope="module")
def piped(reprise: Run, library: Path) -> subprocess.CompletedProcess[bytes]:
    return reprise("analyze", "library", "missing.wav", cwd=library.parent)


def records_of(done: subprocess.CompletedProcess[bytes]) -> dict[str, dict[str, Any]]:
    return {record["path"]: record for record in map(json.loads, done.stdout.splitlines())}


def test_the_formats_that_help_names_are_those_that_there_are() -> None:
    assert _FORMATS == FORMATS


def test_json_lines_in_a_pipe(piped: subprocess.CompletedProcess[bytes]) -> None:
    records = records_of(piped)
    assert set(records) == {
        "library/house.wav", "library/sub/waltz.flac", "library/broken.mp3", "missing.wav",
    }  # fmt: skip
    assert len(piped.stdout.splitlines()) == len(records)
    assert records["library/house.wav"]["duration_ms"] == 3000
    assert 0.0 <= records["library/house.wav"]["energy"] <= 1.0
    assert "detail" not in records["library/house.wav"]


def test_a_file_that_fails_is_a_record_a_line_on_stderr_and_exit_1(
    piped: subprocess.CompletedProcess[bytes],
) -> None:
    records = records_of(piped)
    assert piped.returncode == 1
    for path in ("library/broken.mp3", "missing.wav"):
        assert set(records[path]) == {"path", "error"}
        assert records[path]["error"]["type"] == "DecodeError"
        assert records[path]["error"]["message"]
    lines = piped.stderr.decode().splitlines()
    assert len(lines) == 2 and "Traceback" not in piped.stderr.decode()
    assert any(line.startswith("missing.wav: ") for line in lines)


def test_all_well_is_exit_0_and_extras_come_when_asked_for(
    library: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["analyze", str(library / "house.wav"), "--detail", "--embedding", "--jobs", "1"]) == 0
    said = capfdbinary.readouterr()
    assert said.err == b""
    (record,) = map(json.loads, said.out.splitlines())
    assert len(record["embedding"]) > 1
    detail = record["detail"]
    assert {"track", "bars", "beats", "tatums", "sections", "segments", "onsets_s"} <= detail.keys()
    assert len(detail["segments"][0]["pitches"]) == len(detail["segments"][0]["timbre"]) == 12
    assert detail["track"]["duration_s"] == record["duration_ms"] / 1000


def test_the_table_neutralises_hostile_tags(reprise: Run, library: Path) -> None:
    done = reprise("analyze", library, "-f", "table", COLUMNS="200")
    text = done.stdout.decode()
    assert done.returncode == 1
    assert "house.wav" in text and "[bold red]" in text and "broken.mp3" in text
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text


@pytest.mark.parametrize("output_format", [name for name in FORMATS if name != "table"])
def test_an_output_file_resumed(
    output_format: str, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    piped: subprocess.CompletedProcess[bytes],
) -> None:  # fmt: skip
    monkeypatch.chdir(library.parent)
    output = tmp_path / f"out.{output_format}"
    common = ["-o", str(output), "--jobs", "1"]
    assert main(["analyze", "library/broken.mp3", "library/house.wav", *common]) == 1
    before = {record["path"]: record for record in read_records(output, output_format)}
    assert main(["analyze", "library", "--resume", *common]) == 1, "the broken file was tried again"
    after = list(read_records(output, output_format))
    assert sorted(record["path"] for record in after) == [
        "library/broken.mp3", "library/house.wav", "library/sub/waltz.flac",
    ]  # fmt: skip
    by_path = {record["path"]: record for record in after}
    assert by_path["library/house.wav"] == before["library/house.wav"]
    assert by_path["library/sub/waltz.flac"]["title"] == records_of(piped)["library/sub/waltz.flac"]["title"]
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


def test_resuming_does_not_read_finished_files_again(library: Path, tmp_path: Path) -> None:
    track, output = tmp_path / "a.wav", tmp_path / "out.jsonl"
    track.write_bytes((library / "house.wav").read_bytes())
    assert main(["analyze", str(track), "-o", str(output)]) == 0
    track.unlink()
    assert main(["analyze", str(track), "-o", str(output), "--resume"]) == 0
    (record,) = read_records(output, "jsonl")
    assert "error" not in record


def test_resuming_with_more_wishes_makes_records_again(library: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    for extra in ([], ["--embedding", "--resume"], ["--resume"]):
        assert main(["analyze", str(library / "house.wav"), "-o", str(output), *extra]) == 0
    (record,) = read_records(output, "jsonl")
    assert record["embedding"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-o", "nowhere/out.csv"], "Error: cannot write nowhere/out.csv: No such file or directory"),
        (["-o", "sub"], "Error: cannot write sub: it is a folder"),
        (
            ["-o", "house.wav", "-f", "csv"],
            "Error: cannot write house.wav: it is one of the files to analyse",
        ),
        (["-o", "notes.txt", "-f", "csv", "--resume"], "Error: cannot resume: "),
    ],
)
def test_an_output_that_cannot_be_written_stops_the_run_before_it_begins(
    args: list[str], message: str, library: Path,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(library)
    before = (library / "notes.txt").read_bytes(), (library / "house.wav").read_bytes()
    assert main(["analyze", "house.wav", *args]) == 2
    said = capfd.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1 and said.err.startswith(message)
    assert before == ((library / "notes.txt").read_bytes(), (library / "house.wav").read_bytes())


def test_wrong_combinations_are_wrong_usage(library: Path) -> None:
    for args in (["--resume"], ["-o", "x.unknown"], ["-o", "x.txt", "--resume"]):
        assert main(["analyze", str(library / "house.wav"), *args]) == 2


def test_an_empty_folder_is_no_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(tmp_path), "-f", "json"]) == 0
    said = capfd.readouterr()
    assert (json.loads(said.out), said.err) == ([], "No audio files found.\n")


def test_a_reader_that_goes_away_ends_the_run_quietly(
    command_line: Callable[..., list[str]], many: Path
) -> None:
    process = subprocess.Popen(
        command_line("analyze", many, "--jobs", "1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    json.loads(process.stdout.readline())
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(30) == 141


def test_a_full_disk_is_one_line(command_line: Callable[..., list[str]], library: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command_line("analyze", library / "house.wav"),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr == b"Error: No space left on device\n"


def test_names_that_are_hostile_or_not_text(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [b"=1+1.wav", b"[red]x\x1b[31m.wav", b"\xff\xfe.wav", b"-rf.wav", "ü🎵.wav".encode(), b"a\nb.wav"]
    for name in names:
        os.link(library / "house.wav", name)
    assert main(["analyze", ".", "--jobs", "1"]) == 0
    said = capfdbinary.readouterr()
    assert said.err == b""
    paths = {os.fsencode(json.loads(line)["path"]) for line in said.out.splitlines()}
    assert paths == {b"./" + name for name in names}


def start_and_wait_for_records(command: list[str], journal: Path, count: int) -> subprocess.Popen[bytes]:
    """Start a run in a process group of its own, as a shell does, and wait until some files are finished."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= count):
        assert process.poll() is None and time.monotonic() < deadline, (
            "the run ended before it could be stopped"
        )
        time.sleep(0.005)
    return process


def all_gone(group: int) -> bool:
    """Tell whether no process of a group is left, waiting a while for its workers."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    return False


@pytest.mark.parametrize(
    ("number", "exit_code", "output_format", "jobs"),
    [
        (signal.SIGINT, 130, "jsonl", 2),
        (signal.SIGTERM, 143, "parquet", 1),
        (signal.SIGKILL, -9, "jsonl", 1),
        (signal.SIGKILL, -9, "json", 2),
    ],
)
def test_an_interrupted_run_loses_nothing_and_repeats_nothing(
    number: int, exit_code: int, output_format: str, jobs: int,
    command_line: Callable[..., list[str]], reprise: Run, many: Path, tmp_path: Path,
) -> None:  # fmt: skip
    output = tmp_path / f"out.{output_format}"
    journal = output if output_format == "jsonl" else Path(f"{output}.partial")
    command = command_line("analyze", many, "-o", output, "--jobs", jobs)
    process = start_and_wait_for_records(command, journal, 3)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    assert process.wait(30) == exit_code
    assert all_gone(process.pid), "workers outlived the command"
    assert process.stderr
    if number != signal.SIGKILL:
        assert process.stderr.read() == b"Interrupted: what was finished is kept.\n"

    finished = {record["path"]: record for record in read_finished(output, journal, output_format)}
    assert 3 <= len(finished) < 24
    done = reprise("analyze", many, "-o", output, "--resume", "--jobs", "1")
    assert (done.returncode, done.stderr) == (0, b"")
    records = list(read_records(output, output_format))
    assert sorted(record["path"] for record in records) == sorted(map(str, many.iterdir()))
    assert {path: record for path, record in finished.items() if record not in records} == {}


def read_finished(output: Path, journal: Path, output_format: str) -> list[dict[str, Any]]:
    if journal.exists():
        return list(read_records(journal, "jsonl"))
    return list(read_records(output, output_format))
