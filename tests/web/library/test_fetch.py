"""Fetching by address: nothing inside the network, nothing endless, nothing that unpacks."""

from __future__ import annotations

import gzip
import ipaddress
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from reprise.web.library.fetch import FetchError, check_address, fetch, is_public
from reprise.web.library.jobs import Reporter, cancel, run_job
from reprise.web.library.models import Job, Track
from reprise.web.library.uploads import track_from_address

MOST = 1 << 20


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: C901
        where = self.path
        if where.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", where.removeprefix("/to/"))
            self.end_headers()
        elif where == "/ring":
            self.send_response(302)
            self.send_header("Location", "/ring")
            self.end_headers()
        elif where == "/song":
            self._send(b"RIFF" + bytes(1000))
        elif where == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "2000")
            self.end_headers()
            self.wfile.write(b"RIFF" + bytes(996))
            self.server.was_left.wait(60)  # type: ignore[attr-defined]
        elif where == "/silent":
            self.server.was_left.wait(60)  # type: ignore[attr-defined]
        elif where == "/declared":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
        elif where == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(bytes(1 << 16))
            except OSError:
                pass
        elif where == "/drip":
            self._drip(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(10_000))
        elif where == "/dripping-header":
            self._drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000)
        elif where == "/gzip":
            self._send(gzip.compress(bytes(MOST * 50)), ("Content-Encoding", "gzip"))
        elif where == "/host":
            self._send(self.headers["Host"].encode())
        else:
            self.send_error(404)

    def _send(self, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, data: bytes) -> None:
        try:
            for at in range(len(data)):
                self.wfile.write(data[at : at + 1])
                time.sleep(0.1)
        except OSError:
            pass

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.was_left = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.was_left.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def _loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return str(address) == "127.0.0.1"


def _get(url: str, target: Path, **more: float) -> bytes:
    fetch(url, target, most_bytes=MOST, is_allowed_address=_loopback, **more)
    return target.read_bytes()


def test_a_file_comes_whole_also_by_redirects(server: str, tmp_path: Path) -> None:
    assert _get(f"{server}/song", tmp_path / "a")[:4] == b"RIFF"
    assert _get(f"{server}/to/{server}/to/{server}/song", tmp_path / "b")[:4] == b"RIFF"


def test_the_server_is_told_the_name_although_the_number_is_called(server: str, tmp_path: Path) -> None:
    port = server.rpartition(":")[2]
    try:
        assert _get(f"http://localhost:{port}/host", tmp_path / "a") == f"localhost:{port}".encode()
    except FetchError as error:  # where localhost is ::1 as well, that number is not allowed here
        assert "public internet" in str(error)


def test_without_leave_loopback_is_refused_on_any_port(server: str, tmp_path: Path) -> None:
    for url in (
        f"{server}/song",
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://0.0.0.0/",
    ):
        with pytest.raises(FetchError):
            fetch(url, tmp_path / "a", most_bytes=MOST)
        (tmp_path / "a").unlink(missing_ok=True)


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest/", "http://[::1]/", "http://10.0.0.1/", "file:///etc/passwd"]
)
def test_redirects_are_checked_like_the_first_address(server: str, tmp_path: Path, to: str) -> None:
    with pytest.raises(FetchError, match=r"public internet|only http"):
        _get(f"{server}/to/{to}", tmp_path / "a")


def test_a_ring_of_redirects_ends(server: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="redirects"):
        _get(f"{server}/ring", tmp_path / "a")


@pytest.mark.parametrize("where", ["declared", "endless"])
def test_a_huge_body_is_refused(server: str, tmp_path: Path, where: str) -> None:
    with pytest.raises(FetchError, match="too large"):
        _get(f"{server}/{where}", tmp_path / "a")
    assert (tmp_path / "a").stat().st_size <= MOST


class _EnoughError(Exception):
    pass


@pytest.mark.parametrize(("where", "expected"), [("half", 0.5), ("silent", None)])
def test_whoever_looks_after_it_sees_how_far_it_is_and_may_end_it(
    server: str, tmp_path: Path, where: str, expected: float | None
) -> None:
    seen = []

    def look(fraction: float | None) -> None:
        seen.append(fraction)
        if fraction == expected and len(seen) > 1:
            raise _EnoughError

    with pytest.raises(_EnoughError):
        fetch(
            f"{server}/{where}",
            tmp_path / "a",
            most_bytes=MOST,
            is_allowed_address=_loopback,
            look=look,
        )
    assert seen[-1] == expected


def test_a_job_tells_how_far_the_file_is_and_is_cancelled_on_the_way(
    server: str, transactional_db: Any
) -> None:
    job = Job.objects.create(kind="analysis", title="a", options={"url": f"{server}/half"})
    ended: list[str] = []

    def work(reporter: Reporter) -> None:
        try:
            track_from_address(job, reporter, _loopback)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    def run() -> None:
        try:
            run_job(job.pk, work)
        finally:
            connection.close()

    worker = threading.Thread(target=run)
    worker.start()
    while worker.is_alive() and not Job.objects.filter(stage="fetch", fraction=0.5).exists():
        time.sleep(0.05)
    cancel(job)
    worker.join(30)
    # The server holds the second half back for longer.
    assert not worker.is_alive()
    assert ended == ["JobCancelledError"]
    assert not Track.objects.exists()
    assert not list(settings.CONFIG.uploads.glob("*.part"))
    job.refresh_from_db()
    assert job.status == "cancelled"


@pytest.mark.parametrize("where", ["drip", "dripping-header"])
def test_a_server_that_drips_is_given_up(server: str, tmp_path: Path, where: str) -> None:
    with pytest.raises(FetchError, match="takes longer than 1 s"):
        _get(f"{server}/{where}", tmp_path / "a", total_s=1.0)


def test_a_body_that_would_unpack_is_refused(server: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="packs"):
        _get(f"{server}/gzip", tmp_path / "a")


def test_proxies_of_the_environment_are_not_asked(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert _get(f"{server}/song", tmp_path / "a")


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/a", "http://user:pw@example.org/", "http://example.org:8080/", "https:///a", "file:///etc/passwd",
     "javascript:1", "http://", "", "http://" + "a" * 3000, "gopher://example.org", "http://exa mple.org\n/"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused_before_anybody_is_asked(url: str) -> None:
    with pytest.raises(FetchError):
        check_address(url)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("8.8.8.8", True), ("2001:4860:4860::8888", True), ("10.1.2.3", False), ("172.16.0.1", False),
     ("192.168.1.1", False), ("127.0.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
     ("0.0.0.0", False), ("224.0.0.1", False), ("240.0.0.1", False), ("255.255.255.255", False), ("192.0.2.1", False),
     ("198.18.0.1", False), ("::1", False), ("::", False), ("fe80::1", False), ("fc00::1", False), ("fec0::1", False),
     ("ff02::1", False), ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", False), ("64:ff9b::7f00:1", False),
     ("64:ff9b:1::1", False), ("2002:7f00:1::", False), ("::127.0.0.1", False), ("2001:db8::1", False)],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_public(number: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(number)) is expected
