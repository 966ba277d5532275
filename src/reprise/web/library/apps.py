"""The Django application ``library``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

__all__ = ["LibraryConfig"]


class LibraryConfig(AppConfig):
    """Tables, tasks and services of the library."""

    name = "reprise.web.library"
    label = "library"

    def ready(self) -> None:
        """Keep the index of search out of the way of migrations, and whole after them."""
        pre_migrate.connect(_before, sender=self, dispatch_uid="library_search")
        post_migrate.connect(_after, sender=self, dispatch_uid="library_search")


def _before(plan: Sequence[object], **about: Any) -> None:
    if not plan:
        return  # a command that finds nothing to do, perhaps beside a server that needs its triggers
    from reprise.web.library.search.text_index import suspend

    suspend()


def _after(**about: Any) -> None:
    from reprise.web.library.search.text_index import ensure

    ensure()
