"""Downloads 30-second previews: in parallel, whole or not at all, and only what decodes.

Addresses come from strangers. Only ``http`` and ``https`` are fetched, from public addresses on their usual
ports; the address that was checked is the one that is connected to, and every redirect is checked anew. Size
and time are limited. A file is written beside its place under another name, decoded from start to end, and
then renamed, so that whatever has a preview's name is one.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from reprise.audio import open_audio
from reprise.collect.addresses import RefusedAddressError, vet
from reprise.collect.base import CollectError, Pace
from reprise.collect.client import TIMEOUT_S, USER_AGENT, retry_after_s
from reprise.collect.credentials import guard_logs, hide
from reprise.collect.lock import RunLock
from reprise.collect.pace import RateLimiter
from reprise.datasets.store import PreviewResult, Store
from reprise.errors import AudioError, MissingDependencyError

try:
    import httpx
except ImportError as error:
    raise MissingDependencyError("httpx", "collect") from error

__all__ = ["DownloadReport", "Limits", "download_previews", "file_stem"]

MAX_ATTEMPTS = 3
"""So many failed downloads, over all runs, and a preview counts as dead."""

MAX_REDIRECTS = 5
_GONE = frozenset({400, 401, 403, 404, 410, 451})
_STALE_S = 3600.0

_STARTS = ((b"ID3", ".mp3"), (b"OggS", ".ogg"), (b"fLaC", ".flac"), (b"RIFF", ".wav"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a download may cost.

    Attributes
    ----------
    workers : int
        Downloads at the same time.
    max_bytes : int
        The largest file.
    deadline_s : float
        How long one download may take in all, in seconds.
    max_duration_s : float
        How much of a file is decoded; a longer one is no preview.
    allow_private : bool
        Fetch from private and local addresses too, on any port: for a server of one's own.
    """

    workers: int = 8
    max_bytes: int = 16 << 20
    deadline_s: float = 60.0
    max_duration_s: float = 120.0
    allow_private: bool = False


