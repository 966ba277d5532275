"""Users and their tokens: who there is, what they may become, and that an owner always remains."""

from __future__ import annotations

import copy
import hashlib
import secrets
import time
from datetime import timedelta
from typing import Any, Literal

from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from reprise.errors import ParameterError
from reprise.web.library.models import AccessToken, ApiClient, Token

__all__ = [
    "Role",
    "add_user",
    "change_user",
    "digest_of",
    "end_access",
    "find_token",
    "find_user",
    "forget_local_owner",
    "local_owner",
    "login_is_possible",
    "new_token",
    "note_use",
    "remove_user",
    "set_password",
]

Role = Literal["owner", "guest"]

_USED_EVERY = timedelta(minutes=1)

_LOCAL_OWNER = "owner"
_TOKEN_BYTES = 32
_REMEMBERED_S = 2.0
_remembered: dict[str, tuple[User, float]] = {}


def digest_of(token: str) -> str:
    """Return what is kept of a token; it is random enough to need no salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def find_user(name: str) -> User:
    """Return the user of this name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist:
        raise ParameterError(f"there is no user {name!r}") from None


def local_owner() -> User:
    """Return the owner of a library that is used on this machine alone; made when first asked for.

    Every request asks, so the answer is remembered for a moment: another process may change who it is.
    """
    known = _remembered.get("owner")
    if known is None or time.monotonic() - known[1] > _REMEMBERED_S:
        known = _remembered["owner"] = (_ask_for_local_owner(), time.monotonic())
    return copy.copy(known[0])


def forget_local_owner(**_: Any) -> None:
    """Ask anew the next time."""
    _remembered.clear()


post_save.connect(forget_local_owner, sender=User, dispatch_uid="reprise-local-owner")
post_delete.connect(forget_local_owner, sender=User, dispatch_uid="reprise-local-owner")


def _ask_for_local_owner() -> User:
    owner = User.objects.filter(is_superuser=True, is_active=True).order_by("id").first()
    if owner is not None:
        return owner
    owner, is_new = User.objects.get_or_create(username=_LOCAL_OWNER, defaults={"is_superuser": True})
    if is_new:
        owner.set_unusable_password()
        owner.save()
    return owner if owner.is_superuser and owner.is_active else _another_owner()


def _another_owner() -> User:
    """Make an owner where a guest already bears the name."""
    owner = User(username=f"{_LOCAL_OWNER}-{secrets.token_hex(4)}", is_superuser=True)
    owner.set_unusable_password()
    owner.save()
    return owner


def login_is_possible() -> bool:
    """Whether there is an owner with a password, without whom a public server is of no use."""
    owners = User.objects.filter(is_superuser=True, is_active=True)
    return any(is_password_usable(password) for password in owners.values_list("password", flat=True))


def add_user(name: str, password: str, role: Role = "guest") -> User:
    """Add a user.

    Parameters
    ----------
    name : str
        At most 100 characters, none of them white space or a control character.
    password : str
        At least 10 characters, and not among those that everybody tries first.
    role : {"owner", "guest"}

    Raises
    ------
    ParameterError
        If the name is taken or either cannot be used.
    """
    if not 1 <= len(name) <= 100 or not all(c.isprintable() and not c.isspace() for c in name):
        raise ParameterError("name: 1 to 100 printable characters without spaces")
    user = User(username=name, is_superuser=role == "owner")
    _check_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            if User.objects.filter(username__iexact=name).exists():
                raise ParameterError(f"name: {name!r} is taken")
            user.save()
    except IntegrityError:
        raise ParameterError(f"name: {name!r} is taken") from None
    return user


def set_password(user: User, password: str) -> None:
    """Give a user another password, which ends the sessions that began with the old one.

    Raises
    ------
    ParameterError
        If it is too short or too common.
    """
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])


def change_user(
    user_id: int, *, password: str | None = None, role: Role | None = None, is_active: bool | None = None
) -> User:
    """Change a user; ``None`` leaves a thing as it is. Who is shut out loses sessions and tokens at once.

    Raises
    ------
    ParameterError
        If the password cannot be used, or no owner would remain.
    User.DoesNotExist
        If there is no such user.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        if role == "guest" or is_active is False:
            _require_another_owner(user)
        if role is not None:
            user.is_superuser = role == "owner"
        if is_active is not None:
            user.is_active = is_active
        user.save(update_fields=["is_superuser", "is_active"])
        if password is not None:
            set_password(user, password)
        if is_active is False:
            end_access(user)
    return user


def remove_user(user_id: int) -> None:
    """Remove a user with sessions, tokens, jobs and playlists; the tracks stay.

    Raises
    ------
    ParameterError
        If no owner would remain.
    User.DoesNotExist
        If there is no such user.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        _require_another_owner(user)
        end_access(user)
        user.delete()


def end_access(user: User) -> None:
    """End every session of a user and make every token worthless."""
    Token.objects.filter(user=user).delete()
    AccessToken.objects.filter(user=user).delete()
    number = str(user.pk)
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == number:
            session.delete()


def new_token(user: User, name: str, days: int | None = None) -> tuple[Token, str]:
    """Make a token for a program.

    Parameters
    ----------
    user : User
    name : str
        What it is for.
    days : int, optional
        How long it is good for; ``None`` for ever.

    Returns
    -------
    tuple of Token and str
        The row, and the token itself, of which only a hash is kept.
    """
    secret = f"rp_{secrets.token_urlsafe(_TOKEN_BYTES)}"
    expires = timezone.now() + timedelta(days=days) if days else None
    return Token.objects.create(user=user, name=name, digest=digest_of(secret), expires_at=expires), secret


def find_token(secret: str) -> Token | None:
    """Return a program's token with its user; ``None`` if it is none, has expired or its user is shut out."""
    found = Token.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if found is None or not found.user.is_active:
        return None
    return None if found.expires_at and found.expires_at < timezone.now() else found


def note_use(key: Token | ApiClient) -> None:
    """Note that a token or a client was used; to the minute, so that not every request writes."""
    now = timezone.now()
    if key.used_at is None or now - key.used_at > _USED_EVERY:
        type(key).objects.filter(pk=key.pk).update(used_at=now)


def _require_another_owner(user: User) -> None:
    """Refuse what would leave nobody to run the library. Locks the owners, so that two cannot go at once."""
    from django.conf import settings

    if not (user.is_superuser and user.is_active):
        return
    others: list[Any] = list(
        User.objects.select_for_update().filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    )
    if settings.CONFIG.public:
        others = [other for other in others if other.has_usable_password()]
    if not others:
        raise ParameterError("this is the last owner; make somebody else an owner first")


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ParameterError(f"password: {' '.join(error.messages)}") from None
