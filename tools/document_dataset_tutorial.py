"""Run the walk of docs/tutorial/build-a-dataset.md and write what it prints into the page::

    python tools/document_dataset_tutorial.py

The providers are one server on the loopback that answers as their documents say; its songs are invented, and their
previews are the demo's pieces, played faster and slower and encoded as MP3. A test runs the same and compares.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import os
import re
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile
import soxr

from reprise.demo import PIECES, render

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "tutorial" / "build-a-dataset.md"
SR = 22050
GENRES = {"classical": "ballad", "electronic": "house", "folk": "folk"}
"""The piece that all songs of a genre are variations of."""

ARTISTS, SONGS_EACH = 10, 2
UNKNOWN, DEAD, SECOND_PRESSING = 7, 24, 40
"""A song that ReccoBeats does not have, one whose preview is gone, one that stands in the list twice."""


@dataclass(frozen=True, kw_only=True)
class Song:
    """An invented song."""

    number: int
    genre: str
    artist: str
    title: str

    @property
    def spotify_id(self) -> str:
        return f"{self.number:022d}"

    @property
    def features(self) -> dict[str, float]:
        """The nine that ReccoBeats documents."""
        u = np.random.default_rng(self.number).uniform(-0.1, 0.1, 9).round(3).tolist()
        energy = {"classical": 0.2, "electronic": 0.8, "folk": 0.4}[self.genre]
        return {
            "acousticness": round(0.9 - 0.8 * energy + u[0], 3),
            "danceability": round(0.3 + 0.4 * energy + u[1], 3),
            "energy": round(energy + u[2], 3),
            "instrumentalness": round(0.5 + u[3], 3),
            "liveness": round(0.15 + u[4], 3),
            "loudness": round(-20 + 15 * energy + 10 * u[5], 3),
            "speechiness": round(0.1 + u[6] / 2, 3),
            "tempo": round(80 + 50 * energy + 100 * u[7], 3),
            "valence": round(0.5 + u[8], 3),
        }


def songs() -> list[Song]:
    """Invent songs: of each genre ten artists with two songs each, and one song in a second pressing."""
    found = []
    for genre in GENRES:
        for i in range(ARTISTS * SONGS_EACH):
            number = len(found) + 1
            artist = f"The {genre.capitalize()} {i // SONGS_EACH + 1}"
            found.append(Song(number=number, genre=genre, artist=artist, title=f"Song {number}"))
    twice = found[SECOND_PRESSING - 1]
    again = Song(
        number=len(found) + 1, genre=twice.genre, artist=twice.artist, title=f"{twice.title} - 2011 Remaster"
    )
    return [*found, again]


def preview(song: Song, pieces: dict[str, np.ndarray]) -> bytes:
    """Play a song's piece at a speed of its own, 30 s of it, and encode it."""
    y = pieces[GENRES[song.genre]]
    y = np.tile(soxr.resample(y, SR, SR * (0.85 + 0.3 * (song.number % 20) / 20)), 2)[: 30 * SR]
    buffer = io.BytesIO()
    soundfile.write(buffer, y, SR, format="MP3")
    return buffer.getvalue()


def _local_server() -> Any:
    """The server that the collectors' own tests talk to."""
    path = ROOT / "tests" / "collect" / "conftest.py"
    spec = importlib.util.spec_from_file_location("reprise_local_server", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@contextmanager
def providers() -> Iterator[dict[str, str]]:
    """Serve ReccoBeats, Deezer and its previews; yields the environment that leads there."""
    module = _local_server()
    server = module.LocalServer()
    by_id = {song.spotify_id: song for song in songs()}
    by_name = {(song.artist, song.title): song for song in by_id.values()}
    pieces = {piece.name: render(piece, SR).mean(axis=0) for piece in PIECES if piece.name in GENRES.values()}

    def features(request: Any) -> dict[str, Any]:
        asked = [by_id[ref] for ref in request.query["ids"].split(",")]
        return {
            "content": [
                {
                    "id": f"8212bab8-5911-48a0-b177-{song.number:012d}",
                    "href": f"https://open.spotify.com/track/{song.spotify_id}",
                    **song.features,
                }
                for song in asked
                if song.number != UNKNOWN
            ]
        }

    def search(request: Any) -> dict[str, Any]:
        names = re.fullmatch(r'artist:"(.*)" track:"(.*)"', request.query["q"])
        assert names
        song = by_name[names[1], names[2]]
        track = {
            "id": 1000 + song.number,
            "title": song.title,
            "duration": 200,
            "isrc": f"XXAAA25{song.number:05d}",
            "explicit_lyrics": False,
            "preview": f"{server.url}/previews/{song.number}.mp3",
            "artist": {"id": 1 + (song.number - 1) // SONGS_EACH, "name": song.artist, "type": "artist"},
            "album": {"id": 1, "title": "Album", "type": "album"},
            "type": "track",
        }
        return {"data": [track], "total": 1}

    def clip(request: Any) -> Any:
        number = int(Path(request.path).stem)
        if number == DEAD:
            return module.Reply(b"", status=404)
        return preview(by_id[f"{number:022d}"], pieces)

    server.on("^/reccobeats/audio-features$", features)
    server.on("^/deezer/search$", search)
    server.on("^/previews/", clip)
    try:
        yield {
            "REPRISE_RECCOBEATS_URL": f"{server.url}/reccobeats",
            "REPRISE_DEEZER_URL": f"{server.url}/deezer",
            "REPRISE_ALLOW_PRIVATE": "1",
        }
    finally:
        server.close()


def write_list(path: Path) -> None:
    """Write the list of songs that the walk begins with."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "name", "artist", "genre"])
        writer.writerows([song.spotify_id, song.title, song.artist, song.genre] for song in songs())


def walk(page: str) -> str:
    """Return the page with its commands run in a new folder, where there is nothing but the list of songs."""
    refresh = runpy.run_path(str(ROOT / "tools" / "document_examples.py"))["refresh"]
    before, environment = Path.cwd(), dict(os.environ)
    with providers() as addresses, TemporaryDirectory(prefix="reprise-walk-") as folder:
        os.environ.update(addresses)
        os.chdir(folder)
        try:
            write_list(Path("songs.csv"))
            walked: str = refresh(page)
        finally:
            os.chdir(before)
            os.environ.clear()
            os.environ.update(environment)
    return walked


if __name__ == "__main__":
    PAGE.write_text(walk(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(PAGE)
