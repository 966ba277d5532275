"""The file of corrections: nothing is lost, nothing is edited, and nobody speaks for another."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.errors import DatasetError, ParameterError, UnknownNameError
from reprise.training.feedback.correction import Said, check_changes, check_name
from reprise.training.feedback.corrections import Corrections

GENRES = ("Jazz", "Pop", "R&B")
SAID = {what: Said(text="0.5", model="heads 1") for what in ("energy", "valence", "genre")}
INPUTS = {"tag_logits": np.arange(100, dtype=np.float32), "embedding": np.ones(500, np.float32)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Corrections]:
    """An empty file of corrections."""
    with Corrections(tmp_path / "deep" / "corrections.sqlite") as store:
        yield store


def _add(store: Corrections, who: str = "ann", seed: int = 0, **changes: float | str) -> tuple[int, ...]:
    inputs = {**INPUTS, "embedding": np.full(500, seed, np.float32)}
    return store.add(who, changes, path=f"{seed}.ogg", inputs=inputs, said=SAID)


def test_a_correction_is_stored_with_who_when_and_what_was_said(store: Corrections) -> None:
    ids = _add(store, energy=0.8, genre="Jazz")
    energy, genre = store.live()
    assert (energy.id, genre.id) == ids
    assert (energy.who, energy.what, energy.value, energy.genre) == ("ann", "energy", 0.8, None)
    assert (genre.what, genre.value, genre.genre) == ("genre", None, "Jazz")
    assert (energy.said, energy.model, energy.path) == ("0.5", "heads 1", "0.ogg")
    assert energy.at.endswith("Z")
    assert energy.track == genre.track


def test_what_was_heard_comes_back_without_the_audio(store: Corrections) -> None:
    _add(store, energy=0.8)
    inputs = store.inputs(store.live()[0].track)
    assert set(inputs) == set(INPUTS)
    np.testing.assert_array_equal(inputs["tag_logits"], INPUTS["tag_logits"])


def test_the_last_word_of_a_user_counts_and_the_one_before_if_it_is_withdrawn(store: Corrections) -> None:
    _add(store, energy=0.8)
    (second,) = _add(store, energy=0.2)
    _add(store, who="bob", energy=0.5)
    assert sorted(c.value for c in store.live() if c.value is not None) == [0.2, 0.5]
    store.withdraw(second, "ann")
    store.withdraw(second, "ann")
    assert sorted(c.value for c in store.live() if c.value is not None) == [0.5, 0.8]
    assert store.withdrawn() == {second}


def test_nobody_withdraws_what_another_has_said(store: Corrections) -> None:
    (number,) = _add(store, energy=0.8)
    for correction, who in ((number, "bob"), (number + 1, "ann"), (number, "")):
        with pytest.raises(ParameterError, match="no correction"):
            store.withdraw(correction, who)
    assert len(store.live()) == 1


def test_all_of_one_user_is_withdrawn_at_once(store: Corrections) -> None:
    for seed in range(3):
        _add(store, who="mallory", seed=seed, energy=1.0)
        _add(store, seed=seed, energy=0.5)
    assert store.withdraw_all("mallory") == 3
    assert store.withdraw_all("mallory") == 0
    assert {c.who for c in store.live()} == {"ann"}


@pytest.mark.parametrize("statement", ["UPDATE corrections SET who = 'eve'", "DELETE FROM corrections"])
def test_rows_are_neither_edited_nor_deleted(store: Corrections, statement: str) -> None:
    _add(store, energy=0.8)
    with sqlite3.connect(store.path) as db, pytest.raises(sqlite3.IntegrityError, match="corrections are"):
        db.execute(statement)


def test_the_file_itself_refuses_what_is_no_fraction(store: Corrections) -> None:
    for value in (1.5, -0.1, float("inf")):
        with pytest.raises(DatasetError, match="cannot be written"):
            _add(store, energy=value)
    with pytest.raises(DatasetError, match="cannot be written"):  # SQLite has no NaN: it becomes NULL
        _add(store, energy=float("nan"))
    assert store.live() == ()


def test_all_or_nothing(store: Corrections) -> None:
    with pytest.raises(DatasetError):
        _add(store, valence=0.5, energy=2.0)
    assert store.live() == ()


def test_hostile_text_is_only_text(store: Corrections) -> None:
    for who in ("'); DROP TABLE corrections;--", "=HYPERLINK(1)", "名前"):
        store.add(check_name(who), {"energy": 0.5}, path="\udcff.ogg", inputs=INPUTS, said=SAID)
    assert {c.who for c in store.live()} == {"'); DROP TABLE corrections;--", "=HYPERLINK(1)", "名前"}


@given(st.text(max_size=120))
def test_a_name_is_printable_and_has_one_spelling(who: str) -> None:
    try:
        name = check_name(who)
    except ParameterError:
        return
    assert name.isprintable()
    assert 1 <= len(name) <= 100
    assert check_name(name) == name == check_name(f"  {name}\t")


@pytest.mark.parametrize("who", ["", "  ", "a\x1b[31m", "a\u202eb", "x" * 101, "a\x00", "\udcff"])
def test_a_name_that_is_none(who: str) -> None:
    with pytest.raises(ParameterError, match="printable letters"):
        check_name(who)


def test_changes_are_brought_into_one_spelling() -> None:
    assert check_changes({"energy": "0.80", "genre": "r&b"}, GENRES) == {"energy": 0.8, "genre": "R&B"}


@pytest.mark.parametrize("value", ["nan", "inf", "-0.1", "1.01", "loud", "", "0x1", float("nan"), None])
def test_a_value_that_is_no_fraction(value: object) -> None:
    with pytest.raises(ParameterError, match="from 0 to 1"):
        check_changes({"energy": value}, GENRES)  # type: ignore[dict-item]


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'energy'"):
        check_changes({"enrgy": 0.5}, GENRES)
    with pytest.raises(UnknownNameError, match="did you mean 'jazz'"):
        check_changes({"genre": "jaz"}, GENRES)
    with pytest.raises(ParameterError, match="nothing is corrected"):
        check_changes({}, GENRES)


def test_other_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE mine (x)")
    text = tmp_path / "notes.txt"
    text.write_text("these are my notes, no data base at all; and they are long enough" * 20)
    for path in (other, text, tmp_path):
        with pytest.raises(DatasetError):
            Corrections(path)
    with sqlite3.connect(other) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
    assert text.read_text().startswith("these are my notes")


def test_altered_inputs_are_noticed(store: Corrections) -> None:
    _add(store, energy=0.8)
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE tracks SET inputs = x'00'")
    with pytest.raises(DatasetError, match="altered"):
        store.inputs(store.live()[0].track)


WRITER = """
import sys
import numpy as np
from reprise.training.feedback.correction import Said
from reprise.training.feedback.corrections import Corrections
path, who, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Corrections(path) as store:
    for i in range(count):
        inputs = {"tag_logits": np.full(100, i % 7, np.float32)}
        ids = store.add(who, {"energy": 0.5, "valence": 0.5}, path="a", inputs=inputs,
                        said=dict.fromkeys(("energy", "valence"), Said(text="", model="")))
        print(ids[-1], flush=True)
