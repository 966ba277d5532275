"""Run a program for Spotify's Web API against Reprise without changing it: ``python -m reprise.spotify_redirect``.

Programs name Spotify's two hosts in their own code or in a library's. Here their requests to these two, and to no
other, go to Reprise instead; it is done in this process alone, where ``requests`` and ``httpx`` send what every client
on top of them asks for, spotipy and tekore among them.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

__all__ = ["main", "redirect", "redirected"]

HOSTS = frozenset({"api.spotify.com", "accounts.spotify.com"})
_DEFAULT = "http://127.0.0.1:8808"
_VARIABLE = "REPRISE_URL"
_USAGE = "usage: python -m reprise.spotify_redirect [--to URL] SCRIPT [ARGUMENTS...]"


def redirected(url: str, base: str) -> str:
    """Return where a request goes: one to Spotify's Web API or its tokens to Reprise, any other as it is.

    Parameters
    ----------
    url : str
    base : str
        Address of Reprise, such as ``"http://127.0.0.1:8808"``.

    Examples
    --------
    >>> redirected("https://api.spotify.com/v1/me?x=1", "http://127.0.0.1:8808")
    'http://127.0.0.1:8808/v1/me?x=1'
    >>> redirected("https://example.org/v1/me", "http://127.0.0.1:8808")
    'https://example.org/v1/me'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.netloc.lower() not in HOSTS:
        return url
    to = urlsplit(base)
    path = to.path.rstrip("/") + parts.path
    return urlunsplit((to.scheme, to.netloc, path, parts.query, parts.fragment))


def redirect(base: str) -> None:
    """Let every request of this process to Spotify's Web API go to Reprise.

    Parameters
    ----------
    base : str
        Address of Reprise.

    Raises
    ------
    ValueError
        If it is no address of the web.
    """
    to = urlsplit(base)
    if to.scheme not in ("http", "https") or not to.netloc:
        raise ValueError(f"{base!r} is no address such as {_DEFAULT}")
    # A token that spotipy has kept of the one must not be sent to the other.
    os.environ.setdefault("SPOTIPY_CLIENT_USERNAME", "reprise")
    if importlib.util.find_spec("requests"):
        _redirect_requests(base)
    if importlib.util.find_spec("httpx"):
        _redirect_httpx(base)


def _redirect_requests(base: str) -> None:
    import requests

    original: Any = requests.Session.request

    @functools.wraps(original)
    def request(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        return original(self, method, redirected(str(url), base), *args, **kwargs)

    requests.Session.request = request  # type: ignore[method-assign]


def _redirect_httpx(base: str) -> None:
    import httpx

    def moved(request: httpx.Request) -> httpx.Request:
        # The host's name stands in a header as well, so that it is not enough to change the address.
        if (url := redirected(str(request.url), base)) != str(request.url):
            request.url = httpx.URL(url)
            request.headers["Host"] = request.url.netloc.decode("ascii")
        return request

    send: Any = httpx.Client.send
    send_async: Any = httpx.AsyncClient.send

    @functools.wraps(send)
    def send_there(self: Any, request: httpx.Request, **kwargs: Any) -> Any:
        return send(self, moved(request), **kwargs)

    @functools.wraps(send_async)
    async def send_there_async(self: Any, request: httpx.Request, **kwargs: Any) -> Any:
        return await send_async(self, moved(request), **kwargs)

    httpx.Client.send = send_there  # type: ignore[method-assign]
    httpx.AsyncClient.send = send_there_async  # type: ignore[method-assign]


def main(arguments: Sequence[str]) -> int:
    """Run a script as ``python SCRIPT`` would, redirected.

    Parameters
    ----------
    arguments : sequence of str
        ``--to URL`` if it is given; the script; the script's own.

    Returns
    -------
    int
        2 if the usage is wrong. A script's own exit is raised as it is.
    """
    left = list(arguments)
    base = os.environ.get(_VARIABLE) or _DEFAULT
    if left[:1] == ["--to"] and len(left) > 1:
        base, left = left[1], left[2:]
    if not left or left[0].startswith("-") or not Path(left[0]).is_file():
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        redirect(base)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    sys.argv = left
    sys.path[0] = str(Path(left[0]).resolve().parent)
    runpy.run_path(left[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
