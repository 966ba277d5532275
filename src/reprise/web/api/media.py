"""Sound and pictures of a track, with byte ranges so that players can jump."""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import BinaryIO

from asgiref.sync import sync_to_async
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)

__all__ = ["file_response"]

_CHUNK = 1 << 17
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_SOUND = {".opus": "audio/ogg", ".oga": "audio/ogg", ".flac": "audio/flac", ".m4a": "audio/mp4", ".mp3": "audio/mpeg",
          ".wav": "audio/wav", ".aac": "audio/aac", ".ogg": "audio/ogg", ".webm": "audio/webm"}  # fmt: skip


def file_response(request: HttpRequest, file: BinaryIO, name: str) -> HttpResponseBase:
    """Send an open file of sound, or the one range of bytes that is asked for (RFC 9110, section 14).

    Parameters
    ----------
    request : HttpRequest
    file : binary file
        Closed when the answer is sent.
    name : str
        Its ending tells the type.
    """
    status = os.fstat(file.fileno())
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": formatdate(status.st_mtime, usegmt=True),
        "Cache-Control": "private, no-cache",
        # A file that calls itself sound must never run as a page.
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if request.headers.get("If-None-Match") == etag:
        file.close()
        return HttpResponseNotModified(headers=headers)
    start, stop, code = 0, status.st_size, 200
    wanted = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if wanted and any(wanted.groups()) and request.headers.get("If-Range", etag) == etag:
        start, stop = _bounds(wanted[1], wanted[2], status.st_size)
        if start >= stop:
            file.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{status.st_size}"})
        code = 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{status.st_size}"
    headers["Content-Length"] = str(stop - start)
    return StreamingHttpResponse(
        _parts(file, start, stop), status=code, content_type=_type_of(name), headers=headers
    )


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


def _type_of(name: str) -> str:
    ending = os.path.splitext(name)[1].lower()  # noqa: PTH122
    guessed = _SOUND.get(ending) or mimetypes.guess_type(f"x{ending}")[0] or ""
    return guessed if guessed.startswith(("audio/", "video/")) else "application/octet-stream"


async def _parts(file: BinaryIO, start: int, stop: int) -> AsyncIterator[bytes]:
    with file:
        file.seek(start)
        while start < stop:
            part = await sync_to_async(file.read, thread_sensitive=False)(min(_CHUNK, stop - start))
            if not part:
                return
            start += len(part)
            yield part
