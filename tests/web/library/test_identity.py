"""Which track an identifier means, and that it goes on to mean it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.web.library.scan.conftest import write_sound

from reprise.web.library.identity import find_track_values, find_tracks, is_id, is_track_id
from reprise.web.library.ids import new_id
from reprise.web.library.models import Track
from reprise.web.library.scan import scan

SPOTIFY_ID = "3n3Ppam7vgaVa1iaRUc9Lp"


def add(number: int, **values: Any) -> Track:
    return Track.objects.create(
        path=f"/music/{number}", size=1, mtime_ns=1, title=str(number), title_key=str(number), **values
    )


def test_each_name_of_a_track_finds_it(db: None) -> None:
    track = add(0, isrc="GBAYE0601498", spotify_id=SPOTIFY_ID)
    other = add(1)
    ids = [
        SPOTIFY_ID,
        other.public_id,
        "gbaye0601498",
        new_id(),
        "GBAYE0601498",
        track.public_id,
        "",
        "x",
        "é" * 22,
    ]
    expected = [track, other, track, None, track, track, None, None, None]
    assert find_tracks(ids) == expected
    assert find_track_values(ids, "pk") == [each and (each.pk,) for each in expected]
    assert find_tracks([]) == []


def test_empty_names_find_nothing(db: None) -> None:
    add(0)
    assert find_tracks(["", "0" * 22, "AA0000000000"]) == [None, None, None]


def test_of_several_files_of_a_recording_the_one_that_is_there_is_meant(db: None) -> None:
    add(0, isrc="GBAYE0601498", missing_since=timezone.now(), analysed_at=timezone.now())
    add(1, isrc="GBAYE0601498")
    meant = add(2, isrc="GBAYE0601498", analysed_at=timezone.now())
    add(3, isrc="GBAYE0601498", analysed_at=timezone.now())
    assert find_tracks(["GBAYE0601498"]) == [meant]


def test_our_own_identifier_comes_before_spotifys(db: None) -> None:
    ours = add(0)
    add(1, spotify_id=ours.public_id)
    assert find_tracks([ours.public_id]) == [ours]


def test_it_takes_two_queries_at_most(db: None, django_assert_num_queries: Any) -> None:
    tracks = [add(number, isrc=f"GBAYE{number:07}") for number in range(60)]
    with django_assert_num_queries(1):
        assert None not in find_track_values([track.public_id for track in tracks], "title")
    with django_assert_num_queries(2):
        found = find_track_values([tracks[0].public_id, *(track.isrc for track in tracks), new_id()], "title")
    assert found[1:-1] == [(track.title,) for track in tracks]


def test_many_are_found_as_few_are(db: None) -> None:
    tracks = Track.objects.bulk_create(
        Track(path=str(n), size=1, mtime_ns=1, title="", title_key="") for n in range(1200)
    )
    assert find_tracks([track.public_id for track in tracks]) == tracks


@pytest.mark.parametrize(
    ("text", "of_track", "of_all"),
    [
        ("4uLU6hMCjMI75M1A2tKUQC", True, True),
        ("GBAYE0601498", True, False),
        ("gbaye0601498", True, False),
        ("GBAYE060149", False, False),
        ("spotify:track:4uLU6hMCjMI75M1A2tKUQC", False, False),
        ("4uLU6hMCjMI75M1A2tKUQ", False, False),
        ("4uLU6hMCjMI75M1A2tKUQC\n", False, False),
        ("4uLU6hMCjMI75M1A2tKU-C", False, False),
        ("٤uLU6hMCjMI75M1A2tKUQC", False, False),
        ("", False, False),
    ],
)
def test_how_names_are_spelled(text: str, of_track: bool, of_all: bool) -> None:
    assert (is_track_id(text), is_id(text)) == (of_track, of_all)


def test_identifiers_outlast_scans_moves_and_other_tags(db: None, tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    write_sound(folder / "a.flac", 0, title="A")
    write_sound(folder / "z.flac", 1, title="Z")  # a folder that is empty is taken for a disk that is away
    scan(str(folder))
    before = Track.objects.get(title="A").public_id
    scan(str(folder))
    assert find_tracks([before])[0].title == "A"  # type: ignore[union-attr]
    (folder / "deeper").mkdir()
    (folder / "a.flac").rename(folder / "deeper" / "b.flac")
    scan(str(folder))
    assert find_tracks([before])[0].path.endswith("deeper/b.flac")  # type: ignore[union-attr]
    write_sound(folder / "deeper" / "b.flac", 0, title="Another title")
    scan(str(folder))
    assert find_tracks([before])[0].title == "Another title"  # type: ignore[union-attr]
    (folder / "deeper" / "b.flac").rename(tmp_path / "away.flac")
    scan(str(folder))
    assert find_tracks([before])[0].missing_since is not None  # type: ignore[union-attr]
    (tmp_path / "away.flac").rename(folder / "back.flac")
    scan(str(folder))
    assert find_tracks([before])[0].missing_since is None  # type: ignore[union-attr]
    assert Track.objects.count() == 2
