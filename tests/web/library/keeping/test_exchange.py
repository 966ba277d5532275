"""An export brings a library's knowledge into another one; what is no export changes nothing."""

from __future__ import annotations

import base64
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.analysis import hear
from reprise.errors import DatasetError
from reprise.training.feedback.correction import Said
from reprise.training.feedback.corrections import Corrections, default_store
from reprise.web.library.corrections import corrected_by
from reprise.web.library.keeping.exchange import export_library, import_library
from reprise.web.library.models import Folder, Playlist, Track

Everything = Callable[[], dict[str, Any]]


def lines_of(path: Path) -> list[Any]:
    """Read an export."""
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def write_lines(path: Path, lines: list[Any]) -> None:
    """Write one."""
    path.write_bytes(gzip.compress("".join(f"{json.dumps(line)}\n" for line in lines).encode()))


def test_another_library_knows_what_this_one_knew(filled: Path, tmp_path: Path) -> None:
    made = export_library(tmp_path / "x.jsonl.gz")
    assert (made.tracks, made.analyses, made.playlists) == (3, 2, 2)
    before = {track.public_id: track for track in Track.objects.select_related("artist", "album", "analysis")}
    order = list(Playlist.objects.get(name="Fixed").items.values_list("track__public_id", flat=True))
    for model in (Playlist, Track, Folder):
        model.objects.all().delete()
    taken = import_library(tmp_path / "x.jsonl.gz", None)
    assert (taken.tracks, taken.analyses, taken.playlists, taken.known) == (3, 2, 2, 0)
    for track in Track.objects.select_related("artist", "album", "analysis"):
        old = before[track.public_id]
        for name in (
            "path",
            "title",
            "year",
            "audio_hash",
            "tempo",
            "energy",
            "genre",
            "status",
            "duration_ms",
        ):
            assert getattr(track, name) == getattr(old, name), name
        assert track.missing_since is not None
        if old.artist:
            assert (track.artist.name, track.album.title) == (old.artist.name, old.album.title)
            assert bytes(track.analysis.embedding) == bytes(old.analysis.embedding)
            assert bytes(track.analysis.waveform) == bytes(old.analysis.waveform)
            beats = [analysis.record["detail"]["beats_s"] for analysis in (track.analysis, old.analysis)]
            assert beats[0] == pytest.approx(beats[1], abs=1e-3)
            assert {label.name for label in track.labels.filter(kind="file")} == {"rock", "pop"}
    assert list(Playlist.objects.get(name="Fixed").items.values_list("track__public_id", flat=True)) == order
    assert Playlist.objects.get(name="Rule").rule == {"q": "rock", "sort": "", "limit": 5}
    again = import_library(tmp_path / "x.jsonl.gz", None)
    assert (again.tracks, again.playlists, again.known) == (0, 0, 3)


def test_what_is_there_stays_as_it_is(filled: Path, everything: Everything, tmp_path: Path) -> None:
    export_library(tmp_path / "x.jsonl.gz")
    before = everything()
    assert import_library(tmp_path / "x.jsonl.gz", None).known == 3
    assert everything() == before


@pytest.fixture(scope="session")
def inputs(pieces: Path) -> Any:
    """What the models are given of a piece, heard for real."""
    return hear(sorted(pieces.glob("*.flac"))[0])


def correct(track: Track, inputs: Any, who: str, changes: dict[str, Any]) -> tuple[int, ...]:
    """Correct a track as the application does, without hearing it again."""
    said = {what: Said(text="0.5", model="m") for what in changes}
    with Corrections(default_store()) as store:
        numbers = store.add(who, changes, path=track.path, inputs=inputs, said=said)
        Track.objects.filter(pk=track.pk).update(heard_key=store.live()[-1].track)
    return numbers


def test_corrections_go_along(filled: Path, inputs: Any, tmp_path: Path) -> None:
    track = Track.objects.get(origin="upload")
    correct(track, inputs, "ada", {"energy": 0.25, "genre": "Jazz"})
    correct(track, inputs, "bob", {"energy": 0.5})
    (taken_back,) = correct(track, inputs, "bob", {"valence": 0.75})
    with Corrections(default_store()) as store:
        store.withdraw(taken_back, "bob")
        before = [replace(row, id=0) for row in store.live()]
    assert export_library(tmp_path / "x.jsonl.gz").corrections == len(before) == 3
    Track.objects.all().delete()
    default_store().unlink()
    assert import_library(tmp_path / "x.jsonl.gz", None).corrections == 3
    with Corrections(default_store()) as store:
        assert [replace(row, id=0) for row in store.live()] == before
        heard = store.inputs(before[0].track)
    assert {name: values.tolist() for name, values in heard.items()} == {
        name: values.tolist() for name, values in inputs.items()
    }
    ada = User.objects.get(username="ada")
    track = Track.objects.get(public_id=track.public_id)
    assert corrected_by(ada, track) == {"energy": 0.25, "genre": "Jazz"}
    assert import_library(tmp_path / "x.jsonl.gz", None).corrections == 0


