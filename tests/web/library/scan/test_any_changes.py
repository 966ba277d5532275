"""Whatever happens to files between scans, the library equals the disk afterwards, and tracks keep their names."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from reprise.audio.audio_hash import audio_hash
from reprise.audio.tag_files import read_fields, write_fields
from reprise.web.library.models import Folder, Track
from reprise.web.library.paths import real_path
from reprise.web.library.scan import looking, scan

from .conftest import write_sound

pytestmark = pytest.mark.django_db

NAMES = st.sampled_from(["a.flac", "b.flac", "c.flac", "x/a.flac", "x/y/b.flac", "z/c.flac"])
WHICH = st.integers(0, 5)
"""One of the files that are there."""
SEEDS = st.integers(0, 9)
TITLES = st.sampled_from(["One", "Two", ""])


class Changes(RuleBasedStateMachine):
    """A folder, and what its files were when the library last saw them."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp())
        self.music = self.top / "music"
        self.music.mkdir()
        (self.music / "notes.txt").touch()
        self.scanned = True
        self.followed: dict[str, str] = {}
        """By path, the public identifier that a file must have: it was only moved or retagged, or never touched."""
        Folder.objects.all().delete()
        Track.objects.all().delete()

    def teardown(self) -> None:
        shutil.rmtree(self.top)

    def one_of_them(self, which: int) -> str | None:
        names = sorted(str(path.relative_to(self.music)) for path in self.music.rglob("*.flac"))
        return names[which % len(names)] if names else None

    def unique(self, name: str) -> bool:
        """Whether no other file has the same audio: which copy is which, nobody can say."""
        mine = audio_hash(self.music / name)
        return sum(audio_hash(path) == mine for path in self.music.rglob("*.flac")) == 1

    @rule(name=NAMES, seed=SEEDS, title=TITLES)
    def write(self, name: str, seed: int, title: str) -> None:
        """Make a file, or another one in its place."""
        write_sound(self.music / name, seed, **({"title": title} if title else {}))
        self.followed.pop(name, None)
        self.scanned = False

    @rule(which=WHICH, title=TITLES)
    def retag(self, which: int, title: str) -> None:
        """Change a file's tags by a copy that takes its place."""
        if name := self.one_of_them(which):
            write_fields(self.music / name, {"TITLE": (title,) if title else None})
            self.scanned = False

    @rule(which=WHICH, new=NAMES)
    def move(self, which: int, new: str) -> None:
        """Rename a file, over another one where there is one."""
        old = self.one_of_them(which)
        if old and old != new:
            (self.music / new).parent.mkdir(parents=True, exist_ok=True)
            (self.music / old).replace(self.music / new)
            self.followed.pop(new, None)
            if public_id := self.followed.pop(old, None):
                self.followed[new] = public_id
            self.scanned = False

    @rule(which=WHICH, new=NAMES, title=TITLES)
    def retag_and_move(self, which: int, new: str, title: str) -> None:
        """Do what taggers do that sort files, too."""
        self.retag(which, title)
        self.move(which, new)

    @rule(which=WHICH, with_which=WHICH)
    def swap(self, which: int, with_which: int) -> None:
        """Let two files swap their names."""
        one, other = self.one_of_them(which), self.one_of_them(with_which)
        if one and other and one != other:
            (self.music / one).rename(self.top / "aside")
            (self.music / other).rename(self.music / one)
            (self.top / "aside").rename(self.music / other)
            ids = {one: self.followed.pop(other, None), other: self.followed.pop(one, None)}
            self.followed |= {name: public_id for name, public_id in ids.items() if public_id}
            self.scanned = False

    @rule(which=WHICH)
    def touch(self, which: int) -> None:
        """Give a file another time."""
        if name := self.one_of_them(which):
            status = (self.music / name).stat()
            os.utime(self.music / name, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
            self.scanned = False

    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        """Remove a file."""
        if name := self.one_of_them(which):
            (self.music / name).unlink()
            self.followed.pop(name, None)
            self.scanned = False

    @precondition(lambda self: not self.scanned)
    @rule()
    def look(self) -> None:
        """Scan, and see that every track that could be followed was."""
        report = scan(str(self.music))
        if any("mount" in warning for warning in report.warnings):
            return  # everything is gone: that is taken for a disk that is away
        self.scanned = True
        names = self.known()
        for name, public_id in self.followed.items():
            if self.unique(name):
                assert names[name].public_id == public_id, (name, report)
        self.followed = {name: track.public_id for name, track in names.items() if self.unique(name)}

    def known(self) -> dict[str, Track]:
        tracks = Track.objects.filter(missing_since=None)
        return {str(Path(real_path(track.path)).relative_to(self.music)): track for track in tracks}

    @invariant()
    def the_library_equals_the_disk(self) -> None:
        """After a scan there is a row for every file, with its size, time, audio and title."""
        if not self.scanned:
            return
        known = self.known()
        files = {str(path.relative_to(self.music)): path for path in self.music.rglob("*.flac")}
        assert known.keys() == files.keys()
        for name, path in files.items():
            track, status = known[name], path.stat()
            assert (track.size, track.mtime_ns, track.inode) == (
                status.st_size,
                status.st_mtime_ns,
                status.st_ino,
            )
            assert track.audio_hash == audio_hash(path)
            assert track.title == read_fields(path).get("TITLE", (path.stem,))[0]
        again = scan(str(self.music)) if files else None
        assert again is None or (again.unchanged, again.new, again.moved, again.changed) == (
            len(files),
            0,
            0,
            0,
        )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read files in one process for all scans: starting one takes longer than all else."""
    made: list[Any] = []

    def shared(config: Any) -> Any:
        if not made:
            made.append(original(config))
            made[0].really_close, made[0].close = made[0].close, lambda: None
        return made[0]

    original = looking.Sandbox
    monkeypatch.setattr(looking, "Sandbox", shared)
    yield
    for sandbox in made:
        sandbox.really_close()


def test_any_changes(quick: None) -> None:
    run_state_machine_as_test(
        Changes,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )  # fmt: skip
