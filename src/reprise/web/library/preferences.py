"""What the owner has switched in the application, kept in the database so that every process sees it."""

from __future__ import annotations

from typing import Any

from reprise.errors import ParameterError
from reprise.web.library.models import Setting

__all__ = ["PREFERENCES", "preference", "set_preference"]

PREFERENCES: dict[str, tuple[str, ...]] = {"online_search": ("off", "deezer", "itunes")}
"""Every switch and what it may be; the first is the default."""


def preference(name: str) -> Any:
    """Return how a switch stands."""
    value = Setting.objects.filter(pk=name).values_list("value", flat=True).first()
    return value if value in PREFERENCES[name] else PREFERENCES[name][0]


def set_preference(name: str, value: str) -> None:
    """Turn a switch.

    Raises
    ------
    ParameterError
        If there is no such position.
    """
    if value not in PREFERENCES[name]:
        raise ParameterError(f"{name} is {value!r}; it must be one of {', '.join(PREFERENCES[name])}")
    Setting.objects.update_or_create(pk=name, defaults={"value": value})
