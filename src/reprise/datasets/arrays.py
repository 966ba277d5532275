"""Arrays of many clips on disk: a folder of shards, each written whole or not at all.

A shard is an uncompressed ``.npz`` with the ids, the arrays and the seconds of some hundred clips. Shards are only
ever added, so that a run that was killed goes on with the next one; nothing but NumPy is needed to read them.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import DatasetError

__all__ = ["ArrayStore", "Shard"]


@dataclass(frozen=True, kw_only=True)
class Shard:
    """The arrays of some clips.

    Attributes
    ----------
    ids : tuple of str
    values : array, shape (n, ...)
    durations_s : float32 array, shape (n,)
        How much audio there was.
    """

    ids: tuple[str, ...]
    values: npt.NDArray[Any]
    durations_s: npt.NDArray[np.float32]


class ArrayStore:
    """A folder of arrays of one kind; one process at a time may add to it.

    Parameters
    ----------
    folder : Path
        Made when the first shard is added.
    definition : str, optional
        What the arrays are; a folder that holds something else is refused. As the folder has it, by default.

    Raises
    ------
    DatasetError
        If the folder holds arrays of another definition, or is asked for and holds none.

    Examples
    --------
    >>> for shard in ArrayStore(Path("features/mfcc")).shards():  # doctest: +SKIP
    ...     print(len(shard.ids), shard.values.shape)
    """

    def __init__(self, folder: Path, definition: str | None = None) -> None:
        self.folder = folder
        card = folder / "card.json"
        try:
            kept = json.loads(card.read_text(encoding="utf-8"))["definition"]
        except FileNotFoundError:
            kept = None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{card}: cannot be read: {error}") from error
        if kept is None and definition is None:
            raise DatasetError(f"{folder}: holds no arrays")
        if None not in (kept, definition) and kept != definition:
            raise DatasetError(f"{folder}: holds other arrays ({kept}); choose another folder")
        self.definition = str(definition or kept)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.npz"))

    def add(self, shard: Shard) -> None:
        """Write a shard; it is there as a whole once this returns, whatever happens to the process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        card = self.folder / "card.json"
        if not card.exists():
            _write(card, (json.dumps({"definition": self.definition}) + "\n").encode())
        last = self._paths()[-1:]
        number = int(last[0].stem) + 1 if last else 0
        path = self.folder / f"{number:06d}.npz"
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                ids=np.array(shard.ids, str),
                values=shard.values,
                durations_s=shard.durations_s,
            )
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def ids(self) -> set[str]:
        """Return the ids of all clips that are here."""
        return {clip for path in self._paths() for clip in _read(path, "ids").tolist()}

    def shards(self) -> Iterator[Shard]:
        """Yield one shard at a time, in the order in which they were written."""
        for path in self._paths():
            yield Shard(
                ids=tuple(_read(path, "ids").tolist()),
                values=_read(path, "values"),
                durations_s=_read(path, "durations_s"),
            )

    def load(self, ids: Sequence[str]) -> npt.NDArray[Any]:
        """Return the arrays of some clips in the order asked for, shape (n, ...).

        Raises
        ------
        DatasetError
            If a clip is not here.
        """
        place = {clip: i for i, clip in enumerate(dict.fromkeys(ids))}
        values: npt.NDArray[Any] | None = None
        found = np.zeros(len(place), bool)
        for shard in self.shards():
            rows = [row for row, clip in enumerate(shard.ids) if clip in place]
            to = [place[shard.ids[row]] for row in rows]
            if values is None:
                values = np.empty((len(place), *shard.values.shape[1:]), shard.values.dtype)
            values[to], found[to] = shard.values[rows], True
        if values is None or not found.all():
            missing = [clip for clip, i in place.items() if not found[i]]
            raise DatasetError(
                f"{self.folder}: {len(missing)} clips are not here, the first is {missing[:1]}"
            )
        return values[[place[clip] for clip in ids]]


def _read(path: Path, name: str) -> npt.NDArray[Any]:
    try:
        with np.load(path, allow_pickle=False) as file:
            values: npt.NDArray[Any] = file[name]
            return values
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
