"""``reprise user``: who may come to the library, and keys for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reprise.cli.library_options import library_options, open_library
from reprise.cli.text import printable

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = ["command"]

_MOST = 10_000


@click.group(name="user")
def command() -> None:
    """Say who may come to a public server.

    The first one to add is an owner: `reprise user add NAME --owner`. Guests read, bring in files and correct.
    """


def _password_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--password-stdin",
        is_flag=True,
        help="Read the password from standard input, to its first end of line.",
    )(function)


@command.command("add")
@click.argument("name")
@click.option("--owner", is_flag=True, help="May do everything; else a guest.")
@_password_option
@library_options
def add(name: str, data: Path | None, database: str | None, *, owner: bool, password_stdin: bool) -> None:
    """Add a user."""
    open_library(data, database)
    from reprise.web.library.accounts import add_user

    user = add_user(name, _password(password_stdin), "owner" if owner else "guest")
    click.echo(f"{printable(user.username)} is {'an owner' if owner else 'a guest'}", err=True)


@command.command("list")
@library_options
def list_users(data: Path | None, database: str | None) -> None:
    """List everybody, one line a user: name, role, whether shut out, last login."""
    open_library(data, database)
    from django.contrib.auth.models import User

    for user in User.objects.order_by("username"):
        role = "owner" if user.is_superuser else "guest"
        state = "active" if user.is_active else "shut out"
        if not user.has_usable_password():
            state = "no password"
        seen = f"{user.last_login:%Y-%m-%d %H:%M}" if user.last_login else "never"
        click.echo(f"{printable(user.username)}\t{role}\t{state}\t{seen}")


@command.command("remove")
@click.argument("name")
@library_options
def remove(name: str, data: Path | None, database: str | None) -> None:
    """Remove a user with all tokens and playlists; the tracks stay."""
    open_library(data, database)
    from reprise.web.library.accounts import remove_user

    remove_user(_user(name).pk)
    click.echo(f"{printable(name)} is removed", err=True)


@command.command("password")
@click.argument("name")
@_password_option
@library_options
def password(name: str, data: Path | None, database: str | None, *, password_stdin: bool) -> None:
    """Give a user another password, which ends the sessions of browsers."""
    open_library(data, database)
    from reprise.web.library.accounts import set_password

    set_password(_user(name), _password(password_stdin))
    click.echo(f"{printable(name)} has another password", err=True)


@command.command("token")
@click.argument("name")
@click.option("--for", "purpose", default="command line", show_default=True, help="What it is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good. Default: for ever.")
@library_options
def token(name: str, purpose: str, days: int | None, data: Path | None, database: str | None) -> None:
    """Make a token for a program of a user and print it, this once."""
    open_library(data, database)
    from reprise.web.library.accounts import new_token

    click.echo(new_token(_user(name), purpose, days)[1])


def _user(name: str) -> User:
    from reprise.web.library.accounts import find_user

    return find_user(name)


def _password(from_stdin: bool) -> str:
    if not from_stdin:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline(_MOST).rstrip("\r\n")
