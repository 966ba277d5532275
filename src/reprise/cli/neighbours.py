"""``reprise neighbours``: learn what another music server calls the songs of the library."""

from __future__ import annotations

from pathlib import Path

import click

from reprise.cli.library_options import library_options, open_library

__all__ = ["command", "neighbours"]

_BY = {"musicbrainz_id": "MusicBrainz", "isrc": "ISRC", "path": "path", "title": "title and artist"}


@click.command()
@click.argument("url")
@click.option("--user", metavar="NAME", help="Who you are there.")
@click.option(
    "--password", metavar="TEXT", envvar="REPRISE_NEIGHBOUR_PASSWORD",
    help="Asked for if it is neither given nor in the environment as REPRISE_NEIGHBOUR_PASSWORD.",
)  # fmt: skip
@click.option(
    "--api-key", metavar="TEXT", envvar="REPRISE_NEIGHBOUR_API_KEY",
    help="Instead of name and password; also REPRISE_NEIGHBOUR_API_KEY.",
)  # fmt: skip
@library_options
def neighbours(
    url: str,
    user: str | None,
    password: str | None,
    api_key: str | None,
    data: Path | None,
    database: str | None,
) -> None:
    """Learn from the music server at URL, Navidrome or another that speaks Subsonic, what it calls these songs.

    What was learnt before is replaced.
    """
    open_library(data, database)
    from reprise.web.library.neighbour_ids import learn_ids
    from reprise.web.library.subsonic_client import list_songs

    if not api_key:
        user = user or click.prompt("User")
        password = password or click.prompt("Password", hide_input=True)
    made = learn_ids(list_songs(url, user=user or "", password=password or "", api_key=api_key or ""))
    how = "".join(f", {count:,} by {_BY[name]}" for name, count in made.by.items())
    click.echo(f"{made.matched:,} of its {made.songs:,} songs are here{how}; {made.artists:,} artists")


command = neighbours
