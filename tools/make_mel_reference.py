"""Make the stored reference of the mel front end again: synthetic audio and librosa's log-mel of it.

Run it from the development environment: ``python tools/make_mel_reference.py``.
"""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np

TARGET = Path(__file__).resolve().parents[1] / "tests" / "regression" / "mel_librosa.npz"


def main() -> None:
    """Write 0.8 s of chord, click and noise as 16-bit samples with ``log10(10000 S + 1)`` at hop 256."""
    t = np.arange(12_800) / 16_000
    chord = sum(np.sin(2 * np.pi * f * t) / 8 for f in (220.0, 277.18, 329.63, 3000.0))
    clicks = 0.5 * (np.arange(t.size) % 3200 < 4)
    noise = np.random.default_rng(96).normal(0, 1e-3, t.size)
    samples = (
        np.round(32_768 * (chord * np.exp(-2 * t) + clicks + noise)).clip(-32_768, 32_767).astype(np.int16)
    )
    y = samples.astype(np.float32) / 32_768
    S = librosa.feature.melspectrogram(
        y=y, sr=16_000, n_fft=512, hop_length=256, n_mels=96, pad_mode="constant"
    )
    np.savez_compressed(TARGET, y=samples, log_mel=np.log10(10_000 * S + 1).astype(np.float32))
    print(f"{TARGET}: librosa {librosa.__version__}")


if __name__ == "__main__":
    main()
