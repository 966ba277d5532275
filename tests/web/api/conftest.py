"""A public server as a process of its own, with a small library: what is asked of it goes over HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FILL = """
import json, sys
from reprise.web.boot import boot
boot()
from pathlib import Path
from django.contrib.auth.models import User
from reprise.analysis import analyze
from reprise.records import Tags
from reprise.web.library.accounts import add_user, new_token
from reprise.web.library.models import Job, Playlist, Track
from reprise.web.library.storing import describe, store_analysis
owner = add_user("owner", "the long password of an owner", "owner")
guest = add_user("guest", "the long password of a guest")
tracks = []
for path in sorted(Path(sys.argv[1]).glob("*.flac")):
    status = path.stat()
    track = Track(path=str(path), size=status.st_size, mtime_ns=status.st_mtime_ns, uploaded_by=guest)
    describe(track, Tags(title=path.stem, artist="The Demo Band", album="Demo"))
    track.save()
    store_analysis(track, analyze(path, detail=True, embedding=True, waveform=True))
    tracks.append(track)
job = Job.objects.create(kind="scan", title="a folder", user=guest, status="done")
playlist = Playlist.objects.create(name="a playlist", user=guest)
print(json.dumps({
    "owner": new_token(owner, "test")[1], "guest": new_token(guest, "test")[1],
    "known": {"track_id": tracks[0].public_id, "artist_id": tracks[0].artist.public_id,
              "job_id": job.public_id, "playlist_id": playlist.public_id},
}))
"""


@dataclass(frozen=True)
class PublicServer:
    """Where it is, the tokens of its owner and its guest, things that are there, and its log."""

    address: str
    tokens: dict[str, str]
    known: dict[str, str]
    log: Path


@pytest.fixture(scope="module")
def public_server(tmp_path_factory: pytest.TempPathFactory, pieces: Path) -> Iterator[PublicServer]:
    """A server that was filled with three pieces and started as `reprise serve --public` is."""
    folder = tmp_path_factory.mktemp("public")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE_")}
    settings = {
        "REPRISE_DATA": str(folder / "data"),
        "REPRISE_PUBLIC": "1",
        "REPRISE_ALLOWED_HOSTS": "127.0.0.1",
        "REPRISE_RATE_PER_MINUTE": "1000000",
        "REPRISE_UPLOADS_PER_HOUR": "1000000",
    }
    filled = subprocess.run(
        [sys.executable, "-c", FILL, str(pieces)],
        env=clean | settings,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    there: dict[str, Any] = json.loads(filled.stdout.splitlines()[-1])
    log = folder / "log"
    program = "import sys; from reprise.cli import main; sys.exit(main())"
    options = ["serve", "--port", str(port), "--workers", "0", "--no-demo"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *options], env=clean | settings, stdout=file, stderr=file
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/healthz", process, log)
        tokens = {"owner": there["owner"], "guest": there["guest"]}
        yield PublicServer(address, tokens, there["known"], log)
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
