"""Compute tests/regression/short_term.json again with pyAudioAnalysis 0.3.14, the source of the features.

Run it in an environment of its own; the package and its tests never need pyAudioAnalysis::

    python -m venv /tmp/peer
    /tmp/peer/bin/pip install numpy scipy soundfile soxr matplotlib tqdm eyed3 pydub
    /tmp/peer/bin/pip install hmmlearn imbalanced-learn plotly
    /tmp/peer/bin/pip install --no-deps pyAudioAnalysis==0.3.14
    /tmp/peer/bin/python tools/make_short_term_reference.py --examples ../shared/data/examples
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 44_100
EXCERPT_S = 30
REFERENCE = Path(__file__).resolve().parents[1] / "tests" / "regression" / "short_term.json"


def signals() -> dict[str, npt.NDArray[np.int16]]:
    """Return the synthetic signals by name: 16-bit mono at 44.1 kHz, the same on every machine."""
    rng = np.random.default_rng(69)
    t = np.arange(8 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    noise = rng.standard_normal(t.size)
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.18, 329.63, 1760.0))
    pulses = np.exp(-20 * (t % 0.5))
    bursts = noise * pulses
    parts = {
        "noise": 0.2 * noise,
        "chord": 0.2 * chord * np.exp(-(t % 2.0)),
        "pulses_120_bpm": 0.2 * bursts + 0.1 * chord * pulses,
        "quiet_and_off_centre": 0.003 * noise + 0.05,
        "silence_in_the_middle": 0.2 * bursts * ((t < 3.0) | (t > 5.5)),
        "sweep": 0.9 * np.sin(2 * np.pi * (40 + 600 * t) * t),
        "clipped": np.clip(1.7 * bursts, -1, 1),
        "one_second": 0.2 * bursts[:SAMPLE_RATE_HZ],
        "one_and_a_half_seconds": 0.2 * chord[: 3 * SAMPLE_RATE_HZ // 2],
        "digital_silence": 0.0 * t,
    }
    return {name: np.trunc(np.clip(y, -1, 1) * 32767).astype(np.int16) for name, y in parts.items()}


def example(path: Path) -> npt.NDArray[np.int16]:
    """Return the first 30 s of a file, mixed to mono, resampled to 44.1 kHz and cut to 16 bits."""
    import soundfile
    import soxr

    y, sr = soundfile.read(path, always_2d=True, dtype="float32")
    y = soxr.resample(y.mean(axis=1), sr, SAMPLE_RATE_HZ)[: EXCERPT_S * SAMPLE_RATE_HZ]
    return np.clip(np.trunc(y * 32768), -32768, 32767).astype(np.int16)


def peer_features(pcm: npt.NDArray[np.int16]) -> list[float]:
    """Return pyAudioAnalysis' own 69 values."""
    # Names that NumPy 2 took away and pyAudioAnalysis still uses.
    np.Inf, np.NaN = np.inf, np.nan  # type: ignore[attr-defined]  # noqa: NPY201
    from pyAudioAnalysis.MidTermFeatures import beat_extraction
    from pyAudioAnalysis.ShortTermFeatures import feature_extraction

    seconds, _ = feature_extraction(pcm, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, deltas=False)
    beats, _ = feature_extraction(
        pcm, SAMPLE_RATE_HZ, 0.05 * SAMPLE_RATE_HZ, 0.05 * SAMPLE_RATE_HZ, deltas=False
    )
    bpm, _ = beat_extraction(beats, 0.05)
    return [float(v) for v in (*seconds.mean(axis=1), *seconds.std(axis=1), bpm)]


def main() -> None:
    """Write the reference file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--examples", type=Path, required=True, help="folder of the free example clips")
    arguments = parser.parse_args()
    reference = {
        "made_by": "tools/make_short_term_reference.py, pyAudioAnalysis 0.3.14",
        "signals": {name: peer_features(pcm) for name, pcm in signals().items()},
        "examples": {p.name: peer_features(example(p)) for p in sorted(arguments.examples.glob("*.ogg"))},
    }
    REFERENCE.write_text(json.dumps(reference, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
