"""Spotify's own SDK for TypeScript as it is published, in Node.js, against a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "ts"
SDK = HERE / "node_modules" / "@spotify" / "web-api-ts-sdk"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js"),
    pytest.mark.skipif(
        not SDK.is_dir(), reason="needs the SDK: npm install --no-package-lock in tests/clients/ts"
    ),
]


def test_every_method_that_is_served(url: str, library: dict[str, dict[str, Any]]):
    done = subprocess.run(
        ["node", "--import", "./redirect.mjs", "contract.mjs"],
        cwd=HERE, env={**os.environ, "REPRISE_URL": url}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said, ferry = json.loads(done.stdout), library["Night Ferry"]
    assert said["search"] == ["Night Ferry", ["albums", "artists", "tracks"]]
    assert said["track"] == ["Night Ferry", "House", "Reprise Demo"]
    assert said["tracks"] == said["topTracks"] == said["albumTracks"] == ["Night Ferry"]
    assert said["features"] == [True, pytest.approx(ferry["energy"]), pytest.approx(ferry["tempo"])]
    assert said["manyFeatures"] == [pytest.approx(ferry["tempo"]), None]
    duration, beats, pitches = said["analysis"]
    assert duration == pytest.approx(ferry["duration_ms"] / 1000, abs=0.1)
    assert beats > 10
    assert pitches == 12
    assert said["artist"] == "House"
    assert said["artists"] == ["House"]
    assert said["album"] == "Reprise Demo"
    assert said["artistAlbums"] == said["albums"] == ["Reprise Demo"]
    assert said["related"] > 0
    assert said["recommendations"] == [3, True]
    assert said["genres"] > 0
    assert said["me"] == said["user"] == "owner"
    assert said["added"] is said["moved"] is said["removed"] is said["mine"] is said["theirs"] is True
    assert said["replaced"] == [said["ferry"]] == [f"spotify:track:{ferry['id']}"]
    assert said["renamed"] == "Renamed"
    assert said["unfollowed"] is True
    assert "404" in said["unknown"]
