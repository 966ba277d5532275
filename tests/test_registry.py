"""What is named is found, and what it needs and lacks is said."""

from __future__ import annotations

import sys

import pytest

from reprise.errors import MissingDependencyError
from reprise.models.architectures import ARCHITECTURES
from reprise.registry import resolve
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
