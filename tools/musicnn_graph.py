"""Write both MusiCNN networks as one ONNX graph, from their TensorFlow checkpoints.

The graph is not a copy of the original's but equal to it, and four times as fast:

- Weight decay drove the kernels of most of the front end's filters to nothing (many weights are about 1e-30),
  so that such a filter says the same whatever it hears. These are left out, their constant goes into the next
  biases.
- The normalisation of the input is folded into the kernels. Zeros are padded after it, so that what it adds
  depends on the frame near both ends: a bias with a time axis.
- Bias, ReLU and batch normalisation come after the maximum over frequency instead of before it: the first two
  commute with it, and so does the third if a filter with a negative scale has its sign turned before and
  after.
- What stands before a dense layer is folded into it.
- Both networks hear the same patch: their filters of the same shape are one convolution, done 32 filters at a
  time, so that what comes out stays in the cache until its maximum is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

Array = npt.NDArray[np.float64]

N_FRAMES, N_MELS = 187, 96
NETWORKS = ("msd", "mtt")
OUTPUTS = {"msd_tags": 50, "msd_penultimate": 200, "mtt_tags": 50, "mtt_penultimate": 200}
# The layer before the penultimate: maximum and mean over time of each channel that is kept.
POOLED = ("msd_pooled", "mtt_pooled")

# A filter may be left out if the most that it can change in any unit of the layers that read it is less.
NEGLIGIBLE = 1e-4
# ONNX Runtime's blocked convolutions want a multiple of this; the best of the negligible fill the last block.
BLOCK = 16
FILTERS_AT_ONCE = 32
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


def influence(checkpoint: Checkpoint) -> list[Array]:
    """Return for each block of the front end the most that each filter can change in what reads it."""
    readers = np.maximum(
        np.abs(checkpoint.get("conv2d", 5, "kernel")).max(axis=(0, 2)),
        np.abs(dense_weights(checkpoint)[0][:N_FRONT_END]).max(axis=(1, 2)),
    )
    variations = []
    for number, _ in FRONT_END:
        size = np.abs(checkpoint.get("conv2d", number, "kernel")).sum(axis=(0, 1))
        variations.append(LARGEST_INPUT * size * np.abs(checkpoint.norm(number + 1)[0]))
    ends = np.cumsum([len(v) for v in variations])[:-1]
    return [v * r for v, r in zip(variations, np.split(readers, ends), strict=True)]


def least_kept(influences: list[list[Array]]) -> list[float]:
    """Return for each block the influence from which on filters of any network are kept."""
    limits = []
    for block in zip(*influences, strict=True):
        falling = np.sort(np.concatenate(block))[::-1]
        n_kept = -(-np.count_nonzero(falling >= NEGLIGIBLE) // BLOCK) * BLOCK
        limits.append(float(falling[n_kept - 1]))
    return limits


def front_end(checkpoint: Checkpoint, influences: list[Array], limits: list[float]) -> list[Filters]:
    """Fold and thin out the five blocks of a front end."""
    input_scale, input_offset = checkpoint.norm(0)
    blocks = []
    for (number, n_before), of_block, limit in zip(FRONT_END, influences, limits, strict=True):
        kernel, bias = (checkpoint.get("conv2d", number, name) for name in ("kernel", "bias"))
        scale, offset = checkpoint.norm(number + 1)
        sign = np.where(scale < 0, -1.0, 1.0)
        kept = of_block >= limit
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
            [
                helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, ["n", size])
                for output, size in {**OUTPUTS, **dict.fromkeys(POOLED)}.items()
            ],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def write_front_end(graph: Graph, networks: list[list[Filters]]) -> None:
    """Write the front ends of all networks as one; their channels come out as ``{network}_{block}``."""
    x = graph.node("Unsqueeze", ["patches", graph.constant("channel_axis", np.array([1]))], "x")
    highest, by_block = [], list(zip(*networks, strict=True))
    for (number, n_before), filters in zip(FRONT_END, by_block, strict=True):
        kernel = np.concatenate([f.kernel for f in filters], axis=-1).transpose(2, 0, 1)[:, None]
        pads = [n_before, 0, kernel.shape[2] - 1 - n_before, 0]
        positions = N_MELS - kernel.shape[3] + 1
        for first in range(0, len(kernel), FILTERS_AT_ONCE):
            name = f"{number}_{first}"
            some = graph.constant(f"kernel_{name}", kernel[first : first + FILTERS_AT_ONCE])
            conv = graph.node("Conv", [x, some], f"conv_{name}", pads=pads)
            highest.append(graph.node("MaxPool", [conv], f"highest_{name}", kernel_shape=[1, positions]))
    filters = [f for block in by_block for f in block]
    sign, scale, offset, bias = (
        np.concatenate([getattr(f, name) for f in filters]) for name in ("sign", "scale", "offset", "bias")
    )
    z = graph.node("Concat", highest, "highest_all", axis=1)
    z = graph.node("Squeeze", [z, graph.constant("frequency_axis", np.array([3]))], "highest")
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


def convert(folder: Path) -> tuple[onnx.ModelProto, dict[str, list[npt.NDArray[np.bool_]]]]:
    """Write both networks as one graph; also return which filters of each block of the front end are kept."""
    checkpoints = {name: Checkpoint(folder / f"{name.upper()}_musicnn") for name in NETWORKS}
    influences = {name: influence(checkpoint) for name, checkpoint in checkpoints.items()}
    limits = least_kept(list(influences.values()))
    fronts = {name: front_end(c, influences[name], limits) for name, c in checkpoints.items()}
    graph = Graph()
    write_front_end(graph, list(fronts.values()))
    for name, checkpoint in checkpoints.items():
        layers = write_middle(graph, name, checkpoint, fronts[name])
        write_back_end(graph, name, checkpoint, fronts[name], layers)
    return graph.model(), {name: [f.kept for f in front] for name, front in fronts.items()}
