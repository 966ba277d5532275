"""``reprise client``: programs that speak Spotify's API and may ask for access tokens."""

from __future__ import annotations

from pathlib import Path

import click

from reprise.cli.library_options import library_options, open_library
from reprise.cli.text import printable

__all__ = ["command"]


@click.group(name="client")
def command() -> None:
    """Say which programs may use the API that speaks Spotify's shapes.

    A public server gives access tokens to these alone; one for this machine alone gives them to every program on it.
    """


@command.command("add")
@click.argument("name")
@click.option("--user", help="For whom it acts. Default: nobody; it reads the library and has no playlists.")
@library_options
def add(name: str, user: str | None, data: Path | None, database: str | None) -> None:
    """Add a client and print its id and its secret, this once."""
    open_library(data, database)
    from reprise.web.library.accounts import find_user
    from reprise.web.library.clients import add_client

    client, secret = add_client(name, find_user(user) if user else None)
    click.echo(f"client_id\t{client.public_id}\nclient_secret\t{secret}")


@command.command("list")
@library_options
def list_clients(data: Path | None, database: str | None) -> None:
    """List the clients, one line each: id, name, for whom it acts, last use."""
    open_library(data, database)
    from reprise.web.library.models import ApiClient

    for client in ApiClient.objects.select_related("user").order_by("name"):
        user = printable(client.user.username) if client.user else "nobody"
        used = f"{client.used_at:%Y-%m-%d %H:%M}" if client.used_at else "never"
        click.echo(f"{client.public_id}\t{printable(client.name)}\t{user}\t{used}")


@command.command("remove")
@click.argument("name")
@library_options
def remove(name: str, data: Path | None, database: str | None) -> None:
    """Remove a client by its name or id; its tokens are worthless at once."""
    open_library(data, database)
    from reprise.web.library.clients import remove_client

    remove_client(name)
    click.echo(f"{printable(name)} is removed", err=True)
