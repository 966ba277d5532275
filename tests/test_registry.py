"""What is named is found, and what it needs and lacks is said."""

from __future__ import annotations

import sys

import pytest

from reprise.errors import MissingDependencyError, UnknownNameError
from reprise.models.architectures import ARCHITECTURES
from reprise.registry import require_known, resolve
from reprise.training.recipe import read_recipe


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_builder_and_learner_is_there(name: str) -> None:
    assert callable(resolve(ARCHITECTURES[name].builder))
    assert callable(resolve(ARCHITECTURES[name].learner))


def test_a_package_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "reprise.models.neural.mfcc_cnn", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingDependencyError, match=r"torch is needed.*reprise\[neural\]"):
        read_recipe("mfcc-cnn")


def test_a_mistake_in_the_registry_stays_one() -> None:
    with pytest.raises(ModuleNotFoundError):
        resolve("reprise.models.no_such_module:Thing")


def test_the_first_name_that_is_not_known_is_named() -> None:
    require_known("feature", ["energy", "valence"], ["valence", "energy"])
    with pytest.raises(UnknownNameError, match="unknown feature 'energi'; did you mean 'energy'"):
        require_known("feature", (name for name in ["valence", "energi", "nope"]), ["valence", "energy"])
