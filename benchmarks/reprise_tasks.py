"""What is timed of Reprise, and bare decoding, in a process of `benchmarks.worker`."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import soundfile

import reprise
from benchmarks.stages import stage_times
from reprise.audio import Resampler, load_audio, open_audio
from reprise.features.short_term import short_term_features


def analyze(path: str) -> Callable[[], None]:
    """Do the whole analysis."""

    def run() -> None:
        reprise.analyze(path)

    return run


def decode_ffmpeg(path: str) -> Callable[[], None]:
    """Decode, and nothing else, with FFmpeg on one thread: through PyAV, to arrays."""

    def run() -> None:
        with av.open(path) as container:
            stream = container.streams.audio[0]
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                frame.to_ndarray()

    return run


def decode_libsndfile(path: str) -> Callable[[], None]:
    """Decode, and nothing else, with libsndfile: blocks of ten seconds of float32."""

    def run() -> None:
        with soundfile.SoundFile(path) as file:
            while len(file.read(10 * file.samplerate, dtype="float32")):
                pass

    return run


def open_only(path: str) -> Callable[[], None]:
    """Open the file and read its tags."""

    def run() -> None:
        with open_audio(path):
            pass

    return run


def decode_reprise(path: str) -> Callable[[], None]:
    """Open the file and read all its blocks, checked."""

    def run() -> None:
        with open_audio(path) as stream:
            for _ in stream.blocks():
                pass

    return run


def decode_to_16_khz(path: str) -> Callable[[], None]:
    """Read all blocks, mix and resample them."""

    def run() -> None:
        with open_audio(path) as stream:
            resampler = Resampler(stream.sample_rate, 16_000)
            for y in stream.blocks():
                resampler.push(y.mean(axis=0))
            resampler.flush()

    return run


def short_term(path: str) -> Callable[[], list[float]]:
    """Compute the 69 features of a mono WAV of 16 bits at 44.1 kHz, already read."""
    y = load_audio(path, mono=True).y
    return lambda: short_term_features(y).values.tolist()


def stages(path: str) -> Callable[[], dict[str, float]]:
    """Do the whole analysis with a stop-watch on each stage."""
    return lambda: stage_times(lambda: reprise.analyze(path))


def many(paths: list[str], jobs: int, warm_up: int) -> Callable[[], dict[str, float]]:
    """Analyse many files; rate and cost count from the `warm_up`-th result on, when all workers are at work."""

    def run() -> dict[str, float]:
        start_s, times_s, cpu_s = time.perf_counter(), [], []
        for result in reprise.analyze_many(paths, jobs=jobs):
            if not isinstance(result, reprise.TrackAnalysis):
                raise RuntimeError(f"{result.path}: {result.message}")
            times_s.append(time.perf_counter() - start_s)
            if len(times_s) in (warm_up, len(paths)):
                cpu_s.append(_cpu_of_family_s())
        n = len(paths) - warm_up
        return {
            "first_s": times_s[0],
            "all_s": times_s[-1],
            "files_per_s": n / (times_s[-1] - times_s[warm_up - 1]),
            "cpu_s_per_file": (cpu_s[1] - cpu_s[0]) / n,
        }

    return run


def _cpu_of_family_s() -> float:
    """Return the processor time of this process and of its workers that are alive; of Linux alone, of workers."""
    total_s = time.process_time()
    for worker in multiprocessing.active_children():
        stat = Path(f"/proc/{worker.pid}/stat")
        if stat.exists():
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            total_s += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total_s


TASKS: dict[str, Callable[..., Callable[[], Any]]] = {
    function.__name__: function
    for function in (
        analyze,
        decode_ffmpeg,
        decode_libsndfile,
        open_only,
        decode_reprise,
        decode_to_16_khz,
        short_term,
        stages,
        many,
    )
}
