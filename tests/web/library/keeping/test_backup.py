"""A backup brings everything back, on either database, and nothing that is no backup changes anything."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from reprise.errors import DatasetError, ParameterError
from reprise.models.feedback import ACTIVE, Kinds, Residual, active_version, feedback_folder
from reprise.training.feedback.correction import Said
from reprise.training.feedback.corrections import Corrections, default_store
from reprise.training.feedback.versions import history, keep_version, roll_back
from reprise.web.library.keeping.archive import written
from reprise.web.library.keeping.backup import backup, restore
from reprise.web.library.keeping.rows import TABLES
from reprise.web.library.liveness import beat
from reprise.web.library.models import Playlist, Track, WorkerBeat

Everything = Callable[[], dict[str, Any]]


def correct() -> None:
    """Correct something."""
    with Corrections(default_store()) as store:
        inputs = {"a": np.zeros(3, np.float32)}
        store.add(
            "ada", {"energy": 0.5}, path="/x", inputs=inputs, said={"energy": Said(text="1", model="m")}
        )


def test_everything_comes_back(filled: Path, everything: Everything, tmp_path: Path) -> None:
    correct()
    before = everything()
    kept = backup(tmp_path / "kept.backup")
    assert (kept.tracks, kept.files, kept.lost) == (3, 1, 0)
    assert (tmp_path / "kept.backup").stat().st_mode & 0o777 == 0o600
    Track.objects.all().delete()
    Playlist.objects.create(name="Later")
    (filled / "uploads" / "x1.flac").unlink()
    default_store().unlink()
    assert restore(tmp_path / "kept.backup").tracks == 3
    assert everything() == before
    assert (filled / "uploads" / "x1.flac").read_bytes() == b"some sound"
    with Corrections(default_store()) as store:
        assert [row.value for row in store.live()] == [0.5]
    queued = Track.objects.get(status="queued")
    assert [row.args_kwargs["args"] for row in DBTaskResult.objects.all()] == [[queued.pk]]
    # Rows that are made now get keys of their own.
    assert Playlist.objects.create(name="New").pk > max(row["id"] for row in before["playlist"])
    assert not list(filled.glob(".restoring-*"))


def learn(value: float) -> str:
    """Keep a version of what corrections would have taught."""
    kinds = Kinds.load()
    tables = (
        np.full((len(kinds.centres), 7), value, np.float32),
        np.zeros((len(kinds.centres), 16), np.float32),
    )
    return keep_version(Residual(kinds, *tables), [], {"energy": [1]}, feedback_folder())


def test_what_was_learnt_comes_back(filled: Path, tmp_path: Path) -> None:
    first, second = learn(0.1), learn(0.2)
    roll_back()
    (feedback_folder() / "feedback-0009.npz").write_bytes(b"not finished")
    backup(tmp_path / "kept.backup")
    before = {path.name: path.read_bytes() for path in feedback_folder().glob("feedback-000[12].*")}
    learn(-0.1)
    restore(tmp_path / "kept.backup", replace=True)
    assert active_version() == first
    assert [card["name"] for card in history()] == [first, second]
    found = {path.name: path.read_bytes() for path in feedback_folder().iterdir()}
    assert found == before | {ACTIVE: f"{first}\n".encode()}
    assert Residual.load(second).features.max() == np.float32(0.2)
    assert learn(0.0) == "feedback-0003"
    assert not list(feedback_folder().parent.glob(".learnt-*"))


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.update({"learnt/active": b"feedback-0007\n"}),
        lambda files: files.update({"learnt/active": b"../../etc\n"}),
        lambda files: files.pop("learnt/feedback-0001.json"),
        lambda files: files.update({"learnt/feedback-0001.npz": files["learnt/feedback-0001.npz"][:-1]}),
        lambda files: files.update({"learnt/other": b""}),
    ],
)
def test_what_was_learnt_is_checked(change: Callable[[Any], Any], filled: Path, tmp_path: Path) -> None:
    learn(0.1)
    backup(tmp_path / "kept.backup")
    files = members(tmp_path / "kept.backup")
    manifest = json.loads(files.pop("manifest.json"))
    change(files)
    del manifest["files"]
    with written(tmp_path / "changed.backup") as archive:
        for number, (name, content) in enumerate(files.items()):
            (tmp_path / f"part{number}").write_bytes(content)
            archive.add(name, tmp_path / f"part{number}")
        archive.finish(manifest)
    learn(0.2)
    with pytest.raises(DatasetError):
        restore(tmp_path / "changed.backup", replace=True)
    assert active_version() == "feedback-0002"


def test_it_can_be_restored_into_another_folder(filled: Path, tmp_path: Path, settings: Any) -> None:
    backup(tmp_path / "kept.backup")
    other = tmp_path / "other"
    other.mkdir()
    settings.CONFIG = replace(settings.CONFIG, data=other)
    restore(tmp_path / "kept.backup", replace=True)
    assert Track.objects.get(origin="upload").path == str(other / "uploads" / "x1.flac")
    assert (other / "uploads" / "x1.flac").read_bytes() == b"some sound"


def test_a_library_in_use_is_kept_as_it_is_at_one_moment(filled: Path, tmp_path: Path) -> None:
    """Two rows that another connection always changes together are never apart in a backup."""
    done = threading.Event()
    rounds = 0

    def write() -> None:
        nonlocal rounds
        from django.db import connection, transaction

        while not done.is_set():
            rounds += 1
            with transaction.atomic():
                Playlist.objects.filter(name__startswith="Fixed").update(name=f"Fixed {rounds}")
                Track.objects.filter(title_key="queued").update(title=f"Queued {rounds}")
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for n in range(5):
            backup(tmp_path / f"{n}.backup")
    finally:
        done.set()
        thread.join()
    assert rounds > 5
    for n in range(5):
        restore(tmp_path / f"{n}.backup", replace=True)
        name = Playlist.objects.get(name__startswith="Fixed").name.removeprefix("Fixed")
        assert Track.objects.get(title_key="queued").title.removeprefix("Queued") == name


def test_a_library_that_is_not_empty_or_in_use_is_not_replaced(filled: Path, tmp_path: Path) -> None:
    backup(tmp_path / "kept.backup")
    with pytest.raises(DatasetError, match="--force"):
        backup(tmp_path / "kept.backup")
    with pytest.raises(ParameterError, match="not empty"):
        restore(tmp_path / "kept.backup")
    beat("1-0-x")
    WorkerBeat.objects.update(host="elsewhere", seen_at=timezone.now())
    with pytest.raises(ParameterError, match="in use"):
        restore(tmp_path / "kept.backup", replace=True)


def members(path: Path) -> dict[str, bytes]:
    """Read an archive."""
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def pack(path: Path, files: dict[str, bytes], *, link: str = "") -> None:
    """Write an archive with a manifest that fits."""
    import hashlib

    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "manifest.json"
    }
    with tarfile.open(path, "w") as tar:
        if link:
            info = tarfile.TarInfo("files/uploads")
            info.type, info.linkname = tarfile.SYMTYPE, link
            tar.addfile(info)
        for name, data in {**files, "manifest.json": json.dumps(manifest).encode()}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def with_rows(files: dict[str, bytes], table: str, change: Callable[[list[Any]], Any]) -> dict[str, bytes]:
    """Change the lines of a table."""
    name = f"rows/{table}.jsonl.gz"
    lines = [json.loads(line) for line in gzip.decompress(files[name]).splitlines()]
    change(lines)
    return {**files, name: gzip.compress("".join(f"{json.dumps(line)}\n" for line in lines).encode())}


def _set(table: str, column: str, value: Any) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def change(lines: list[Any]) -> None:
        lines[1][lines[0].index(column)] = value

    return lambda files: with_rows(files, table, change)


DAMAGED: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "a file outside": lambda files: {"files/../../evil": b"x", **files},
    "a hidden file": lambda files: {"files/uploads/.evil": b"x", **files},
    "the database itself": lambda files: {"files/library.sqlite": b"x", **files},
    "an absolute path": lambda files: {"/tmp/evil": b"x", **files},
    "a table too few": lambda files: {name: data for name, data in files.items() if "label" not in name},
    "rows that are none": lambda files: {**files, "rows/track.jsonl.gz": gzip.compress(b'["id"]\n{}\n')},
    "rows that are cut off": lambda files: {
        **files,
        "rows/track.jsonl.gz": files["rows/track.jsonl.gz"][:-9],
    },
    "a text for a number": _set("track", "year", "last year"),
    "a NUL": _set("track", "title", "a\0b"),
    "a text too long": _set("track", "isrc", "x" * 100),
    "an unknown word": _set("track", "status", "lost"),
    "a structure": _set("track", "title", ["a"]),
    "a number too large": _set("track", "size", 1 << 70),
    "a null": _set("track", "path", None),
    "a track of an artist that is not there": _set("track", "artist_id", 999),
    "corrections that are none": lambda files: {
        **files,
        "corrections.sqlite": b"SQLite format 3\0" + bytes(100),
    },
    "another version": lambda files: {**files, "manifest.json": b'{"format": 99}'},
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_no_backup_changes_nothing(
    name: str, filled: Path, everything: Everything, tmp_path: Path
) -> None:
    correct()
    backup(tmp_path / "kept.backup")
    pack(tmp_path / "bad.backup", DAMAGED[name](members(tmp_path / "kept.backup")))
    before, files = everything(), sorted(filled.rglob("*"))
    with pytest.raises(DatasetError):
        restore(tmp_path / "bad.backup", replace=True)
    assert everything() == before
    assert sorted(filled.rglob("*")) == files
    assert not Path("/tmp/evil").exists()


def test_a_link_or_a_torn_end_or_another_file_changes_nothing(
    filled: Path, everything: Everything, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.backup"
    backup(kept)
    before = everything()
    bad = tmp_path / "bad.backup"
    pack(bad, members(kept), link="/etc")
    with pytest.raises(DatasetError):
        restore(bad, replace=True)
    size = kept.stat().st_size
    for length in (0, 100, 600, size // 2, size - 11_000):
        shutil.copy(kept, bad)
        os.truncate(bad, length)
        with pytest.raises(DatasetError):
            restore(bad, replace=True)
    content = bytearray(kept.read_bytes())
    content[size // 2] ^= 1
    bad.write_bytes(content)
    with pytest.raises(DatasetError):
        restore(bad, replace=True)
    assert everything() == before


def test_nothing_refers_to_what_a_restore_empties_and_stays() -> None:
    from django.apps import apps

    kept = set(TABLES.values())
    others = {
        model.__name__
        for model in apps.get_models()
        if model not in kept
        and any(f.remote_field and f.remote_field.model in kept for f in model._meta.concrete_fields)
    }
    # `fill` empties these two by themselves.
    assert others == {"Job", "AccessToken"}
