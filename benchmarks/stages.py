"""Where the time of one analysis goes: stop-watches round the stages, put on from outside."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from reprise.audio import AudioStream, Resampler
from reprise.audio.loudness import LoudnessMeter
from reprise.features import extract
from reprise.features.chroma import Chroma
from reprise.features.mel import LogMel
from reprise.features.musicnn import MusicnnNetworks, PatchGrid
from reprise.features.onset import OnsetEnvelope
from reprise.features.spectrogram import Spectrogram
from reprise.models import predict
from reprise.models.fused_genre import FusedGenreModel
from reprise.models.heads import Heads
from reprise.models.mood import MoodModel

__all__ = ["REST", "STAGES", "stage_times"]

STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    "decoding": ((AudioStream, "__init__"), (AudioStream, "blocks")),
    "loudness and true peak": ((LoudnessMeter, "push"), (LoudnessMeter, "result")),
    "resampling": ((Resampler, "push"), (Resampler, "flush")),
    "spectrogram": ((Spectrogram, "push"), (Spectrogram, "flush")),
    "mel and patches": ((LogMel, "push"), (LogMel, "mean"), (LogMel, "std"), (PatchGrid, "push")),
    "MusiCNN, two networks": ((PatchGrid, "patches"), (MusicnnNetworks, "predict")),
    "onset envelope": ((OnsetEnvelope, "push"), (OnsetEnvelope, "result")),
    "tempo, beats, metre": ((predict, "hear_rhythm"),),
    "chroma": ((Chroma, "push"), (Chroma, "result")),
    "key and mode": ((predict, "estimate_tonality"),),
    "the 69 short-term features": ((extract, "short_term_features"),),
    "heads, mood, genre": (
        (predict, "input_groups"),
        (Heads, "__call__"),
        (MoodModel, "__call__"),
        (FusedGenreModel, "__call__"),
    ),
}
"""The functions of each stage; time in one of another stage, called from it, counts there only."""

REST = "the rest"


class _Stopwatch:
    """Shares the processor's time out among the innermost stages that are running."""

    def __init__(self) -> None:
        self.times_s: defaultdict[str, float] = defaultdict(float)
        self._running: list[str] = []
        self._since_s = 0.0

    def enter(self, stage: str) -> None:
        self._credit()
        self._running.append(stage)

    def leave(self) -> None:
        self._credit()
        self._running.pop()

    def _credit(self) -> None:
        now_s = time.process_time()
        if self._running:
            self.times_s[self._running[-1]] += now_s - self._since_s
        self._since_s = now_s

    def wrapped(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with the watch on it; of an iterator each step is timed."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.enter(stage)
            try:
                result = function(*args, **kwargs)
            finally:
                self.leave()
            return self._steps(stage, result) if isinstance(result, Iterator) else result

        return timed

    def _steps(self, stage: str, iterator: Iterator[Any]) -> Iterator[Any]:
        while True:
            self.enter(stage)
            try:
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self.leave()
            yield item


def stage_times(analyze: Callable[[], object]) -> dict[str, float]:
    """Return the seconds of processor time that one call spends in each stage, and in none of them.

    Parameters
    ----------
    analyze : callable
        Analyses one file.

    Returns
    -------
    dict of str to float
        By the names of `STAGES` in their order, then `REST`.
    """
    with ExitStack() as stack:
        watch = _Stopwatch()
        for stage, functions in STAGES.items():
            for owner, name in functions:
                stack.enter_context(patch.object(owner, name, watch.wrapped(stage, getattr(owner, name))))
        watch.enter(REST)
        analyze()
        watch.leave()
    return {stage: watch.times_s[stage] for stage in (*STAGES, REST)}
