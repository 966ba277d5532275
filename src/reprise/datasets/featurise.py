"""Turn the clips of a data set into arrays: several processes, one decoding a clip, resumable."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from reprise.datasets.arrays import ArrayStore, Shard
from reprise.datasets.store import Store
from reprise.errors import AudioError, DatasetError, UnknownNameError
from reprise.features.clip_sets import CLIP_SETS, ClipFeatures, extract_clip
from reprise.features.musicnn import MusicnnNetworks

__all__ = ["FeaturesReport", "featurise", "previews"]

_SHARD_CLIPS = 100
_NETWORKS = MusicnnNetworks()


@dataclass(frozen=True, kw_only=True)
class FeaturesReport:
    """What a run did.

    Attributes
    ----------
    extracted, present : int
        Clips that this run has turned into arrays, and those that were there already.
    failed : mapping of str to str
        The reasons, by id; these are tried again in the next run.
    elapsed_s : float
    """

    extracted: int
    present: int
    failed: Mapping[str, str] = field(default_factory=dict)
    elapsed_s: float

    def __str__(self) -> str:
        rate = self.extracted / self.elapsed_s if self.elapsed_s else 0.0
        return (
            f"{self.extracted} clips in {self.elapsed_s:.1f} s ({rate:.1f} a second),"
            f" {self.present} were there already, {len(self.failed)} failed"
        )


def previews(store: Store, selection: str | None = None) -> dict[str, Path]:
    """Return the previews on disk by the id of their array, ``catalogue:ref``; of a selection, if one is given.

    Raises
    ------
    UnknownNameError
        If there is no such selection.
    """
    known = [name for (name,) in store.select("SELECT name FROM selections")]
    if selection is not None and selection not in known:
        raise UnknownNameError("selection", selection, known)
    rows = store.select(
        "SELECT t.catalogue || ':' || t.ref, p.path FROM previews p JOIN tracks t ON t.id = p.track_id"
        " WHERE p.state = 'saved' AND p.path IS NOT NULL AND (? IS NULL OR t.id IN ("
        "  SELECT s.track_id FROM selected s JOIN selections n ON n.id = s.selection_id WHERE n.name = ?))"
        " ORDER BY t.id, p.provider DESC",
        (selection, selection),
    )
    return {clip: Path(path) for clip, path in rows}


def featurise(
    clips: Mapping[str, Path],
    folder: Path,
    sets: Sequence[str],
    *,
    jobs: int = 1,
    advance: Callable[[], None] = lambda: None,
) -> FeaturesReport:
    """Write the feature sets of clips below a folder, one folder a set; what is there already is left alone.

    Parameters
    ----------
    clips : mapping of str to Path
        Files by their ids.
    folder : Path
        Every hundred clips a shard is written; a run that is killed loses what came after the last.
    sets : sequence of str
        Names in `reprise.features.clip_sets.CLIP_SETS`.
    jobs : int
        Worker processes; 1 works in this one.
    advance : callable
        Called after each clip.

    Returns
    -------
    FeaturesReport

    Raises
    ------
    UnknownNameError
        If there is no set of a name.
    DatasetError
        If a folder holds arrays of another definition, or a worker process was killed.
    """
    if unknown := [name for name in sets if name not in CLIP_SETS]:
        raise UnknownNameError("feature set", unknown[0], CLIP_SETS)
    stores = {name: ArrayStore(folder / name, CLIP_SETS[name].definition) for name in sets}
    present = {name: store.ids() for name, store in stores.items()}
    work = [
        (clip, path, missing)
        for clip, path in clips.items()
        if (missing := tuple(name for name in stores if clip not in present[name]))
    ]
    began = time.perf_counter()
    writer, failed, extracted = _Writer(stores), {}, 0
    try:
        for clip, result in _results(work, jobs):
            if isinstance(result, str):
                failed[clip] = result
            else:
                writer.add(clip, result)
                extracted += 1
            advance()
    finally:
        writer.flush()
    return FeaturesReport(
        extracted=extracted,
        present=len(clips) - len(work),
        failed=failed,
        elapsed_s=time.perf_counter() - began,
    )


class _Writer:
    """Collects clips until they fill a shard."""

    def __init__(self, stores: Mapping[str, ArrayStore]) -> None:
        self._stores = stores
        self._waiting: dict[str, list[tuple[str, ClipFeatures]]] = defaultdict(list)

    def add(self, clip: str, features: ClipFeatures) -> None:
        for name in features.values:
            self._waiting[name].append((clip, features))
            if len(self._waiting[name]) >= _SHARD_CLIPS:
                self._write(name)

    def flush(self) -> None:
        for name in list(self._waiting):
            self._write(name)

    def _write(self, name: str) -> None:
        rows = self._waiting.pop(name)
        self._stores[name].add(
            Shard(
                ids=tuple(clip for clip, _ in rows),
                values=np.stack([features.values[name] for _, features in rows]),
                durations_s=np.array([features.duration_s for _, features in rows], np.float32),
            )
        )


_Work = tuple[str, Path, tuple[str, ...]]
_Result = tuple[str, ClipFeatures | str]


def _extract(clip: str, path: Path, sets: tuple[str, ...]) -> _Result:
    try:
        return clip, extract_clip(path, sets, _NETWORKS)
    except AudioError as error:
        return clip, error.reason


def _results(work: Sequence[_Work], jobs: int) -> Iterator[_Result]:
    if jobs == 1 or len(work) < 2:
        for item in work:
            yield _extract(*item)
        return
    with ProcessPoolExecutor(min(jobs, len(work)), mp_context=get_context("spawn")) as pool:
        # So few at a time that memory does not grow with the number of clips.
        items = iter(work)
        running: set[Future[_Result]] = {pool.submit(_extract, *item) for item in islice(items, 4 * jobs)}
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= {pool.submit(_extract, *item) for item in islice(items, len(done))}
                for future in done:
                    yield future.result()
        except BrokenProcessPool as error:
            raise DatasetError(
                "a worker process was killed, perhaps for want of memory; what was finished is kept:"
                " run it again, with fewer jobs"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
