"""Users, for the owner."""

from __future__ import annotations

from typing import Annotated, Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from ninja import Path, Query, Router

from reprise.web.api.auth import require_owner
from reprise.web.api.schemas import Page
from reprise.web.api.schemas_installation import UserChange, UserIn, UserOut
from reprise.web.api.shapes import page
from reprise.web.library import accounts

router = Router(tags=["users"])

UserId = Annotated[int, Path(ge=1, le=2**63 - 1)]


def user_out(user: User) -> dict[str, Any]:
    """Return a user as `schemas.UserOut` has it."""
    return {
        "id": user.pk,
        "name": user.username,
        "role": "owner" if user.is_superuser else "guest",
        "is_active": user.is_active,
        "last_login": user.last_login,
    }


@router.get("/users", response=Page[UserOut])
def list_users(
    request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=10_000_000)
) -> Any:
    """List everybody who may log in. For the owner."""
    require_owner(request)
    return page(User.objects.order_by("username"), limit, offset, user_out)


@router.post("/users", response={201: UserOut})
def add_user(request: HttpRequest, data: UserIn) -> Any:
    """Add a user. For the owner."""
    require_owner(request)
    return 201, user_out(accounts.add_user(data.name, data.password, data.role))


@router.patch("/users/{user_id}", response=UserOut)
def change_user(request: HttpRequest, user_id: UserId, data: UserChange) -> Any:
    """Change a user's password or role, or shut the user out, which ends all sessions and tokens. For the owner."""
    require_owner(request)
    try:
        user = accounts.change_user(user_id, password=data.password, role=data.role, is_active=data.is_active)
    except User.DoesNotExist:
        raise Http404 from None
    return user_out(user)


@router.delete("/users/{user_id}", response={204: None})
def remove_user(request: HttpRequest, user_id: UserId) -> Any:
    """Remove a user with all tokens and playlists; the tracks stay. For the owner."""
    require_owner(request)
    try:
        accounts.remove_user(user_id)
    except User.DoesNotExist:
        raise Http404 from None
    return 204, None
