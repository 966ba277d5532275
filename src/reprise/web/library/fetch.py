"""Fetching a file from an address that a user gives, without letting it reach anything inside this network.

A host is looked up once, every number that comes back must be public, and the connection goes to one of these numbers:
looked up again, the name could lead elsewhere (DNS rebinding). TLS still checks the certificate against the name.
Redirects are followed by hand, each under the same checks.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from reprise.errors import ParameterError

__all__ = ["Address", "FetchError", "check_address", "fetch", "is_public"]

_PORTS = frozenset({80, 443})
_MAX_URL = 2000
_MAX_REDIRECTS = 5
_LOOK_EVERY_S = 0.25
_CONNECT_S, _READ_S, _TOTAL_S = 10.0, 15.0, 180.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Ranges that Python calls global and that lead elsewhere: IPv4 in IPv6 by translation, and by an early habit.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "fec0::/10")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchError(ParameterError):
    """An address cannot be fetched, or must not be."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, and carries none that is not."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or address.teredo
        if carried or any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def check_address(url: str, *, ports: frozenset[int] | None = _PORTS) -> httpx.URL:
    """Check what can be told of an address without asking anybody.

    Raises
    ------
    FetchError
        If it is not ``http`` or ``https``, carries a user name, or names another port than 80 or 443.
    """
    if len(url) > _MAX_URL:
        raise FetchError("url: it is too long")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise FetchError("url: it is no address of the web") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise FetchError("url: only http and https are fetched")
    if parsed.userinfo:
        raise FetchError("url: it must not have a user name or a password")
    if ports is not None and _port(parsed) not in ports:
        raise FetchError("url: only the ports 80 and 443 are fetched")
    return parsed


def fetch(
    url: str,
    target: Path,
    *,
    most_bytes: int,
    total_s: float = _TOTAL_S,
    is_allowed_address: Callable[[Address], bool] | None = None,
    look: Callable[[float | None], None] = lambda fraction: None,
) -> None:
    """Fetch a file.

    Parameters
    ----------
    url : str
        As the user gave it.
    target : Path
        Where it goes; must not be there yet.
    most_bytes : int
        Whatever is larger is refused.
    total_s : float
        How long all of it may take, in seconds.
    is_allowed_address : callable, optional
        For tests: which numbers may be connected to, on any port; by default those that `is_public` lets pass, on the
        ports 80 and 443.
    look : callable
        Called some four times a second, whether anything comes or not, with the fraction that has come, or ``None``
        where the server does not say how much it will be. What it raises ends the fetch and is raised on.

    Raises
    ------
    FetchError
        If it cannot be had, or must not be.
    """
    ports = _PORTS if is_allowed_address is None else None
    try:
        with target.open("xb") as file:
            coming = _Coming(file, most_bytes)
            _watched(
                _within(total_s, _fetch(url, coming, is_allowed_address or is_public, ports)),
                lambda: look(coming.fraction),
            )
    except TimeoutError:
        raise FetchError(f"the server takes longer than {total_s:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(f"the server cannot be reached, or breaks off ({type(error).__name__})") from error


def _watched(work: Coroutine[Any, Any, None], look: Callable[[], None]) -> None:
    """Do work in a thread, and look after it in this one, which may ask the database."""
    with asyncio.Runner() as runner, ThreadPoolExecutor(1, thread_name_prefix="fetch") as thread:
        loop = runner.get_loop()
        task = loop.create_task(work)
        done = thread.submit(loop.run_until_complete, task)
        try:
            while not wait([done], _LOOK_EVERY_S).done:
                look()
            done.result()
        finally:
            if not done.done():
                loop.call_soon_threadsafe(task.cancel)
                wait([done])


async def _within(seconds: float, work: Any) -> None:
    # One clock over everything: a server that sends a byte now and then resets every other one.
    async with asyncio.timeout(seconds):
        await work


async def _fetch(
    url: str,
    coming: _Coming,
    is_allowed: Callable[[Address], bool],
    ports: frozenset[int] | None,
) -> None:
    timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
    # No proxies and no .netrc from the environment. Nothing is kept between the hops.
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout) as client:
        for _ in range(_MAX_REDIRECTS + 1):
            parsed = check_address(url, ports=ports)
            number = await _number_of(parsed, is_allowed)
            async with client.stream(
                "GET",
                parsed.copy_with(host=number),
                headers={
                    "Host": parsed.netloc.decode("ascii"),
                    "Accept": "audio/*, */*;q=0.1",
                    # A small body must not unpack into a large one.
                    "Accept-Encoding": "identity",
                    "User-Agent": "Reprise",
                },
                extensions={"sni_hostname": parsed.raw_host.decode("ascii")},
            ) as response:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    url = str(parsed.join(response.headers["location"]))
                    continue
                await _save(response, coming)
                return
    raise FetchError(f"more than {_MAX_REDIRECTS} redirects")


async def _number_of(url: httpx.URL, is_allowed: Callable[[Address], bool]) -> str:
    """Look a host up; every number that it has must be allowed."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(url.host, _port(url), type=socket.SOCK_STREAM)
        numbers = [ipaddress.ip_address(str(row[4][0])) for row in found]
    except (OSError, UnicodeError, ValueError):
        raise FetchError("its host is not found") from None
    if not numbers or not all(is_allowed(number) for number in numbers):
        raise FetchError("its host is not on the public internet")
    # IPv4 first: not every machine that is told of an IPv6 address can reach it.
    return str(min(numbers, key=lambda number: number.version))


class _Coming:
    """A file that comes, within its bound."""

    def __init__(self, file: BinaryIO, most_bytes: int) -> None:
        self._file, self._most, self._size, self._total = file, most_bytes, 0, 0

    @property
    def fraction(self) -> float | None:
        return min(1.0, self._size / self._total) if self._total else None

    def expect(self, size: int) -> None:
        self._total = size
        self._check(size)

    def write(self, part: bytes) -> None:
        self._size += len(part)
        self._check(self._size)
        self._file.write(part)

    def _check(self, size: int) -> None:
        if size > self._most:
            raise FetchError(f"the file is too large; the most is {self._most >> 20} MiB")


async def _save(response: httpx.Response, coming: _Coming) -> None:
    if response.status_code != 200:
        raise FetchError(f"the server answers {response.status_code}")
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise FetchError("the server packs the file, which was not asked for")
    declared = response.headers.get("content-length", "0")
    if declared.isdigit():
        coming.expect(int(declared))
    async for part in response.aiter_raw():
        coming.write(part)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
