"""``reprise serve`` as a user starts it: a real process, real requests, a real end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

PROGRAM = [sys.executable, "-c", "import sys; from reprise.cli import main; sys.exit(main())"]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Server:
    """A server with a folder of its own."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.port = free_port()
        self.log = folder / "log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE_")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--port", str(self.port), "--data", str(folder / "data"), *options],
                stdout=log, stderr=log, env=clean | environment,
            )  # fmt: skip

    def get(
        self, path: str, method: str = "GET", data: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method, data=data, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                body = answer.read()
                return answer.status, json.loads(body) if body else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def wait_ready(self) -> None:
        self.wait_for(lambda: self.get("/healthz")[0] == 200)

    def wait_for(self, is_so: Callable[[], bool], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            with suppress(OSError):
                if is_so():
                    return
            time.sleep(0.2)
        raise AssertionError(self.log.read_text())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, "--no-demo")
    yield server
    server.process.terminate()
    server.process.wait(30)


def workers_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(path.parent.name))
    return found


def multipart(name: str, content: bytes) -> tuple[bytes, str]:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return head + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def test_a_file_is_brought_watched_and_analysed(server: Server, pieces: Path) -> None:
    server.wait_ready()
    body, kind = multipart("song.flac", min(pieces.glob("*.flac")).read_bytes())
    status, job = server.get("/api/v1/uploads", "POST", body, **{"Content-Type": kind})
    assert status == 202
    with urllib.request.urlopen(
        f"http://127.0.0.1:{server.port}/api/v1/jobs/{job['id']}/events", timeout=120
    ) as events:
        told = [json.loads(line[6:]) for line in events if line.startswith(b'data: {"job"')]
    assert told[-1]["job"]["status"] == "done"
    assert len(told[-1]["low"]) > 500
    assert server.get(f"/api/v1/tracks/{job['track_id']}")[1]["status"] == "analysed"
    assert f"http://127.0.0.1:{server.port}/" in server.log.read_text()


def test_bodies_are_bounded_whether_they_say_their_length_or_not(tmp_path: Path) -> None:
    server = Server(tmp_path, "--no-demo", "--workers", "0", REPRISE_MAX_UPLOAD_MB="1")
    try:
        server.wait_ready()
        large = bytes(3 << 20)
        for send in ("declared", "chunked"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
                head = b"POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\n"
                head += b"Content-Type: multipart/form-data; boundary=x\r\n"
                with suppress(OSError):
                    if send == "declared":
                        line.sendall(head + b"Content-Length: 3145728\r\n\r\n")
                    else:
                        line.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
                        for at in range(0, len(large), 1 << 16):
                            line.sendall(b"10000\r\n" + large[at : at + (1 << 16)] + b"\r\n")
                answer = b""
                with suppress(OSError):
                    answer = line.recv(4096)
                # Who goes on sending may find the line closed before the answer is read.
                assert answer.startswith(b"HTTP/1.1 413") or (send == "chunked" and answer == b"")
        uploads = tmp_path / "data" / "uploads"
        assert not any(uploads.iterdir())
    finally:
        server.process.terminate()
        server.process.wait(30)


def test_a_dead_worker_is_replaced(server: Server) -> None:
    server.wait_ready()
    server.wait_for(lambda: server.get("/api/v1/status")[1]["workers"] == 1)
    (old,) = workers_of(server.process.pid)
    os.kill(old, signal.SIGKILL)
    server.wait_for(lambda: workers_of(server.process.pid) not in ([], [old]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_in_an_orderly_way_with_all_that_it_started(server: Server, number: int) -> None:
    server.wait_ready()
    server.wait_for(lambda: server.get("/api/v1/status")[1]["workers"] == 1)
    started = workers_of(server.process.pid)
    assert started
    server.process.send_signal(number)
    assert server.process.wait(30) == 0
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert "Traceback" not in server.log.read_text()


def test_workers_end_when_the_server_is_killed(server: Server) -> None:
    server.wait_ready()
    server.wait_for(lambda: server.get("/api/v1/status")[1]["workers"] == 1)
    (worker,) = workers_of(server.process.pid)
    server.process.kill()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{worker}").exists()


def refused(*options: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE_")}
    found = subprocess.run(
        [*PROGRAM, "serve", *options], capture_output=True, text=True, env=clean | environment, timeout=120
    )
    assert found.returncode == 1, found.stdout + found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
    return found.stderr


def test_a_port_in_use_is_refused(server: Server, tmp_path: Path) -> None:
    server.wait_ready()
    said = refused("--port", str(server.port), "--data", str(tmp_path / "other"))
    assert "in use" in said and "--port" in said
    assert not (tmp_path / "other" / "library.sqlite").exists()


def test_others_are_let_in_only_on_purpose_and_by_a_password(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path), "--port", str(free_port()))
    assert "--public" in refused("--host", "0.0.0.0", *data)
    assert "--allowed-host" in refused("--host", "0.0.0.0", "--public", *data)
    said = refused("--public", "--allowed-host", "music.example.org", *data)
    assert "reprise user add NAME --owner" in said


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """asyncio turns Nagle's algorithm off for sockets that say they are TCP, and for no others."""
    from reprise.config import Config
    from reprise.web.serve import _listening

    with (
        _listening(Config(port=free_port())) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
