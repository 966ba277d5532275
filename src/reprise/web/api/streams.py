"""Server-sent events: what changes, as it changes (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse

__all__ = ["changes", "event_stream"]

_PING_S = 15.0


async def changes(
    name: str, look: Callable[[], Awaitable[tuple[Any, bool]]], *, every_s: float = 0.25
) -> AsyncIterator[bytes]:
    """Look again and again, and yield an event whenever something else is seen.

    Parameters
    ----------
    name : str
        Of the events.
    look : coroutine function
        Returns what there is, ready for JSON, and whether that was the last of it.
    every_s : float

    Yields
    ------
    bytes
        Events; a ping every 15 s, so that proxies keep the line open and a closed one is noticed.
    """
    seen, sent_at = None, monotonic()
    while True:
        found, is_over = await look()
        text = json.dumps(found, cls=DjangoJSONEncoder, separators=(",", ":"))
        if text != seen:
            seen, sent_at = text, monotonic()
            yield f"event: {name}\ndata: {text}\n\n".encode()
        if is_over:
            return
        if monotonic() - sent_at > _PING_S:
            sent_at = monotonic()
            yield b"event: ping\ndata: {}\n\n"
        await asyncio.sleep(every_s)


def event_stream(events: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """Answer with events."""
    # A proxy that gathers them before it hands them on would make a picture of progress useless.
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(events, content_type="text/event-stream", headers=headers)
