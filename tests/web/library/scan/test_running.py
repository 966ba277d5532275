"""What a scan makes of files that come, change, move and go; all of them real."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from reprise.errors import ParameterError
from reprise.web.library.models import Folder, Playlist, PlaylistItem, Track
from reprise.web.library.scan import add_folder, scan

from .conftest import counts, ids, rescan, write_sound

Sound = Callable[..., Path]
pytestmark = pytest.mark.django_db


@pytest.fixture
def three(music: Path, sound: Sound) -> dict[str, int]:
    """Three files that were scanned."""
    for seed, name in enumerate(("a.flac", "b.flac", "rock/c.flac")):
        sound(name, seed, title=f"Song {seed}", artist="Band")
    assert rescan(music) == {"new": 3}
    return ids(music)


def test_new_files_have_their_tags_and_wait_for_analysis(music: Path, sound: Sound) -> None:
    sound("a.flac", 0, title="Tuna", artist="Bánd", album="Fish", date="1969", tracknumber="3", genre="Surf")
    assert counts(scan(str(music))) == {"new": 1}
    track = Track.objects.get()
    assert (track.title, track.artist.name, track.album.title) == ("Tuna", "Bánd", "Fish")
    assert (track.year, track.track_number, len(track.audio_hash)) == (1969, 3, 32)
    assert [label.name for label in track.labels.all()] == ["surf"]
    assert track.status == Track.Status.QUEUED
    assert [row.args_kwargs["args"] for row in DBTaskResult.objects.all()] == [[track.pk]]


def test_a_second_scan_does_nothing(music: Path, three: dict[str, int]) -> None:
    report = scan(str(music))
    assert (report.unchanged, report.queued, counts(report)) == (3, 0, {"unchanged": 3})


def test_other_tags_are_read_and_nothing_is_analysed(
    music: Path, sound: Sound, three: dict[str, int]
) -> None:
    Track.objects.update(status=Track.Status.ANALYSED)
    sound("a.flac", 0, title="Renamed")
    assert rescan(music) == {"unchanged": 2, "retagged": 1}
    track = Track.objects.get(pk=three["a.flac"])
    assert (track.title, track.artist, track.status) == ("Renamed", None, Track.Status.ANALYSED)


def test_other_audio_is_analysed_again_under_the_same_id(
    music: Path, sound: Sound, three: dict[str, int]
) -> None:
    Track.objects.update(status=Track.Status.ANALYSED, energy=0.5, genre="rock")
    DBTaskResult.objects.all().delete()
    before = Track.objects.get(pk=three["a.flac"])
    sound("a.flac", 10)
    report = scan(str(music))
    assert counts(report) == {"unchanged": 2, "changed": 1}
    track = Track.objects.get(public_id=before.public_id)
    assert track.audio_hash != before.audio_hash
    assert (track.status, track.energy, track.genre) == (Track.Status.QUEUED, None, "")
    assert report.queued == DBTaskResult.objects.count() == 1


def test_a_renamed_file_is_the_same_track_and_is_not_looked_at(
    music: Path, three: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    (music / "a.flac").rename(music / "z.flac")
    (music / "rock").rename(music / "punk")
    monkeypatch.setattr("reprise.web.library.sandbox.Sandbox.identify", None)
    assert rescan(music) == {"unchanged": 1, "moved": 2}
    assert ids(music) == {
        "z.flac": three["a.flac"],
        "b.flac": three["b.flac"],
        "punk/c.flac": three["rock/c.flac"],
    }


def test_a_file_that_was_copied_retagged_and_removed_is_the_same_track(
    music: Path, sound: Sound, three: dict[str, int]
) -> None:
    (music / "a.flac").unlink()
    sound("elsewhere/new.flac", 0, title="Other tags")
    assert rescan(music) == {"unchanged": 2, "moved": 1, "missing": 1}
    assert ids(music)["elsewhere/new.flac"] == three["a.flac"]


def test_names_that_were_swapped_or_shifted_keep_their_tracks(
    music: Path, sound: Sound, three: dict[str, int]
) -> None:
    for old, new in (("a", "_"), ("b", "a"), ("_", "b")):
        (music / f"{old}.flac").rename(music / f"{new}.flac")
    assert rescan(music) == {"unchanged": 1, "moved": 2}
    assert ids(music) == {**three, "a.flac": three["b.flac"], "b.flac": three["a.flac"]}
    # The same with copies, which have other inodes and times.
    sound("a.flac", 0)
    sound("b.flac", 2)
    sound("rock/c.flac", 1)
    sound("new.flac", 9)
    assert rescan(music) == {"new": 1, "moved": 3}
    assert ids(music) == {
        "a.flac": three["a.flac"], "b.flac": three["rock/c.flac"], "rock/c.flac": three["b.flac"],
        "new.flac": max(ids(music).values()),
    }  # fmt: skip


def test_a_file_that_was_replaced_by_another_one_is_missing_and_comes_back(
    music: Path, sound: Sound, three: dict[str, int]
) -> None:
    (music / "b.flac").replace(music / "a.flac")
    assert rescan(music) == {"unchanged": 1, "moved": 1, "missing": 1}
    assert ids(music) == {"a.flac": three["b.flac"], "rock/c.flac": three["rock/c.flac"]}
    sound("back.flac", 0)
    assert rescan(music) == {"unchanged": 2, "moved": 1}
    assert ids(music)["back.flac"] == three["a.flac"]


def test_what_is_gone_is_kept_and_comes_back(music: Path, three: dict[str, int], tmp_path: Path) -> None:
    playlist = Playlist.objects.create(name="Best")
    PlaylistItem.objects.create(playlist=playlist, track_id=three["a.flac"], position=0)
    (music / "a.flac").rename(tmp_path / "away")
    assert rescan(music) == {"unchanged": 2, "missing": 1}
    assert rescan(music) == {"unchanged": 2}
    assert playlist.items.get().track.missing_since is not None
    (tmp_path / "away").rename(music / "a.flac")
    assert rescan(music) == {"unchanged": 2, "back": 1}
    assert ids(music) == three


def test_what_is_gone_is_forgotten_when_asked(music: Path, three: dict[str, int]) -> None:
    (music / "a.flac").unlink()
    assert rescan(music, forget_missing=True) == {"unchanged": 2, "missing": 1, "forgotten": 1}
    assert Track.objects.count() == 2


@pytest.mark.parametrize("forget", [False, True])
def test_a_disk_that_is_not_mounted_changes_nothing(
    music: Path, three: dict[str, int], forget: bool, tmp_path: Path
) -> None:
    music.rename(tmp_path / "unmounted")
    report = scan(str(music), forget_missing=forget)
    assert "mount it" in report.warnings[0]
    assert counts(report) == {}
    music.mkdir()
    assert "mount it" in scan(str(music), forget_missing=forget).warnings[-1]
    music.rmdir()
    (tmp_path / "unmounted").rename(music)
    assert rescan(music) == {"unchanged": 3}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_keeps_its_tracks(music: Path, three: dict[str, int]) -> None:
    (music / "rock").chmod(0)
    try:
        report = scan(str(music))
    finally:
        (music / "rock").chmod(0o755)
    assert counts(report) == {"unchanged": 2}
    assert "rock cannot be read" in report.warnings[0]


def test_hostile_files_fail_and_the_rest_goes_on(music: Path, sound: Sound) -> None:
    (music / "text.mp3").write_text("no music", encoding="utf-8")
    (music / "empty.flac").touch()
    os.mkfifo(music / "pipe.wav")
    (music / "loop").symlink_to(".")
    (music / "dead.mp3").symlink_to("nowhere")
    name = os.fsencode(music) + b"/\xff\n.flac"
    sound("good.flac", 0).rename(os.fsdecode(name))
    report = scan(str(music))
    assert counts(report) == {"new": 3, "failures": 2}
    assert {Path(path).name for path, _ in report.failed} == {"text.mp3", "empty.flac"}
    assert rescan(music) == {"unchanged": 3}
    assert scan(str(music), retry_failed=True).queued == 2


def test_a_link_is_no_second_track(music: Path, sound: Sound) -> None:
    sound("z/a.flac", 0)
    (music / "a-link.flac").symlink_to("z/a.flac")
    (music / "b-link").symlink_to("z")
    assert rescan(music) == {"new": 1}
    assert list(ids(music)) == ["z/a.flac"]


def test_copies_are_tracks_of_their_own(music: Path, three: dict[str, int]) -> None:
    shutil.copy2(music / "a.flac", music / "copy.flac")
    assert rescan(music) == {"unchanged": 3, "new": 1}
    assert Track.objects.filter(audio_hash=Track.objects.get(pk=three["a.flac"]).audio_hash).count() == 2


def test_a_part_of_a_folder_is_scanned_alone(music: Path, sound: Sound, three: dict[str, int]) -> None:
    (music / "a.flac").unlink()
    sound("rock/d.flac", 7)
    assert rescan(music / "rock") == {"unchanged": 1, "new": 1}
    assert Folder.objects.count() == 1


def test_a_folder_above_takes_over(music: Path, sound: Sound, three: dict[str, int]) -> None:
    sound("../more/x.flac", 8)
    assert rescan(music.parent) == {"unchanged": 3, "new": 1}
    assert Folder.objects.get().path == str(music.parent)
    assert (
        three.items() <= {path.removeprefix("music/"): pk for path, pk in ids(music.parent).items()}.items()
    )


def test_files_move_between_folders(music: Path, sound: Sound, three: dict[str, int], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (music / "a.flac").rename(other / "a.flac")
    assert rescan(other) == {"moved": 1}
    assert rescan(music) == {"unchanged": 2}
    assert ids(tmp_path)["other/a.flac"] == three["a.flac"]


def test_a_disk_that_is_not_mounted_loses_nothing_to_a_copy(
    music: Path, sound: Sound, three: dict[str, int], tmp_path: Path
) -> None:
    shutil.copytree(music, tmp_path / "copy")
    music.rename(tmp_path / ".unmounted")
    assert rescan(tmp_path / "copy") == {"new": 3}


@pytest.mark.parametrize("path", ["/", "/proc", "{data}", "{data}/uploads", "/nowhere/at/all", "a\0b"])
def test_what_is_no_folder_of_music_is_refused(path: str, settings: Any) -> None:
    data = settings.CONFIG.data
    (data / "uploads").mkdir(parents=True, exist_ok=True)
    with pytest.raises(ParameterError):
        add_folder(path.format(data=data))


def test_an_end_in_the_middle_leaves_the_library_in_order(music: Path, sound: Sound) -> None:
    for seed in range(5):
        sound(f"{seed}.flac", seed)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "read" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(str(music), observer=stop)
    scan(str(music))
    assert len(ids(music)) == 5
    assert DBTaskResult.objects.count() == 5


def test_the_librarys_own_files_are_no_music(music: Path, sound: Sound, settings: Any) -> None:
    settings.CONFIG = replace(settings.CONFIG, data=music / "reprise")
    sound("reprise/uploads/x.flac", 0)
    sound("a.flac", 1)
    assert rescan(music) == {"new": 1}


@pytest.mark.parametrize("others", [0, 4])
def test_what_took_the_place_of_a_moved_file_is_a_track_too(music: Path, sound: Sound, others: int) -> None:
    """Its look was lost if the file had been seen at its new place before: there are several orders of looking."""
    sound("m.flac", 1)
    rescan(music)
    (before,) = ids(music).values()
    for place, look_order in (("a.flac", 0), ("z.flac", 1)):
        (music / "m.flac").replace(music / place)
        write_sound(music / "m.flac", 10 + look_order)
        for other in range(others):
            sound(f"n{look_order}{other}.flac", 20 + 10 * look_order + other)
        # Retagged as well, so that the file at the new place has to be looked into.
        write_sound(music / place, 1 if place == "a.flac" else 10, title="Again")
        rescan(music)
        assert set(ids(music)) >= {place, "m.flac"}
    assert before in ids(music).values()
