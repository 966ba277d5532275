"""Web and workers in one command: the web in this process, each worker in one of its own; all end together."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

from reprise.config import Config, load_config
from reprise.errors import ConfigError, MissingDependencyError
from reprise.web.boot import boot
from reprise.web.worker import start_worker
from reprise.workers import blas

__all__ = ["Workers", "serve"]

logger = logging.getLogger("reprise.serve")

_LOOK_EVERY_S = 0.5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_LIVED_LONG_S = 30.0
_STREAMS_END_S = 2
_IDLE_S = 75
"""Longer than people think between two clicks: a connection that is closed just as a request comes is an error."""
_WORKERS_END_S = 12.0


class Workers:
    """Keeps so many worker processes running; one that dies is started again, later each time if it dies at once.

    Parameters
    ----------
    count : int
    is_quiet : bool
        Whether they leave out a line on stderr for each task.
    """

    def __init__(self, count: int, *, is_quiet: bool = False) -> None:
        self._slots = [_Slot(is_quiet) for _ in range(count)]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    @property
    def pids(self) -> list[int]:
        """Of the processes that are running."""
        return [slot.process.pid for slot in self._slots if slot.process and slot.process.poll() is None]

    def start(self) -> None:
        """Start them."""
        for slot in self._slots:
            slot.start()
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Send each of them SIGTERM."""
        self._stopping.set()
        for slot in self._slots:
            if slot.process and slot.process.poll() is None:
                slot.process.terminate()

    def stop(self) -> None:
        """End them all; one that does not end is killed, and what it had in hand is taken back later."""
        self.ask_to_stop()
        deadline = time.monotonic() + _WORKERS_END_S
        for slot in self._slots:
            if slot.process is None:
                continue
            try:
                slot.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                slot.process.kill()
                slot.process.wait()

    def _keep(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY_S):
            for slot in self._slots:
                slot.look_after()
        # One that was started while the others were being told.
        self.ask_to_stop()


class _Slot:
    """The place of one worker."""

    def __init__(self, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self.process: subprocess.Popen[bytes] | None = None
        self._started_at = self._again_at = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self._is_down = False

    def start(self) -> None:
        self._started_at, self._is_down = time.monotonic(), False
        self.process = start_worker(is_quiet=self._is_quiet)

    def look_after(self) -> None:
        now = time.monotonic()
        if self._is_down:
            if now >= self._again_at:
                self.start()
            return
        if self.process is None or self.process.poll() is None:
            return
        lived_long = now - self._started_at > _LIVED_LONG_S
        self._pause_s = _FIRST_PAUSE_S if lived_long else min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self._again_at, self._is_down = now + self._pause_s, True
        logger.warning(
            "a worker ended (%s); another one starts in %.0f s", self.process.returncode, self._pause_s
        )


def serve(
    flags: Mapping[str, Any] | None = None, *, demo: bool = True, say: Callable[[str], None] = print
) -> int:
    """Serve the library until SIGTERM or SIGINT.

    Parameters
    ----------
    flags : mapping of str to object, optional
        Settings from the command line; see `reprise.config.Config`.
    demo : bool
        Whether an empty library gets the demo's pieces.
    say : callable
        Is given the lines for people.

    Returns
    -------
    int
        0 after an orderly end.

    Raises
    ------
    ConfigError
        If the port is in use, or others may come but nobody could log in.
    """
    config = load_config(flags)
    _check_reach(config)
    with _listening(config) as listener:
        boot(flags)
        _check_public(config)
        _begin(demo)
        # Bodies that are being received go where there is room for them, not into a /tmp that is memory.
        tempfile.tempdir = str(config.uploads)
        return _run(config, listener, say)


def _run(config: Config, listener: socket.socket, say: Callable[[str], None]) -> int:
    try:
        import numpy  # noqa: F401 (its BLAS has to be there to be told)
        import uvicorn

        from reprise.web.protocol import BoundedProtocol
    except ModuleNotFoundError as error:
        raise MissingDependencyError("uvicorn", "web") from error

    class Server(uvicorn.Server):  # type: ignore[misc]
        """Leaves signals to us: workers have to be told as well."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    server = Server(
        uvicorn.Config(
            "reprise.web.asgi:application",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_STREAMS_END_S,
            timeout_keep_alive=_IDLE_S,
            http=BoundedProtocol,
            ws="none",
            loop="auto",
        )
    )
    workers = Workers(config.workers)

    def stop(number: int, frame: FrameType | None) -> None:
        # The second time at once.
        server.force_exit = server.should_exit
        server.should_exit = True
        workers.ask_to_stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        workers.start()
        threading.Thread(target=_read_ahead, daemon=True).start()
        say(f"Reprise is at {_address(config)}")
        say("Ctrl-C stops it." if sys.stdout.isatty() else f"{config.workers} workers")
        # Threads of BLAS go on waiting busily after each product, on cores that other requests and workers need.
        with blas().limit(limits=1, user_api="blas"):
            server.run(sockets=[listener])
    finally:
        workers.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _read_ahead() -> None:
    """Read what the first requests would wait for. What goes wrong here goes wrong for one of them, which tells."""
    from django.db import connections

    from reprise.web.library.search import suggest
    from reprise.web.library.vectors import library_vectors

    with contextlib.suppress(Exception):
        suggest("a")
        library_vectors()
    connections.close_all()


def _begin(demo: bool) -> None:
    """Do what is to be done once before anybody comes."""
    from reprise.web.library.demo import offer_demo
    from reprise.web.library.jobs import drop_old_jobs
    from reprise.web.library.uploads import drop_leftovers

    drop_leftovers()
    drop_old_jobs()
    if demo:
        offer_demo()


def _check_reach(config: Config) -> None:
    if not config.public and not _is_loopback(config.host):
        raise ConfigError(
            f"host {config.host} lets others come, who would all be the owner; say --public, so that they must log in"
        )
    if config.public and not config.allowed_hosts:
        raise ConfigError(
            "a public server answers to its own names alone: say them with --allowed-host NAME,"
            " or REPRISE_ALLOWED_HOSTS"
        )


def _check_public(config: Config) -> None:
    from reprise.web.library.accounts import login_is_possible

    if config.public and not login_is_possible():
        raise ConfigError("nobody could log in; make the first account: reprise user add NAME --owner")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _listening(config: Config) -> Iterator[socket.socket]:
    """Take the port first: whoever comes second must not touch the database."""
    host = config.host.strip("[]")
    # Only of sockets that say TCP does asyncio turn Nagle's algorithm off; with it most answers wait for 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, config.port))
            listener.listen(socket.SOMAXCONN)
        except OSError as error:
            raise ConfigError(
                f"cannot listen on port {config.port} of {config.host}: {(error.strerror or str(error)).lower()};"
                " choose another one with --port"
            ) from error
        yield listener


def _address(config: Config) -> str:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{config.port}/"
