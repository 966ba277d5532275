"""A real server with the demo library, and a real browser in front of it.

Every page that is opened is watched: a request to another host, an error on the console or a breach of the content
security policy fails the test. Screenshots go to the folder that ``REPRISE_SCREENSHOTS`` names, if it names one.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP, PHONE = (1280, 900), (360, 740)
_CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)


@dataclass(frozen=True)
class Server:
    """A running ``reprise serve``."""

    url: str
    data: Path
    database: str

    def get(self, path: str) -> Any:
        """Ask its API as a program does."""
        with urllib.request.urlopen(f"{self.url}/api/v1{path}", timeout=30) as answer:
            return json.load(answer)


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running_server(data: Path, *options: str, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Start a server of its own data folder, and of its own database unless one is given; stop it in the end."""
    environment = environment or {}
    with nullcontext("") if "REPRISE_DATABASE" in environment else own_database() as database:
        yield from _serving(data, options, {"REPRISE_DATABASE": database, **environment})


@contextmanager
def own_database() -> Iterator[str]:
    """Give a new database on the server that ``REPRISE_TEST_DATABASE`` names; else nothing, which is SQLite."""
    if not (of_tests := os.environ.get("REPRISE_TEST_DATABASE", "")):
        yield ""
        return
    import psycopg

    name = f"e2e_{uuid.uuid4().hex}"
    with psycopg.connect(of_tests, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(of_tests)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(of_tests, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _serving(data: Path, options: tuple[str, ...], environment: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    log = (data.parent / f"{data.name}-server.log").open("w+")
    process = subprocess.Popen(
        [Path(sys.executable).parent / "reprise", "serve", "--port", str(port), *options],
        env={**os.environ, "REPRISE_DATA": str(data), **environment},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait(lambda: _answers(port), process, log, "the server does not answer", 60)
        yield Server(f"http://127.0.0.1:{port}", data, environment["REPRISE_DATABASE"])
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _wait(is_true: Callable[[], bool], process: Any, log: Any, reason: str, limit_s: float) -> None:
    began = time.monotonic()
    while not is_true():
        if process.poll() is not None or time.monotonic() - began > limit_s:
            log.seek(0)
            raise AssertionError(f"{reason}:\n{log.read()[-4000:]}")
        time.sleep(0.2)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose demo library was analysed to the last piece, with clusters and a map."""
    with running_server(tmp_path_factory.mktemp("e2e") / "reprise") as running:
        began = time.monotonic()
        while (status := running.get("/status"))["analysed"] < 10:
            assert time.monotonic() - began < 180, f"the demo library is not analysed: {status}"
            time.sleep(0.5)
        yield running


# Of a module, not of the session: Playwright keeps a loop running in this thread, and other tests want their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, headless; skips where it is not installed."""
    if _CHROMIUM is None:
        pytest.skip("needs Chromium (Debian's package chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--no-first-run", "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required",
            ],
        )  # fmt: skip
        yield browser
        browser.close()


@pytest.fixture(params=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> str:
    """The two sizes that every page is looked at in."""
    return str(request.param)


@pytest.fixture
def page(chromium: Any, server: Server, size: str) -> Iterator[Any]:
    """A fresh tab, watched."""
    with watched_page(chromium, server, size) as opened:
        yield opened


@contextmanager
def watched_page(
    chromium: Any, server: Server, size: str = "desktop", scheme: str = "light"
) -> Iterator[Any]:
    """Open a tab, and fail in the end if it did what no page may do."""
    width, height = PHONE if size == "phone" else DESKTOP
    context = chromium.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        has_touch=size == "phone",
        permissions=["microphone"],
    )
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    wrong: list[str] = []
    own = (server.url, "data:", "blob:", "about:")
    opened.on("request", lambda r: None if r.url.startswith(own) else wrong.append(f"request to {r.url}"))
    opened.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None)
    opened.on("pageerror", lambda e: wrong.append(f"uncaught: {e}"))
    try:
        yield opened
    finally:
        context.close()
    assert not wrong, wrong


@pytest.fixture
def shot(size: str) -> Callable[[Any, str], None]:
    """Keep a picture of the page for people to look at."""

    def take(opened: Any, name: str) -> None:
        if folder := os.environ.get("REPRISE_SCREENSHOTS"):
            # As tall as the page: what keeps to the edge of the screen would else lie in the middle of the picture.
            before = opened.viewport_size
            height = opened.evaluate("document.documentElement.scrollHeight")
            opened.set_viewport_size({"width": before["width"], "height": height})
            opened.screenshot(path=str(Path(folder) / f"{name}-{size}.png"))
            opened.set_viewport_size(before)

    return take


@pytest.fixture
def accessible() -> Callable[[Any], None]:
    """Axe finds nothing serious, and nothing is wider than the screen."""
    if not AXE.is_file():
        pytest.skip("needs axe-core: run npm ci in frontend/")

    def check(opened: Any) -> None:
        opened.evaluate(AXE.read_text(encoding="utf-8"))
        found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        serious = [
            (each["id"], each["help"], [node["html"][:200] for node in each["nodes"]][:3])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert not serious, serious
        widths = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], f"the page is {widths[0]} px wide on a screen of {widths[1]}"

    return check
