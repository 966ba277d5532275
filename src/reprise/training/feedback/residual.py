"""Learning from corrections: a small residual on top of the default models that no single user can bend far.

For each kind k of music (`reprise.models.feedback.Kinds`) and each user u, the user's *opinion* is the mean of
prediction errors, each clipped to ±B, weighted by the tracks' shares of the kind; its *weight* is m / (1 + m), with m
the sum of these shares. The residual of the kind is the weighted mean of all opinions and of `DOUBT` opinions "nothing
is wrong":

    t_k = Σ_u w_uk o_uk / (DOUBT + Σ_u w_uk),        |o_uk| ≤ B,  0 ≤ w_uk < 1

Theorem. Let a user replace their corrections by any others, of any number and any values, or by none.

1. Whatever all users do, |t_k| ≤ B.
2. Whatever one user does moves t_k by no more than 2B / (DOUBT + 1); k users together by no more than k times that.

Proof. 1: t_k is a mean of numbers within ±B. 2: With N and D ≥ DOUBT the sums over all others, t_k is
(N + w o) / (D + w), which is monotone in o and in w and hence lies between (N - B) / (D + 1) and (N + B) / (D + 1),
2B / (D + 1) apart. ∎

A track's addition is a mean of the t_k with weights that no correction touches, and clipping to 0..1 brings nothing
further apart, so both bounds hold for every feature of every track: B = 0.2 in all, 0.1 by one user. For genre the same
holds of logits, with B = 0.4 and 0.2; where each logit moves by at most d, the logit of a probability moves by at most
2d and the probability by at most tanh(d / 2): less than 0.2 in all, less than 0.1 by one user.

What is learnt is fitted afresh from all corrections that count, so that nothing adds up from version to version.
The one thing a user can tip beyond point 2 is whether a version is kept at all; point 1 holds then, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.collect.lock import RunLock
from reprise.errors import ModelError
from reprise.models.feedback import BOUND, LOGIT_BOUND, Kinds, Residual, active_version, feedback_folder
from reprise.models.fused_genre import FusedGenreModel
from reprise.models.heads import Heads
from reprise.records import FloatArray
from reprise.targets import HEADS
from reprise.training.feedback.correction import GENRE, Correction
from reprise.training.feedback.corrections import Corrections
from reprise.training.feedback.versions import keep_version, read_card
from reprise.training.shipped.kinds import Reference
from reprise.training.shipped.ridge import Floats, artist_folds

__all__ = ["DOUBT", "Evidence", "Lesson", "Verdict", "fit_residual", "held_out_errors", "learn"]

DOUBT = 3.0
"""How many users' say the default models have in every kind of music."""

ONE_USER = 2 * BOUND / (DOUBT + 1)
"""The most that one user moves a feature of any track; the same holds of the probability of a genre."""

TOLERANCE = 0.005
"""A version may be this much worse on the reference, as a share: what rounding of labels makes. It is always compared
with the default models, so that tolerances do not add up."""

FEWEST_TRACKS = 5
"""With fewer there is nothing to hold out."""

FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All corrections of one feature or of genre that count.

    Attributes
    ----------
    shares : array, shape (n, n_kinds)
    predicted : array, shape (n, n_outputs)
        What the default models say: one value, or the probability of each genre.
    wanted : array, shape (n, n_outputs)
        What users say: one value, or 1 for the genre and 0 for the others.
    users, tracks : arrays of str, shape (n,)
    is_genre : bool
    """

    shares: Floats
    predicted: Floats
    wanted: Floats
    users: npt.NDArray[np.str_]
    tracks: npt.NDArray[np.str_]
    is_genre: bool

    def take(self, rows: npt.NDArray[np.intp]) -> Evidence:
        """Return some of the corrections."""
        names = ("shares", "predicted", "wanted", "users", "tracks")
        return Evidence(**{name: getattr(self, name)[rows] for name in names}, is_genre=self.is_genre)

    def errors(self, table: Floats) -> Floats:
        """Return how far each prediction is from what was wanted, shape (n,), after an addition (n_kinds, n_outputs).

        For a feature the absolute error; for genre one minus the probability of the genre that was named.
        """
        addition = self.shares @ table
        if self.is_genre:
            scores = self.predicted * np.exp(addition)
            return np.asarray(1 - (scores * self.wanted).sum(axis=1) / scores.sum(axis=1))
        return np.asarray(np.abs(np.clip(self.predicted + addition, 0, 1) - self.wanted)[:, 0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An error with the default models, and with what was learnt."""

    before: float
    after: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was found about one feature, or genre.

    Attributes
    ----------
    what : str
    corrections, users : int
    held_out : Change or None
        Mean error on corrections that were held out, each user counting once: absolute error, or one minus the
        probability of the right genre. ``None`` where there are too few.
    reference : Change or None
        Root mean squared error on the labelled clips; for genre their log-loss, the second a bound from above.
    is_kept : bool
    reason : str
        Why.
    """

    what: str
    corrections: int
    users: int
    held_out: Change | None = None
    reference: Change | None = None
    is_kept: bool = False
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """What `learn` found, one verdict for each of `HEADS` and for genre, and what it left in use."""

    verdicts: tuple[Verdict, ...]
    made: str | None
    in_use: str | None


def fit_residual(evidence: Evidence) -> Floats:
    """Fit the residual of every kind; shape (n_kinds, n_outputs). The module's theorem is about this function."""
    errors = evidence.wanted - evidence.predicted
    errors = LOGIT_BOUND * errors if evidence.is_genre else np.clip(errors, -BOUND, BOUND)
    users, of_row = np.unique(evidence.users, return_inverse=True)
    mass = np.zeros((users.size, evidence.shares.shape[1]))
    np.add.at(mass, of_row, evidence.shares)
    # An opinion times its weight is the sum of shares times errors, over 1 + mass.
    total = (evidence.shares / (1 + mass[of_row])).T @ errors
    return np.asarray(total / (DOUBT + (mass / (1 + mass)).sum(axis=0))[:, None])


def held_out_errors(evidence: Evidence, seed: int = 0) -> Change:
    """Compare errors on corrections whose track, and with enough users also whose user, was not learnt from."""
    users = np.unique(evidence.users)
    groups = evidence.users if users.size >= FOLDS else evidence.tracks
    fold = artist_folds(groups, FOLDS, seed)
    before, after = np.empty(fold.size), np.empty(fold.size)
    for k in range(FOLDS):
        held_out = fold == k
        if not held_out.any():
            continue
        heard = np.isin(evidence.tracks, evidence.tracks[held_out])
        table = fit_residual(evidence.take(np.flatnonzero(~held_out & ~heard)))
        rows = evidence.take(np.flatnonzero(held_out))
        before[held_out], after[held_out] = rows.errors(np.zeros_like(table)), rows.errors(table)
    # One vote a user, lest who corrects most decide alone what is kept.
    _, of_row, counts = np.unique(evidence.users, return_inverse=True, return_counts=True)
    vote = 1 / (counts[of_row] * users.size)
    return Change(before=float(vote @ before), after=float(vote @ after))


def learn(store: Corrections, folder: Path | None = None, *, dry_run: bool = False) -> Lesson:
    """Fit a residual to all corrections that count, and put it in use as far as it is no worse than the defaults.

    Each feature, and genre, is judged by itself. One that fails keeps what is in use, unless some of the corrections
    behind that were withdrawn: then it returns to the default.

    Parameters
    ----------
    store : Corrections
    folder : Path, optional
        Where versions are kept; by default the user's.
    dry_run : bool
        Only look.

    Raises
    ------
    ModelError
        If the shipped weights cannot be read.
    DatasetError
        If what is stored was altered.
    AlreadyRunningError
        If another process is learning from the same store.
    """
    folder = folder or feedback_folder()
    with RunLock(store.path, "learn"):
        live, in_use = store.live(), active_version(folder)
        genre_model, kinds, reference = FusedGenreModel.load(), Kinds.load(), Reference.load()
        evidence = gather(store, live, Heads.load(), genre_model, kinds)
        old, before = _in_use(in_use, folder)
        new = {GENRE: np.zeros((len(kinds.centres), len(genre_model.classes)))}
        new |= {name: np.zeros((len(kinds.centres), 1)) for name in HEADS}
        learnt_from: dict[str, list[int]] = {}
        verdicts = []
        withdrawn = store.withdrawn()
        for what in (*HEADS, GENRE):
            table, verdict = judge(what, evidence.get(what), reference)
            if verdict.is_kept:
                assert table is not None
                new[what], learnt_from[what] = table, [c.id for c in live if c.what == what]
            elif old and verdict.corrections and not withdrawn.intersection(before.get(what, [])):
                new[what], learnt_from[what] = _column(old, what), list(before.get(what, []))
            verdicts.append(verdict)
        features = np.concatenate([new[name] for name in HEADS], axis=1).astype(np.float32)
        made = Residual(kinds, features, new[GENRE].astype(np.float32))
        is_same = _are_equal(made, old) and (old is not None or in_use is None)
        if dry_run or is_same:
            return Lesson(verdicts=tuple(verdicts), made=None, in_use=in_use)
        name = keep_version(made, verdicts, learnt_from, folder)
        return Lesson(verdicts=tuple(verdicts), made=name, in_use=name)


