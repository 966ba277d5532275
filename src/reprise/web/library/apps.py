"""The Django application ``library``."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["LibraryConfig"]


class LibraryConfig(AppConfig):
    """Tables, tasks and services of the library."""

    name = "reprise.web.library"
    label = "library"
