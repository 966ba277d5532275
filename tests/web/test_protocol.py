"""What comes over a connection before a body is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn

from reprise.web.protocol import MOST_HEAD, BoundedProtocol


async def _app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"7")]})
    await send({"type": "http.response.body", "body": f"{len(body):07}".encode()})


def _answers(*sent: bytes) -> bytes:
    """Send parts over one connection to a real server, and return all that comes back."""
    # In a thread of its own: the tests with a browser leave a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_sent(sent))).result()


async def _sent(sent: Sequence[bytes]) -> bytes:
    config = uvicorn.Config(_app, port=0, http=BoundedProtocol, ws="none", lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
    reading = asyncio.create_task(reader.read())
    try:
        for part in sent:
            if reading.done():
                break
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)
        return await asyncio.wait_for(reading, 10)
    except ConnectionError:
        return b""  # it was closed while this was still sending
    finally:
        writer.close()
        server.should_exit = True
        await running


def _head(size: int) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(size // 8))


def test_headers_without_an_end_are_refused() -> None:
    part = b"X-A: " + b"y" * 1000 + b"\r\n"
    sent = [_head(0), *[part * 20] * (MOST_HEAD // len(part) // 20 + 2)]
    answer = _answers(*sent)
    assert not answer or answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("times", [1, 3])
def test_one_connection_serves_many_requests_with_long_bodies(times: int) -> None:
    body = b"z" * (2 * MOST_HEAD)
    request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    last = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab"
    answer = _answers(*[request] * times, last)
    assert answer.count(b"HTTP/1.1 200") == times + 1
    assert answer.count(b"%07d" % len(body)) == times
    assert answer.endswith(b"0000002")


def test_long_headers_below_the_bound_are_read() -> None:
    head = _head(MOST_HEAD // 4) + b"Connection: close\r\n\r\n"
    assert _answers(head).startswith(b"HTTP/1.1 200")
