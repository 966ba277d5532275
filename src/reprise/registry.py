"""Names: whether they are known, and the things they stand for in modules which are imported on first use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import import_module
from typing import Any

from reprise.errors import MissingDependencyError, UnknownNameError

__all__ = ["require_known", "resolve"]


_EXTRAS = {
    "torch": "neural", "lightning": "neural", "tensorboard": "neural", "onnx": "neural", "onnxscript": "neural",
    "safetensors": "train", "sklearn": "train", "imblearn": "train", "lightgbm": "train", "librosa": "train",
    "matplotlib": "train", "pandas": "train", "umap": "train",
}  # fmt: skip
"""Which extra brings a package that only some parts need."""


def resolve(path: str) -> Any:
    """Return what ``"module:attribute"`` names, importing the module if nobody has yet.

    Raises
    ------
    MissingDependencyError
        If an optional package that it needs is not installed.
    ImportError, AttributeError
        If there is no such thing: a mistake in the registry, not in a user's input.
    """
    module, _, attribute = path.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRAS:
            raise
        raise MissingDependencyError(package, _EXTRAS[package]) from error


def require_known(kind: str, names: Iterable[str], known: Collection[str]) -> None:
    """Check that all names are among those known.

    Raises
    ------
    UnknownNameError
        For the first that is not.
    """
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)