def gather(
    store: Corrections,
    live: Sequence[Correction],
    heads: Heads,
    genre_model: FusedGenreModel,
    kinds: Kinds,
) -> dict[str, Evidence]:
    """Predict every corrected track by the default models and lay corrections beside it, by feature."""
    heard: dict[str, tuple[FloatArray, dict[str, float], dict[str, float]]] = {}
    for track in sorted({correction.track for correction in live}):
        inputs = store.inputs(track)
        values = {name: estimate.value for name, estimate in heads(inputs).items()}
        genres = {genre.name: genre.score for genre in genre_model(inputs)}
        heard[track] = kinds.shares(inputs), values, genres
    evidence = {}
    for what in sorted({correction.what for correction in live}):
        rows = [correction for correction in live if correction.what == what]
        is_genre = what == GENRE
        if is_genre:
            predicted = [[heard[c.track][2][name] for name in genre_model.classes] for c in rows]
            wanted = [[float(c.genre == name) for name in genre_model.classes] for c in rows]
        else:
            predicted, wanted = [[heard[c.track][1][what]] for c in rows], [[c.value or 0.0] for c in rows]
        evidence[what] = Evidence(
            shares=np.array([heard[c.track][0] for c in rows], np.float64),
            predicted=np.array(predicted, np.float64),
            wanted=np.array(wanted, np.float64),
            users=np.array([c.who for c in rows]),
            tracks=np.array([c.track for c in rows]),
            is_genre=is_genre,
        )
    return evidence


def judge(what: str, evidence: Evidence | None, reference: Reference) -> tuple[Floats | None, Verdict]:
    """Fit one feature, or genre, and say whether it may be used."""
    if evidence is None:
        return None, Verdict(what=what, corrections=0, users=0, reason="never corrected")
    verdict = Verdict(
        what=what,
        corrections=len(evidence.users),
        users=len(np.unique(evidence.users)),
        reason=f"fewer than {FEWEST_TRACKS} tracks",
    )
    if len(np.unique(evidence.tracks)) < FEWEST_TRACKS:
        return None, verdict
    table = fit_residual(evidence)
    held_out, on_reference = held_out_errors(evidence), _on_reference(what, table, reference)
    if held_out.after > held_out.before:
        reason = "worse on corrections that were held out"
    elif on_reference.after > on_reference.before * (1 + TOLERANCE):
        reason = "worse on the reference"
    else:
        reason = "no worse"
    return table, replace(
        verdict, held_out=held_out, reference=on_reference, is_kept=reason == "no worse", reason=reason
    )


def _on_reference(what: str, table: Floats, reference: Reference) -> Change:
    if what == GENRE:
        return Change(before=reference.log_loss(np.zeros_like(table)), after=reference.log_loss(table))
    column = HEADS.index(what)
    features = np.zeros((len(table), len(HEADS)))
    before = float(reference.rmse(features)[column])
    features[:, column] = table[:, 0]
    return Change(before=before, after=float(reference.rmse(features)[column]))


def _in_use(name: str | None, folder: Path) -> tuple[Residual | None, Mapping[str, Sequence[int]]]:
    """Load the version in use and the corrections behind it; what is damaged or outdated counts as nothing."""
    try:
        return (Residual.load(name, folder), read_card(name, folder)["learnt_from"]) if name else (None, {})
    except ModelError:
        return None, {}


def _column(residual: Residual, what: str) -> Floats:
    table = residual.genres if what == GENRE else residual.features[:, [HEADS.index(what)]]
    return table.astype(np.float64)


def _are_equal(new: Residual, old: Residual | None) -> bool:
    if old is None:
        return not (new.features.any() or new.genres.any())
    return np.array_equal(new.features, old.features) and np.array_equal(new.genres, old.genres)
