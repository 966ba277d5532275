"""Playlists as files: what is written is read again, whatever names and tags hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.errors import DatasetError
from reprise.web.library.m3u import m3u_text, read_m3u, write_m3u
from reprise.web.library.models import Artist, Track, name_key
from reprise.web.library.paths import stored_path

pytestmark = pytest.mark.django_db


def track(path: str, title: str = "A song", artist: str | None = None) -> Track:
    """Make a row, with no file behind it."""
    by = Artist.objects.get_or_create(key=name_key(artist), defaults={"name": artist})[0] if artist else None
    return Track.objects.create(
        path=stored_path(path), size=1, mtime_ns=1, title=title, title_key=name_key(title), artist=by,
        duration_ms=61_499,
    )  # fmt: skip


NAMES = (
    st.binary(min_size=1, max_size=30)
    .map(lambda raw: raw.replace(b"/", b"").replace(b"\0", b""))
    .filter(lambda raw: raw not in (b"", b".", b".."))
)


@given(NAMES, NAMES, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@pytest.mark.parametrize("top", ["music", "elsewhere/deeper"])
def test_every_path_is_found_again(tmp_path: Path, top: str, folder: bytes, name: bytes, title: str) -> None:
    Track.objects.all().delete()
    path = os.fsdecode(os.path.join(os.fsencode(tmp_path / "music"), folder, name))  # noqa: PTH118
    wanted = track(path, title)
    (tmp_path / top).mkdir(parents=True, exist_ok=True)
    file = tmp_path / top / "list.m3u8"
    write_m3u(file, title, [wanted, wanted])
    lines = file.read_text(encoding="utf-8").split("\n")
    assert len(lines) == 7
    assert [line.startswith("#") for line in lines] == [True, True, True, False, True, False, False]
    assert [found.pk for found in read_m3u(file).tracks] == [wanted.pk, wanted.pk]


def test_what_it_looks_like(tmp_path: Path) -> None:
    tracks = [
        track(f"{tmp_path}/rock/a b.mp3", "Song\n#EXTINF:1,x", "Bänd"),
        track(f"{tmp_path}/#1: x.mp3"),
        track("/elsewhere/c.mp3"),
        track(f"{tmp_path}/line\nbreak\udcff.mp3"),
    ]
    text = m3u_text("My\r\nlist", tracks, folder=tmp_path)
    assert text.splitlines() == [
        "#EXTM3U", "#PLAYLIST:My list",
        "#EXTINF:61,Bänd - Song #EXTINF:1,x", "rock/a b.mp3",
        "#EXTINF:61,A song", "./#1: x.mp3",
        "#EXTINF:61,A song", "/elsewhere/c.mp3",
        "#EXTINF:61,A song", f"file://{tmp_path}/line%0Abreak%FF.mp3",
    ]  # fmt: skip
    assert f"https://here/api/v1/tracks/{tracks[0].public_id}/audio" in m3u_text(
        "x", tracks, address="https://here/"
    )


def test_playlists_of_others(tmp_path: Path) -> None:
    wanted = [
        track(f"{tmp_path}/Rock/a.mp3"),
        track("/moved/b.mp3", "Tuna", "Bánd"),
        track(f"{tmp_path}/é.mp3"),
    ]
    (tmp_path / "old.m3u").write_bytes(
        b"#EXTM3U\r\nRock\\a.mp3\r\n#EXTINF:3,BAND - tuna\r\nC:\\b.mp3\r\nhttp://x/y.mp3\r\n"
        + "é.mp3".encode("cp1252")
    )
    found = read_m3u(tmp_path / "old.m3u")
    assert found.tracks == wanted
    assert (found.name, found.unknown) == ("old", ["http://x/y.mp3"])


def test_long_playlists_keep_their_order_and_what_is_twice(tmp_path: Path) -> None:
    known = [track(f"{tmp_path}/{number}.mp3", f"Song {number}") for number in range(7)]
    entries = [f"{number % 9}.mp3" for number in range(1200)]
    (tmp_path / "long.m3u8").write_text("\n".join(entries), encoding="utf-8")
    found = read_m3u(tmp_path / "long.m3u8")
    assert found.tracks == [known[number % 9] for number in range(1200) if number % 9 < 7]
    assert found.unknown == [entry for entry in entries if entry in ("7.mp3", "8.mp3")]


def test_of_several_with_a_name_the_first_that_came_is_taken(tmp_path: Path) -> None:
    first, gone = track("/a/1.mp3", "Tuna", "Band"), track("/a/0.mp3", "Shark", "Band")
    track("/b/2.mp3", "Tuna", "Band")
    Track.objects.filter(pk=gone.pk).update(missing_since=timezone.now())
    (tmp_path / "x.m3u8").write_text(
        "#EXTINF:3,Band - Tuna\nx.mp3\n#EXTINF:3,Band - Shark\ny.mp3\n#EXTINF:3,Tuna\nz.mp3\n",
        encoding="utf-8",
    )
    found = read_m3u(tmp_path / "x.m3u8")
    assert (found.tracks, found.unknown) == ([first], ["y.mp3", "z.mp3"])


def test_another_file_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "song.mp3"
    file.write_bytes(b"ID3")
    with pytest.raises(DatasetError, match="--force"):
        write_m3u(file, "x", [])
    write_m3u(file, "x", [], replace=True)
    write_m3u(file, "y", [])
    assert file.read_text(encoding="utf-8") == "#EXTM3U\n#PLAYLIST:y\n"
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.m3u").write_bytes(bytes((32 << 20) + 1))
    with pytest.raises(DatasetError, match="too large"):
        read_m3u(tmp_path / "x.m3u")
    (tmp_path / "x.m3u").write_text("a\n" * 100_001, encoding="utf-8")
    with pytest.raises(DatasetError, match="entries"):
        read_m3u(tmp_path / "x.m3u")
