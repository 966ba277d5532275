"""A server whose database or disk fails says so, and goes on when that is over."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.test_serve import Server, multipart

ROOT = Path(__file__).resolve().parents[2]


def stop(server: Server) -> None:
    server.process.terminate()
    server.process.wait(30)


def test_it_is_not_well_without_its_file(tmp_path: Path) -> None:
    server = Server(tmp_path, "--no-demo", "--workers", "0")
    try:
        server.wait_ready()
        assert server.get("/healthz") == (200, {"ok": True})
        database, away = tmp_path / "data" / "library.sqlite", tmp_path / "away"
        database.rename(away)
        server.wait_for(lambda: server.get("/healthz") == (503, {"ok": False}), 10)
        assert not database.exists()
        away.rename(database)
        server.wait_for(lambda: server.get("/healthz") == (200, {"ok": True}), 10)
        database.write_bytes(os.urandom(database.stat().st_size))
        for ending in ("-wal", "-shm"):  # else it is read from there
            database.with_name(f"{database.name}{ending}").unlink(missing_ok=True)
        server.wait_for(lambda: server.get("/healthz") == (503, {"ok": False}), 10)
    finally:
        stop(server)


def test_it_is_not_well_without_its_database_server(tmp_path: Path) -> None:
    if not os.environ.get("REPRISE_TEST_DATABASE", "").startswith("postgresql"):
        pytest.skip("needs PostgreSQL: REPRISE_TEST_DATABASE names none")
    name = f"health-{os.getpid()}"
    script = str(ROOT / "tools" / "postgresql.sh")
    started = subprocess.run([script, "start", name], capture_output=True, text=True, check=True)
    try:
        server = Server(
            tmp_path, "--no-demo", "--workers", "0", REPRISE_DATABASE=started.stdout.strip().splitlines()[-1]
        )
        try:
            server.wait_ready()
            subprocess.run([script, "stop", name], check=True, capture_output=True)
            server.wait_for(lambda: server.get("/healthz") == (503, {"ok": False}), 30)
        finally:
            stop(server)
    finally:
        subprocess.run([script, "stop", name], capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("taken_mb", [6, 4], ids=["by the body", "by the file that it holds"])
def test_a_full_disk_is_told(taken_mb: int, small_disk: Path, tmp_path: Path, pieces: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "uploads").symlink_to(small_disk)
    server = Server(tmp_path, "--no-demo", "--workers", "0")
    try:
        server.wait_ready()
        filler = small_disk / "filler"
        filler.write_bytes(bytes(taken_mb << 20))
        body, kind = multipart("large.wav", b"RIFF" + bytes(3 << 20))
        status, said = server.get("/api/v1/uploads", "POST", body, **{"Content-Type": kind})
        assert (status, said["status"]) == (507, 507)
        assert "disk" in said["detail"]
        filler.unlink()
        assert list(small_disk.iterdir()) == []
        assert server.get("/api/v1/jobs")[1]["items"] == []
        body, kind = multipart("song.flac", min(pieces.glob("*.flac")).read_bytes())
        assert server.get("/api/v1/uploads", "POST", body, **{"Content-Type": kind})[0] == 202
        assert "Traceback" not in server.log.read_text()
    finally:
        stop(server)