"""


def _writer(path: Path, who: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), who, str(count)], stdout=subprocess.PIPE, text=True
    )


def test_many_processes_make_one_file_and_all_they_add_is_there(tmp_path: Path) -> None:
    path = tmp_path / "corrections.sqlite"
    writers = [_writer(path, f"user {i}", 30) for i in range(3)]
    ids = [int(line) for writer in writers for line in writer.communicate(timeout=60)[0].split()]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert len(set(ids)) == 90
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM corrections").fetchone()[0] == 180
        assert db.execute("SELECT count(*) FROM tracks").fetchone()[0] == 7


def test_what_was_confirmed_survives_a_kill_and_halves_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "corrections.sqlite"
    writer = _writer(path, "ann", 100_000)
    assert writer.stdout is not None
    confirmed = [int(writer.stdout.readline()) for _ in range(20)]
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate(timeout=60)
    with Corrections(path) as store:
        (number,) = store.add("ann", {"energy": 0.1}, path="b", inputs=INPUTS, said=SAID)
    with sqlite3.connect(path) as db:
        kept = [row[0] for row in db.execute("SELECT id FROM corrections")]
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert set(confirmed) <= set(kept)
    assert len(kept) % 2 == 1  # pairs, and the last one
    assert number == max(kept)
