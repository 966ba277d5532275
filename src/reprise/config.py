"""Settings of the library and its server: defaults < ``reprise.toml`` < environment < flags.

The file lies in the user's data directory, or where ``REPRISE_CONFIG`` says; its table ``[library]`` has the names of
`Config`. In the environment they are ``REPRISE_DATABASE``, ``REPRISE_PORT`` and so on.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from reprise.errors import ConfigError
from reprise.places import data_directory

__all__ = ["Config", "environment_of", "load_config"]

_PREFIX = "REPRISE_"


@dataclass(frozen=True, kw_only=True)
class Config:
    """What an installation is told.

    Attributes
    ----------
    data : Path
        Folder of everything that is kept: database, uploads, secrets.
    database : str
        ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME``; by default SQLite in ``data``.
    runs : Path or None
        Folder of training runs that the application shows; by default ``runs`` in ``data``.
    host, port : str, int
        Where the server listens.
    public : bool
        Whether others than this machine's user may come: then everybody must log in.
    allowed_hosts : tuple of str
        Under which names a public server answers.
    https : bool
        Whether a proxy in front of a public server speaks HTTPS, so that cookies are for HTTPS alone.
    trusted_proxies : int
        How many proxies in front add to ``X-Forwarded-For``.
    workers : int
        How many processes analyse; 0 leaves that to others.
    max_upload_mb : int
        The largest file that is taken, in MiB.
    max_duration_s : int
        The longest recording that is listened to.
    analysis_timeout_s, analysis_memory_mb : int
        What one file may cost, in seconds of elapsed time and MiB of memory.
    rate_per_minute, uploads_per_hour : int
        How many requests and uploads a user of a public server may make.
    """

    data: Path = field(default_factory=data_directory)
    database: str = ""
    runs: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8808
    public: bool = False
    allowed_hosts: tuple[str, ...] = ()
    https: bool = False
    trusted_proxies: int = 0
    workers: int = 1
    max_upload_mb: int = 200
    max_duration_s: int = 3 * 3600
    analysis_timeout_s: int = 300
    analysis_memory_mb: int = 2048
    rate_per_minute: int = 600
    uploads_per_hour: int = 60

    @property
    def database_url(self) -> str:
        """Where the library is kept, with the default filled in."""
        return self.database or f"sqlite:///{self.data / 'library.sqlite'}"

    @property
    def runs_folder(self) -> Path:
        """Folder of training runs."""
        return self.runs or self.data / "runs"

    @property
    def uploads(self) -> Path:
        """Folder of uploaded files."""
        return self.data / "uploads"


def load_config(flags: Mapping[str, Any] | None = None) -> Config:
    """Read the settings of this installation.

    Parameters
    ----------
    flags : mapping of str to object, optional
        What the command line says; ``None`` means that it says nothing.

    Raises
    ------
    ConfigError
        If a setting is unknown, of the wrong kind or out of its range.
    """
    said: dict[str, Any] = {}
    path = Path(os.environ.get(f"{_PREFIX}CONFIG") or data_directory() / "reprise.toml")
    for name, value in _from_file(path).items():
        said[name] = _checked(name, value, f"{path}, [library]")
    for each in fields(Config):
        if (text := os.environ.get(f"{_PREFIX}{each.name.upper()}")) not in (None, ""):
            said[each.name] = _checked(each.name, text, f"the environment, {_PREFIX}{each.name.upper()}")
    for name, value in (flags or {}).items():
        if value is not None:
            said[name] = _checked(name, value, f"--{name.replace('_', '-')}")
    return Config(**said)


def environment_of(config: Config) -> dict[str, str]:
    """Return the variables that give another process the same settings."""
    values = {each.name: getattr(config, each.name) for each in fields(Config)}
    values |= {"database": config.database_url, "runs": config.runs_folder}
    text = {True: "1", False: "0"}
    return {
        f"{_PREFIX}{name.upper()}": ",".join(value)
        if isinstance(value, tuple)
        else text.get(value, str(value))
        if isinstance(value, bool)
        else str(value)
        for name, value in values.items()
    }


def _from_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            table = tomllib.load(file).get("library", {})
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: library must be a table")
    return table


def _checked(name: str, value: Any, where: str) -> Any:
    """Bring one setting into its type."""
    known = {each.name: each for each in fields(Config)}
    if name not in known:
        raise ConfigError(f"{where}: there is no setting {name!r}; known: {', '.join(known)}")
    kind = str(known[name].type)
    try:
        if kind == "bool":
            return _truth(value)
        if kind == "int":
            number = int(value)
            low = 0 if name in ("workers", "trusted_proxies") else 1
            if isinstance(value, bool) or number < low or (name == "port" and number > 65535):
                raise ValueError
            return number
        if kind.startswith("Path"):
            path = Path(value).expanduser()
            if not path.is_absolute():
                raise ValueError
            return path
        if kind.startswith("tuple"):
            parts = value.split(",") if isinstance(value, str) else value
            return tuple(part.strip() for part in parts if part.strip())
    except (TypeError, ValueError, AttributeError, KeyError):
        wanted = {"bool": "true or false", "int": "a whole number in its range", "Path": "an absolute path"}
        raise ConfigError(f"{where}: {name} is {value!r}; it must be {wanted.get(kind, 'text')}") from None
    if not isinstance(value, str):
        raise ConfigError(f"{where}: {name} is {value!r}; it must be text")
    return value


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[str(value).lower()]
