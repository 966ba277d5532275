"""Train the key network on rendered pieces and write its weights with their card.

    python tools/render_key_corpus.py --songs 660 --seed 1 -o /tmp/key_1.npz
    python tools/train_key.py /tmp/key_1.npz ... --labels ../shared/data

Every piece stands for all twelve transpositions, since the network is the same for every tonic. The labels of
real clips set one number only, the temperature that makes the probabilities honest.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas
import scipy.optimize
import soundfile
import soxr

from reprise.features.chroma import SAMPLE_RATE_HZ, Chroma
from reprise.models.tonality import CHANNELS, KeyNetwork, estimate_tuning, tonal_profile
from reprise.models.weights_file import save_weights

HIDDEN, NETWORKS, EPOCHS, BATCH = 32, 5, 40, 128
LEARNING_RATE, WEIGHT_DECAY, DROPOUT = 3e-3, 0.01, 0.2
# Share of Spotify's key labels that are taken to be wrong when the temperature is fitted.
LABEL_NOISE = 0.25


def channels_of(y: np.ndarray) -> np.ndarray:
    """Profile of 16 kHz mono audio, shape (8, 12); zeros where there is none."""
    chroma = Chroma()
    chroma.push(y.astype(np.float32))
    chromagram = chroma.result()
    profile = tonal_profile(chromagram, estimate_tuning(chromagram))
    return profile.channels if profile else np.zeros((len(CHANNELS), 12), np.float32)


def rendered(paths: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Profiles (n, 8, 12) and keys (n,) as 2 x tonic + mode of corpora from render_key_corpus.py."""
    profiles, keys = [], []
    for path in paths:
        with np.load(path, allow_pickle=False) as corpus:
            y, offset = corpus["y"], corpus["offset"]
            keys.append(2 * corpus["key"] + corpus["mode"])
        profiles += [channels_of(y[a:b] / np.float32(32768)) for a, b in pairwise(offset)]
    return np.stack(profiles), np.concatenate(keys)


def labelled(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Profiles and Spotify's keys of the real clips that have them."""
    table = pandas.read_csv(folder / "labels" / "panda.csv").dropna(subset=["spotify_key"])
    profiles = []
    for clip in table["clip"]:
        path = folder / clip if (folder / clip).exists() else folder / "clips" / clip
        y, rate = soundfile.read(path, dtype="float32", always_2d=True)
        profiles.append(channels_of(soxr.resample(y.mean(axis=1), rate, SAMPLE_RATE_HZ)))
    return np.stack(profiles), (2 * table["spotify_key"] + table["spotify_mode"]).to_numpy(int)


@dataclass
class Moments:
    """Running moments of one parameter's gradient (Adam)."""

    first: np.ndarray
    second: np.ndarray


def train_one(X: np.ndarray, keys: np.ndarray, seed: int) -> list[np.ndarray]:
    """Train one hidden layer; ``X`` (n, 12, 96) holds each profile turned to each tonic."""
    rng = np.random.default_rng(seed)
    n, _, width = X.shape
    weights = [
        rng.standard_normal((width, HIDDEN)) / width**0.5, np.zeros(HIDDEN),
        rng.standard_normal((HIDDEN, 2)) / HIDDEN**0.5, np.zeros(2),
    ]  # fmt: skip
    moments = [Moments(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    step = 0
    for epoch in range(EPOCHS):
        rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        for rows in np.array_split(rng.permutation(n), max(1, n // BATCH)):
            step += 1
            gradients = gradient(weights, X[rows].reshape(-1, width), keys[rows], rng)
            for w, g, m in zip(weights, gradients, moments, strict=True):
                m.first = 0.9 * m.first + 0.1 * g
                m.second = 0.999 * m.second + 0.001 * g * g
                update = m.first / (1 - 0.9**step) / (np.sqrt(m.second / (1 - 0.999**step)) + 1e-8)
                w -= rate * (update + (WEIGHT_DECAY * w if w.ndim == 2 else 0))
    return weights


def gradient(
    weights: list[np.ndarray], x: np.ndarray, keys: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    """Gradient of the cross-entropy over 24 keys, with dropout."""
    before = x @ weights[0] + weights[1]
    kept = (rng.random(before.shape) > DROPOUT) / (1 - DROPOUT)
    hidden = np.maximum(before, 0) * kept
    logits = (hidden @ weights[2] + weights[3]).reshape(len(keys), 24)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(keys)), keys] -= 1
    error = p.reshape(-1, 2) / len(keys)
    back = error @ weights[2].T * kept * (before > 0)
    return [x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]


def train(profiles: np.ndarray, keys: np.ndarray) -> dict[str, np.ndarray]:
    """Train the networks and lay them side by side: the mean of their scores is one network's."""
    mean, std = profiles.mean(axis=(0, 2)), profiles.std(axis=(0, 2))
    x = (profiles - mean[:, None]) / std[:, None]
    X = np.stack([np.roll(x, -tonic, axis=2).reshape(len(x), -1) for tonic in range(12)], axis=1)
    networks = [train_one(X.astype(np.float64), keys, seed) for seed in range(NETWORKS)]
    return {
        "mean": mean, "std": std,
        "hidden_weight": np.concatenate([w[0] for w in networks], axis=1),
        "hidden_bias": np.concatenate([w[1] for w in networks]),
        "output_weight": np.concatenate([w[2] for w in networks]) / NETWORKS,
        "output_bias": np.mean([w[3] for w in networks], axis=0), "temperature": np.float64(1.0),
    }  # fmt: skip


def fit_temperature(arrays: dict[str, np.ndarray], profiles: np.ndarray, keys: np.ndarray) -> float:
    """Find the temperature under which Spotify's labels, some of them wrong, are likeliest."""

    def surprise(log_temperature: float) -> float:
        network = KeyNetwork({**arrays, "temperature": np.exp(log_temperature)})
        p = np.array([network.probabilities(x).ravel()[key] for x, key in zip(profiles, keys, strict=True)])
        return float(-np.log((1 - LABEL_NOISE) * p + LABEL_NOISE / 24).mean())

    return float(np.exp(scipy.optimize.minimize_scalar(surprise, bounds=(-1, 2.5), method="bounded").x))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, default=Path("src/reprise/models/weights"))
    arguments = parser.parse_args()
    profiles, keys = rendered(arguments.corpora)
    arrays = train(profiles, keys)
    temperature = fit_temperature(arrays, *labelled(arguments.labels))
    small = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    small |= {name: array.astype(np.float16) for name, array in small.items() if array.ndim == 2}
    card = {
        "version": "0.1.0",
        "file": "tonality.npz",
        "what": "Scores the 24 keys from the strength of the pitch classes, each tonic alike.",
        "license": "Apache-2.0",
        "trained_on": f"{len(keys)} pieces composed and rendered by tools/render_key_corpus.py (tuning half)",
        "terms": "No recording and no annotation went into the weights; the sound font is FluidR3 (MIT). "
        "The temperature alone was fitted to Spotify's keys of 69 clips.",
        "input": f"channels {list(CHANNELS)} by 12 pitch classes",
        "outputs": "probabilities (12 tonics, minor and major)",
        "tool": "tools/train_key.py",
    }
    save_weights("tonality", arguments.output, {**small, "temperature": np.float32(temperature)}, card)
    print(f"{len(keys)} pieces, temperature {temperature:.2f}: {arguments.output / 'tonality.npz'}")


if __name__ == "__main__":
    main()
