"""The kinds of music that corrections are learnt for, and what an addition to the models does on clips with labels.

A user's machine has no labelled clips, and the labels may not be handed on. Whether an addition makes the models worse
on them can be told all the same. Of a clip with shares s among the kinds and residual r = label - prediction, the
addition a = s·t (t: one number a kind) changes the squared error by a² - 2ar. Summed over the clips that is
tᵀGt - 2hᵀt, with G = Σ s sᵀ and h = Σ s r: sixteen sums a feature, from which no label can be had back, and yet the
result is exact. (Values are clipped to 0..1, where all labels lie; that can only make the true error smaller.)

For genre, the log-loss of the set of genres that a clip may have falls by at least Σ g·(q - p) - ¼|g - mean g|², where
q is the prediction p within the set and g the addition to the logits: the first part by convexity, the second by
Böhning's bound on the curvature.

References
----------
.. [1] Böhning, D. "Multinomial logistic regression algorithm." Annals of the Institute of Statistical Mathematics
       44(1), 1992.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.models.feedback import Kinds
from reprise.models.genre import ShortTermGenreModel
from reprise.models.weights_file import Arrays, load_weights
from reprise.records import FloatArray
from reprise.targets import HEADS
from reprise.training.shipped.corpus import Corpus
from reprise.training.shipped.fused_genre import GenreTrainer, cross_validate_genre, genre_clips
from reprise.training.shipped.heads import RECIPES, HeadLabels
from reprise.training.shipped.ridge import Floats

__all__ = ["Reference", "fit_kinds", "genre_sums", "head_sums", "shares_of"]

N_KINDS = 16
N_DIRECTIONS = 4
WIDTH = 0.6
"""In units of the whitened space; a clip then belongs to two kinds on average."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Sums over the labelled clips, each predicted by models that had not heard its artist.

    Attributes
    ----------
    gram : array, shape (7, n_kinds, n_kinds)
        Weighted means of s sᵀ, for each feature over the clips with its label.
    slope : array, shape (7, n_kinds)
        Weighted means of s r.
    squares : array, shape (7,)
        Weighted means of r².
    genre_gram : array, shape (n_kinds, n_kinds)
    genre_slope : array, shape (n_kinds, n_genres)
        Means of s (q - p).
    genre_loss : float
        Mean log-loss.
    """

    gram: Floats
    slope: Floats
    squares: Floats
    genre_gram: Floats
    genre_slope: Floats
    genre_loss: float

    @classmethod
    def load(cls) -> Reference:
        """Load the sums that come with the package.

        Raises
        ------
        ModelError
            If their file is missing or altered.
        """
        return cls.from_arrays(load_weights("kinds").arrays)

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Reference:
        """Take the sums from the arrays of the weights file."""
        sums = {
            name.removeprefix("reference_"): values.astype(np.float64)
            for name, values in arrays.items()
            if name.startswith("reference_")
        }
        loss = float(sums.pop("genre_loss"))
        return cls(**sums, genre_loss=loss)

    def rmse(self, features: npt.NDArray[np.floating]) -> Floats:
        """Root mean squared error of each feature, shape (7,), after an addition of shape (n_kinds, 7)."""
        t = features.astype(np.float64).T
        change = np.einsum("ti,tij,tj->t", t, self.gram, t) - 2 * (t * self.slope).sum(axis=1)
        return np.asarray(np.sqrt(np.maximum(self.squares + change, 0)))

    def log_loss(self, genres: npt.NDArray[np.floating]) -> float:
        """Bound the mean log-loss of genre from above after an addition of shape (n_kinds, n_genres)."""
        g = genres - genres.mean(axis=1, keepdims=True)
        curve = np.einsum("ic,ij,jc->", g, self.genre_gram, g) / 4
        return float(self.genre_loss - (genres * self.genre_slope).sum() + curve)


def fit_kinds(tag_logits: FloatArray, seed: int = 0) -> Kinds:
    """Find directions and landmarks among clips, shape (n_clips, 100); labels play no part."""
    from scipy.cluster.vq import kmeans2

    mean, deviation = tag_logits.mean(axis=0), np.maximum(tag_logits.std(axis=0), 1e-6)
    z = ((tag_logits - mean) / deviation).astype(np.float64)
    _, spread, directions = np.linalg.svd(z, full_matrices=False)
    whitening = directions[:N_DIRECTIONS] / spread[:N_DIRECTIONS, None] * np.sqrt(len(z))
    centres, _ = kmeans2(z @ whitening.T, N_KINDS, iter=100, minit="++", seed=seed)
    arrays = (mean, deviation, whitening, centres)
    names = ("mean", "deviation", "directions", "centres")
    return Kinds(**{n: a.astype(np.float32) for n, a in zip(names, arrays, strict=True)}, width=WIDTH)


def shares_of(kinds: Kinds, groups: Mapping[str, FloatArray]) -> Floats:
    """Shares of many clips among the kinds, shape (n_clips, n_kinds)."""
    return np.stack([kinds.shares({"tag_logits": row}) for row in groups["tag_logits"]]).astype(np.float64)


def head_sums(shares: Floats, labels: HeadLabels, predicted: Floats) -> dict[str, Floats]:
    """Sum over the clips with a label, weighted as in the heads' fit; ``predicted`` has shape (n, 7)."""
    known = ~np.isnan(labels.true)
    y = np.where(known, labels.true, labels.weak)
    weights = np.where(
        known, [RECIPES[name].true_weight for name in HEADS], np.nan_to_num(labels.weak_weight)
    )
    weights = np.where(np.isnan(y), 0, weights)
    weights /= weights.sum(axis=0)
    residuals = np.nan_to_num(y - predicted)
    return {
        "gram": np.einsum("nt,ni,nj->tij", weights, shares, shares),
        "slope": np.einsum("nt,ni,nt->ti", weights, shares, residuals),
        "squares": (weights * residuals**2).sum(axis=0),
    }


def genre_sums(shares: Floats, possible: npt.NDArray[np.bool_], predicted: FloatArray) -> dict[str, Floats]:
    """Sum over the clips with a set of possible genres; both arrays have shape (n, n_genres)."""
    p = predicted.astype(np.float64)
    within = np.where(possible, p, 0)
    total = np.maximum(within.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    n = len(p)
    return {
        "genre_gram": shares.T @ shares / n,
        "genre_slope": shares.T @ (within / total - p) / n,
        "genre_loss": np.array(-np.log(total).mean()),
    }


def kinds_arrays(
    folder: Path, corpus: Corpus, labels: HeadLabels, predicted: Floats
) -> dict[str, npt.NDArray[np.generic]]:
    """Fit the kinds and sum over the labelled clips; returns the arrays of the weights file."""
    kinds, short_term = fit_kinds(corpus.groups["tag_logits"]), ShortTermGenreModel.load()
    trainer = GenreTrainer(corpus, genre_clips(folder, corpus, short_term.classes), short_term)
    shares = shares_of(kinds, corpus.groups)
    heard = shares[corpus.places(trainer.clips.clips)]
    sums = {
        **head_sums(shares, labels, predicted),
        **genre_sums(heard, trainer.clips.possible, cross_validate_genre(trainer)),
    }
    arrays = {name: getattr(kinds, name) for name in ("mean", "deviation", "directions", "centres")}
    sums_32 = {f"reference_{name}": values.astype(np.float32) for name, values in sums.items()}
    return {**arrays, "width": np.array(kinds.width, np.float32), **sums_32}
