"""What every collector does alike: ask, store the answer and the fact that it was asked in one step, go on.

A killed run is taken up by starting it again. A request that is in the log is not sent again, and what the
next requests need of its answer is read from the log, so that the same chain is walked to where it broke off.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from reprise.collect.credentials import hide
from reprise.collect.lock import AlreadyRunningError, RunLock
from reprise.collect.pace import Clock, RateLimiter
from reprise.datasets.rows import ArtistRow, Reject, TrackRow
from reprise.datasets.store import Outcome, Request, Source, Store
from reprise.errors import CollectError

__all__ = [
    "AccessDeniedError",
    "AlreadyRunningError",
    "CollectError",
    "Collection",
    "Found",
    "Pace",
    "Provider",
    "RefusedError",
    "TransientError",
]

log = logging.getLogger("reprise.collect")


class AccessDeniedError(CollectError):
    """The provider does not let us in: keys are missing, wrong or not allowed to do this."""


class TransientError(Exception):
    """An attempt failed and may be repeated; `retry_after_s` is what the provider asks for, if it does."""

    def __init__(self, reason: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.status, self.retry_after_s = status, retry_after_s


class RefusedError(Exception):
    """The provider answered that it has nothing under this address; asking again would not change that."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """A source of data.

    Attributes
    ----------
    name : str
        As the command line spells it.
    licence : str
        What may be done with its data; stored beside every value.
    limit : int
        Requests in any 30 seconds.
    interval_s : float
        Least time between two requests, in seconds.
    """

    name: str
    licence: str
    limit: int = 60
    interval_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How patient a run is.

    Attributes
    ----------
    limit : int, optional
        Requests in any 30 seconds; the provider's own by default.
    attempts : int
        How often one request is tried.
    max_errors : int
        How many attempts may fail in a row, over all requests, before the run stops.
    max_pause_s : float
        The longest pause that a provider may ask for; beyond it the run stops and says when to come back.
    clock : Clock
        Where time comes from.
    """

    limit: int | None = None
    attempts: int = 4
    max_errors: int = 12
    max_pause_s: float = 900.0
    clock: Clock = field(default_factory=Clock)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What one answer held.

    Attributes
    ----------
    tracks, artists : sequence of TrackRow, of ArtistRow
        To be stored; the artists of tracks come with them.
    follow : sequence of str
        Ids that later requests ask about.
    more : bool
        Whether there is another page.
    rejects : sequence of Reject
        Tracks that the provider cannot complete.
    remove : sequence of (str, str)
        Catalogue and ref of tracks to delete, because they are not worth keeping without.
    malformed : int
        Items that were not as documented, and were left out.
    """

    tracks: Sequence[TrackRow] = ()
    artists: Sequence[ArtistRow] = ()
    follow: Sequence[str] = ()
    more: bool = False
    rejects: Sequence[Reject] = ()
    remove: Sequence[tuple[str, str]] = ()
    malformed: int = 0


@dataclass(kw_only=True, slots=True)
class Tally:
    """What a run did, for its last line."""

    asked: int = 0
    resumed: int = 0
    tracks: int = 0
    removed: int = 0
    refused: int = 0
    failed: int = 0
    malformed: int = 0

    def __str__(self) -> str:
        text = f"{self.tracks} tracks from {self.asked} requests"
        for count, what in (
            (self.resumed, "requests answered before"),
            (self.removed, "incomplete tracks left out"),
            (self.refused, "not found"),
            (self.failed, "given up, will be tried in the next run"),
            (self.malformed, "malformed items left out"),
        ):
            text += f"; {count} {what}" if count else ""
        return text


class Collection:
    """One run of one collector; used in a ``with`` block, which notes how it ended.

    Parameters
    ----------
    store : Store
        Where everything goes.
    provider : Provider
        Who is asked.
    arguments : mapping
        What the run was asked to do, for the log; holds no secret.
    pace : Pace
        How patient it is.

    Raises
    ------
    AlreadyRunningError
        If another run of the provider is at work on the store: both would send the same requests.
    """

    def __init__(
        self, store: Store, provider: Provider, arguments: Mapping[str, Any], pace: Pace | None = None
    ) -> None:
        self.store, self.provider, self.tally = store, provider, Tally()
        self._pace = pace or Pace()
        self._limiter = RateLimiter(
            self._pace.limit or provider.limit, interval_s=provider.interval_s, clock=self._pace.clock
        )
        self._errors_in_a_row = 0
        self._lock = RunLock(store.path, provider.name)
        try:
            self.run_id = store.begin_run(provider.name, arguments)
        except BaseException:
            self._lock.release()
            raise

    def ask(self, key: str, fetch: Callable[[], Found]) -> Outcome:
        """Send one request, unless its answer is stored already, and store what it brings.

        Parameters
        ----------
        key : str
            What is asked, in words that stay the same from run to run and hold no secret.
        fetch : callable
            Sends it once; returns what was found, or raises `TransientError`, `RefusedError` or
            `CollectError`.

        Returns
        -------
        Outcome
            What later requests need; empty if there was no usable answer.

        Raises
        ------
        CollectError
            If the provider denies access, asks for too long a pause, or too many attempts failed in a row.
        """
        key = hide(key)
        stored = self.store.outcome(self.provider.name, key)
        if stored is not None:
            self.tally.resumed += 1
            return stored
        self.tally.asked += 1
        problem: TransientError | None = None
        for attempt in range(1, self._pace.attempts + 1):
            self._limiter.wait()
            try:
                found = fetch()
            except TransientError as error:
                problem = error
                self._take_breath(key, attempt, error)
            except RefusedError as error:
                self._errors_in_a_row = 0
                return self._close(key, "refused", attempt, error)
            else:
                self._errors_in_a_row = 0
                return self._keep(key, attempt, found)
        assert problem is not None
        return self._close(key, "failed", self._pace.attempts, problem)

    def add(self, found: Found, *, licence: str | None = None) -> None:
        """Store rows that no request brought: those of a local file."""
        with self.store.transaction():
            self._write(found, self._source(None, licence))

    def source(self, licence: str | None = None) -> Source:
        """Return this run as a provenance."""
        return self._source(None, licence)

    def _keep(self, key: str, attempt: int, found: Found) -> Outcome:
        outcome = Outcome(follow=tuple(found.follow), more=found.more)
        with self.store.transaction():
            request = Request(key=key, state="done", attempts=attempt, http_status=200)
            request_id = self.store.finish_request(self.provider.name, self.run_id, request, outcome)
            self._write(found, self._source(request_id))
        return outcome

    def _write(self, found: Found, source: Source) -> None:
        if found.rejects:
            self.store.reject(found.rejects, source)
        if found.tracks or found.artists:
            self.tally.tracks += self.store.add(found.tracks, source, found.artists)
        for catalogue, ref in found.remove:
            self.tally.removed += self.store.remove(catalogue, [ref])
        self.tally.malformed += found.malformed

    def _close(self, key: str, state: str, attempts: int, error: TransientError | RefusedError) -> Outcome:
        setattr(self.tally, state, getattr(self.tally, state) + 1)
        request = Request(
            key=key, state=state, attempts=attempts, http_status=error.status, error=hide(error)[:300]
        )
        with self.store.transaction():
            self.store.finish_request(self.provider.name, self.run_id, request)
        return Outcome()

    def _take_breath(self, key: str, attempt: int, error: TransientError) -> None:
        """Wait as the provider asks, or longer after each failure; give up when there are too many."""
        self._errors_in_a_row += 1
        log.warning("%s: %s: attempt %d failed: %s", self.provider.name, key, attempt, hide(error))
        if error.retry_after_s is not None and error.retry_after_s > self._pace.max_pause_s:
            raise CollectError(
                f"{self.provider.name} asks for a pause of {error.retry_after_s:.0f} s; run the same command"
                " again after that, and it goes on from here"
            )
        if self._errors_in_a_row >= self._pace.max_errors:
            raise CollectError(
                f"{self.provider.name}: {self._errors_in_a_row} attempts failed in a row, the last one:"
                f" {hide(error)}; run the same command again later, and it goes on from here"
            )
        backoff_s = min(2.0 ** (attempt - 1), 60.0)
        self._limiter.pause(backoff_s if error.retry_after_s is None else error.retry_after_s)

    def _source(self, request_id: int | None, licence: str | None = None) -> Source:
        return Source(
            provider=self.provider.name,
            licence=licence or self.provider.licence,
            run_id=self.run_id,
            request_id=request_id,
        )

    def __enter__(self) -> Collection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if error is None:
                self.store.end_run(self.run_id, "finished", str(self.tally))
            else:
                self.store.end_run(self.run_id, "stopped", hide(f"{type(error).__name__}: {error}")[:300])
