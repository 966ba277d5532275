"""Metrics for classes: how often the right one comes first, and what probabilities are worth.

Conventions
-----------
Labels are strings or integers; ``classes`` names the columns of ``probabilities``, whose rows sum to 1. A
ratio whose denominator is 0, such as the precision of a class that is never chosen, is 0. Means over
classes run over those that occur among the references or the estimates.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.evaluation.pairs import Float64Array, require_pairs

__all__ = [
    "ClassScores",
    "ClassificationScores",
    "accuracy",
    "confusion_matrix",
    "evaluate",
    "expected_calibration_error",
    "log_loss",
    "per_class",
    "top_k_accuracy",
]

Labels = Sequence[Hashable] | npt.NDArray[np.generic]
IntArray = npt.NDArray[np.int64]

_SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScores:
    """Precision, recall and F1 of one class, in 0..1, and how many references belong to it."""

    name: Hashable
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassificationScores:
    """How good a classifier with probabilities is.

    Attributes
    ----------
    count : int
        How many items were compared.
    top1, top5 : float
        Share whose class came first, or was among the first five.
    macro_f1, weighted_f1 : float
        Mean F1 of the classes, each alike or by support.
    log_loss : float
        Mean negative log-probability of the right class, in nats.
    calibration_error : float
        Expected calibration error of the first class, 0..1.
    per_class : tuple of ClassScores
        In the order of ``classes``.
    confusion : int array, shape (k, k)
        Row: reference, column: estimate.
    """

    count: int
    top1: float
    top5: float
    macro_f1: float
    weighted_f1: float
    log_loss: float
    calibration_error: float
    per_class: tuple[ClassScores, ...]
    confusion: IntArray


def accuracy(reference: Labels, estimated: Labels) -> float:
    """Return the share of the estimates that equal their reference.

    Parameters
    ----------
    reference, estimated : sequence, shape (n,)
        Labels.

    Returns
    -------
    float
        0..1.

    Raises
    ------
    ParameterError
        If the lengths differ or there is nothing to compare.
    """
    if len(reference) != len(estimated) or not len(reference):
        raise ParameterError(f"{len(reference)} reference labels, {len(estimated)} estimated ones")
    hits = sum(bool(a == b) for a, b in zip(reference, estimated, strict=True))
    return hits / len(reference)


def confusion_matrix(reference: Labels, estimated: Labels, classes: Labels) -> IntArray:
    """Count how often each class was taken for each other.

    Parameters
    ----------
    reference, estimated : sequence, shape (n,)
        Labels.
    classes : sequence, shape (k,)
        All labels that may occur.

    Returns
    -------
    int array, shape (k, k)
        Row: reference, column: estimate.

    Raises
    ------
    ParameterError
        If the lengths differ, there is nothing to compare, a class is named twice or a label is not among
        them.
    """
    y, y_hat = _indices("reference", reference, classes), _indices("estimated", estimated, classes)
    require_pairs(y, y_hat)
    k = len(classes)
    return np.bincount(y * k + y_hat, minlength=k * k).reshape(k, k)


def per_class(reference: Labels, estimated: Labels, classes: Labels) -> tuple[ClassScores, ...]:
    """Return precision, recall, F1 and support of each class; arguments and errors as `confusion_matrix`."""
    return _class_scores(confusion_matrix(reference, estimated, classes), classes)


def top_k_accuracy(reference: Labels, probabilities: npt.ArrayLike, classes: Labels, k: int = 5) -> float:
    """Return the share of the references that are among the k most probable classes.

    Parameters
    ----------
    reference : sequence, shape (n,)
        Labels.
    probabilities : array-like, shape (n, len(classes))
        Rows sum to 1. Of equal ones the class that is named first comes first.
    classes : sequence
        The label of each column.
    k : int
        At least 1.

    Returns
    -------
    float
        0..1.

    Raises
    ------
    ParameterError
        If shapes do not fit, a row is no distribution, a label is unknown or k is below 1.
    """
    if k < 1:
        raise ParameterError(f"k must be at least 1, not {k}")
    y, p = _labelled_probabilities(reference, probabilities, classes)
    return _top_k(y, p, k)


def log_loss(reference: Labels, probabilities: npt.ArrayLike, classes: Labels) -> float:
    """Return the mean negative log-probability of the right class, in nats.

    Arguments and errors are those of `top_k_accuracy`. Probabilities below 2.2e-16 count as that, so that one
    impossible event does not make the mean infinite.
    """
    y, p = _labelled_probabilities(reference, probabilities, classes)
    return _log_loss(y, p)


def expected_calibration_error(
    reference: Labels, probabilities: npt.ArrayLike, classes: Labels, bins: int = 15
) -> float:
    """Return by how much the probability of the first class misses the share that is right.

    Parameters
    ----------
    reference, probabilities, classes
        As for `top_k_accuracy`.
    bins : int
        Equal parts of 0..1 into which items are sorted by the probability of their most probable class.

    Returns
    -------
    float
        Mean over the items of their bin's distance between mean probability and accuracy, 0..1.

    Raises
    ------
    ParameterError
        As for `top_k_accuracy`, and if there is no bin.

    References
    ----------
    C. Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    if bins < 1:
        raise ParameterError(f"bins must be at least 1, not {bins}")
    y, p = _labelled_probabilities(reference, probabilities, classes)
    return _calibration_error(y, p, bins)


