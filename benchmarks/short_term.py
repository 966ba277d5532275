"""The 69 features of a 30-s excerpt: Reprise beside pyAudioAnalysis 0.3.14, in one run on one core.

pyAudioAnalysis pins nothing and imports much; tools/make_short_term_reference.py says how to install it in an
environment of its own. Where it is missing, only Reprise is timed::

    OMP_NUM_THREADS=1 python benchmarks/short_term.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from reprise.features.short_term import SAMPLE_RATE_HZ, short_term_features

DURATION_S = 30
REPEATS = 5


def _excerpt() -> npt.NDArray[np.int16]:
    """Return 30 s of decaying chords and noise bursts at 120 bpm."""
    t = np.arange(DURATION_S * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    noise = np.random.default_rng(0).standard_normal(t.size)
    chord = sum(np.sin(2 * np.pi * f * t) for f in (110.0, 220.0, 277.18, 329.63))
    y = 0.1 * chord * np.exp(-(t % 2)) + 0.15 * noise * np.exp(-20 * (t % 0.5))
    return (np.clip(y, -1, 1) * 32767).astype(np.int16)


def _peer(pcm: npt.NDArray[np.int16]) -> Callable[[], float] | None:
    """Return pyAudioAnalysis' own computation of the same 69 values, or None where it is not installed."""
    # Names that NumPy 2 took away and pyAudioAnalysis still uses.
    np.Inf, np.NaN = np.inf, np.nan  # type: ignore[attr-defined]  # noqa: NPY201
    try:
        from pyAudioAnalysis.MidTermFeatures import beat_extraction
        from pyAudioAnalysis.ShortTermFeatures import feature_extraction
    except ImportError:
        return None

    def run() -> float:
        seconds, _ = feature_extraction(pcm, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, deltas=False)
        seconds.mean(axis=1), seconds.std(axis=1)
        beats, _ = feature_extraction(pcm, SAMPLE_RATE_HZ, 2205, 2205, deltas=False)
        return float(beat_extraction(beats, 0.05)[0])

    return run


def _median_ms(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(REPEATS):
        # Time of the processor, not of the clock: the figure does not depend on who else uses the machine.
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return 1000 * statistics.median(times)


def measure() -> dict[str, float]:
    """Return median milliseconds of one core for 30 s by name; without the peer where it is missing."""
    pcm = _excerpt()
    y = pcm.astype(np.float32) / 32768
    results = {"reprise 69 features": _median_ms(lambda: short_term_features(y))}
    peer = _peer(pcm)
    if peer is not None:
        results["pyAudioAnalysis 69 features"] = _median_ms(peer)
    return results


if __name__ == "__main__":
    for name, ms in measure().items():
        print(f"{name:30s}{ms:9.1f} ms")
