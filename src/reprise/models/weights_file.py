"""Weights on disk: arrays in an ``.npz`` without pickles, and a JSON card beside it that vouches for them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError

__all__ = ["Weights", "load_weights", "save_weights", "shipped_folder"]

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The arrays of a model by name, and its card: what it is, what it was trained on and under what terms."""

    arrays: Arrays
    card: Mapping[str, Any]


def shipped_folder() -> Traversable:
    """Return the folder of the weights that come with the package."""
    return resources.files("reprise").joinpath("models", "weights")


def load_weights(name: str, folder: Traversable | None = None) -> Weights:
    """Load ``name.npz`` after checking it against ``name.json``.

    Parameters
    ----------
    name : str
        Name of the model, such as ``"heads"``.
    folder : path, optional
        Where the two files lie; by default the shipped ones.

    Raises
    ------
    ModelError
        If a file is missing or the arrays are not those that the card describes. Nothing is ever unpickled.
    """
    folder = folder or shipped_folder()
    try:
        card = json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8"))
        content = folder.joinpath(f"{name}.npz").read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"the weights of {name} cannot be read: {error}") from error
    if not isinstance(card, dict) or hashlib.sha256(content).hexdigest() != card.get("sha256"):
        raise ModelError(f"{name}.npz is not the file that its card describes; install reprise again")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return Weights(arrays={key: file[key] for key in file.files}, card=card)
    except (ValueError, BadZipFile) as error:
        raise ModelError(f"{name}.npz does not hold plain arrays: {error}") from error


def save_weights(name: str, folder: Path, arrays: Arrays, card: Mapping[str, Any]) -> None:
    """Write ``name.npz`` and ``name.json``; the card gets the SHA-256 of the arrays."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    content = buffer.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.npz").write_bytes(content)
    card = {"name": name, **card, "sha256": hashlib.sha256(content).hexdigest()}
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
