"""Whether the server can do its work, for those who start it again when it cannot."""

from __future__ import annotations

from django.db import Error, connection
from django.http import HttpResponse, JsonResponse

__all__ = ["health"]


def health() -> HttpResponse:
    """Answer ``/healthz``: 200 if the database answers, else 503. It tells nothing else, so anybody may ask."""
    try:
        connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error:
        connection.close()
        return JsonResponse({"ok": False}, status=503)
    finally:
        if not connection.in_atomic_block and connection.settings_dict["CONN_MAX_AGE"] == 0:
            connection.close()
    return JsonResponse({"ok": True})
