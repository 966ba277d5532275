"""Fitting the fused genre model on real audio whose genre is known only roughly.

No clip here has one of AudioFiler's 26 genres as its label. Panda's clips carry AllMusic's genres, Emotify's one of
four, GTZAN's are classical: each says that the genre is one of a *set* of the 26. Within the set the 69 features and
MusiCNN's own tags, taken together, say how likely each is; that is what the fit learns to answer. (To ask only that the
set as a whole be likely sounds more modest, but lets the fit pour everything into one genre of the set: it was tried,
and called most rock Indie.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from reprise.datasets import emotify, panda
from reprise.features.musicnn import MSD_TAGS, MTT_TAGS
from reprise.models.fused_genre import fuse
from reprise.models.genre import ShortTermGenreModel
from reprise.models.linear import LinearMap
from reprise.records import FloatArray
from reprise.training.shipped.corpus import Corpus
from reprise.training.shipped.ridge import Floats, GroupedRidge, artist_folds

__all__ = ["GenreClips", "GenreFit", "GenreTrainer", "cross_validate_genre", "fit_genre", "genre_clips"]

ROCK = ("Rock", "Metal", "Indie", "Punk", "Alternative")
ELECTRONIC = ("Electronic", "Trance", "House", "D&B", "Dubstep")
POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "Pop/Rock": (*ROCK, "Pop", "Disco", "Ska"),
    "Jazz": ("Jazz",),
    "Electronic": ELECTRONIC,
    "Blues": ("Blues",),
    "R&B": ("R&B", "Soul", "Funk", "Disco"),
    "Country": ("Country",),
    "Rap": ("Rap", "Hip-Hop"),
    "Folk": ("Folk",),
    "Latin": ("Salsa", "Reggaeton"),
    "Reggae": ("Reggae", "Ska"),
    "Classical": ("Classical",),
}
"""Which of the 26 genres AllMusic's genre may stand for; its others (Vocal, Holiday, ...) say nothing of style."""

POSSIBLE_EMOTIFY: Mapping[str, tuple[str, ...]] = {
    "classical": ("Classical",),
    "electronic": ELECTRONIC,
    "rock": ROCK,
    "pop": ("Pop", "Indie", "Folk", "Soul", "R&B"),
}

TAGS: Mapping[str, tuple[str, ...]] = {
    "Rock": ("msd rock", "msd classic rock", "msd hard rock", "mtt rock"),
    "Metal": ("msd metal", "msd heavy metal", "mtt metal"),
    "Electronic": ("msd electronic", "msd electronica", "mtt electronic", "mtt synth"),
    "Pop": ("msd pop", "msd catchy", "mtt pop"),
    "Indie": ("msd indie", "msd indie rock", "msd indie pop"),
    "Jazz": ("msd jazz",),
    "Punk": ("msd punk",),
    "Country": ("msd country", "mtt country"),
    "Blues": ("msd blues",),
    "Soul": ("msd soul",),
    "Folk": ("msd folk", "msd acoustic"),
    "Alternative": ("msd alternative", "msd alternative rock"),
    "Hip-Hop": ("msd Hip-Hop", "mtt beats"),
    "Rap": ("msd Hip-Hop",),
    "Trance": ("mtt techno", "msd dance", "msd electronic"),
    "House": ("msd House", "msd dance", "mtt techno"),
    "D&B": ("msd electronic", "mtt fast", "mtt beats"),
    "Dubstep": ("msd electro", "msd electronic"),
    "R&B": ("msd rnb", "msd soul"),
    "Funk": ("msd funk",),
    "Disco": ("msd dance", "msd funk"),
    "Classical": ("mtt classical", "mtt strings", "mtt violin", "mtt harpsichord", "mtt opera"),
}
"""Tags that speak for a genre; Reggae, Ska, Salsa and Reggaeton have none and rest on the clips and the 69 features."""

