"""The perceptron: gradients against finite differences, and that it learns what a line cannot separate."""

from __future__ import annotations

import numpy as np

from reprise.records import FloatArray
from reprise.training.shipped.perceptron import PerceptronRecipe, _gradients, fit_perceptron


def _scores(layers: list[FloatArray], x: FloatArray) -> FloatArray:
    hidden = np.maximum(x @ layers[0] + layers[1], 0)
    return hidden @ layers[2] + layers[3]


def _loss(layers: list[FloatArray], x: FloatArray, targets: FloatArray) -> float:
    scores = _scores(layers, x).astype(np.float64)
    return float(-(targets * (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))).sum(axis=1).mean())


def test_gradients_are_slopes_of_the_loss() -> None:
    rng = np.random.default_rng(0)
    x, targets = rng.standard_normal((20, 4)), np.eye(3)[rng.integers(0, 3, 20)]
    layers = [rng.standard_normal(shape) for shape in ((4, 6), (6,), (6, 3), (3,))]
    gradients = _gradients(layers, x, targets, 0.0, rng)
    for layer, gradient in zip(layers, gradients, strict=True):
        for place in np.ndindex(layer.shape):
            before = layer[place]
            layer[place] = before + 1e-5
            higher = _loss(layers, x, targets)
            layer[place] = before - 1e-5
            lower = _loss(layers, x, targets)
            layer[place] = before
            np.testing.assert_allclose(gradient[place], (higher - lower) / 2e-5, rtol=1e-3, atol=1e-6)


def test_exclusive_or_is_learnt_the_same_each_time() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((800, 2)).astype(np.float32)
    labels = (x[:, 0] * x[:, 1] > 0).astype(int)
    recipe = PerceptronRecipe(hidden=(32,), epochs=40, batch=100, learning_rate=1e-2, dropout=0.1, noise=0.0)
    layers = fit_perceptron(x, np.eye(2, dtype=np.float32)[labels], recipe, seed=0)
    assert (_scores(layers, x).argmax(axis=1) == labels).mean() > 0.95
    again = fit_perceptron(x, np.eye(2, dtype=np.float32)[labels], recipe, seed=0)
    np.testing.assert_array_equal(layers[0], again[0])


def test_augmentation_reaches_the_network() -> None:
    x = np.repeat(np.array([[-1.0], [1.0]], np.float32), 200, axis=0)
    targets = np.repeat(np.eye(2, dtype=np.float32), 200, axis=0)
    recipe = PerceptronRecipe(hidden=(8,), epochs=20, batch=50, dropout=0.0, noise=0.0, smoothing=0.0)
    blind = fit_perceptron(x, targets, recipe, seed=0, augment=lambda rows, rng: np.zeros_like(rows))
    seeing = fit_perceptron(x, targets, recipe, seed=0)
    assert _loss(seeing, x, targets) < 0.3
    assert _loss(blind, np.zeros_like(x), targets) > 0.69
