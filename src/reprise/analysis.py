"""The way of one file: load, extract, predict; and of many files through worker processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache, partial
from os import PathLike, fspath
from typing import Literal

from reprise.audio import open_audio
from reprise.audio_analysis import AudioAnalysis
from reprise.errors import AudioError, ParameterError, RepriseError
from reprise.features.extract import extract, extract_measured
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.feedback import active_version
from reprise.models.full_analysis import analyse_fully, divide_into_sections
from reprise.models.inputs import input_groups
from reprise.models.predict import MAX_PATCHES, Predictor
from reprise.models.rhythm import estimate_rhythm, hear_rhythm
from reprise.models.tonality import estimate_tonality
from reprise.records import FailedAnalysis, FloatArray, Observer, TrackAnalysis
from reprise.workers import KILLED, blas, in_workers

__all__ = ["analyze", "analyze_detail", "analyze_many", "hear"]


@cache
def _networks() -> MusicnnNetworks:
    return MusicnnNetworks()


# Two, so that a change of version is noticed by a process that lives long, and looking at both costs nothing.
@lru_cache(maxsize=2)
def _predictor(version: str | None) -> Predictor:
    return Predictor.load(version)


def analyze(
    path: str | PathLike[str],
    *,
    detail: bool | Literal["full"] = False,
    embedding: bool = False,
    waveform: bool = False,
    learned: bool = True,
    observer: Observer | None = None,
) -> TrackAnalysis:
    """Listen to one file and say what is in it.

    Parameters
    ----------
    path : str or path-like
        Any audio file that libsndfile or FFmpeg reads.
    detail : bool or "full"
        Also give the times of onsets, tatums, beats and bars, and the sections; ``"full"`` gives all that
        `analyze_detail` says beside them.
    embedding : bool
        Also give the embedding that similarity works on.
    waveform : bool
        Also give the outline of the waveform.
    learned : bool
        Also apply what was learnt from corrections on this machine, if anything.
    observer : callable, optional
        Is given a `reprise.records.Progress` as each stage begins, and every two seconds of audio while the file is
        listened to. It works in this thread, so it should be quick. What it raises ends the analysis.

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
    version = active_version() if learned else None
    wanted = _wanted(detail=bool(detail), full=detail == "full", embedding=embedding, waveform=waveform)
    return _analyze(path, wanted, version, observer)


def analyze_detail(path: str | PathLike[str]) -> AudioAnalysis:
    """Follow the course of one recording: bars, beats, tatums, sections and segments.

    Parameters
    ----------
    path : str or path-like
        Any audio file that libsndfile or FFmpeg reads.

    Returns
    -------
    AudioAnalysis
        All that is measured; what the trained models predict is not in it, and no model but those of beat and key is
        asked. Where there is no pulse, bars, beats and tatums are empty.

    Raises
    ------
    DecodeError
        If the file cannot be read as audio.
    UnusableAudioError
        If it is silent, shorter than one second or not made of numbers.
    """
    with blas().limit(limits=1, user_api="blas"), open_audio(path) as stream:
        features = extract_measured(stream)
        heard, tonality = hear_rhythm(features.onset), estimate_tonality(features.chroma)
        return analyse_fully(features, heard, tonality, divide_into_sections(features, heard, tonality))


def _wanted(**asked: bool) -> frozenset[str]:
    return frozenset(part for part, yes in asked.items() if yes)


def _analyze(
    path: str | PathLike[str],
    wanted: frozenset[str],
    version: str | None,
    observer: Observer | None = None,
) -> TrackAnalysis:
    with blas().limit(limits=1, user_api="blas"), open_audio(path) as stream:
        features = extract(
            stream,
            _networks(),
            max_patches=MAX_PATCHES,
            waveform="waveform" in wanted,
            observer=observer,
        )
        return _predictor(version).predict(
            features,
            path=fspath(path),
            tags=stream.tags,
            warnings=tuple(stream.warnings),
            wanted=wanted,
            observer=observer,
        )


def hear(path: str | PathLike[str]) -> dict[str, FloatArray]:
    """Return what the trained models are given of one file; see `reprise.models.inputs`. Raises as `analyze` does."""
    with blas().limit(limits=1, user_api="blas"), open_audio(path) as stream:
        features = extract(stream, _networks(), max_patches=MAX_PATCHES)
    return input_groups(features, estimate_rhythm(features.onset), estimate_tonality(features.chroma))


def _analyze_or_fail(
    path: str, wanted: frozenset[str], version: str | None
) -> TrackAnalysis | FailedAnalysis:
    try:
        return _analyze(path, wanted, version)
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
    paths: Iterable[str | PathLike[str]],
    *,
    jobs: int = 1,
    detail: bool | Literal["full"] = False,
    embedding: bool = False,
    waveform: bool = False,
    learned: bool = True,
) -> Iterator[TrackAnalysis | FailedAnalysis]:
    """Analyse files one after another or in worker processes; yield each result as soon as it is there.

    Parameters
    ----------
    paths : iterable of str or path-like
        Taken lazily, a few more than there are workers at a time, so that it may be endless.
    jobs : int
        Number of worker processes; 1 works in this process.
    detail : bool or "full"
    embedding, waveform, learned : bool
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
    # Asked once, so that all files of a run are judged alike.
    version = active_version() if learned else None
    wanted = _wanted(detail=bool(detail), full=detail == "full", embedding=embedding, waveform=waveform)
    analyze_one = partial(_analyze_or_fail, wanted=wanted, version=version)
    if jobs == 1:
        return (analyze_one(name) for name in names)
    return in_workers(analyze_one, names, jobs, if_killed=_killed)


def _killed(path: str) -> FailedAnalysis:
    return FailedAnalysis(path=path, error_type="DecodeError", message=KILLED)
