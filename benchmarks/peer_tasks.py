"""What is timed of the peers, in a process of `benchmarks.worker` that runs in their own virtual environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def essentia_extractor(path: str) -> Callable[[], int]:
    """Run MusicExtractor as it comes: it loads, resamples and describes the file, without any model."""
    import essentia

    essentia.log.infoActive = essentia.log.warningActive = False
    from essentia.standard import MusicExtractor

    return lambda: len(MusicExtractor()(path)[0].descriptorNames())


def librosa_parts(path: str) -> Callable[[], float]:
    """Do with librosa what it has of the same: load, beats and tempo, chroma, MFCCs, in its default settings."""
    import librosa

    def run() -> float:
        y, sr = librosa.load(path)
        tempo, _ = librosa.beat.beat_track(y=y, sr=sr)
        librosa.feature.chroma_cqt(y=y, sr=sr)
        librosa.feature.mfcc(y=y, sr=sr)
        return float(np.ravel(tempo)[0])

    return run


def pyaudioanalysis(path: str) -> Callable[[], list[float]]:
    """Compute the 69 features of a mono WAV of 16 bits, already read, with pyAudioAnalysis' own functions."""
    # Names that NumPy 2 took away and pyAudioAnalysis still uses.
    np.Inf, np.NaN = np.inf, np.nan  # type: ignore[attr-defined]  # noqa: NPY201
    from pyAudioAnalysis.MidTermFeatures import beat_extraction
    from pyAudioAnalysis.ShortTermFeatures import feature_extraction
    from scipy.io import wavfile

    rate, pcm = wavfile.read(path)

    def run() -> list[float]:
        seconds, _ = feature_extraction(pcm, rate, rate, rate, deltas=False)
        beats, _ = feature_extraction(pcm, rate, rate // 20, rate // 20, deltas=False)
        bpm = beat_extraction(beats, 0.05)[0]
        return [*seconds.mean(axis=1).tolist(), *seconds.std(axis=1).tolist(), float(bpm)]

    return run


TASKS: dict[str, Callable[..., Callable[[], Any]]] = {
    "essentia": essentia_extractor,
    "librosa": librosa_parts,
    "pyaudioanalysis": pyaudioanalysis,
}
