"""Tags are written into real files, undone, and read back so that nothing is computed twice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from reprise.audio.audio_hash import audio_hash
from reprise.audio.tag_files import read_fields, write_fields
from reprise.errors import ParameterError, TagError
from reprise.web.library.file_tags import last_batch, undo_batch, write_all, write_tags
from reprise.web.library.models import Analysis, TagWrite, Track
from reprise.web.library.scan import scan
from reprise.web.library.tasks import analyse_track

pytestmark = pytest.mark.django_db


@pytest.fixture
def music(pieces: Path, tmp_path: Path) -> Path:
    """A folder with one piece."""
    folder = tmp_path / "music"
    folder.mkdir()
    shutil.copy(sorted(pieces.glob("*.flac"))[0], folder / "a.flac")
    return folder


@pytest.fixture
def track(music: Path) -> Track:
    """The piece, scanned and analysed for real."""
    scan(str(music))
    analyse_track.call(Track.objects.get().pk)
    return Track.objects.get()


def test_tags_are_written_and_taken_back(music: Path, track: Track) -> None:
    path = music / "a.flac"
    before, audio = read_fields(path), audio_hash(path)
    assert "BPM" in write_tags(track, "x", dry_run=True).after
    assert read_fields(path) == before
    assert not TagWrite.objects.exists()
    (done,) = write_all([track])
    assert done.error == ""
    fields = read_fields(path)
    assert float(fields["REPRISE_TEMPO"][0]) == pytest.approx(track.tempo, rel=1e-5)
    assert audio_hash(path) == audio
    report = scan(str(music))
    assert (report.unchanged, report.retagged) == (1, 0)
    # Once more, there is nothing to do.
    assert not write_tags(track, "y")
    write_fields(path, {"BPM": ("99",)})
    (undone,) = undo_batch(last_batch() or "")
    assert undone.left_alone == ("BPM",)
    assert read_fields(path) == {**before, "BPM": ("99",)}
    assert last_batch() is None
    with pytest.raises(ParameterError, match="nothing to undo"):
        list(undo_batch("y"))


def test_an_analysis_in_tags_is_not_made_again(music: Path, track: Track) -> None:
    (done,) = write_all([track])
    assert done.change
    before = Analysis.objects.get()
    Track.objects.all().delete()
    DBTaskResult.objects.all().delete()
    report = scan(str(music))
    assert (report.new, report.known, report.queued) == (1, 1, 0)
    after = Track.objects.select_related("analysis").get()
    assert (after.status, after.title) == (Track.Status.ANALYSED, track.title)
    assert (after.genre, after.quadrant) == (track.genre, track.quadrant)
    for name in ("tempo", "energy", "key", "duration_ms"):
        assert getattr(after, name) == pytest.approx(getattr(track, name), rel=1e-5), name
    assert bytes(after.analysis.embedding) == bytes(before.embedding)
    assert bytes(after.analysis.waveform) == bytes(before.waveform)


def test_an_analysis_in_tags_of_other_audio_or_by_another_model_is_made_again(
    music: Path, track: Track, pieces: Path
) -> None:
    list(write_all([track]))
    record = read_fields(music / "a.flac")["REPRISE_RECORD"]
    other = shutil.copy(sorted(pieces.glob("*.flac"))[1], music / "b.flac")
    write_fields(other, {"REPRISE_RECORD": record})
    report = scan(str(music))
    assert (report.new, report.known, report.queued) == (1, 0, 1)
    Analysis.objects.update(model="older")
    list(write_all([track]))
    Track.objects.all().delete()
    report = scan(str(music))
    assert (report.new, report.known, report.queued) == (2, 0, 2)


def test_a_copy_is_not_analysed(music: Path, track: Track) -> None:
    shutil.copy(music / "a.flac", music / "b.flac")
    report = scan(str(music))
    assert (report.new, report.known, report.queued) == (1, 1, 0)
    one, two = Track.objects.select_related("analysis").order_by("pk")
    assert (one.tempo, one.genre, bytes(one.analysis.embedding)) == (
        two.tempo,
        two.genre,
        bytes(two.analysis.embedding),
    )
    assert bytes(one.analysis.waveform) == bytes(two.analysis.waveform)
    assert one.public_id != two.public_id


def test_what_may_not_be_written_is_refused(music: Path, track: Track, pieces: Path) -> None:
    shutil.copy(sorted(pieces.glob("*.flac"))[1], music / "a.flac")
    with pytest.raises(TagError, match="scan its folder"):
        write_tags(track, "x")
    track.origin = Track.Origin.UPLOAD
    with pytest.raises(ParameterError, match="no file of a scanned folder"):
        write_tags(track, "x")
    track.origin, track.status = Track.Origin.FOLDER, Track.Status.QUEUED
    with pytest.raises(ParameterError, match="not analysed yet"):
        write_tags(track, "x")


def test_over_the_api(owner_client: Client, music: Path, track: Track) -> None:
    at = f"/api/v1/tracks/{track.public_id}/tags"

    def post(path: str) -> tuple[int, Any]:
        answer = owner_client.post(path)
        return answer.status_code, answer.json()

    assert post(f"{at}/undo")[0] == 404
    status, planned = post(at)
    assert (status, planned["format"]) == (200, "FLAC")
    assert {"name": "BPM", "before": [], "after": [str(round(track.tempo))]} in planned["changes"]
    assert "BPM" not in read_fields(music / "a.flac")
    assert post(f"{at}?dry_run=false") == (200, planned)
    assert "BPM" in read_fields(music / "a.flac")
    assert post(f"{at}/undo")[0] == 200
    assert "BPM" not in read_fields(music / "a.flac")
    (music / "a.flac").unlink()
    assert post(at)[0] == 409
