"""JSON over HTTP from a service that may be slow, broken or hostile.

An answer is read as it comes, up to a size and a time, so that neither a body without end nor one that drips
byte by byte holds a run up. Addresses are not followed elsewhere: an API that redirects is not the one we
know.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from reprise._version import __version__
from reprise.collect.base import AccessDeniedError, CollectError, RefusedError, TransientError
from reprise.collect.credentials import guard_logs, hide
from reprise.errors import ConfigError, MissingDependencyError

try:
    import httpx
except ImportError as error:
    raise MissingDependencyError("httpx", "collect") from error

__all__ = [
    "USER_AGENT",
    "JsonClient",
    "as_items",
    "as_mapping",
    "decode_json",
    "dict_in",
    "error_of",
    "fetch_to_file",
    "list_in",
    "retry_after_s",
    "text_in",
]

USER_AGENT = f"reprise/{__version__}"
MAX_BYTES = 16 << 20
TIMEOUT_S = 15.0
DEADLINE_S = 60.0


class JsonClient:
    """Asks one service for JSON.

    Parameters
    ----------
    base_url : str
        Where the service is, ``http`` or ``https``.
    headers, parameters : mapping of str to str, optional
        Sent with each request. A key among the parameters is a secret: it is read by
        `reprise.collect.credentials.read_secret`, and so appears in no message.
    timeout_s : float
        How long the service may say nothing, in seconds.
    deadline_s : float
        How long one answer may take in all, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        guard_logs()
        require_web_address(base_url)
        self._deadline_s = deadline_s
        self._client = httpx.Client(
            base_url=base_url,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", **(headers or {})},
            params=dict(parameters or {}),
            timeout=timeout_s,
            follow_redirects=False,
        )

    def get(self, path: str, **parameters: str | int) -> Any:
        """Ask once.

        Raises
        ------
        TransientError
            If there was no whole answer in JSON, or the service is busy (429, 5xx).
        RefusedError
            If the service has nothing there (404 and other 4xx).
        AccessDeniedError
            If it does not let us in (401, 403).
        """
        try:
            with self._client.stream("GET", path, params=parameters) as response:
                body = read_limited(response.iter_bytes(), MAX_BYTES, self._deadline_s)
                if response.is_success:
                    return decode_json(body)
                raise error_of(response.status_code, response.headers, body)
        except httpx.HTTPError as error:
            # Its text may hold the address, and the address a key; the class says enough.
            raise TransientError(f"{_name(error)} while asking") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> JsonClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def fetch_to_file(url: str, path: Path) -> None:
    """Fetch a large file, going on at the end of what an earlier attempt left at `path`.

    Raises
    ------
    CollectError
        If the file could not be fetched to its end; what came stays for the next attempt.
    """
    require_web_address(url)
    done = path.stat().st_size if path.is_file() else 0
    headers = {"User-Agent": USER_AGENT, **({"Range": f"bytes={done}-"} if done else {})}
    try:
        with httpx.stream("GET", url, headers=headers, timeout=60.0) as response:
            if response.status_code == 416:  # there is nothing behind what is here
                return
            if response.status_code not in (200, 206):
                raise CollectError(f"{path.name}: HTTP {response.status_code}")
            with path.open("ab" if response.status_code == 206 else "wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)
    except httpx.HTTPError as error:
        raise CollectError(f"{path.name}: {_name(error)}; run it again to go on") from None


def require_web_address(url: str) -> None:
    """Refuse a base address that is not ``http`` or ``https`` with a host, or that carries a password."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigError("the base address is not a URL") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise ConfigError("a base address is http://… or https://… without a user name")


def error_of(status: int, headers: Mapping[str, str], body: bytes = b"") -> Exception:
    """Return the error that an answer means which is no success."""
    what = f"HTTP {status}{_explanation(body)}"
    if status == 429 or status >= 500:
        return TransientError(what, status=status, retry_after_s=retry_after_s(headers.get("Retry-After")))
    if status in (401, 403):
        return AccessDeniedError(f"access denied: {what}")
    if 300 <= status < 400:
        return RefusedError(f"{what}: redirected elsewhere", status=status)
    return RefusedError(what, status=status)


def retry_after_s(value: str | None) -> float | None:
    """Read a ``Retry-After``: seconds, or a date; ``None`` if there is none that can be read."""
    if value is None:
        return None
    try:
        return max(0.0, float(int(value.strip())))
    except (ValueError, OverflowError):
        pass
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def read_limited(chunks: Iterable[bytes], max_bytes: int, deadline_s: float) -> bytes:
    """Join what comes in; raise `TransientError` if it becomes too much or takes too long."""
    parts, size, end = [], 0, time.monotonic() + deadline_s
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise TransientError(f"an answer of more than {max_bytes >> 20} MiB")
        if time.monotonic() > end:
            raise TransientError(f"an answer that took more than {deadline_s:g} s")
        parts.append(chunk)
    return b"".join(parts)


def decode_json(body: bytes) -> Any:
    """Read JSON; an answer that is none may be whole the next time, so it is `TransientError`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise TransientError("an answer that is not JSON, or cut off") from None


def as_mapping(value: Any, *path: str) -> Mapping[str, Any]:
    """Return the mapping at `path`; an answer that has none there is not as documented."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, dict):
        raise TransientError(f"an answer without {'.'.join(path) or 'an object'}")
    return value


def as_items(value: Any, *path: str) -> list[Any]:
    """Return the list at `path`; an answer that has none there is not as documented."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, list):
        raise TransientError(f"an answer without {'.'.join(path) or 'a list'}")
    return value


def dict_in(item: Any, name: str) -> Mapping[str, Any]:
    """Return the mapping that an item may have under a name; empty if it has none."""
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, dict) else {}


def list_in(item: Any, name: str) -> list[Any]:
    """Return the list that an item may have under a name; empty if it has none."""
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, list) else []


def text_in(item: Any, name: str) -> str | None:
    """Return the text that an item may have under a name."""
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, str) and value else None


def _explanation(body: bytes) -> str:
    """The service's own words, if they are short and JSON: ``{"error": {"message": ...}}`` and its like."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    while isinstance(found, dict):
        found = next(
            (found[name] for name in ("error_description", "message", "error") if name in found), None
        )
    return f": {hide(' '.join(found.split()))[:120]}" if isinstance(found, str) else ""


def _name(error: Exception) -> str:
    return {
        "ConnectError": "no connection",
        "ConnectTimeout": "no connection in time",
        "ReadTimeout": "no answer in time",
        "RemoteProtocolError": "an answer cut off or against the protocol",
    }.get(type(error).__name__, type(error).__name__)