def evaluate(reference: Labels, probabilities: npt.ArrayLike, classes: Labels) -> ClassificationScores:
    """Compute every metric; arguments and errors are those of `top_k_accuracy`.

    The estimate is the most probable class; of equally probable ones that which is named first.
    """
    y, p = _labelled_probabilities(reference, probabilities, classes)
    k = len(classes)
    confusion = np.bincount(y * k + p.argmax(axis=1), minlength=k * k).reshape(k, k)
    scores = _class_scores(confusion, classes)
    f1, support = np.array([s.f1 for s in scores]), confusion.sum(axis=1)
    occurring = (support + confusion.sum(axis=0)) > 0
    return ClassificationScores(
        count=len(y),
        top1=_top_k(y, p, 1),
        top5=_top_k(y, p, 5),
        macro_f1=float(f1[occurring].mean()),
        weighted_f1=float(f1 @ support / support.sum()),
        log_loss=_log_loss(y, p),
        calibration_error=_calibration_error(y, p, bins=15),
        per_class=scores,
        confusion=confusion,
    )


def _indices(name: str, labels: Labels, classes: Labels) -> IntArray:
    column = {label: index for index, label in enumerate(classes)}
    if len(column) != len(classes):
        raise ParameterError("classes names a class twice")
    unknown = sorted({str(label) for label in labels if label not in column})
    if unknown:
        raise ParameterError(f"{name} has labels that classes lacks: {', '.join(unknown[:5])}")
    return np.array([column[label] for label in labels], dtype=np.int64)


def _labelled_probabilities(
    reference: Labels, probabilities: npt.ArrayLike, classes: Labels
) -> tuple[IntArray, Float64Array]:
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or p.shape[1] != len(classes):
        raise ParameterError(f"probabilities must have the shape (n, {len(classes)}), not {p.shape}")
    # Written so that NaN fails too; float32 rows of many classes sum to 1 within a few millionths.
    if not (np.all(p >= 0) and np.all(np.abs(p.sum(axis=1) - 1) < 1e-4)):
        raise ParameterError("each row of probabilities must be at least 0 and sum to 1")
    y = _indices("reference", reference, classes)
    require_pairs(y, p)
    return y, p


def _class_scores(confusion: IntArray, classes: Labels) -> tuple[ClassScores, ...]:
    hits, support, chosen = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return tuple(
        ClassScores(
            name=name,
            precision=hits[i] / max(chosen[i], 1),
            recall=hits[i] / max(support[i], 1),
            f1=2 * hits[i] / max(support[i] + chosen[i], 1),
            support=int(support[i]),
        )
        for i, name in enumerate(classes)
    )


def _top_k(y: IntArray, p: Float64Array, k: int) -> float:
    first = np.argsort(-p, axis=1, kind="stable")[:, :k]
    return float((first == y[:, None]).any(axis=1).mean())


def _log_loss(y: IntArray, p: Float64Array) -> float:
    right = (p / p.sum(axis=1, keepdims=True))[np.arange(len(y)), y]
    return float(-np.log(np.maximum(right, _SMALLEST_PROBABILITY)).mean())


def _calibration_error(y: IntArray, p: Float64Array, bins: int) -> float:
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    index = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    # |mean confidence - accuracy| of a bin, times its share, is the distance of its sums over all items.
    return float(np.abs(np.bincount(index, confidence - right, minlength=bins)).sum() / len(y))
