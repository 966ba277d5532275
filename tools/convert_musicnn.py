"""Convert the two MusiCNN networks from TensorFlow checkpoints to one ONNX graph, and prove it equal.

Run it in an environment of its own::

    python -m venv /tmp/convert && /tmp/convert/bin/pip install tensorflow-cpu tf_keras onnx onnxruntime
    pip download --no-deps musicnn==0.1.0
    /tmp/convert/bin/python tools/convert_musicnn.py musicnn-0.1.0-py3-none-any.whl [--patches patches.npy]

It writes ``musicnn.onnx`` and its card into ``src/reprise/models/weights`` and the outputs of the *original*
graph for a few synthetic patches into ``tests/regression/musicnn_original.npz``, and fails if any output
differs by 1e-4. ``--patches`` names an array of shape (n, 187, 96) with patches of real music to compare on
as well.

The graph is not a copy of the original's but equal to it, and four times as fast. All of it is algebra:

- Weight decay drove the kernels of most of the front end's filters to nothing (their weights are about
  1e-30), so that such a filter says the same whatever it hears. These are left out and their constant goes
  into the next biases.
- The normalisation of the input is folded into the kernels. Zeros are padded after it, so that what it adds
  depends on the frame near both ends: a bias with a time axis.
- Bias, ReLU and batch normalisation come after the maximum over frequency instead of before it: the first two
  commute with it, and so does the third if a filter with a negative scale has its sign turned before and
  after.
- What stands before a dense layer is folded into it.
- Both networks hear the same patch: the filters of the same shape of both are one convolution.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import helper, numpy_helper

Array = npt.NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
N_FRAMES, N_MELS = 187, 96
NETWORKS = ("msd", "mtt")
OUTPUTS = {"msd_tags": 50, "msd_penultimate": 200, "mtt_tags": 50, "mtt_penultimate": 200}
TOLERANCE = 1e-4

# A filter is left out if the most that its output can vary times the largest weight that reads it is below.
NEGLIGIBLE = 1e-5
# No normalised input is larger: log10(10000 S + 1) stays below 10, and both networks scale it by under 0.5.
LARGEST_INPUT = 8.0

# The blocks of the front end: number of the convolution and frames padded before the patch.
FRONT_END = ((0, 3), (1, 3), (2, 63), (3, 31), (4, 15))
N_FRONT_END = 3 * 51 + 2 * 204


class Checkpoint:
    """The weights of one network, by the numbers that TensorFlow gave to its layers."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self._reader = tf.compat.v1.train.NewCheckpointReader(f"{folder}/")

    def get(self, layer: str, number: int, name: str) -> Array:
        """Return one tensor, without the axis of the single input channel."""
        suffix = f"_{number}" if number else ""
        tensor: Array = self._reader.get_tensor(f"{layer}{suffix}/{name}").astype(np.float64)
        return tensor[:, :, 0, :] if tensor.ndim == 4 else tensor

    def norm(self, number: int) -> tuple[Array, Array]:
        """Return scale and offset of a batch normalisation."""
        gamma, beta, mean, variance = (
            self.get("batch_normalization", number, name)
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + 1e-3)
        return scale, beta - scale * mean


@dataclass(frozen=True)
class Filters:
    """One block of a network's front end.

    ``kernel`` (frames, mels, n), ``bias`` (n, 187), ``sign``, ``scale`` and ``offset`` (n,) are those of the
    filters that are kept; ``kept`` (all,) says which, and ``constant`` (all,) is what each of the others
    says.
    """

    kernel: Array
    bias: Array
    sign: Array
    scale: Array
    offset: Array
    kept: npt.NDArray[np.bool_]
    constant: Array


def response_to_ones(kernel: Array, n_before: int) -> Array:
    """Return what a kernel (frames, n) says at each frame, (n, 187), to a patch of ones between zeros."""
    response = np.zeros((kernel.shape[1], N_FRAMES))
    for t in range(N_FRAMES):
        first, last = max(0, n_before - t), min(len(kernel), N_FRAMES + n_before - t)
        response[:, t] = kernel[first:last].sum(axis=0)
    return response


def dense_weights(checkpoint: Checkpoint) -> tuple[Array, Array]:
    """Return weights (753 channels, maximum and mean, 200) and bias of the penultimate layer, folded."""
    scale, offset = checkpoint.norm(9)
    weights = checkpoint.get("dense", 0, "kernel")
    bias = checkpoint.get("dense", 0, "bias") + offset @ weights
    return (weights * scale[:, None]).reshape(-1, 2, 200), bias


