"""The scripts in examples/, written for Spotify and spotipy, run unchanged against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spotipy

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
Library = dict[str, dict[str, Any]]
Run = Callable[..., list[str]]


@pytest.fixture
def script(url: str, tmp_path: Path) -> Run:
    """Run one as docs/how-to/spotify-clients.md says, and return its lines."""

    def run(name: str, *arguments: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "reprise.spotify_redirect", ROOT / "examples" / name, *arguments],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
            env={
                **os.environ, "REPRISE_URL": url, "SPOTIPY_CLIENT_ID": "mine", "SPOTIPY_CLIENT_SECRET": "mine too",
                "PYTHONWARNINGS": "ignore",
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_there_are_three_and_they_know_nothing_of_reprise():
    assert [path.name for path in SCRIPTS] == ["find_similar.py", "mood_filter.py", "sort_by_energy.py"]
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert "reprise" not in text.lower()
        assert "spotipy.Spotify(" in text


def test_a_playlist_is_sorted_by_a_curve_of_energy(script: Run, url: str, library: Library):
    sp = spotipy.Spotify(auth="anything")
    sp.prefix = f"{url}/v1/"
    made = sp.current_user_playlist_create("A set")["id"]
    sp.playlist_add_items(made, [f"spotify:track:{track['id']}" for track in library.values()])
    lines = script("sort_by_energy.py", made, "--peak", "0.7", "--write")
    energies = [float(line.split()[0]) for line in lines]
    assert len(energies) == len(library)
    top = energies.index(max(energies))
    assert top in (6, 7)
    assert energies[: top + 1] == sorted(energies[: top + 1])
    assert energies[top:] == sorted(energies[top:], reverse=True)
    written = [item["track"]["name"] for item in sp.playlist_items(made)["items"]]
    assert [line.rsplit(" - ", 1)[1] for line in lines] == written
    sp.current_user_unfollow_playlist(made)


def test_moods_part_the_library(script: Run, library: Library):
    by_album = {
        mood: script("mood_filter.py", mood, 'album:"reprise demo"')
        for mood in ("happy", "calm", "sad", "angry")
    }
    titles = [re.sub(r"  \(.*", "", line).split(" - ", 1)[1] for lines in by_album.values() for line in lines]
    assert sorted(titles) == sorted(library)
    for lines in by_album["happy"], by_album["angry"]:
        assert all(float(re.search(r"energy ([\d.]+)", line)[1]) >= 0.4 for line in lines)
    for lines in by_album["sad"], by_album["angry"]:
        assert all(float(re.search(r"valence ([\d.]+)", line)[1]) <= 0.4 for line in lines)


def test_similar_tracks_are_found_nearest_first(script: Run, library: Library):
    first, *lines = script("find_similar.py", "House - Night Ferry", "--count", "4")
    assert first == "Like House - Night Ferry:"
    assert len(lines) == 4
    distances = [float(line.split()[0]) for line in lines]
    assert distances == sorted(distances)
    titles = {line.split(" - ", 1)[1] for line in lines}
    assert titles <= set(library) - {"Night Ferry"}


def test_a_script_says_what_it_does_not_find(url: str, tmp_path: Path):
    script = ROOT / "examples" / "find_similar.py"
    done = subprocess.run(
        [sys.executable, "-m", "reprise.spotify_redirect", "--to", url, script, "Nobody - X"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "SPOTIPY_CLIENT_ID": "mine", "SPOTIPY_CLIENT_SECRET": "mine too"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "nothing is found for Nobody - X" in done.stderr
    # Apart from what spotipy keeps of Spotify's own tokens.
    assert [path.name for path in tmp_path.iterdir()] == [".cache-reprise"]
