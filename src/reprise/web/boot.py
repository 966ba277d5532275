"""Bring Django up for a command: settings first, then the database in its newest form."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from reprise.config import Config, environment_of, load_config
from reprise.errors import ConfigError, MissingDependencyError

__all__ = ["boot"]


def boot(flags: Mapping[str, Any] | None = None, *, migrate: bool = True) -> Config:
    """Load the settings, set Django up with them and create or update the database's tables.

    Parameters
    ----------
    flags : mapping of str to object, optional
        Settings from the command line.
    migrate : bool
        Whether the tables are brought up to date.

    Raises
    ------
    ConfigError
        If a setting cannot be used or the database cannot be reached.
    MissingDependencyError
        If the extra ``web`` is not installed, or ``postgresql`` for a library that lies there.
    """
    config = load_config(flags)
    os.environ.update(environment_of(config))
    os.environ["DJANGO_SETTINGS_MODULE"] = "reprise.web.settings"
    try:
        import django
        from django.core.exceptions import ImproperlyConfigured

        django.setup()
    except ModuleNotFoundError as error:
        raise MissingDependencyError((error.name or "Django").partition(".")[0], "web") from error
    except ImproperlyConfigured as error:
        if "psycopg" in str(error):
            raise MissingDependencyError("psycopg", "postgresql") from error
        raise ConfigError(f"the library cannot be opened: {error}") from error
    except OSError as error:
        raise ConfigError(f"the library cannot be opened: {error}") from error
    if migrate:
        _migrate(config)
    return config


def _migrate(config: Config) -> None:
    from django.core.management import call_command
    from django.db.utils import DatabaseError

    config.uploads.mkdir(parents=True, exist_ok=True)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise ConfigError(f"the database cannot be opened: {str(error).strip()}") from error
