"""Learning from corrections: the bound as the docstring states it, and versions that survive whatever happens."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.analysis import hear
from reprise.collect.lock import AlreadyRunningError, RunLock
from reprise.demo import PIECES, render
from reprise.errors import ModelError, ParameterError
from reprise.models.feedback import BOUND, LOGIT_BOUND, Kinds, Residual, active_version
from reprise.models.fused_genre import FusedGenreModel
from reprise.models.heads import Heads
from reprise.records import FloatArray
from reprise.targets import HEADS
from reprise.training.feedback.correction import Said
from reprise.training.feedback.corrections import Corrections
from reprise.training.feedback.residual import DOUBT, ONE_USER, Evidence, fit_residual, held_out_errors, learn
from reprise.training.feedback.versions import history, keep_version, roll_back

N_KINDS, N_GENRES = 5, 4
SR = 22_050
NOTHING_SAID = Said(text="", model="")

# The theorem


def _evidence(seed: int, users: list[str], *, is_genre: bool, extreme: bool = False) -> Evidence:
    rng = np.random.default_rng(seed)
    n = len(users)
    shares = rng.dirichlet(np.full(N_KINDS, 0.05 if extreme else 0.5), n)
    if is_genre:
        predicted = rng.dirichlet(np.full(N_GENRES, 0.3), n)
        wanted = np.eye(N_GENRES)[rng.integers(0, 1 if extreme else N_GENRES, n)]
    else:
        predicted = rng.uniform(0, 1, (n, 1))
        wanted = np.full((n, 1), float(rng.integers(2))) if extreme else rng.uniform(0, 1, (n, 1))
    tracks = np.array([str(number) for number in rng.integers(0, 50, n)])
    return Evidence(
        shares=shares, predicted=predicted, wanted=wanted, users=np.array(users, str), tracks=tracks, is_genre=is_genre
    )  # fmt: skip


def _joined(first: Evidence, second: Evidence) -> Evidence:
    names = ("shares", "predicted", "wanted", "users", "tracks")
    parts = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names}
    return Evidence(**parts, is_genre=first.is_genre)


seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(st.booleans(), seeds, seeds, st.integers(0, 30), st.integers(0, 300), st.integers(1, 4))
def test_users_move_the_residual_no_further_than_the_theorem_says(
    is_genre: bool, seed: int, evil: int, honest: int, count: int, gang: int
) -> None:
    bound = LOGIT_BOUND if is_genre else BOUND
    others = _evidence(seed, [f"user {i % 7}" for i in range(honest)], is_genre=is_genre)
    crowd = [f"evil {i % gang}" for i in range(count)]
    hostile, else_ = (_evidence(evil + k, crowd, is_genre=is_genre, extreme=True) for k in range(2))
    tables = [fit_residual(e) for e in (others, _joined(others, hostile), _joined(others, else_))]
    for table in tables:
        assert np.abs(table).max() <= bound
        for other in tables:
            assert np.abs(table - other).max() <= gang * 2 * bound / (DOUBT + 1) + 1e-12


def test_a_lone_user_who_shouts_for_ever_comes_near_the_bound_but_not_over_it() -> None:
    users = ["mallory"] * 100_000
    shout = Evidence(
        shares=np.tile(np.eye(N_KINDS)[:1], (len(users), 1)), predicted=np.full((len(users), 1), 0.5),
        wanted=np.ones((len(users), 1)), users=np.array(users), tracks=np.array(users), is_genre=False,
    )  # fmt: skip
    moved = fit_residual(shout)[0, 0]
    assert 0.99 * ONE_USER / 2 < moved < ONE_USER / 2  # from one end to the other it is twice that


@given(seeds)
def test_probabilities_move_no_further_than_the_theorem_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    step = 2 * LOGIT_BOUND / (DOUBT + 1)
    p = rng.dirichlet(np.full(26, 0.1))
    for moves in (rng.uniform(-step, step, 26), step * rng.choice([-1.0, 1.0], 26)):
        q = p * np.exp(moves)
        assert np.abs(q / q.sum() - p).max() <= math.tanh(step / 2) + 1e-12 < ONE_USER


def test_the_documented_numbers_are_those_of_the_code() -> None:
    assert (BOUND, ONE_USER) == (0.2, 0.1)
    assert math.tanh(LOGIT_BOUND / 2) < 0.2
    assert math.tanh(LOGIT_BOUND / (DOUBT + 1)) < 0.1


# What is learnt


def _agreed(n_users: int, error: float, seed: int = 0) -> Evidence:
    """Users who agree that the first kind is predicted wrong, and only that."""
    rng = np.random.default_rng(seed)
    users = [f"user {i % n_users}" for i in range(20 * n_users)]
    shares = np.eye(N_KINDS)[rng.integers(0, N_KINDS, len(users))]
    predicted = rng.uniform(0.3, 0.6, (len(users), 1))
    wanted = predicted + error * shares[:, :1] + rng.normal(0, 0.02, predicted.shape)
    return Evidence(
        shares=shares, predicted=predicted, wanted=wanted, users=np.array(users),
        tracks=np.array([str(i) for i in range(len(users))]), is_genre=False,
    )  # fmt: skip


@pytest.mark.parametrize("n_users", [2, 30])
def test_what_users_agree_on_is_learnt_the_better_the_more_they_are(n_users: int) -> None:
    table = fit_residual(_agreed(n_users, 0.15))[:, 0]
    assert table[0] == pytest.approx(0.15 * n_users / (n_users + DOUBT), rel=0.25)
    assert np.abs(table[1:]).max() < 0.02
    change = held_out_errors(_agreed(n_users, 0.15))
    assert change.after < change.before


def test_noise_is_not_taken_for_knowledge() -> None:
    rng = np.random.default_rng(1)
    evidence = _evidence(1, [f"user {i % 10}" for i in range(200)], is_genre=False)
    wanted = np.clip(evidence.predicted + rng.choice([-0.2, 0.2], evidence.predicted.shape), 0, 1)
    noise = Evidence(
        shares=evidence.shares, predicted=evidence.predicted, wanted=wanted, users=evidence.users,
        tracks=evidence.tracks, is_genre=False,
    )  # fmt: skip
    change = held_out_errors(noise)
    assert change.after == pytest.approx(change.before, abs=0.02)


def test_a_track_that_is_held_out_is_not_learnt_from_by_another_user() -> None:
    # One track, many users: whoever is held out, nothing is left to learn from.
    evidence = _agreed(8, 0.15)
    one = Evidence(
        shares=evidence.shares, predicted=evidence.predicted, wanted=evidence.wanted, users=evidence.users,
        tracks=np.full(evidence.tracks.shape, "one"), is_genre=False,
    )  # fmt: skip
    change = held_out_errors(one)
    assert change.after == change.before


# The whole way, on real audio


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, FloatArray]]:
    """What the models are given of six short pieces."""
    import soundfile

    folder = tmp_path_factory.mktemp("pieces")
    heard = []
    for piece in PIECES[:6]:
        path = folder / f"{piece.name}.wav"
        soundfile.write(path, render(piece, SR)[:, : 4 * SR].T, SR)
        heard.append(hear(path))
    return heard


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Corrections]:
    """An empty file of corrections."""
    with Corrections(tmp_path / "corrections.sqlite") as store:
        yield store


def _correct(store: Corrections, pieces: list[dict[str, FloatArray]], who: str, what: str, by: float) -> None:
    heads = Heads.load()
    for i, inputs in enumerate(pieces):
        value = min(1.0, max(0.0, heads(inputs)[what].value + by))
        store.add(who, {what: value}, path=f"{i}.wav", inputs=inputs, said={what: NOTHING_SAID})


def _kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("feedback-*")) if folder.exists() else []


def test_agreeing_users_are_followed_and_all_can_be_taken_back(
    store: Corrections, pieces: list[dict[str, FloatArray]], tmp_path: Path
) -> None:
    folder = tmp_path / "feedback"
    for user in ("ann", "bob", "cyd"):
        _correct(store, pieces, user, "liveness", 0.02)
    dry = learn(store, folder, dry_run=True)
    assert (dry.made, dry.in_use, _kept(folder)) == (None, None, [])
    lesson = learn(store, folder)
    assert lesson.verdicts == dry.verdicts
    verdict = lesson.verdicts[HEADS.index("liveness")]
    assert verdict.is_kept
    assert verdict.held_out is not None
    assert verdict.held_out.after < verdict.held_out.before
    assert (verdict.corrections, verdict.users) == (18, 3)
    assert {v.reason for v in lesson.verdicts if v is not verdict} == {"never corrected"}
    assert lesson.made == lesson.in_use == active_version(folder) == "feedback-0001"

    residual, heads = Residual.load("feedback-0001", folder), Heads.load()
    before = heads(pieces[0])
    after = residual.adjust(before, pieces[0])
    assert 0.005 < after["liveness"].value - before["liveness"].value < 0.02
    assert all(after[name] == before[name] for name in HEADS if name != "liveness")

    assert learn(store, folder).made is None  # nothing new
    assert roll_back(folder) is None
    assert active_version(folder) is None
    assert [card["name"] for card in history(folder)] == ["feedback-0001"]
    with pytest.raises(ParameterError, match="default models"):
        roll_back(folder)


def test_what_is_worse_on_the_reference_is_not_used(
    store: Corrections, pieces: list[dict[str, FloatArray]], tmp_path: Path
) -> None:
    for number in range(30):
        _correct(store, pieces, f"gang {number}", "energy", -0.4)
    lesson = learn(store, tmp_path / "feedback")
    verdict = lesson.verdicts[HEADS.index("energy")]
    assert verdict.reason == "worse on the reference"
    assert lesson.in_use is None


def test_what_is_worse_held_out_keeps_what_is_in_use_until_that_is_withdrawn(
    store: Corrections, pieces: list[dict[str, FloatArray]], tmp_path: Path
) -> None:
    folder = tmp_path / "feedback"
    for user in ("ann", "bob", "cyd"):
        _correct(store, pieces, user, "liveness", 0.02)
    first = learn(store, folder).made
    for number in range(60):
        _correct(store, pieces, f"gang {number}", "liveness", 0.9)
    lesson = learn(store, folder)
    assert not lesson.verdicts[HEADS.index("liveness")].is_kept
    assert lesson.in_use == first
    store.withdraw_all("ann")
    lesson = learn(store, folder)
    assert lesson.made == "feedback-0002"
    assert not Residual.load("feedback-0002", folder).features.any()
    assert roll_back(folder) == first


def test_a_damaged_version_in_use_is_replaced(
    store: Corrections, pieces: list[dict[str, FloatArray]], tmp_path: Path
) -> None:
    folder = tmp_path / "feedback"
    for user in ("ann", "bob", "cyd"):
        _correct(store, pieces, user, "liveness", 0.02)
    learn(store, folder)
    (folder / "feedback-0001.npz").write_bytes(b"torn")
    assert learn(store, folder).in_use == "feedback-0002"
    (folder / "feedback-0002.json").write_text("[]")
    for user in ("ann", "bob", "cyd"):
        store.withdraw_all(user)
    lesson = learn(store, folder)
    assert lesson.in_use == "feedback-0003"
    assert not Residual.load("feedback-0003", folder).features.any()


def test_genres_are_learnt_from_users_who_agree(
    store: Corrections, pieces: list[dict[str, FloatArray]], tmp_path: Path
) -> None:
    genre = FusedGenreModel.load()
    for user in ("ann", "bob", "cyd", "dan"):
        for inputs in pieces:
            second = genre(inputs)[1].name
            store.add(user, {"genre": second}, path="a", inputs=inputs, said={"genre": NOTHING_SAID})
    verdict = learn(store, tmp_path / "feedback", dry_run=True).verdicts[-1]
    assert (verdict.what, verdict.corrections, verdict.users) == ("genre", 24, 4)
    assert verdict.reference is not None
    assert verdict.held_out is not None
    assert 0 <= verdict.held_out.before <= 1


def test_too_few_tracks_are_not_learnt_from(
    store: Corrections, pieces: list[dict[str, FloatArray]], tmp_path: Path
) -> None:
    _correct(store, pieces[:4], "ann", "liveness", 0.1)
    lesson = learn(store, tmp_path / "feedback")
    assert lesson.verdicts[HEADS.index("liveness")].reason == "fewer than 5 tracks"
    assert lesson.in_use is None


def test_two_do_not_learn_at_once(store: Corrections, tmp_path: Path) -> None:
    lock = RunLock(store.path, "learn")
    with pytest.raises(AlreadyRunningError):
        learn(store, tmp_path / "feedback")
    lock.release()
    assert learn(store, tmp_path / "feedback").made is None


# Versions on disk


def _residual(value: float) -> Residual:
    kinds = Kinds.load()
    n = len(kinds.centres)
    return Residual(kinds, np.full((n, 7), value, np.float32), np.zeros((n, 26), np.float32))


def test_a_rollback_goes_back_one_version_at_a_time(tmp_path: Path) -> None:
    names = [keep_version(_residual(value), [], {}, tmp_path) for value in (0.01, 0.02, 0.03)]
    assert names == ["feedback-0001", "feedback-0002", "feedback-0003"]
    assert [roll_back(tmp_path), roll_back(tmp_path), roll_back(tmp_path)] == [names[1], names[0], None]
    assert keep_version(_residual(0.04), [], {}, tmp_path) == "feedback-0004"
    assert history(tmp_path)[-1]["before"] is None


def test_a_damaged_version_can_be_rolled_back(tmp_path: Path) -> None:
    for value in (0.01, 0.02):
        keep_version(_residual(value), [], {}, tmp_path)
    (tmp_path / "feedback-0002.json").write_text("{")
    with pytest.raises(ModelError, match="--rollback"):
        Residual.load("feedback-0002", tmp_path)
    assert roll_back(tmp_path) is None


KEEPER = """
import sys
from pathlib import Path
import numpy as np
from reprise.models.feedback import Kinds, Residual
from reprise.training.feedback.versions import keep_version
kinds = Kinds.load()
n = len(kinds.centres)
for i in range(100_000):
    residual = Residual(kinds, np.full((n, 7), (i % 9) / 100, np.float32), np.zeros((n, 26), np.float32))
    print(keep_version(residual, [], {}, Path(sys.argv[1])), flush=True)
"""


@pytest.mark.parametrize("delay", range(4))
def test_a_killed_process_leaves_a_whole_version_in_use(tmp_path: Path, delay: int) -> None:
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert keeper.stdout is not None
    told = [keeper.stdout.readline().strip() for _ in range(2 + delay)][-1]
    os.kill(keeper.pid, signal.SIGKILL)
    keeper.communicate(timeout=60)
    in_use = active_version(tmp_path)
    assert in_use is not None
    assert in_use >= told
    assert np.isfinite(Residual.load(in_use, tmp_path).features).all()
    assert keep_version(_residual(0.05), [], {}, tmp_path) > in_use
