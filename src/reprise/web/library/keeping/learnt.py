"""What corrections have taught, in a backup: the versions, and the note that names the one in use."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reprise.errors import DatasetError, ModelError
from reprise.models.feedback import ACTIVE, active_version, feedback_folder
from reprise.models.weights_file import load_weights
from reprise.training.feedback.versions import history, read_card

__all__ = ["check_learnt", "is_learnt", "learnt_files", "put_learnt"]

_VERSION = re.compile(r"(feedback-[0-9]{4,9})\.(npz|json)")
_MOST_BYTES = 8 << 20


def is_learnt(name: str) -> bool:
    """Whether a file of this name may be among what was learnt."""
    return name == ACTIVE or _VERSION.fullmatch(name) is not None


def learnt_files(note: Path) -> Iterator[Path]:
    """Yield the files of all whole versions, then the note of which is in use.

    Parameters
    ----------
    note : Path
        Where a copy of the note is made, named `ACTIVE`. What is learnt meanwhile is left out of it.
    """
    folder = feedback_folder()
    if not folder.exists():
        return
    try:
        in_use = active_version(folder)  # before the versions: that which it names is among them
    except ModelError:
        in_use = None
    for card in history(folder):
        name = str(card.get("name"))
        try:
            load_weights(name, folder)
        except ModelError:
            continue  # one that a killed process did not finish
        yield from (folder / f"{name}.npz", folder / f"{name}.json")
    note.write_text(f"{in_use or ''}\n", encoding="utf-8")
    yield note


def check_learnt(folder: Path) -> None:
    """Refuse versions that are not whole, or hold anything else than two tables of numbers; there may be no folder.

    Raises
    ------
    DatasetError
        If one is not as it should be, or the one in use is not there.
    """
    if not folder.exists():
        return
    names = {found[1] for path in folder.iterdir() if (found := _VERSION.fullmatch(path.name))}
    try:
        for name in names:
            packed = folder / f"{name}.npz"
            with zipfile.ZipFile(packed) as file:
                if sum(each.file_size for each in file.infolist()) > _MOST_BYTES:
                    raise ModelError(f"{name} is too long")
            if (folder / f"{name}.json").stat().st_size > _MOST_BYTES:
                raise ModelError(f"the card of {name} is too long")
            weights = load_weights(name, folder)
            tables = [weights.arrays["features"], weights.arrays["genres"]]
            if not all(table.dtype == np.float32 and table.ndim == 2 for table in tables):
                raise ModelError(f"{name} holds no tables")
            if read_card(name, folder).get("name") != name:
                raise ModelError(f"{name} has the card of another")
        in_use = active_version(folder)
        if in_use is not None and in_use not in names:
            raise ModelError(f"{in_use} is in use, but is not there")
    except (ModelError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise DatasetError(f"what was learnt from corrections is damaged in the backup: {error}") from error


def put_learnt(source: Path) -> None:
    """Put what was learnt, if anything, in the place of what is here. A kill on the way leaves the default models."""
    if not source.exists():
        return
    target = feedback_folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".learnt-", dir=target.parent) as beside:
        new = Path(beside) / "new"
        shutil.copytree(source, new)
        for path in new.iterdir():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        if target.exists():
            target.replace(Path(beside) / "before")
        new.replace(target)
