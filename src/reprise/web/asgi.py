"""What the ASGI server runs: Django, with one change of threads a request and a bound on what is read of a body.

Django's own handler goes to and fro between the event loop and a new thread for each middleware and signal. Everything
here but streams is synchronous, so a request goes to one thread of a pool and comes back as an answer
(docs/explanation/security.md has what is refused before that).
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reprise.web.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.core import signals  # noqa: E402
from django.core.exceptions import RequestAborted, RequestDataTooBig  # noqa: E402
from django.core.handlers.asgi import ASGIHandler, get_script_prefix  # noqa: E402
from django.db import close_old_connections  # noqa: E402
from django.http import FileResponse, HttpRequest, HttpResponseBase  # noqa: E402
from django.urls import set_script_prefix  # noqa: E402

from reprise.web.api.auth import is_known  # noqa: E402
from reprise.web.health import health  # noqa: E402
from reprise.web.refusing import refused  # noqa: E402

__all__ = ["Handler", "application"]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_THREADS = 8
_UPLOADS = "/api/v1/uploads"
_AROUND_A_FILE = 64 * 1024
"""What multipart puts around a file, in bytes."""

_PATIENCE_S = 2.0

_pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="request")


def _in_pool(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Let a thread of the pool do it. Django's connections are a thread's own, so nothing of the context is needed."""

    def call(*given: Any) -> Awaitable[Any]:
        return asyncio.get_running_loop().run_in_executor(_pool, function, *given)

    return call


class Handler(ASGIHandler):  # type: ignore[misc]
    """Takes requests of an ASGI server to Django and the answers back."""

    def __init__(self) -> None:
        # Not the parent's own, which would load the middleware for the event loop.
        self.load_middleware(is_async=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError(f"no {scope['type']} here")
        if scope["path"] == "/healthz":
            # Before everything else: a container asks by its own number, which is no name of a public server.
            await self.send_response(await _in_pool(health)(), send)
            return
        try:
            body = await self._body(scope, receive)
        except RequestAborted:
            return
        if isinstance(body, HttpResponseBase):
            await _let_finish(receive)
            await self.send_response(body, send)
            return
        try:
            request, response = self.create_request(scope, body)
            if request is not None:
                response = await _in_pool(self._answer)(scope, request)
            if response.streaming:
                await self._stream(response, receive, send)
                await _in_pool(response.close)()
            else:
                await self.send_response(response, send)
        finally:
            body.close()

    async def _body(self, scope: Scope, receive: Receive) -> Any:
        """Read a body to its bound; what comes instead is an answer that refuses it."""
        headers = dict(scope["headers"])
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if scope["path"] == _UPLOADS and scope["method"] == "POST":
            most = settings.CONFIG.max_upload_mb * 1024 * 1024 + _AROUND_A_FILE
            # A stranger must not fill the disk with what is then refused.
            if not await _in_pool(is_known)(self.request_class(scope, BytesIO())):
                return _refused(scope, 401, "log in, or send a token")
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > most:
            return _refused(scope, 413, f"the body is too large; the most is {most} bytes")
        try:
            return await self.read_body(_bounded(receive, most))
        except RequestDataTooBig:
            return _refused(scope, 413, f"the body is too large; the most is {most} bytes")
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                return _refused(scope, 507, "the disk of the server is full")
            raise

    def _answer(self, scope: Scope, request: HttpRequest) -> HttpResponseBase:
        """Do all of Django's work, in one thread."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        response = self.get_response(request)
        response._handler_class = self.__class__
        if response.streaming:
            # Its end is told in another thread; this one gives back its connection to the database now.
            close_old_connections()
        else:
            response.close()
        return response

    async def _stream(self, response: Any, receive: Receive, send: Send) -> None:
        """Send a stream until it ends or its reader goes away."""
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.is_async:
            response.streaming_content = _parts(iter(response.streaming_content))
        sending = asyncio.create_task(self.send_response(response, send))
        leaving = asyncio.ensure_future(receive())
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not sending.done():
            sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending


async def _parts(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read a file, or whatever else is no asynchronous iterator, in a thread."""
    while (part := await _in_pool(next)(parts, None)) is not None:
        yield part


async def _let_finish(receive: Receive) -> None:
    """Let a client that is still sending come to its end, so that it gets to read why it was all in vain."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            while (await receive()).get("more_body", False):
                pass


def _bounded(receive: Receive, most: int) -> Receive:
    """Count what comes, for who does not say beforehand how much it is, or lies."""
    read = 0

    async def counted() -> dict[str, Any]:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise RequestDataTooBig
        return message

    return counted


def _refused(scope: Scope, status: int, detail: str) -> HttpResponseBase:
    answer = refused(scope["path"], status, detail)
    # The rest of the body is not read, so that nothing else can come over this connection.
    answer.headers["Connection"] = "close"
    return answer


application = Handler()
