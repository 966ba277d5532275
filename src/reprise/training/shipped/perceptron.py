"""A small multilayer perceptron for classes, fitted with numpy alone.

Forty thousand rows of 69 numbers need no framework, and soft targets, dropout and noise on the inputs are a line
each here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from reprise.records import FloatArray

Augment = Callable[[FloatArray, np.random.Generator], FloatArray]

__all__ = ["PerceptronRecipe", "fit_perceptron"]


@dataclass(frozen=True, kw_only=True)
class PerceptronRecipe:
    """How a perceptron is built and fitted.

    Attributes
    ----------
    hidden : tuple of int
        Widths of the hidden layers; each ends in a rectifier.
    epochs, batch : int
        Passes over the rows and rows in a step.
    learning_rate, weight_decay : float
        The highest step of a cosine schedule, and the pull of the weights to zero (AdamW).
    dropout : float
        Share of hidden units that are silent in a step.
    noise : float
        Standard deviation of what is added to each standardised input.
    smoothing : float
        Share of each target that is spread over all classes.
    """

    hidden: tuple[int, ...] = (320, 320)
    epochs: int = 24
    batch: int = 512
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    dropout: float = 0.3
    noise: float = 0.15
    smoothing: float = 0.05


class _AdamW:
    """Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019."""

    def __init__(self, parameters: list[FloatArray], weight_decay: float) -> None:
        self._parameters, self._decay, self._steps = parameters, weight_decay, 0
        self._first = [np.zeros_like(p) for p in parameters]
        self._second = [np.zeros_like(p) for p in parameters]

    def step(self, gradients: list[FloatArray], rate: float) -> None:
        self._steps += 1
        unbias = np.sqrt(1 - 0.999**self._steps) / (1 - 0.9**self._steps)
        for p, g, m, v in zip(self._parameters, gradients, self._first, self._second, strict=True):
            m += np.float32(0.1) * (g - m)
            v += np.float32(0.001) * (g * g - v)
            p -= np.float32(rate * unbias) * m / (np.sqrt(v) + np.float32(1e-8))
            if p.ndim == 2:
                p -= np.float32(rate * self._decay) * p


def fit_perceptron(
    x: FloatArray,
    targets: FloatArray,
    recipe: PerceptronRecipe,
    *,
    seed: int,
    augment: Augment | None = None,
) -> list[FloatArray]:
    """Fit a perceptron by cross-entropy.

    Parameters
    ----------
    x : float32 array, shape (n, features)
        Standardised inputs.
    targets : float32 array, shape (n, classes)
        Probabilities of the classes; rows sum to 1.
    recipe : PerceptronRecipe
        Shape and schedule.
    seed : int
        The same seed gives the same weights on the same machine.
    augment : callable, optional
        Changes a batch in ways that do not change its classes.

    Returns
    -------
    list of float32 arrays
        Weight and bias of each layer in turn: (features, hidden), (hidden,), ...
    """
    rng = np.random.default_rng(seed)
    sizes = (x.shape[1], *recipe.hidden, targets.shape[1])
    layers: list[FloatArray] = []
    for n_in, n_out in pairwise(sizes):
        layers += [
            (rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)).astype(np.float32),
            np.zeros(n_out, dtype=np.float32),
        ]
    targets = (1 - recipe.smoothing) * targets + np.float32(recipe.smoothing / targets.shape[1])
    optimizer = _AdamW(layers, recipe.weight_decay)
    starts = range(0, len(x), recipe.batch)
    n_steps, step = recipe.epochs * len(starts), 0
    for _ in range(recipe.epochs):
        order = rng.permutation(len(x))
        for start in starts:
            rows = order[start : start + recipe.batch]
            inputs = x[rows] if augment is None else augment(x[rows], rng)
            inputs = inputs + np.float32(recipe.noise) * rng.standard_normal(inputs.shape, dtype=np.float32)
            rate = recipe.learning_rate * 0.5 * (1 + np.cos(np.pi * step / n_steps))
            optimizer.step(_gradients(layers, inputs, targets[rows], recipe.dropout, rng), rate)
            step += 1
    return layers


def _gradients(
    layers: list[FloatArray], x: FloatArray, targets: FloatArray, dropout: float, rng: np.random.Generator
) -> list[FloatArray]:
    """Return the gradient of the mean cross-entropy in the order of `layers`."""
    activations, keep = [x], np.float32(1 - dropout)
    for weight, bias in zip(layers[:-2:2], layers[1:-2:2], strict=True):
        hidden = np.maximum(activations[-1] @ weight + bias, 0)
        hidden *= (rng.random(hidden.shape, dtype=np.float32) < keep) / keep
        activations.append(hidden)
    scores = activations[-1] @ layers[-2] + layers[-1]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = (scores / scores.sum(axis=1, keepdims=True) - targets) / np.float32(len(x))
    gradients: list[FloatArray] = []
    for activation, weight in zip(activations[::-1], layers[-2::-2], strict=True):
        gradients = [activation.T @ error, error.sum(axis=0), *gradients]
        # A unit that was silent, by the rectifier or by dropout, passes nothing back.
        error = (error @ weight.T) * (activation > 0) / keep
    return gradients