def front_end(checkpoint: Checkpoint) -> list[Filters]:
    """Fold and thin out the five blocks of a front end."""
    input_scale, input_offset = checkpoint.norm(0)
    readers = np.maximum(
        np.abs(checkpoint.get("conv2d", 5, "kernel")).max(axis=(0, 2)),
        np.abs(dense_weights(checkpoint)[0][:N_FRONT_END]).max(axis=(1, 2)),
    )
    blocks, first = [], 0
    for number, n_before in FRONT_END:
        kernel, bias = (checkpoint.get("conv2d", number, name) for name in ("kernel", "bias"))
        scale, offset = checkpoint.norm(number + 1)
        sign = np.where(scale < 0, -1.0, 1.0)
        variation = LARGEST_INPUT * np.abs(kernel).sum(axis=(0, 1)) * np.abs(scale)
        kept = variation * readers[first : first + len(bias)] >= NEGLIGIBLE
        first += len(bias)
        time_bias = input_offset * response_to_ones(kernel.sum(axis=1), n_before) + bias[:, None]
        blocks.append(
            Filters(
                kernel=(input_scale * sign * kernel)[..., kept],
                bias=(sign[:, None] * time_bias)[kept],
                sign=sign[kept],
                scale=scale[kept],
                offset=offset[kept],
                kept=kept,
                constant=scale * np.maximum(bias, 0) + offset,
            )
        )
    return blocks


class Graph:
    """An ONNX graph while it is being written."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: Any) -> str:
        """Add a constant, float32 or int64."""
        array = np.asarray(value)
        array = array.astype(np.float32 if array.dtype.kind == "f" else np.int64)
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        """Add a node with one output of the same name."""
        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def split(self, value: str, names: list[str], sizes: list[int]) -> None:
        """Cut a value along its channels."""
        inputs = [value, self.constant("split_sizes", np.array(sizes))]
        self._nodes.append(helper.make_node("Split", inputs, names, name="split", axis=1))

    def affine(self, value: str, scale: Array, offset: Array, name: str) -> str:
        """Multiply and add along the channels."""
        scaled = self.node("Mul", [value, self.constant(f"{name}_scale", scale)], f"{name}_scaled")
        return self.node("Add", [scaled, self.constant(f"{name}_offset", offset)], name)

    def model(self) -> onnx.ModelProto:
        """Close the graph and check it."""
        batch = ["n", N_FRAMES, N_MELS]
        graph = helper.make_graph(
            self._nodes,
            "musicnn",
            [helper.make_tensor_value_info("patches", onnx.TensorProto.FLOAT, batch)],
            [helper.make_tensor_value_info(o, onnx.TensorProto.FLOAT, ["n", n]) for o, n in OUTPUTS.items()],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def write_front_end(graph: Graph, networks: list[list[Filters]]) -> None:
    """Write the front ends of all networks as one; their channels come out as ``{network}_{block}``."""
    x = graph.node("Unsqueeze", ["patches", graph.constant("channel_axis", np.array([1]))], "x")
    frequency = graph.constant("frequency_axis", np.array([3]))
    highest, by_block = [], list(zip(*networks, strict=True))
    for (number, n_before), filters in zip(FRONT_END, by_block, strict=True):
        kernel = np.concatenate([f.kernel for f in filters], axis=-1).transpose(2, 0, 1)[:, None]
        pads = [n_before, 0, kernel.shape[2] - 1 - n_before, 0]
        conv = graph.node(
            "Conv", [x, graph.constant(f"kernel_{number}", kernel)], f"conv_{number}", pads=pads
        )
        highest.append(graph.node("ReduceMax", [conv, frequency], f"highest_{number}", keepdims=0))
    filters = [f for block in by_block for f in block]
    sign, scale, offset, bias = (
        np.concatenate([getattr(f, name) for f in filters]) for name in ("sign", "scale", "offset", "bias")
    )
    z = graph.node("Concat", highest, "highest", axis=1)
    z = graph.node("Add", [z, graph.constant("front_bias", bias)], "front_biased")
    z = graph.node("Mul", [z, graph.constant("front_sign", sign[:, None])], "front_signed")
    z = graph.node("Relu", [z], "front_relu")
    z = graph.affine(z, scale[:, None], offset[:, None], "front")
    names = [f"{network}_{number}" for number, _ in FRONT_END for network in NETWORKS]
    graph.split(z, names, [len(f.sign) for f in filters])


def write_middle(graph: Graph, name: str, checkpoint: Checkpoint, front: list[Filters]) -> list[str]:
    """Write the front channels and the three densely connected layers of one network, which are returned."""
    kept = np.concatenate([f.kept for f in front])
    constant = np.where(kept, 0.0, np.concatenate([f.constant for f in front]))
    layers = [graph.node("Concat", [f"{name}_{number}" for number, _ in FRONT_END], f"{name}_front", axis=1)]
    for number in (5, 6, 7):
        layer = f"{name}_middle_{number}"
        kernel, bias = (checkpoint.get("conv2d", number, part) for part in ("kernel", "bias"))
        if number == 5:
            bias = response_to_ones(np.einsum("kcn,c->kn", kernel, constant), 3) + bias[:, None]
            kernel = kernel[:, kept]
        else:
            bias = bias[:, None]
        inputs = [layers[-1], graph.constant(f"{layer}_kernel", kernel.transpose(2, 1, 0))]
        z = graph.node("Conv", inputs, f"{layer}_conv", pads=[3, 3])
        z = graph.node("Add", [z, graph.constant(f"{layer}_bias", bias)], f"{layer}_biased")
        z = graph.node("Relu", [z], f"{layer}_relu")
        scale, offset = checkpoint.norm(number + 1)
        z = graph.affine(z, scale[:, None], offset[:, None], f"{layer}_norm")
        layers.append(z if number == 5 else graph.node("Add", [z, layers[-1]], f"{layer}_residual"))
    return layers


def write_back_end(
    graph: Graph, name: str, checkpoint: Checkpoint, front: list[Filters], layers: list[str]
) -> None:
    """Write pooling over time and the two dense layers of one network."""
    kept = np.concatenate([*(f.kept for f in front), np.ones(3 * 64, bool)])
    constant = np.concatenate([f.constant for f in front])
    weights, bias = dense_weights(checkpoint)
    bias = bias + np.einsum("c,cpn->n", constant[~kept[:N_FRONT_END]], weights[~kept])
    channels = graph.node("Concat", layers, f"{name}_channels", axis=1)
    time = graph.constant(f"{name}_time_axis", np.array([2]))
    pools = [
        graph.node(f"Reduce{p}", [channels, time], f"{name}_{p.lower()}", keepdims=0) for p in ("Max", "Mean")
    ]
    pooled = graph.node("Concat", pools, f"{name}_pooled", axis=1)
    both = np.concatenate([weights[kept, 0], weights[kept, 1]])
    inputs = [
        pooled,
        graph.constant(f"{name}_dense_kernel", both),
        graph.constant(f"{name}_dense_bias", bias),
    ]
    z = graph.node("Relu", [graph.node("Gemm", inputs, f"{name}_dense")], f"{name}_dense_relu")
    penultimate = graph.affine(z, *checkpoint.norm(10), f"{name}_penultimate")
    last = [
        graph.constant(f"{name}_last_{part}", checkpoint.get("dense", 1, part)) for part in ("kernel", "bias")
    ]
    logits = graph.node("Gemm", [penultimate, *last], f"{name}_logits")
    graph.node("Sigmoid", [logits], f"{name}_tags")


def convert(folder: Path) -> tuple[onnx.ModelProto, dict[str, list[int]]]:
    """Write both networks as one graph; also return how many filters of each block are kept."""
    checkpoints = {name: Checkpoint(folder / f"{name.upper()}_musicnn") for name in NETWORKS}
    fronts = {name: front_end(checkpoint) for name, checkpoint in checkpoints.items()}
    graph = Graph()
    write_front_end(graph, list(fronts.values()))
    for name, checkpoint in checkpoints.items():
        layers = write_middle(graph, name, checkpoint, fronts[name])
        write_back_end(graph, name, checkpoint, fronts[name], layers)
    return graph.model(), {name: [len(f.sign) for f in front] for name, front in fronts.items()}


def original_outputs(folder: Path, patches: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
    """Run the networks' own code on patches."""
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
            logits, *_, penultimate = models.define_model(x, is_training, f"{name.upper()}_musicnn", 50)
            wanted = [tf.nn.sigmoid(logits), penultimate]
        with tf.compat.v1.Session() as session:
            tf.compat.v1.train.Saver().restore(session, f"{folder}/{name.upper()}_musicnn/")
            rows = [session.run(wanted, {x: patch[None], is_training: False}) for patch in patches]
        outputs[f"{name}_tags"], outputs[f"{name}_penultimate"] = (
            np.concatenate(p) for p in zip(*rows, strict=True)
        )
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


