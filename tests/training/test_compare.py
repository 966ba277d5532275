"""Runs are measured alike, and what is written says what was measured."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from reprise.errors import UnknownNameError
from reprise.evaluation import regression
from reprise.training.compare import as_csv, as_json, as_markdown, compare, conformal_band, probabilities
from reprise.training.comparison_page import write_page
from reprise.training.history import Epoch
from reprise.training.pictures import errors_by_value, runner_ups, write_pictures
from reprise.training.run import Run

N = 90
GENRES = ("rock", "polka", "<b>drone</b>")
CARD = {
    "what": "made up", "parameters": 12, "training_s": 1.5, "inference_ms": 0.1, "training_rows": [40, 30, 20],
    "data": {"source": "nowhere"},
}  # fmt: skip


def make_run(name: str, *, is_genre: bool, noise: float = 0.1) -> Run:
    rng = np.random.default_rng(3)
    if is_genre:
        values = np.eye(3)[rng.integers(0, 3, N)]
        predicted = rng.dirichlet(np.ones(3), N) + 2 * values
        predicted, own = predicted / predicted.sum(axis=1, keepdims=True), np.ones((N, 3), bool)
    else:
        values = rng.random((N, 2))
        predicted, own = np.clip(values + noise * rng.standard_normal((N, 2)), 0, 1), rng.random((N, 2)) < 0.6
    history = tuple(
        Epoch(number=i, train_loss=1 / i, validation_loss=1.2 / i, metric=0.1, learning_rate=0.01)
        for i in range(1, 5)
    )
    return Run(
        folder=Path(), card={"name": name, **CARD}, ids=np.array([f"clip {i}" for i in range(N)]),
        groups=np.array([f"artist {i % 20}" for i in range(N)]), folds=np.arange(N) % 5,
        targets=GENRES if is_genre else ("energy", "valence"), values=values, own=own, predicted=predicted,
        histories=(history,) * 5, is_genre=is_genre, importances={"tempo": 0.7, "key": 0.3} if is_genre else {},
    )  # fmt: skip


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return [
        make_run("poor", is_genre=False, noise=0.5), make_run("good", is_genre=False),
        make_run("genre", is_genre=True),
    ]  # fmt: skip


def test_features_are_measured_on_own_labels_and_on_means_apart(runs: list[Run]) -> None:
    rows = compare(runs).features
    assert [(row.target, row.run) for row in rows] == [
        ("energy", "good"), ("energy", "poor"), ("valence", "good"), ("valence", "poor")
    ]  # fmt: skip
    good, first = runs[1], rows[0]
    own = good.own[:, 0]
    assert first.scores.mse.value == pytest.approx(np.mean((good.predicted - good.values)[own, 0] ** 2))
    assert first.scores.count == own.sum()
    assert first.on_means is not None
    assert first.on_means.count == (~own).sum()
    assert first.on_means.r2.value == pytest.approx(
        regression.r2(good.values[~own, 0], good.predicted[~own, 0])
    )


def test_the_band_is_made_of_other_folds_and_holds_what_it_says() -> None:
    run = make_run("any", is_genre=False)
    band = conformal_band(run, 0)
    held = (band[:, 0] <= run.values[:, 0]) & (run.values[:, 0] <= band[:, 1])
    assert 0.7 <= held[run.own[:, 0]].mean() <= 0.95
    # An error in one fold must not widen that fold's own band.
    run.predicted[run.folds == 0] = 0.5
    np.testing.assert_array_equal(np.diff(conformal_band(run, 0)[run.folds == 0]).round(9).min() > 0, True)
    widths = {fold: np.ptp(conformal_band(run, 0)[(run.folds == fold)][0]) for fold in (0, 1)}
    assert widths[0] < widths[1]


def test_the_tables_agree_with_one_another(runs: list[Run]) -> None:
    comparison = compare(runs)
    (row,) = comparison.genres
    rows = list(csv.DictReader(io.StringIO(as_csv(comparison))))
    found = {(r["run"], r["of"], r["labels"], r["metric"]): r["value"] for r in rows}
    assert float(found["genre", "all", "own", "top1"]) == row.scores.top1
    assert float(found["good", "energy", "own", "r2"]) == comparison.features[0].scores.r2.value
    content = json.loads(as_json(comparison))
    assert content["features"][0]["scores"]["r2"]["value"] == comparison.features[0].scores.r2.value
    assert content["genres"][0]["scores"]["confusion"] == row.scores.confusion.tolist()
    text = as_markdown(comparison)
    assert f"| energy | good | {comparison.features[0].scores.count} |" in text
    widths = {line.count("|") for line in text.split("\n\n")[0].splitlines()}
    assert len(widths) == 1


def test_runner_ups_are_sums_over_the_songs_of_the_genre(runs: list[Run]) -> None:
    run = runs[2]
    p = probabilities(run)
    names, sums = runner_ups(run, "polka", p)
    songs = run.values[:, 1] == 1
    assert set(names) == {"rock", "<b>drone</b>"}
    assert sums[0] >= sums[1]
    assert sums[names.index("rock")] == pytest.approx(p[songs, 0].sum())


def test_errors_by_value_are_those_of_equal_numbers_of_songs() -> None:
    true = np.arange(16) / 16
    centres, mean, most = errors_by_value(true[::-1], np.where(true < 0.5, 0.1, 0.3)[::-1])
    np.testing.assert_allclose(centres, true.reshape(8, 2).mean(axis=1))
    np.testing.assert_allclose(mean, [0.1] * 4 + [0.3] * 4)
    np.testing.assert_allclose(most, mean)


def test_pictures_of_everything_are_drawn(runs: list[Run], tmp_path: Path) -> None:
    paths = write_pictures(compare(runs), runs, tmp_path)
    names = {path.stem for path in paths}
    assert names == {
        "features", "genre-f1", "genre-training-rows", "genre-confusion", "genre-runners-up",
        "genre-importances", "genre-learning",
        *(f"{run}-{kind}" for run in ("poor", "good") for kind in ("predictions", "distributions", "learning")),
    }  # fmt: skip
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.with_suffix(".svg").is_file()


def test_the_page_asks_nobody_and_trusts_no_name(runs: list[Run], tmp_path: Path) -> None:
    page = write_page(compare(runs), runs, tmp_path / "index.html").read_text(encoding="utf-8")
    assert "src=" not in page.partition("</script>")[2].replace("src=\\", "")
    assert "<link" not in page
    assert '"showSendToCloud": true' not in page
    assert page.count('"showSendToCloud": false') == page.count("<figure>")
    body = page.partition("<body>")[2]
    assert "<b>drone</b>" not in body.partition("<h2 id=")[0]
    assert body.count("<figure>") == 1 + (1 + 1) + (1 + 1) + (5 + 1)
    with pytest.raises(UnknownNameError, match="did you mean 'polka'"):
        write_page(compare(runs), runs, tmp_path / "index.html", genre="polca")
