"""How often users of a public server may ask.

Kept in the memory of the one process that serves: a restart forgives. Wrong passwords are counted in the database
instead (`reprise.web.library.attempts`), where a restart forgives nothing.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest

__all__ = ["Allowance", "TooManyError", "client_address", "count_request", "forget_all"]

_UPLOADS = frozenset({"/api/v1/uploads", "/api/v1/analyses"})
_MOST_KEYS = 20_000


class TooManyError(Exception):
    """Somebody asks too often.

    Parameters
    ----------
    wait_s : int
        After how many seconds asking is of use again.
    """

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(f"too many requests; wait {wait_s} s")


class Allowance:
    """A bucket a key that fills evenly and gives one token a request (token bucket).

    Parameters
    ----------
    most : int
        How many requests may come at once.
    period_s : float
        Seconds in which an empty bucket is full again.
    """

    def __init__(self, most: int, period_s: float) -> None:
        self.most, self.period_s = most, period_s
        self._buckets: dict[Any, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: Any, now: float | None = None) -> int:
        """Take one token.

        Returns
        -------
        int
            0 if there was one, else the whole seconds until there is.
        """
        now = time.monotonic() if now is None else now
        a_second = self.most / self.period_s
        with self._lock:
            left, then = self._buckets.get(key, (float(self.most), now))
            left = min(self.most, left + max(0.0, now - then) * a_second)
            if left < 1:
                self._buckets[key] = (left, now)
                return math.ceil((1 - left) / a_second)
            if len(self._buckets) >= _MOST_KEYS and key not in self._buckets:
                self._drop_the_full(now)
            self._buckets[key] = (left - 1, now)
            return 0

    def _drop_the_full(self, now: float) -> None:
        """Forget who has waited long enough to have everything back; if nobody has, forget everybody."""
        kept = {key: at for key, at in self._buckets.items() if now - at[1] < self.period_s}
        self._buckets = kept if len(kept) < _MOST_KEYS else {}

    def clear(self) -> None:
        """Forgive everybody."""
        with self._lock:
            self._buckets.clear()


_allowances: dict[tuple[str, int], Allowance] = {}


def _allowance(name: str, most: int, period_s: float) -> Allowance:
    return _allowances.setdefault((name, most), Allowance(most, period_s))


def forget_all() -> None:
    """Forgive everybody everything."""
    _allowances.clear()


def client_address(request: HttpRequest) -> str:
    """Return the address that a request came from; proxies are believed as far as ``trusted_proxies`` says.

    Of IPv6 only the network is kept, the first 64 bits: one customer has all addresses of it.
    """
    hops = [request.META.get("REMOTE_ADDR") or ""]
    trusted = settings.CONFIG.trusted_proxies if settings.CONFIG.public else 0
    if trusted:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()] + hops
    # Each proxy appends whom it was called by, so what counts is at the end; before it anybody may write anything.
    said = hops[max(0, len(hops) - 1 - trusted)]
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def count_request(request: HttpRequest, user: Any) -> None:
    """Count a request of a user or, where nobody is known, of an address.

    Raises
    ------
    TooManyError
        If there were too many of late.
    """
    config = settings.CONFIG
    if not config.public:
        return
    is_known = user is not None and user.is_authenticated
    key = user.pk if is_known else client_address(request)
    wait_s = _allowance("requests", config.rate_per_minute, 60.0).take(key)
    if not wait_s and is_known and request.method == "POST" and request.path in _UPLOADS:
        wait_s = _allowance("uploads", config.uploads_per_hour, 3600.0).take(key)
    if wait_s:
        raise TooManyError(wait_s)