@dataclass(kw_only=True, slots=True)
class DownloadReport:
    """How many previews came to which state in this run."""

    saved: int = 0
    dead: int = 0
    failed: int = 0
    refused: int = 0
    unusable: int = 0

    def __str__(self) -> str:
        return (
            f"{self.saved} previews saved; {self.dead} dead, {self.refused} at addresses that are not"
            f" fetched, {self.unusable} that do not decode, {self.failed} failed and to be tried again"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    track_id: int
    provider: str
    url: str
    attempts: int
    stem: Path


class _FailedError(Exception):
    """A download went wrong; `state` is what the preview is from now on."""

    def __init__(self, state: str, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.state, self.retry_after_s = state, retry_after_s


def download_previews(
    store: Store, folder: str | os.PathLike[str], *, limits: Limits | None = None, pace: Pace | None = None
) -> DownloadReport:
    """Download every preview that is known and not yet here.

    Parameters
    ----------
    store : Store
        Says what there is, and learns what became of it: saved, dead, refused, unusable, or failed and to be
        tried again in a later run, three times at most.
    folder : str or path-like
        Receives ``catalogue/id.mp3`` (or whatever the file is), in folders of some thousand files.
    limits : Limits, optional
        What a download may cost.
    pace : Pace, optional
        How many requests in 30 seconds (200 by default), and how many failures in a row end the run.

    Returns
    -------
    DownloadReport
        How many came to which state.

    Raises
    ------
    CollectError
        If too many downloads failed in a row.
    AlreadyRunningError
        If another run downloads previews of the same store.
    """
    guard_logs()
    limits, pace, folder = limits or Limits(), pace or Pace(), Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    report = DownloadReport()
    downloader = _Downloader(limits, RateLimiter(pace.limit or 200, clock=pace.clock))
    with RunLock(store.path, "previews"):
        _sweep(folder)
        run_id = store.begin_run("previews", {"folder": str(folder)})
        try:
            _run(store, downloader, report, folder, pace)
        except BaseException as error:
            store.end_run(run_id, "stopped", hide(f"{type(error).__name__}: {error}")[:300])
            raise
        store.end_run(run_id, "finished", str(report))
    return report


def file_stem(catalogue: str, ref: str) -> Path:
    """Return where a track's preview lies, without extension: under its id, whatever characters that has.

    Parameters
    ----------
    catalogue, ref : str
        The track's.

    Returns
    -------
    Path
        ``catalogue/xx/ref``, where ``xx`` spreads the files over 256 folders. Characters other than ASCII
        letters, digits and ``-_`` are percent-encoded; a name too long for file systems is cut and ends in a
        digest.
    """
    digest = hashlib.sha256(ref.encode("utf-8", "surrogateescape")).hexdigest()
    name = _safe(ref)
    if len(name) > 120:
        name = f"{name[:80]}-{digest[:32]}"
    return Path(_safe(catalogue)[:60]) / digest[:2] / name


def _safe(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape").replace(".", "%2E").replace("~", "%7E")


def _run(store: Store, downloader: _Downloader, report: DownloadReport, folder: Path, pace: Pace) -> None:
    """Keep the workers busy, and write what they bring: only this thread touches the store."""
    failures = 0
    jobs = _jobs(store, folder)
    with ThreadPoolExecutor(downloader.limits.workers, thread_name_prefix="preview") as pool:
        running: set[Future[PreviewResult]] = set()
        try:
            while True:
                while len(running) < 2 * downloader.limits.workers and (job := next(jobs, None)) is not None:
                    running.add(pool.submit(downloader.fetch, job))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                results = [future.result() for future in done]
                store.update_previews(results)
                for result in results:
                    setattr(report, result.state, getattr(report, result.state) + 1)
                    failures = failures + 1 if result.state == "failed" else 0
                if failures >= pace.max_errors:
                    raise CollectError(
                        f"{failures} downloads failed in a row, the last one: {results[-1].error}"
                    )
        finally:
            for future in running:
                future.cancel()


def _jobs(store: Store, folder: Path) -> Iterator[_Job]:
    """Yield what is to be downloaded, each once a run, reading the store in pages."""
    query = (
        "SELECT p.track_id, p.provider, p.url, p.attempts, t.catalogue, t.ref FROM previews p"
        " JOIN tracks t ON t.id = p.track_id WHERE (p.track_id, p.provider) > (?, ?)"
        " AND p.state IN ('known', 'failed') AND p.url IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM previews s WHERE s.track_id = p.track_id AND s.state = 'saved')"
        " ORDER BY p.track_id, p.provider LIMIT 500"
    )
    after: tuple[int, str] = (0, "")
    while rows := list(store.select(query, after)):
        after = rows[-1][:2]
        for track_id, provider, url, attempts, catalogue, ref in rows:
            yield _Job(
                track_id=track_id,
                provider=provider,
                url=url,
                attempts=attempts,
                stem=folder / file_stem(catalogue, ref),
            )


class _Downloader:
    """What one worker does with one preview; shared by all workers."""

    def __init__(self, limits: Limits, limiter: RateLimiter) -> None:
        self.limits, self._limiter = limits, limiter

    def fetch(self, job: _Job) -> PreviewResult:
        """Download, check and keep one preview; never raises for what the other side does."""
        try:
            job.stem.parent.mkdir(parents=True, exist_ok=True)
            kept = next(iter(sorted(job.stem.parent.glob(f"{_literal(job.stem.name)}.*"))), None)
            if kept is not None:  # a run was killed between the renaming and the store
                return self._result(job, kept, self._decode(kept))
            return self._download_patiently(job)
        except _FailedError as error:
            state = error.state
            if state == "failed" and job.attempts + 1 >= MAX_ATTEMPTS:
                state = "dead"
            return PreviewResult(track_id=job.track_id, provider=job.provider, state=state, error=hide(error))

    def _download_patiently(self, job: _Job) -> PreviewResult:
        """Wait where the server asks for it: being too fast is no fault of the preview."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return self._download(job)
            except _FailedError as error:
                if error.retry_after_s is None or attempt == MAX_ATTEMPTS:
                    raise
                self._limiter.pause(min(error.retry_after_s, 300.0))
        raise AssertionError

    def _download(self, job: _Job) -> PreviewResult:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=job.stem.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in self._chunks(job.url):
                    file.write(chunk)
            duration_s = self._decode(partial)
            place = job.stem.with_name(job.stem.name + _extension(partial))
            partial.replace(place)
        except OSError as error:
            raise _FailedError("failed", f"cannot be written: {error.strerror}") from error
        finally:
            partial.unlink(missing_ok=True)
        return self._result(job, place, duration_s)

    def _chunks(self, url: str) -> Iterator[bytes]:
        """Follow redirects by hand, vetting each address, and yield the body within the limits."""
        end = time.monotonic() + self.limits.deadline_s
        for _ in range(MAX_REDIRECTS + 1):
            try:
                vetted = vet(url, allow_private=self.limits.allow_private)
            except RefusedAddressError as error:
                raise _FailedError(error.state, str(error)) from None
            self._limiter.wait()
            try:
                with (
                    _client() as client,
                    client.stream(
                        "GET",
                        vetted.url,
                        # The server is told its own name, while the connection goes to the vetted address.
                        headers={"Host": vetted.host_header},
                        extensions={"sni_hostname": vetted.original.raw_host.decode("ascii")},
                    ) as response,
                ):
                    if response.is_redirect:
                        url = str(vetted.original.join(response.headers["Location"]))
                        continue
                    _check(response)
                    yield from self._body(response, end)
                    return
            except (httpx.InvalidURL, UnicodeError):
                raise _FailedError("refused", "redirected to what is no address") from None
            except httpx.HTTPError as error:
                raise _FailedError("failed", f"{type(error).__name__} while downloading") from None
        raise _FailedError("dead", "redirected too often")

    def _body(self, response: httpx.Response, end: float) -> Iterator[bytes]:
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self.limits.max_bytes:
                raise _FailedError("unusable", f"larger than {self.limits.max_bytes >> 20} MiB")
            if time.monotonic() > end:
                raise _FailedError("failed", f"slower than {self.limits.deadline_s:g} s")
            yield chunk

    def _decode(self, path: Path) -> float:
        """Read a file from start to end; return its length in seconds."""
        try:
            with open_audio(path) as stream:
                samples = 0
                for y in stream.blocks():
                    samples += y.shape[-1]
                    if samples > self.limits.max_duration_s * stream.sample_rate:
                        raise _FailedError("unusable", f"longer than {self.limits.max_duration_s:g} s")
                return samples / stream.sample_rate
        except AudioError as error:
            raise _FailedError("unusable", error.reason) from None

    def _result(self, job: _Job, path: Path, duration_s: float) -> PreviewResult:
        data = path.read_bytes()
        return PreviewResult(
            track_id=job.track_id,
            provider=job.provider,
            state="saved",
            path=str(path),
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            duration_s=duration_s,
        )


def _client() -> httpx.Client:
    """A client for one request: no proxy of the environment, which would choose the address by itself."""
    return httpx.Client(
        headers={"User-Agent": USER_AGENT}, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
    )


def _check(response: httpx.Response) -> None:
    if response.is_success:
        return
    if response.status_code in _GONE:
        raise _FailedError("dead", f"HTTP {response.status_code}")
    pause = retry_after_s(response.headers.get("Retry-After"))
    if response.status_code == 429 and pause is None:
        pause = 5.0
    raise _FailedError("failed", f"HTTP {response.status_code}", pause)


def _extension(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(12)
    if start[4:8] == b"ftyp":
        return ".m4a"
    return next((suffix for magic, suffix in _STARTS if start.startswith(magic)), ".mp3")


def _literal(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _sweep(folder: Path) -> None:
    """Delete what a killed run left half-written; another run's files in the making are younger."""
    old = time.time() - _STALE_S
    for partial in folder.glob("*/*/.*.part"):
        try:
            if partial.stat().st_mtime < old:
                partial.unlink()
        except OSError:
            continue