SCALES = {"tag_logits": 0.5, "embedding": 0.5}
TAG_SHARE = 0.7
PENALTY = 5.0
START_TRUST = np.array([0.5, 0.4])
WITHIN_TRUST = np.array([0.6, 0.0])
"""Exponents where genres of one set compete: there the common one is the better guess."""


@dataclass(frozen=True, kw_only=True)
class GenreClips:
    """Clips with sets of possible genres.

    Attributes
    ----------
    clips : tuple of str
    groups : array of str, shape (n,)
        The artist, or the clip where no artist is known.
    possible : array of bool, shape (n, 26)
    sources : array of str, shape (n,)
        ``panda``, ``emotify`` or ``gtzan``.
    """

    clips: tuple[str, ...]
    groups: npt.NDArray[np.str_]
    possible: npt.NDArray[np.bool_]
    sources: npt.NDArray[np.str_]


def genre_clips(folder: Path, corpus: Corpus, classes: tuple[str, ...]) -> GenreClips:
    """Gather the clips whose labels say something about the 26 genres."""
    rows: list[tuple[str, str, tuple[str, ...], str]] = []
    songs = panda.load(folder)
    for clip, artist, genres in zip(songs.clips, songs.artists, songs.genres, strict=True):
        names = tuple(name for genre in genres for name in POSSIBLE.get(genre, ()))
        rows.append((clip, str(artist), names, "panda"))
    rated = emotify.load(folder)
    rows += [
        (c, c, POSSIBLE_EMOTIFY[str(g)], "emotify") for c, g in zip(rated.clips, rated.genres, strict=True)
    ]
    rows += [(c, c, ("Classical",), "gtzan") for c in corpus.clips if "gtzan_classical" in c]
    rows = [row for row in rows if row[2]]
    return GenreClips(
        clips=tuple(row[0] for row in rows),
        groups=np.array([row[1] for row in rows]),
        possible=np.array([[name in row[2] for name in classes] for row in rows]),
        sources=np.array([row[3] for row in rows]),
    )


def _tag_weights(classes: tuple[str, ...]) -> Floats:
    """What the tags say before any clip is seen: shape (n_genres, 100)."""
    names = [f"msd {tag}" for tag in MSD_TAGS] + [f"mtt {tag}" for tag in MTT_TAGS]
    weights = np.zeros((len(classes), len(names)))
    for row, genre in enumerate(classes):
        for tag in TAGS.get(genre, ()):
            weights[row, names.index(tag)] = TAG_SHARE / len(TAGS[genre])
    return weights


@dataclass(frozen=True, kw_only=True)
class GenreFit:
    """Coefficients over the standardised features, shape (n_genres, n_inputs); intercepts; exponents."""

    coefficients: Floats
    intercepts: Floats
    trust: Floats


