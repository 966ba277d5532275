"""What a write changed, in a form that can be stored as JSON and undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reprise.audio.tag_files.file_bytes import Fields
from reprise.errors import ParameterError

__all__ = ["Change", "Restored"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a write changes, or changed, in one file.

    Attributes
    ----------
    format : str
        How the file holds its tags, such as ``"ID3v2.4"``.
    before, after : mapping of str to tuple of str
        The fields that differ, both with the same names; ``()`` where there is none.
    """

    format: str
    before: Fields
    after: Fields

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.before)

    def to_dict(self) -> dict[str, Any]:
        """Return the change as plain lists and strings, ready for JSON."""
        return {
            "format": self.format,
            "before": {name: list(values) for name, values in self.before.items()},
            "after": {name: list(values) for name, values in self.after.items()},
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Change:
        """Make a change of what `to_dict` gave.

        Raises
        ------
        ParameterError
            If it does not have that shape.
        """
        try:
            name, before, after = stored["format"], _fields(stored["before"]), _fields(stored["after"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ParameterError("the stored change of tags does not have the shape of one") from error
        if not isinstance(name, str) or before.keys() != after.keys():
            raise ParameterError("the stored change of tags does not have the shape of one")
        return cls(format=name, before=before, after=after)

    @classmethod
    def between(cls, name: str, before: Fields, after: Fields) -> Change:
        """Compare all fields of a file before and after.

        Parameters
        ----------
        name : str
            The format.
        before, after : mapping of str to tuple of str
            All that can be read.
        """
        names = [n for n in {**before, **after} if before.get(n, ()) != after.get(n, ())]
        return cls(
            format=name,
            before={n: before.get(n, ()) for n in names},
            after={n: after.get(n, ()) for n in names},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What an undo did.

    Attributes
    ----------
    change : Change
        What it changed; empty if all was as before already.
    left_alone : tuple of str
        Fields that were changed by somebody else since, and stay as they are now.
    """

    change: Change
    left_alone: tuple[str, ...]


def _fields(stored: Mapping[str, Any]) -> Fields:
    fields = {name: tuple(values) for name, values in stored.items()}
    for name, values in fields.items():
        if not isinstance(name, str) or not all(isinstance(value, str) for value in values):
            raise TypeError(name)
        if isinstance(stored[name], str):
            raise TypeError(name)
    return fields
