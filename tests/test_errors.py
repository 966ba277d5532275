"""The tree of errors: what is raised says what to do, and survives the way from a worker process."""

from __future__ import annotations

import copy
import inspect
import pickle
from pathlib import Path

import pytest

from reprise import errors
from reprise.errors import (
    AudioError,
    DecodeError,
    MissingDependencyError,
    ParameterError,
    RepriseError,
    TagError,
    UnknownNameError,
    UnusableAudioError,
)

MADE: dict[type[RepriseError], tuple[object, ...]] = {
    UnknownNameError: ("model", "hedas", ("heads", "mood")),
    MissingDependencyError: ("lightgbm", "train"),
    AudioError: (Path("a/b.mp3"), "is odd"),
    DecodeError: ("b.mp3", "no such file"),
    UnusableAudioError: ("b.mp3", "is silent"),
    TagError: ("b.mp3", "is read-only"),
}
ALL = [
    thing for _, thing in inspect.getmembers(errors, inspect.isclass) if thing.__module__ == errors.__name__
]


def _make(kind: type[RepriseError]) -> RepriseError:
    return kind(*MADE.get(kind, ("something is wrong",)))


def test_every_error_is_public_and_descends_from_one() -> None:
    assert {kind.__name__ for kind in ALL} == set(errors.__all__)
    assert all(issubclass(kind, RepriseError) for kind in ALL)


@pytest.mark.parametrize("kind", ALL)
def test_every_error_survives_pickling_and_copying(kind: type[RepriseError]) -> None:
    error = _make(kind)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again) == vars(error)


@pytest.mark.parametrize("kind", ALL)
def test_every_error_is_one_line(kind: type[RepriseError]) -> None:
    assert str(_make(kind))
    assert "\n" not in str(_make(kind))


def test_the_nearest_name_is_suggested() -> None:
    assert "did you mean 'heads'?" in str(_make(UnknownNameError))


def test_where_none_is_near_all_are_listed() -> None:
    assert "known: heads, mood" in str(UnknownNameError("model", "zzz", iter(["heads", "mood"])))


def test_a_missing_package_comes_with_the_line_that_installs_it() -> None:
    assert "pip install 'reprise[train]'" in str(_make(MissingDependencyError))


def test_an_audio_error_knows_its_path_and_reason() -> None:
    error = _make(AudioError)
    assert isinstance(error, AudioError)
    assert (error.path, error.reason) == ("a/b.mp3", "is odd")
    assert str(error) == "a/b.mp3: is odd"


def test_the_tree_is_as_drawn() -> None:
    assert issubclass(errors.ConfigError, ParameterError)
    assert issubclass(UnknownNameError, ParameterError)
    assert issubclass(DecodeError, AudioError)
    assert not issubclass(DecodeError, UnusableAudioError)