def test_what_somebody_said_here_since_counts(filled: Path, inputs: Any, tmp_path: Path) -> None:
    track = Track.objects.get(origin="upload")
    correct(track, inputs, "ada", {"energy": 0.25, "valence": 0.25})
    export_library(tmp_path / "x.jsonl.gz")
    default_store().unlink()
    correct(track, inputs, "ada", {"energy": 0.75})
    assert import_library(tmp_path / "x.jsonl.gz", None).corrections == 1
    with Corrections(default_store()) as store:
        assert {row.what: row.value for row in store.live()} == {"energy": 0.75, "valence": 0.25}


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.update(inputs=line["inputs"][:-4]),
        lambda line: line.update(inputs="é"),
        lambda line: line.update(inputs=packed_inputs({"embedding": np.zeros(500, np.float32)})),
        lambda line: line.update(inputs=packed_inputs({"embedding": np.zeros(1 << 20, np.float32)})),
        lambda line: line.update(tracks="all"),
        lambda line: line.update(path=1),
        lambda line: line.update(corrections=[]),
        lambda line: line["corrections"][0].update(what="loudness"),
        lambda line: line["corrections"][0].update(value=7),
        lambda line: line["corrections"][0].update(value=None),
        lambda line: line["corrections"][0].update(who="  ada"),
        lambda line: line["corrections"][0].update(at="yesterday"),
        lambda line: line["corrections"][0].update(more=1),
        lambda line: line["corrections"][0].pop("said"),
    ],
)
def test_corrections_that_are_wrong_are_not_taken_in(
    change: Callable[[Any], Any], filled: Path, inputs: Any, tmp_path: Path
) -> None:
    path = tmp_path / "x.jsonl.gz"
    correct(Track.objects.get(origin="upload"), inputs, "ada", {"energy": 0.25})
    export_library(path)
    lines = lines_of(path)
    lines.append({"corrected": json.loads(json.dumps(lines[-1]["corrected"]))})
    change(lines[-1]["corrected"])
    write_lines(path, lines)
    Track.objects.all().delete()
    default_store().unlink()
    with pytest.raises(DatasetError):
        import_library(path, None)
    assert not Track.objects.exists()
    with Corrections(default_store()) as store:
        assert store.live() == ()


def packed_inputs(arrays: Any) -> str:
    """Pack arrays as an export does."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[0].update(version=2),
        lambda lines: lines[1]["track"].update(id="short"),
        lambda lines: lines[1]["track"].update(path="relative"),
        lambda lines: lines[1]["track"].update(path="/a\0b"),
        lambda lines: lines[1]["track"].update(title="\ud800"),
        lambda lines: lines[1]["track"].update(size=True),
        lambda lines: lines[1]["track"].update(year="1999"),
        lambda lines: lines[1]["track"].update(isrc="x" * 99),
        lambda lines: lines[1]["track"].update(added_at="yesterday"),
        lambda lines: lines[1]["track"].update(analysis="AAAA"),
        lambda lines: lines[1]["track"].update(audio_hash="f" * 32),
        lambda lines: lines[1]["track"].pop("genres"),
        lambda lines: lines[-1]["playlist"]["rule"].update(q="energy>>1"),
        lambda lines: lines[-1]["playlist"].update(tracks=[1]),
        lambda lines: lines.append({"user": {"name": "eve"}}),
        lambda lines: lines.append([]),
    ],
)
def test_a_line_that_is_wrong_takes_in_nothing(
    change: Callable[[list[Any]], Any], filled: Path, everything: Everything, tmp_path: Path
) -> None:
    path = tmp_path / "x.jsonl.gz"
    export_library(path)
    lines = lines_of(path)
    for model in (Playlist, Track):
        model.objects.all().delete()
    before = everything()
    change(lines)
    write_lines(path, lines)
    with pytest.raises(DatasetError):
        import_library(path, None)
    assert everything() == before


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_other_files_are_refused(db: None, tmp_path: Path, data: bytes) -> None:
    for content in (data, gzip.compress(data), gzip.compress(data)[:-5]):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(DatasetError):
            import_library(tmp_path / "x", None)
