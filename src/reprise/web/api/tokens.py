"""A user's own tokens: keys for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from reprise.web.api.schemas import Page
from reprise.web.api.schemas_installation import NewToken, TokenIn, TokenOut
from reprise.web.api.shapes import page
from reprise.web.library.accounts import new_token
from reprise.web.library.models import Token

router = Router(tags=["tokens"])


def _token_out(token: Token) -> dict[str, Any]:
    return {
        "id": token.public_id,
        "name": token.name,
        "created_at": token.created_at,
        "used_at": token.used_at,
        "expires_at": token.expires_at,
    }


@router.get("/tokens", response=Page[TokenOut])
def list_tokens(
    request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=10_000_000)
) -> Any:
    """List your tokens, the newest first; the secrets themselves are not kept."""
    return page(Token.objects.filter(user=request.user).order_by("-id"), limit, offset, _token_out)


@router.post("/tokens", response={201: NewToken})
def add_token(request: HttpRequest, data: TokenIn) -> Any:
    """Make a token. It is shown this once."""
    token, secret = new_token(request.user, data.name, data.days)
    return 201, _token_out(token) | {"token": secret}


@router.delete("/tokens/{token_id}", response={204: None})
def remove_token(request: HttpRequest, token_id: str) -> Any:
    """Make one of your tokens worthless."""
    get_object_or_404(Token, public_id=token_id, user=request.user).delete()
    return 204, None
