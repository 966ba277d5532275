"""Whether the server can do its work, for those who start it again when it cannot."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

from django.db import Error, connection
from django.http import HttpResponse, JsonResponse

__all__ = ["health"]

_KEPT_S = 1.0
_CONNECT_S = 3


def health() -> HttpResponse:
    """Answer ``/healthz``: 200 if the database answers, else 503. It tells nothing else, so anybody may ask."""
    is_well = _remembered.get()
    return JsonResponse({"ok": is_well}, status=200 if is_well else 503)


def _answers() -> bool:
    """Whether the database that the settings name can be opened now, and holds a library.

    On a connection that is open already, SQLite would go on reading a file that was deleted, and the pool of PostgreSQL
    would look for half a minute before it gives up.
    """
    own = connection.copy(alias="health")
    options: dict[str, Any] = own.settings_dict["OPTIONS"]
    if connection.vendor == "postgresql":
        options.pop("pool", None)
        options["connect_timeout"] = _CONNECT_S
    elif not Path(own.settings_dict["NAME"]).is_file():
        return False  # opening it would make one
    try:
        with closing(own), own.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_migrations")
            return bool(cursor.fetchone()[0])
    except Error:
        return False


class _Remembered:
    """What was found within the last second: whoever asks again and again opens no connection each time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until, self._is_well = 0.0, False

    def get(self) -> bool:
        with self._lock:
            if monotonic() > self._until:
                self._is_well = _answers()
                self._until = monotonic() + _KEPT_S
            return self._is_well


_remembered = _Remembered()
