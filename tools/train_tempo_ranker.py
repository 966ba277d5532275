"""Train the ranker that chooses the beat among the periods, and calibrate it.

    python tools/train_tempo_ranker.py CACHE src/reprise/models/weights

``CACHE`` as in tools/train_rhythm.py. The rendered pieces have their true tempo, the real clips BeatNet's. A
prior on the tempo learnt from MusiCNN's embeddings was tried as another feature and changed nothing. Needs torch.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from reprise.features.onset import band_flux, band_rise
from reprise.models.rhythm import beat_evidence
from reprise.models.rhythm_network import hear_beats
from reprise.models.rhythm_tempo import TEMPI_BPM, autocorrelation, describe_candidates, propose_tempi
from reprise.models.weights_file import save_weights

MOST = 40


def examples(path: Path) -> list[dict[str, object]]:
    """Candidates of every piece, their features, and which is right."""
    data = dict(np.load(path, allow_pickle=False))  # a lazy archive would read the bands anew for each piece
    rows = []
    for i in range(len(data["weight"])):
        bands = data["bands"][:, data["offset"][i] : data["offset"][i + 1]]
        activation = hear_beats(bands)
        r = autocorrelation(beat_evidence(band_flux(band_rise(bands)), activation))
        places = propose_tempi(r, activation.tempo)
        rows.append(
            {
                "features": describe_candidates(r, activation.tempo, places),
                "bpm": TEMPI_BPM[places], "reference": float(data["bpm"][i]), "weight": float(data["weight"][i]),
                "held": bool(data["held"][i]),
            }
        )  # fmt: skip
    return rows


def tensors(rows: list[dict[str, object]]) -> tuple[torch.Tensor, ...]:
    n_features = rows[0]["features"].shape[1]
    x = np.zeros((len(rows), MOST, n_features), np.float32)
    known = np.zeros((len(rows), MOST), bool)
    right = np.zeros((len(rows), MOST), np.float32)
    for i, row in enumerate(rows):
        f = row["features"]
        n = min(len(f), MOST)
        x[i, :n], known[i, :n] = f[:n], True
        right[i, :n] = np.abs(row["bpm"][:n] / row["reference"] - 1) <= 0.04
    weight = np.array([r["weight"] for r in rows], np.float32)
    return tuple(torch.from_numpy(a) for a in (x, known, right, weight))


def fit(rows: list[dict[str, object]], units: int = 16, seed: int = 0) -> dict[str, np.ndarray]:
    """Softmax over the candidates of each piece, by full-batch Adam with early stopping left to weight decay."""
    torch.manual_seed(seed)
    x, known, right, weight = tensors(rows)
    keep = right.sum(dim=1) > 0
    x, known, right, weight = x[keep], known[keep], right[keep], weight[keep]
    flat = x[known]
    mean, scale = flat.mean(dim=0), flat.std(dim=0) + 1e-3
    x = (x - mean) / scale
    hidden = torch.nn.Parameter(torch.randn(x.shape[2], units) * 0.1)
    bias, out = torch.nn.Parameter(torch.zeros(units)), torch.nn.Parameter(torch.randn(units) * 0.3)
    adam = torch.optim.AdamW([hidden, bias, out], 1e-2, weight_decay=0.15)
    for _ in range(350):
        dropped = x * (torch.rand_like(x) > 0.1)
        score = torch.tanh(dropped @ hidden + bias) @ out
        log_p = torch.log_softmax(score.masked_fill(~known, -1e9), dim=1)
        hit = torch.logsumexp(log_p.masked_fill(right == 0, -1e9), dim=1)
        loss = -(hit * weight).sum() / weight.sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
    parts = {"mean": mean, "scale": scale, "hidden": hidden, "hidden_bias": bias, "out": out}
    return {name: value.detach().numpy().astype(np.float32) for name, value in parts.items()}


def score(model: dict[str, np.ndarray], rows: list[dict[str, object]]) -> dict[str, float]:
    """Acc1, Acc2, and the confidence beside the share that it should equal."""
    top, sure, within, reference = [], [], [], []
    for row in rows:
        f = row["features"]
        z = (
            np.tanh((f - model["mean"]) / model["scale"] @ model["hidden"] + model["hidden_bias"])
            @ model["out"]
        )
        p = np.exp(z - z.max())
        p /= p.sum()
        top.append(row["bpm"][int(np.argmax(z))])
        sure.append(p.max())
        reference.append(row["reference"])
    ratio = np.array(top) / np.array(reference)
    within = np.abs(ratio - 1) <= 0.04
    family = np.any([np.abs(ratio / k - 1) <= 0.04 for k in (1, 2, 3, 1 / 2, 1 / 3)], axis=0)
    oracle = np.mean([np.any(np.abs(r["bpm"] / r["reference"] - 1) <= 0.04) for r in rows])
    return {
        "n": len(rows),
        "acc1": within.mean(),
        "acc2": family.mean(),
        "confidence": np.mean(sure),
        "oracle": oracle,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sets = {n: examples(arguments.cache / f"{n}.npz") for n in ("tune", "real", "rendered_held")}
    for row in sets["tune"]:
        row["weight"] *= 0.6  # rendered pieces are simpler than life
    train = [r for n in ("tune", "real") for r in sets[n] if not r["held"] and r["weight"] > 0.1]
    models = [fit(train, seed=seed) for seed in range(6)]
    model = {
        name: np.concatenate([m[name] for m in models], axis=-1) for name in ("hidden", "hidden_bias", "out")
    }
    model |= {"mean": models[0]["mean"], "scale": models[0]["scale"], "out": model["out"] / len(models)}
    show = lambda rows: {k: round(float(v), 3) for k, v in rows.items()}  # noqa: E731
    real = [r for r in sets["real"] if r["held"] and r["weight"] > 0.3]
    print("train      ", show(score(model, train)))
    print("real, held ", show(score(model, real)))
    print("rendered   ", show(score(model, sets["rendered_held"])))
    save_weights(
        "rhythm_tempo", arguments.out, model,
        {
            "version": "0.1.0", "file": "rhythm_tempo.npz", "license": "Apache-2.0",
            "what": "Scores each tempo that could be the beat; a softmax over them gives the confidence.",
            "trained_on": "as rhythm.onnx, by the tempi of the rendered pieces and of BeatNet",
            "terms": "as rhythm.onnx; no human annotation went in", "tool": "tools/train_tempo_ranker.py",
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
