"""Turn the clips of a data set into arrays: several processes, one decoding a clip, resumable."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from reprise.datasets.arrays import ArrayStore, Shard
from reprise.datasets.store import Store
from reprise.errors import AudioError, RepriseError, UnknownNameError
from reprise.features.clip_sets import CLIP_SETS, ClipFeatures, extract_clip
from reprise.features.musicnn import MusicnnNetworks
from reprise.registry import require_known
from reprise.workers import KILLED, blas, in_workers

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
    progress: Callable[[int, int], None] = lambda done, total: None,
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
        Worker processes; 1 works in this one. A clip that kills its worker is recorded as failed, and the
        run goes on.
    progress : callable
        Called after each clip with how many are done in this run, and of how many.

    Returns
    -------
    FeaturesReport

    Raises
    ------
    UnknownNameError
        If there is no set of a name.
    DatasetError
        If a folder holds arrays of another definition.
    """
    require_known("feature set", sets, CLIP_SETS)
    stores = {name: ArrayStore(folder / name, CLIP_SETS[name].definition) for name in sets}
    present = {name: store.ids() for name, store in stores.items()}
    work = [
        _Work(clip=clip, path=path, sets=missing)
        for clip, path in clips.items()
        if (missing := tuple(name for name in stores if clip not in present[name]))
    ]
    began = time.perf_counter()
    writer, failed, extracted = _Writer(stores), {}, 0
    try:
        for done, (clip, result) in enumerate(_results(work, jobs), start=1):
            if isinstance(result, str):
                failed[clip] = result
            else:
                writer.add(clip, result)
                extracted += 1
            progress(done, len(work))
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Work:
    """A clip, and the sets that it is still to be turned into."""

    clip: str
    path: Path
    sets: tuple[str, ...]


_Result = tuple[str, ClipFeatures | str]
"""The id of a clip and its arrays, or why there are none."""


def _extract(work: _Work) -> _Result:
    try:
        with blas().limit(limits=1, user_api="blas"):
            return work.clip, extract_clip(work.path, work.sets, _NETWORKS)
    except AudioError as error:
        return work.clip, error.reason
    except RepriseError:
        # Missing weights concern every clip: recording it once a clip would hide it.
        raise
    except (MemoryError, ArithmeticError, ValueError, LookupError, OSError, RuntimeError) as error:
        # Clips come from strangers; one that nobody foresaw must not end the run.
        return work.clip, f"unexpected {type(error).__name__}: {error}"


def _killed(work: _Work) -> _Result:
    return work.clip, KILLED


def _results(work: Sequence[_Work], jobs: int) -> Iterator[_Result]:
    if jobs == 1 or len(work) < 2:
        return map(_extract, work)
    return in_workers(_extract, work, min(jobs, len(work)), if_killed=_killed)
