"""Write what other programs take for the tempo, for tools/evaluate_rhythm.py.

    python tools/tempo_of_peers.py essentia|librosa OUT.json FILE...

Each needs its own package in an environment of its own; they are measured beside Reprise, never learnt from.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import soundfile as sf


def with_essentia(y: np.ndarray, sr: int) -> dict[str, float]:
    import essentia.standard as es

    y = es.Resample(inputSampleRate=sr, outputSampleRate=44100, quality=2)(y) if sr != 44100 else y
    tempi = {method: es.RhythmExtractor2013(method=method)(y)[0] for method in ("multifeature", "degara")}
    return {f"essentia {method}": float(tempo) for method, tempo in tempi.items()}


def with_librosa(y: np.ndarray, sr: int) -> dict[str, float]:
    import librosa

    y = librosa.resample(y, orig_sr=sr, target_sr=22050)
    return {"librosa": float(np.atleast_1d(librosa.beat.beat_track(y=y, sr=22050)[0])[0])}


def main() -> None:
    peer = {"essentia": with_essentia, "librosa": with_librosa}[sys.argv[1]]
    found = {}
    for name in sys.argv[3:]:
        y, sr = sf.read(name, dtype="float32", always_2d=True)
        found[str(Path(name).resolve())] = peer(np.ascontiguousarray(y.mean(axis=1)), sr)
    Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
