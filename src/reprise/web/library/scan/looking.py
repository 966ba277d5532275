"""Many files through the processes apart that read strangers' files: what audio is in them, and what their tags say."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice

from django.conf import settings

from reprise.audio.tag_files import StoredRecord, read_fields, read_reprise_record
from reprise.errors import AudioError
from reprise.records import Tags
from reprise.web.library.paths import real_path
from reprise.web.library.sandbox import Sandbox

__all__ = ["Look", "Lookers"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What is in one file.

    Attributes
    ----------
    path : str
        As the database has it.
    audio_hash : str
        Empty if it cannot be read.
    tags : Tags
    stored : StoredRecord or None
        An analysis of this very audio that its tags hold.
    error : AudioError or None
        Why it cannot be read.
    """

    path: str
    audio_hash: str = ""
    tags: Tags = field(default_factory=Tags)
    stored: StoredRecord | None = None
    error: AudioError | None = None


class Lookers:
    """Processes that read files, started when they are needed; used in a ``with`` block.

    Parameters
    ----------
    jobs : int
        How many.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._free: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
        self._all = [Sandbox(settings.CONFIG) for _ in range(jobs)]
        for sandbox in self._all:
            self._free.put(sandbox)

    def __enter__(self) -> Lookers:
        return self

    def __exit__(self, *_: object) -> None:
        for sandbox in self._all:
            sandbox.close()

    def look_at(self, paths: Iterable[str]) -> Iterator[Look]:
        """Look into files; yield what is in each as soon as it is known.

        Parameters
        ----------
        paths : iterable of str
            As the database has them; taken lazily.
        """
        waiting = iter(paths)
        pool = ThreadPoolExecutor(self._jobs)
        running: set[Future[Look]] = set()
        try:
            while True:
                running |= {
                    pool.submit(self._look, path) for path in islice(waiting, 2 * self._jobs - len(running))
                }
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _look(self, path: str) -> Look:
        real = real_path(path)
        sandbox = self._free.get()
        try:
            identity = sandbox.identify(real)
        except AudioError as error:
            return Look(path=path, error=error)
        finally:
            self._free.put(sandbox)
        return Look(
            path=path,
            audio_hash=identity.audio_hash,
            tags=identity.tags,
            stored=_stored(real, identity.audio_hash),
        )


def _stored(real: str, audio_hash: str) -> StoredRecord | None:
    try:
        stored = read_reprise_record(read_fields(real))
    except AudioError:
        return None
    return stored if stored and stored.audio_hash == audio_hash else None
