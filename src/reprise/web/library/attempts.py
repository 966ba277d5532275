"""Wrong passwords, and how long they make one wait. In the database: a restart forgives nothing.

Counted for a name at an address, so that nobody can lock another out from elsewhere, and for an address as a whole, so
that nobody can go through all names. Only hashes are kept: people type passwords into the field of the name.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reprise.web.library.models import LoginAttempts

__all__ = ["begin_attempt", "succeeded"]

_FREE = {"name": 5, "address": 30}
_LONGEST_S = 15 * 60
_FORGOTTEN_AFTER = timedelta(days=1)


def begin_attempt(name: str, address: str) -> int:
    """Count an attempt to log in before the password is looked at, so that many at once count as many.

    Parameters
    ----------
    name : str
        As it was typed.
    address : str

    Returns
    -------
    int
        0 if it may go on, else the seconds to wait; one that has to wait is not counted.
    """
    now = timezone.now()
    LoginAttempts.objects.filter(last_at__lt=now - _FORGOTTEN_AFTER).delete()
    keys = _keys(name, address)
    with transaction.atomic():
        for key in keys.values():
            LoginAttempts.objects.get_or_create(key=key, defaults={"last_at": now, "wait_until": now})
        rows = {
            row.key: row for row in LoginAttempts.objects.select_for_update().filter(key__in=keys.values())
        }
        wait_s = max(_seconds(rows[key].wait_until - now) for key in keys.values())
        if wait_s:
            return wait_s
        for kind, key in keys.items():
            row = rows[key]
            row.count, row.last_at = row.count + 1, now
            row.wait_until = _wait_until(row.count, _FREE[kind], now)
            row.save()
    return 0


def succeeded(name: str, address: str) -> None:
    """Forget what a name got wrong at an address, and take this attempt off the address."""
    keys = _keys(name, address)
    LoginAttempts.objects.filter(key=keys["name"]).delete()
    LoginAttempts.objects.filter(key=keys["address"], count__gt=0).update(count=F("count") - 1)


def _keys(name: str, address: str) -> dict[str, str]:
    def digest(text: str) -> str:
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    return {"name": digest(f"{name.casefold()}\0{address}"), "address": digest(f"\0{address}")}


def _wait_until(count: int, free: int, now: datetime) -> datetime:
    """Double the wait with each attempt beyond the free ones, up to a quarter of an hour."""
    if count < free:
        return now
    return now + timedelta(seconds=min(_LONGEST_S, 2 ** min(count - free, 20)))


def _seconds(wait: timedelta) -> int:
    return max(0, -(-int(wait.total_seconds() * 1000) // 1000))