class GenreTrainer:
    """Fits the fused model on any subset of the clips."""

    def __init__(self, corpus: Corpus, clips: GenreClips, short_term: ShortTermGenreModel) -> None:
        groups = corpus.rows(clips.clips)
        self.clips, self.prior = clips, short_term.prior
        self.short_term = short_term.predict_proba(groups["short_term"])
        self.features = GroupedRidge(groups, SCALES)
        tags = _tag_weights(short_term.classes)
        # The tags' own say is about how far a clip stands from the middle of all, so that no tag wins by being common.
        raw = LinearMap(
            groups=("tag_logits",), weight=tags.astype(np.float32),
            bias=(-tags @ groups["tag_logits"].mean(axis=0)).astype(np.float32),
            low=np.zeros(0, np.float32), high=np.zeros(0, np.float32),
        )  # fmt: skip
        self._start = self.features.from_raw(raw)

    def fit(self, rows: npt.NDArray[np.intp]) -> GenreFit:
        """Fit to the possible genres, with a penalty on straying from the tags."""
        start, bias = self._start
        first = np.concatenate([np.zeros(start.size + len(start)), START_TRUST])
        found = minimize(self.objective(rows), first, jac=True, method="L-BFGS-B", options={"maxiter": 200})
        delta, intercepts, trust = self._split(found.x, start.shape)
        return GenreFit(coefficients=start + delta, intercepts=bias + intercepts, trust=trust)

    def objective(self, rows: npt.NDArray[np.intp]) -> Callable[[Floats], tuple[float, Floats]]:
        """Return the function to be minimised.

        Parameters
        ----------
        rows : array of int
            The clips to look at.

        Returns
        -------
        callable
            From one vector of parameters (what the coefficients add to the tags' say, intercepts, two exponents) to
            the loss and its gradient.
        """
        x, possible = self.features.x[rows], self.clips.possible[rows]
        evidence = np.stack(
            [np.log(self.short_term[rows] + 1e-6), np.broadcast_to(-np.log(self.prior), possible.shape)]
        )
        start, bias = self._start
        shape = start.shape
        weight = self._balance(rows)
        target = _softmax(
            np.where(possible, x @ start.T + bias + np.tensordot(WITHIN_TRUST, evidence, 1), -np.inf)
        )

        def loss(parameters: Floats) -> tuple[float, Floats]:
            delta, intercepts, trust = self._split(parameters, shape)
            scores = x @ (start + delta).T + bias + intercepts + np.tensordot(trust, evidence, 1)
            p = _softmax(scores)
            slope = weight[:, None] * (p - target)
            stray = trust - START_TRUST
            value = -weight @ (target * np.log(p + 1e-12)).sum(axis=1)
            value += PENALTY / 2 * ((delta**2).sum() + (intercepts**2).sum())
            value += 50 * float(stray @ stray)
            gradient = [
                (slope.T @ x + PENALTY * delta).ravel(),
                slope.sum(axis=0) + PENALTY * intercepts,
                np.tensordot(evidence, slope, 2) + 100 * stray,
            ]
            return float(value), np.concatenate(gradient)

        return loss

    @staticmethod
    def _split(parameters: Floats, shape: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
        n, size = shape[0], shape[0] * shape[1]
        return parameters[:size].reshape(shape), parameters[size : size + n], parameters[size + n :]

    def _balance(self, rows: npt.NDArray[np.intp]) -> Floats:
        """Weigh the clips so that a label that many share does not drown the others."""
        labels = ["".join("1" if flag else "0" for flag in row) for row in self.clips.possible[rows]]
        _, of_row, counts = np.unique(labels, return_inverse=True, return_counts=True)
        weight = 1 / np.sqrt(counts[of_row])
        return np.asarray(weight * len(labels) / weight.sum())

    def predict(self, fit: GenreFit, rows: npt.NDArray[np.intp]) -> FloatArray:
        """Probabilities of some clips, shape (n_rows, 26)."""
        heard = self.features.x[rows] @ fit.coefficients.T + fit.intercepts
        return fuse(self.short_term[rows], self.prior, heard.astype(np.float32), fit.trust.astype(np.float32))


def _softmax(scores: Floats) -> Floats:
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def cross_validate_genre(trainer: GenreTrainer, n_folds: int = 10, seed: int = 0) -> FloatArray:
    """Predict every clip by a model that never heard its artist; shape (n_clips, 26)."""
    fold = artist_folds(trainer.clips.groups, n_folds, seed)
    predicted = np.empty(trainer.clips.possible.shape, np.float32)
    for k in range(n_folds):
        held_out = np.flatnonzero(fold == k)
        predicted[held_out] = trainer.predict(trainer.fit(np.flatnonzero(fold != k)), held_out)
    return predicted


def fit_genre(trainer: GenreTrainer) -> dict[str, npt.NDArray[np.generic]]:
    """Fit the fused model on every clip; returns the arrays of its weights file."""
    fit = trainer.fit(np.arange(len(trainer.clips.clips)))
    heard = trainer.features.to_map(fit.coefficients, fit.intercepts)
    return {**heard.to_arrays("heard"), "trust": fit.trust.astype(np.float32)}
