"""Files that users bring: taken to disk, looked at by content, and put into the queue."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.db import transaction

from reprise.audio.tags import clean_text
from reprise.web.library.fetch import Address, check_address, fetch
from reprise.web.library.ids import new_id
from reprise.web.library.jobs import Reporter, done_at_once, start_analysis, start_job
from reprise.web.library.models import Job, Track
from reprise.web.library.paths import stored_path
from reprise.web.library.queueing import Priority
from reprise.web.library.sandbox import Identity, shared_sandbox
from reprise.web.library.storing import describe

__all__ = [
    "DiskUploadHandler",
    "clean_name",
    "drop_leftovers",
    "start_fetch",
    "take_upload",
    "track_from_address",
]

_PART = ".part"
_LEFTOVER_S = 24 * 3600
_HEADS = (
    (b"fLaC", ".flac"),
    (b"OggS", ".ogg"),
    (b"RIFF", ".wav"),
    (b"RF64", ".wav"),
    (b"FORM", ".aiff"),
    (b"ID3", ".mp3"),
    (b"\x1aE\xdf\xa3", ".webm"),
    (b"\xff\xf1", ".aac"),
    (b"\xff\xf9", ".aac"),
    (b"\xff", ".mp3"),
)


class DiskUploadHandler(FileUploadHandler):  # type: ignore[misc]
    """Writes every file of a form to the folder of uploads, under a name of its own."""

    def new_file(self, *args: Any, **named: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **named)
        settings.CONFIG.uploads.mkdir(parents=True, exist_ok=True)
        self._path = settings.CONFIG.uploads / f"{secrets.token_hex(16)}{_PART}"
        self._error: OSError | None = None
        self._file = open(self._path, "xb")  # noqa: SIM115, PTH123 (closed by `file_complete`)
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take the next bytes."""
        if self._error is None:
            try:
                self._file.write(raw_data)
            except OSError as error:
                # The rest of the form is read all the same; whoever takes the file is told.
                self._error = error

    def file_complete(self, file_size: int) -> UploadedFile:
        """End a file: it is on the disk, not only on its way."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._error = self._error or error
        upload = _OnDisk(self._file, self.file_name, self.content_type, file_size)
        upload.path, upload.error = self._path, self._error
        return upload

    def upload_interrupted(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "_file"):
            self._file.close()
            self._path.unlink(missing_ok=True)


class _OnDisk(UploadedFile):  # type: ignore[misc]
    """A file that `DiskUploadHandler` has written; deleted when the request ends, unless it was moved."""

    path: Path
    error: OSError | None

    def close(self) -> None:
        """Close the file and delete what is left of it."""
        # What could not be written once cannot be now.
        with suppress(OSError):
            super().close()
        self.path.unlink(missing_ok=True)


def clean_name(name: str) -> str:
    """Return what a name that came with a file says about it: one line, no folders, no ending."""
    # Browsers of old sent whole paths.
    stem = PurePath(name.replace("\\", "/")).name
    stem = clean_text(PurePath(stem).stem if stem else "") or ""
    return " ".join(stem.replace("_", " ").split())[:200] or "Untitled"


def take_upload(upload: Any, user: User) -> Job:
    """Take a file into the library, or find that it is there.

    Parameters
    ----------
    upload : UploadedFile
        From `DiskUploadHandler`.
    user : User
        Who brings it.

    Raises
    ------
    AudioError
        If it is no audio, or too long.
    OSError
        If the disk is full.
    """
    if upload.error is not None:
        raise upload.error
    track, is_new = _take(upload.path, clean_name(upload.name or ""), user, Track.Origin.UPLOAD)
    if not is_new and track.status == Track.Status.ANALYSED:
        return done_at_once(track, user)
    return start_analysis(track, user)


def start_fetch(url: str, user: User) -> Job:
    """Begin to fetch a file by its address.

    Raises
    ------
    ParameterError
        If it is no address of the public web.
    """
    from reprise.web.library.tasks import fetch_for

    check_address(url)
    title = (
        clean_name(unquote(urlsplit(url).path)) if urlsplit(url).path.strip("/") else urlsplit(url).hostname
    )
    return start_job(
        fetch_for, Job.Kind.ANALYSIS, title or "", user=user, priority=Priority.UPLOAD, options={"url": url}
    )


def track_from_address(
    job: Job, reporter: Reporter, is_allowed_address: Callable[[Address], bool] | None = None
) -> Track:
    """Fetch the file of a job and make a track of it; ``is_allowed_address`` is as in `fetch`.

    Raises
    ------
    FetchError
        If it cannot be had, or may not.
    AudioError
        If it is no audio.
    JobCancelledError, PutBackError
        If it is not wanted any more, or not now; what has come is deleted.
    """
    reporter.tell("fetch")
    settings.CONFIG.uploads.mkdir(parents=True, exist_ok=True)
    path = settings.CONFIG.uploads / f"{secrets.token_hex(16)}{_PART}"
    try:
        fetch(
            job.options["url"], path, most_bytes=settings.CONFIG.max_upload_mb << 20,
            is_allowed_address=is_allowed_address, look=lambda fraction: reporter.tell("fetch", fraction),
        )  # fmt: skip
        reporter.look()
        track, _ = _take(path, job.title, job.user, Track.Origin.URL)
    finally:
        path.unlink(missing_ok=True)
    reporter.save(track=track)
    return track


def drop_leftovers() -> None:
    """Delete what a server that was killed had not taken yet."""
    for path in settings.CONFIG.uploads.glob(f"*{_PART}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFTOVER_S:
                path.unlink()


def _take(path: Path, title: str, user: User | None, origin: str) -> tuple[Track, bool]:
    """Make a track of a file that lies in the folder of uploads, or find the one with the same audio."""
    identity = shared_sandbox().identify(str(path))
    # The one that is analysed first: whoever brings it again need not wait.
    same = Track.objects.filter(audio_hash=identity.audio_hash, missing_since=None).exclude(
        status=Track.Status.FAILED
    )
    if found := same.order_by("status", "pk").first():
        return found, False
    kept = settings.CONFIG.uploads / f"{new_id()}{_ending(path)}"
    path.rename(kept)
    _sync_folder(kept.parent)
    try:
        return _new_track(kept, title, user, origin, identity), True
    except BaseException:
        kept.unlink(missing_ok=True)
        raise


def _new_track(kept: Path, title: str, user: User | None, origin: str, identity: Identity) -> Track:
    status = kept.stat()
    tags = identity.tags if identity.tags.title else replace(identity.tags, title=title)
    with transaction.atomic():
        track = Track(
            path=stored_path(kept),
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            audio_hash=identity.audio_hash,
            origin=origin,
            uploaded_by=user,
        )
        describe(track, tags)
        track.save()
    return track


def _ending(path: Path) -> str:
    """Return the ending that a file's content asks for; the name it came with says nothing."""
    with path.open("rb") as file:
        head = file.read(64)
    if head[4:8] == b"ftyp":
        return ".m4a"
    if head.startswith(b"OggS") and b"OpusHead" in head:
        return ".opus"
    return next((ending for start, ending in _HEADS if head.startswith(start)), ".audio")


def _sync_folder(folder: Path) -> None:
    """Have a new name on the disk before anybody is told of it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
