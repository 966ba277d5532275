"""Names that stand for things in modules which are imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["resolve"]


def resolve(path: str) -> Any:
    """Return what ``"module:attribute"`` names, importing the module if nobody has yet.

    Raises
    ------
    ImportError, AttributeError
        If there is no such thing: a mistake in the registry, not in a user's input.
    """
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)
