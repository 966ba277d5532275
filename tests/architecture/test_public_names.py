"""What the package offers: every name resolves, is at home where it says, and has a docstring."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType

import django
import pytest

import reprise

# The modules of the library are Django's: their tables need its settings.
django.setup()

MODULES = [
    info.name
    for info in pkgutil.walk_packages(reprise.__path__, "reprise.")
    if not info.name.endswith("__main__") and ".migrations" not in info.name
]


@pytest.mark.parametrize("name", reprise.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(reprise, name) is not None
    assert name in dir(reprise)


def test_public_names_are_those_that_have_a_home() -> None:
    assert set(reprise.__all__) == {*reprise._HOME, "__version__"}
    for name, home in reprise._HOME.items():
        assert getattr(reprise, name).__module__.startswith(home), name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        reprise.analyse  # noqa: B018


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_has_a_docstring(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, name
    missing = [where for where, thing in _own_public(module) if not inspect.getdoc(thing)]
    assert not missing


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_says_is_public_is_there(name: str) -> None:
    module = importlib.import_module(name)
    assert [public for public in getattr(module, "__all__", ()) if not hasattr(module, public)] == []


def _own_public(module: ModuleType) -> list[tuple[str, object]]:
    """Functions and classes that are defined in a module, and the methods of its classes."""
    found: list[tuple[str, object]] = []
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing):
            found.append((name, thing))
        elif inspect.isclass(thing):
            found.append((name, thing))
            found += [
                (f"{name}.{method}", function)
                for method, function in vars(thing).items()
                if not method.startswith("_")
                and (inspect.isfunction(function) or isinstance(function, property))
            ]
    return found
