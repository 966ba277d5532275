"""Every error that Reprise raises on purpose.

The tree, drawn first and kept small::

    RepriseError
    ├── ParameterError            an argument is out of its range
    │   ├── ConfigError           … in a configuration file or the environment
    │   └── UnknownNameError      a name that no registry holds; suggests the nearest
    ├── MissingDependencyError    an optional package is needed; names the extra
    ├── AudioError(path)
    │   ├── DecodeError           the file cannot be read as audio
    │   ├── UnusableAudioError    it was read, but nothing can be said about it (silence, under a second)
    │   └── TagError              its tags cannot be read or written; the file is as it was
    ├── DatasetError              a table or a folder of labels is not what its description says
    ├── CollectError              a provider cannot be asked any further
    └── ModelError                weights are missing, altered or of another version
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from os import PathLike, fspath

__all__ = [
    "AudioError",
    "CollectError",
    "ConfigError",
    "DatasetError",
    "DecodeError",
    "MissingDependencyError",
    "ModelError",
    "ParameterError",
    "RepriseError",
    "TagError",
    "UnknownNameError",
    "UnusableAudioError",
]


class RepriseError(Exception):
    """Base of every error that Reprise raises on purpose; its text is one line for the user."""


class ParameterError(RepriseError):
    """An argument is out of its range; the text names the argument and what it may be."""


class ConfigError(ParameterError):
    """A setting in a file or in the environment cannot be used; the text says where it stands."""


class UnknownNameError(ParameterError):
    """A name is not among those known.

    Parameters
    ----------
    kind : str
        What was looked for, such as ``"model"``.
    name : str
        The name as given.
    known : iterable of str
        The names that would have been accepted.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        nearest = difflib.get_close_matches(name, self.known, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known: {', '.join(self.known)}"
        super().__init__(f"unknown {kind} {name!r}{hint}")

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, str, tuple[str, ...]]]:
        return type(self), (self.kind, self.name, self.known)


class MissingDependencyError(RepriseError):
    """An optional package is not installed; the text gives the command that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(f"{package} is needed for this: pip install 'reprise[{extra}]'")

    def __reduce__(self) -> tuple[type[MissingDependencyError], tuple[str, str]]:
        return type(self), (self.package, self.extra)


class AudioError(RepriseError):
    """One file cannot be analysed.

    Parameters
    ----------
    path : str or path-like
        The file, as the user gave it.
    reason : str
        What is wrong and, where there is something to do about it, what to do.
    """

    def __init__(self, path: str | PathLike[str], reason: str) -> None:
        self.path, self.reason = fspath(path), reason
        super().__init__(f"{self.path}: {reason}")

    def __reduce__(self) -> tuple[type[AudioError], tuple[str, str]]:
        # Exceptions with their own signature need this to cross from a worker process.
        return type(self), (self.path, self.reason)


class DecodeError(AudioError):
    """The file cannot be read as audio: missing, not audio, no audio stream, damaged from the start."""


class UnusableAudioError(AudioError):
    """The file is audio, but nothing can be said about it: silence, not-a-number samples, under one second."""


class TagError(AudioError):
    """A file's tags cannot be read or written: another format, damage, no permission; the file is as it was."""


class DatasetError(RepriseError):
    """A table or a folder of labels is not what its description says."""


class CollectError(RepriseError):
    """A provider cannot be asked any further; what was stored stays, and the same command goes on there."""


class ModelError(RepriseError):
    """Weights are missing, altered or made for another version."""
