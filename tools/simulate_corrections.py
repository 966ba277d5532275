"""Print what corrections would teach, simulated with real labels: ``python tools/simulate_corrections.py``.

The tables of docs/explanation/learning-from-corrections.md. Predictions are those of heads that had not heard the
artist. It needs the data folder and takes a minute or two.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from reprise.models.feedback import Kinds
from reprise.targets import HEADS
from reprise.training.feedback.residual import (
    ONE_USER,
    Evidence,
    Verdict,
    fit_residual,
    held_out_errors,
    judge,
)
from reprise.training.shipped.corpus import load_corpus
from reprise.training.shipped.heads import HeadsTrainer, cross_validate
from reprise.training.shipped.kinds import Reference, shares_of
from reprise.training.shipped.labels import corpus_statistics, head_labels

N_USERS = 10
FAULT = 0.15


class World:
    """The labelled clips: shares, predictions of unheard artists, labels; users who each know some artists."""

    def __init__(self, folder: Path, cache: Path) -> None:
        corpus = load_corpus(folder, cache)
        labels = head_labels(folder, corpus, corpus_statistics(folder, corpus, cache))
        trainer = HeadsTrainer(corpus.groups, labels)
        self.shares = shares_of(Kinds.load(), corpus.groups)
        self.predicted = cross_validate(trainer).mean(axis=0)
        self.true, self.weak, self.artists = labels.true, labels.weak, labels.artists

    def evidence(
        self, target: int, wanted: np.ndarray, n_users: int, predicted: np.ndarray | None = None
    ) -> Evidence:
        """Let users correct the clips where ``wanted`` is a number; what a user knows of an artist, no other does."""
        rows = np.flatnonzero(~np.isnan(wanted))
        _, artist = np.unique(self.artists[rows], return_inverse=True)
        user = np.random.default_rng(0).integers(0, n_users, artist.max() + 1)[artist]
        predicted = self.predicted[:, target] if predicted is None else predicted
        return Evidence(
            shares=self.shares[rows],
            predicted=predicted[rows, None],
            wanted=wanted[rows, None],
            users=np.array([f"user {number}" for number in user]),
            tracks=self.artists[rows],
            is_genre=False,
        )


def _row(verdict: Verdict) -> str:
    held, reference = verdict.held_out, verdict.reference
    assert held is not None
    assert reference is not None
    return (
        f"| {verdict.what} | {verdict.corrections} | {held.before:.4f} → {held.after:.4f} | "
        f"{reference.before:.4f} → {reference.after:.4f} | {'kept' if verdict.is_kept else verdict.reason} |"
    )


def real_labels(world: World) -> None:
    """Spotify's own values of the 69 songs, as corrections of ten users."""
    print(f"### {N_USERS} users give Spotify's own values\n")
    print("| feature | corrections | held-out MAE | reference RMSE | |\n|---|---|---|---|---|")
    for target, name in enumerate(HEADS):
        evidence = world.evidence(target, world.true[:, target], N_USERS)
        print(_row(judge(name, evidence, Reference.load())[1]))


def planted_fault(world: World) -> None:
    """Labels as corrections of predictions of danceability that were made wrong on purpose in half of the kinds."""
    print(f"\n### Danceability made {FAULT} too high in half of the kinds\n")
    print("| users | corrections | held-out MAE | without the fault |\n|---|---|---|---|")
    target = HEADS.index("danceability")
    faulty = world.predicted[:, target] + FAULT * world.shares[:, ::2].sum(axis=1)
    wanted = np.where(np.isnan(world.true[:, target]), world.weak[:, target], world.true[:, target])
    for n_users in (1, 3, 10, 30, 100):
        evidence = world.evidence(target, wanted, n_users, faulty)
        sound = held_out_errors(world.evidence(target, wanted, n_users)).before
        change = held_out_errors(evidence)
        print(
            f"| {n_users} | {len(evidence.users)} | {change.before:.4f} → {change.after:.4f} | {sound:.4f} |"
        )


def hostile_user(world: World) -> None:
    """One user sets every clip to 0, or to 1, beside ten who are honest, or alone."""
    print("\n### One user sets all clips to 0, or all to 1\n")
    print("| feature | beside ten | alone | from 0 to 1, beside ten | bound |\n|---|---|---|---|---|")
    for target, name in enumerate(HEADS):
        honest = world.evidence(target, world.true[:, target], N_USERS)
        tables = []
        for value in (0.0, 1.0):
            everything = np.full(len(world.artists), value)
            hostile = world.evidence(target, everything, 1)
            hostile = Evidence(**{**vars(hostile), "users": np.full(len(everything), "mallory")})
            names = ("shares", "predicted", "wanted", "users", "tracks")
            both = {n: np.concatenate([getattr(honest, n), getattr(hostile, n)]) for n in names}
            tables.append((fit_residual(Evidence(**both, is_genre=False)), fit_residual(hostile)))
        without = fit_residual(honest)
        moved = [np.abs(world.shares @ (beside - without)).max() for beside, _ in tables]
        alone = max(np.abs(world.shares @ table).max() for _, table in tables)
        swing = np.abs(world.shares @ (tables[1][0] - tables[0][0])).max()
        print(f"| {name} | {max(moved):.3f} | {alone:.3f} | {swing:.3f} | {ONE_USER:.3f} |")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path(".cache/reprise"))
    arguments = parser.parse_args()
    with threadpool_limits(1):
        world = World(arguments.data, arguments.cache)
        real_labels(world)
        planted_fault(world)
        hostile_user(world)


if __name__ == "__main__":
    main()