def compare(model: bytes, patches: npt.NDArray[np.float32], original: dict[str, Any]) -> dict[str, float]:
    """Return the largest difference of each output over all patches."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    rows = [session.run(list(OUTPUTS), {"patches": patch[None]}) for patch in patches]
    converted = {
        name: np.concatenate(parts) for name, parts in zip(OUTPUTS, zip(*rows, strict=True), strict=True)
    }
    return {name: float(np.abs(converted[name] - original[name]).max()) for name in OUTPUTS}


def main() -> None:
    """Convert, prove, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--patches", type=Path)
    arguments = parser.parse_args()
    os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3")
    proof = {}
    with tempfile.TemporaryDirectory() as unpacked:
        zipfile.ZipFile(arguments.wheel).extractall(unpacked)
        folder = Path(unpacked) / "musicnn"
        model, kept = convert(folder)
        graph = model.SerializeToString()
        synthetic = synthetic_patches()
        original = original_outputs(folder, synthetic)
        proof["synthetic"] = {"patches": len(synthetic)} | compare(graph, synthetic, original)
        if arguments.patches:
            real = np.load(arguments.patches).astype(np.float32)
            proof["music"] = {"patches": len(real)} | compare(graph, real, original_outputs(folder, real))
    print(json.dumps({"filters_kept": kept, "largest_difference": proof}, indent=2))
    if max(v for figures in proof.values() for name, v in figures.items() if name in OUTPUTS) > TOLERANCE:
        sys.exit(f"an output differs from the original by more than {TOLERANCE}")
    write(graph, kept, proof)
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
        "outputs": {name: ["n", size] for name, size in OUTPUTS.items()},
        "conversion": {
            "tool": "tools/convert_musicnn.py",
            "filters_kept_of_204_204_51_51_51": kept,
            "largest_difference_from_original": proof,
        },
    }
    (weights / "musicnn.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
