"""Convert the two MusiCNN networks from TensorFlow checkpoints to one ONNX graph, and prove it equal.

Run it in an environment of its own::

    python -m venv /tmp/convert
    /tmp/convert/bin/pip install tensorflow-cpu tf_keras onnx onnxruntime scipy soundfile soxr
    pip download --no-deps musicnn==0.1.0
    /tmp/convert/bin/python tools/convert_musicnn.py musicnn-0.1.0-py3-none-any.whl \\
        --clips ../shared/data/clips

It writes ``musicnn.onnx`` and its card into ``src/reprise/models/weights``, and the outputs of the *original*
graph for a few synthetic patches into ``tests/regression/musicnn_original.npz``. It fails if any output
differs by 1e-4, for the synthetic patches or for those of every tenth clip.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from musicnn_graph import N_FRAMES, N_MELS, NETWORKS, OUTPUTS, POOLED, convert

ROOT = Path(__file__).resolve().parents[1]
# The pooled layer is an inner one with values up to some hundreds, where single precision carries no further.
TOLERANCE = {**dict.fromkeys(OUTPUTS, 1e-4), **dict.fromkeys(POOLED, 1e-3)}
Kept = dict[str, list[npt.NDArray[np.bool_]]]


def original_outputs(
    folder: Path, patches: npt.NDArray[np.float32], kept: Kept
) -> dict[str, npt.NDArray[np.float32]]:
    """Run the networks' own code on patches; of the pooled layer, give the channels that the graph keeps."""
    import tensorflow as tf

    tf.compat.v1.disable_eager_execution()
    sys.path.insert(0, str(folder.parent))
    from musicnn import models

    outputs = {}
    for name in NETWORKS:
        tf.compat.v1.reset_default_graph()
        with tf.name_scope("model"):
            x = tf.compat.v1.placeholder(tf.float32, [None, N_FRAMES, N_MELS])
            is_training = tf.compat.v1.placeholder(tf.bool)
            logits, *_, mean, maximum, penultimate = models.define_model(
                x, is_training, f"{name.upper()}_musicnn", 50
            )
            wanted = [tf.nn.sigmoid(logits), penultimate, tf.concat([maximum, mean], 1)]
        with tf.compat.v1.Session() as session:
            tf.compat.v1.train.Saver().restore(session, f"{folder}/{name.upper()}_musicnn/")
            rows = [session.run(wanted, {x: patch[None], is_training: False}) for patch in patches]
        parts = [np.concatenate(part) for part in zip(*rows, strict=True)]
        channels = np.concatenate(
            [*kept[name], np.ones(parts[2].shape[1] // 2 - sum(map(len, kept[name])), bool)]
        )
        parts[2] = parts[2][:, np.tile(channels, 2)]
        outputs |= dict(zip((f"{name}_tags", f"{name}_penultimate", f"{name}_pooled"), parts, strict=True))
    return outputs


def synthetic_patches() -> npt.NDArray[np.float32]:
    """Return silence, noise soft and loud, a chord with vibrato, drum hits and a sweep, in steps of 1/16."""
    rng = np.random.default_rng(1993)
    t, mel = np.arange(N_FRAMES)[:, None], np.arange(N_MELS)[None]
    noise = rng.gamma(2.0, size=(2, N_FRAMES, N_MELS))
    chord = sum(3.0 * np.exp(-((mel - m - np.sin(t / 5)) ** 2) / 2) for m in (8, 16, 22, 27, 41, 60))
    hits = 5.0 * np.exp(-(t % 31) / 6) * np.exp(-(((mel - 4 - 50 * (t // 31 % 2)) / 25) ** 2))
    sweep = 4.0 * np.exp(-((mel - t / 2) ** 2) / 8) + 0.2 * noise[0]
    patches = np.stack([np.zeros((N_FRAMES, N_MELS)), 0.2 * noise[0], noise[1], chord + 0 * t, hits, sweep])
    return (np.round(16 * patches) / 16).astype(np.float32)


def music_patches(clips: Path) -> npt.NDArray[np.float32]:
    """Return two patches of every tenth clip below a folder, heard through the project's own front end."""
    import soundfile
    import soxr

    sys.path.insert(0, str(ROOT / "src"))
    from reprise.features.mel import LogMel
    from reprise.features.musicnn import PatchGrid
    from reprise.features.spectrogram import Spectrogram

    patches = []
    for path in sorted(clips.rglob("*.opus"))[::10]:
        y, sr = soundfile.read(path, dtype="float32")
        grid = PatchGrid(2)
        grid.push(LogMel().push(Spectrogram().push(soxr.resample(y, sr, 16_000))))
        patches.append(grid.patches())
    return np.concatenate(patches)


def compare(model: bytes, patches: npt.NDArray[np.float32], original: dict[str, Any]) -> dict[str, float]:
    """Return each output's largest difference over all patches, relative where the original is above 1."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = (*OUTPUTS, *POOLED)
    rows = [session.run(names, {"patches": patch[None]}) for patch in patches]
    converted = {
        name: np.concatenate(parts) for name, parts in zip(names, zip(*rows, strict=True), strict=True)
    }
    return {
        name: float((np.abs(converted[name] - original[name]) / np.maximum(1, np.abs(original[name]))).max())
        for name in names
    }


def main() -> None:
    """Convert, prove, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--clips", type=Path)
    arguments = parser.parse_args()
    os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3")
    proof = {}
    with tempfile.TemporaryDirectory() as unpacked:
        zipfile.ZipFile(arguments.wheel).extractall(unpacked)
        folder = Path(unpacked) / "musicnn"
        model, kept = convert(folder)
        graph = model.SerializeToString()
        synthetic = synthetic_patches()
        original = original_outputs(folder, synthetic, kept)
        proof["synthetic"] = {"patches": len(synthetic)} | compare(graph, synthetic, original)
        if arguments.clips:
            music = music_patches(arguments.clips)
            reference = original_outputs(folder, music, kept)
            proof["music"] = {"patches": len(music)} | compare(graph, music, reference)
    counts = {name: [int(mask.sum()) for mask in masks] for name, masks in kept.items()}
    print(json.dumps({"filters_kept": counts, "largest_difference": proof}, indent=2))
    for figures in proof.values():
        if any(figures[name] > limit for name, limit in TOLERANCE.items()):
            sys.exit(f"an output differs from the original by more than its tolerance: {TOLERANCE}")
    write(graph, counts, proof)
    np.savez_compressed(
        ROOT / "tests/regression/musicnn_original.npz", patches=synthetic.astype(np.float16), **original
    )


def write(graph: bytes, kept: dict[str, list[int]], proof: dict[str, Any]) -> None:
    """Write the graph and its card."""
    weights = ROOT / "src/reprise/models/weights"
    weights.mkdir(parents=True, exist_ok=True)
    (weights / "musicnn.onnx").write_bytes(graph)
    card = {
        "name": "musicnn",
        "version": "0.1.0",
        "file": "musicnn.onnx",
        "sha256": hashlib.sha256(graph).hexdigest(),
        "what": "Two networks that hear 3 s of music and score 50 Last.fm tags and 50 MagnaTagATune tags.",
        "source": "Python package musicnn 0.1.0, checkpoints MSD_musicnn and MTT_musicnn",
        "authors": "Jordi Pons, Music Technology Group, Universitat Pompeu Fabra",
        "paper": "Pons, J. and Serra, X. musicnn: Pre-trained convolutional neural networks for music audio "
        "tagging. Late-breaking/demo session, ISMIR 2019.",
        "license": "ISC",
        "trained_on": {
            "msd": "Million Song Dataset, 50 Last.fm tags (ROC-AUC .880, PR-AUC .289 on its test set)",
            "mtt": "MagnaTagATune, 50 tags (ROC-AUC .907, PR-AUC .383 on its test set)",
        },
        "input": "patches (n, 187, 96) float32: log10(10000 S + 1) of the power mel spectrogram S, 16 kHz, "
        "mono, n_fft 512, hop 256, 96 Slaney mels",
        "outputs": {name: ["n", size] for name, size in OUTPUTS.items()}
        | {name: ["n", "kept"] for name in POOLED},
        "conversion": {
            "tool": "tools/convert_musicnn.py",
            "filters_kept_of_204_204_51_51_51": kept,
            "largest_difference_from_original": proof,
        },
    }
    (weights / "musicnn.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
