"""The way of one file: load, extract, predict; and of many files through worker processes."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from os import PathLike, fspath

from threadpoolctl import ThreadpoolController

from reprise.audio import open_audio
from reprise.errors import AudioError, ParameterError, RepriseError
from reprise.features.extract import extract
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.predict import MAX_PATCHES, Predictor
from reprise.records import FailedAnalysis, TrackAnalysis

__all__ = ["analyze", "analyze_many"]


@cache
def _networks() -> MusicnnNetworks:
    return MusicnnNetworks()


@cache
def _predictor() -> Predictor:
    return Predictor.load()


@cache
def _blas() -> ThreadpoolController:
    """Return the switch of BLAS's threads.

    The matrices here are small: several threads would wait for each other for longer than they compute, with all
    cores busy waiting. Worker processes use the cores better.
    """
    return ThreadpoolController()


def analyze(path: str | PathLike[str], *, detail: bool = False, embedding: bool = False) -> TrackAnalysis:
    """Listen to one file and say what is in it.

    Parameters
    ----------
    path : str or path-like
        Any audio file that libsndfile or FFmpeg reads.
    detail : bool
        Also give the times of onsets, tatums, beats and bars.
    embedding : bool
        Also give the embedding that similarity works on.

    Returns
    -------
    TrackAnalysis

    Raises
    ------
    DecodeError
        If the file cannot be read as audio.
    UnusableAudioError
        If it is silent, shorter than one second or not made of numbers.
    """
    with _blas().limit(limits=1, user_api="blas"), open_audio(path) as stream:
        features = extract(stream, _networks(), max_patches=MAX_PATCHES)
        return _predictor().predict(
            features,
            path=fspath(path),
            tags=stream.tags,
            warnings=tuple(stream.warnings),
            detail=detail,
            embedding=embedding,
        )


def _analyze_or_fail(path: str, detail: bool, embedding: bool) -> TrackAnalysis | FailedAnalysis:
    try:
        return analyze(path, detail=detail, embedding=embedding)
    except AudioError as error:
        return FailedAnalysis(path=path, error_type=type(error).__name__, message=error.reason)
    except RepriseError:
        # Missing weights or a wrong setting concern every file: recording it once a file would hide it.
        raise
    except (MemoryError, ArithmeticError, ValueError, LookupError, OSError, RuntimeError) as error:
        # Hostile files find ways that nobody foresaw; one of them must not end a run over a whole library.
        return FailedAnalysis(
            path=path, error_type="AudioError", message=f"unexpected {type(error).__name__}: {error}"
        )


def analyze_many(
    paths: Iterable[str | PathLike[str]], *, jobs: int = 1, detail: bool = False, embedding: bool = False
) -> Iterator[TrackAnalysis | FailedAnalysis]:
    """Analyse files one after another or in worker processes; yield each result as soon as it is there.

    Parameters
    ----------
    paths : iterable of str or path-like
        Taken lazily, a few more than there are workers at a time, so that it may be endless.
    jobs : int
        Number of worker processes; 1 works in this process.
    detail, embedding : bool
        As for `analyze`.

    Yields
    ------
    TrackAnalysis or FailedAnalysis
        In the order in which they finish. A file that fails is a record and the run goes on, even if it kills the
        worker that reads it.

    Raises
    ------
    ParameterError
        If ``jobs`` is less than 1, or ``paths`` is one path.
    """
    if isinstance(paths, str | PathLike):
        raise ParameterError("paths must be several paths; put the one into a list")
    if jobs < 1:
        raise ParameterError(f"jobs must be at least 1, not {jobs}")
    names = (fspath(path) for path in paths)
    if jobs == 1:
        return (_analyze_or_fail(name, detail, embedding) for name in names)
    return _in_workers(names, jobs, detail, embedding)


def _in_workers(
    names: Iterator[str], jobs: int, detail: bool, embedding: bool
) -> Iterator[TrackAnalysis | FailedAnalysis]:
    taken: deque[str] = deque()
    while True:
        running: dict[Future[TrackAnalysis | FailedAnalysis], str] = {}
        with _pool(jobs) as pool:
            try:
                while True:
                    taken.extend(islice(names, 2 * jobs - len(running)))
                    while taken:
                        # It stays in `taken` until it is submitted: the pool may be found broken just then.
                        running[pool.submit(_analyze_or_fail, taken[0], detail, embedding)] = taken[0]
                        taken.popleft()
                    if not running:
                        return
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        del running[future]
                        yield result
            except BrokenProcessPool:
                taken.extend(running.values())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        # One of these files killed its worker; alone in a pool each shows whether it was the one.
        while taken:
            yield _alone(taken.popleft(), detail, embedding)


def _alone(name: str, detail: bool, embedding: bool) -> TrackAnalysis | FailedAnalysis:
    with _pool(1) as pool:
        try:
            return pool.submit(_analyze_or_fail, name, detail, embedding).result()
        except BrokenProcessPool:
            reason = "the process that read this file was killed, by the file or for lack of memory"
            return FailedAnalysis(path=name, error_type="DecodeError", message=reason)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # "spawn": the caller may have threads (a web server, a notebook), which do not survive a fork.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin_worker)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := parent_process():
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
