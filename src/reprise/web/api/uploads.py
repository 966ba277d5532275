"""Bring in a file, or the address of one."""

from __future__ import annotations

import errno
from typing import Any

from django.http import HttpRequest
from ninja import File, Router
from ninja.errors import HttpError
from ninja.files import UploadedFile

from reprise.errors import AudioError, UnusableAudioError
from reprise.web.api.auth import require_owner
from reprise.web.api.schemas import JobOut
from reprise.web.api.schemas_installation import UrlIn
from reprise.web.library import uploads
from reprise.web.library.demo import remove_demo
from reprise.web.library.jobs import job_out

router = Router(tags=["uploads"])

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@router.post("/uploads", response={202: JobOut})
def upload(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Bring a file. Its content says what it is. What is in the library already is not analysed again."""
    try:
        return 202, job_out(uploads.take_upload(file, request.user))
    except UnusableAudioError as error:
        raise HttpError(422, f"file: {error.reason}") from error
    except AudioError as error:
        raise HttpError(415, f"file: {error.reason}") from error
    except OSError as error:
        if error.errno in _FULL:
            raise HttpError(507, "the disk of the server is full") from error
        raise


@router.post("/analyses", response={202: JobOut})
def analyse_address(request: HttpRequest, said: UrlIn) -> Any:
    """Have a file fetched and analysed: http or https, from the public internet only."""
    return 202, job_out(uploads.start_fetch(said.url, request.user))


@router.delete("/demo", response={204: None})
def delete_demo(request: HttpRequest) -> Any:
    """Take the demo's pieces out of the library."""
    require_owner(request)
    remove_demo()
    return 204, None
