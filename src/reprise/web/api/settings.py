"""What the owner has switched, and how this installation is set up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from ninja import Router

from reprise._version import __version__
from reprise.models.chosen import chosen_name
from reprise.web.api.auth import is_owner, require_owner
from reprise.web.api.schemas_installation import SettingsIn, SettingsOut
from reprise.web.library.preferences import preference, set_preference

router = Router(tags=["settings"])


def _settings(request: HttpRequest) -> dict[str, Any]:
    config = settings.CONFIG
    return {
        "online_search": preference("online_search"),
        "version": __version__,
        "model": chosen_name() or "default",
        "database": connection.vendor,
        "data_folder": str(config.data) if is_owner(request.user) else None,
        "max_upload_mb": config.max_upload_mb,
    }


@router.get("/settings", response=SettingsOut)
def show_settings(request: HttpRequest) -> Any:
    """Show the settings; where the data lie only the owner sees."""
    return _settings(request)


@router.patch("/settings", response=SettingsOut)
def change_settings(request: HttpRequest, data: SettingsIn) -> Any:
    """Change settings. For the owner."""
    require_owner(request)
    if data.online_search is not None:
        set_preference("online_search", data.online_search)
    return _settings(request)
