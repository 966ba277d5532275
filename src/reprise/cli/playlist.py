"""``reprise playlist``: lists of tracks, by hand or by a rule, and as M3U8 files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reprise.cli.library_options import library_options, open_library
from reprise.cli.text import printable

__all__ = ["command", "playlist"]


@click.group()
def playlist() -> None:
    """Make playlists, write them as M3U8 files and read such files in."""


command = playlist


@playlist.command(name="list")
@library_options
def list_(data: Path | None, database: str | None) -> None:
    """List all playlists."""
    open_library(data, database)
    from reprise.web.library.playlists import listed, sums

    for each in listed():
        total, duration_ms = sums(each)
        rule = f"  ({each.rule['q'] or 'everything'})" if each.rule else ""
        click.echo(f"{printable(each.name)}  {total:,} tracks, {duration_ms // 60_000} min{printable(rule)}")


@playlist.command()
@click.argument("name")
@click.argument("files", nargs=-1, type=click.Path(path_type=str))
@click.option(
    "--query", metavar="QUERY", help="A rule: the playlist holds what this finds, asked anew each time."
)
@click.option("--sort", default="", metavar="FIELD", help="Order of a rule, such as energy or -year.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, metavar="N",
              help="How many tracks a rule holds at most.")  # fmt: skip
@library_options
def create(  # noqa: PLR0913 (one an option)
    name: str, files: tuple[str, ...], query: str | None, sort: str, limit: int,
    data: Path | None, database: str | None,
) -> None:  # fmt: skip
    """Make a playlist NAME of FILES of the library, or by a rule."""
    if (query is None) == (not files):
        raise click.UsageError("name files, or give a rule with --query")
    open_library(data, database)
    from django.db import transaction

    from reprise.web.library.playlists import create_playlist, set_tracks

    with transaction.atomic():
        rule = None if query is None else {"q": query, "sort": sort, "limit": limit}
        made = create_playlist(_owner(), name, rule=rule)
        if files:
            set_tracks(made, [_track(file) for file in files])


@playlist.command()
@click.argument("name")
@library_options
def delete(name: str, data: Path | None, database: str | None) -> None:
    """Remove a playlist; its tracks stay."""
    open_library(data, database)
    _named(name).delete()


@playlist.command()
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE even if it is no playlist.")
@library_options
def export(name: str, file: Path, force: bool, data: Path | None, database: str | None) -> None:
    """Write a playlist to FILE as M3U8, with paths relative to it; tracks whose files are missing are left out."""
    open_library(data, database)
    from reprise.web.library.m3u import write_m3u
    from reprise.web.library.playlists import tracks_of

    tracks = list(tracks_of(_named(name)))
    write_m3u(file, name, tracks, replace=force)
    there = sum(track.missing_since is None for track in tracks)
    click.echo(f"{there:,} tracks written to {printable(str(file))}" + _left_out(len(tracks) - there))


@playlist.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="Default: the one that the file says, or its own.")
@library_options
def import_(file: Path, name: str | None, data: Path | None, database: str | None) -> int:
    """Read an M3U or M3U8 file; tracks are found by path, else by artist and title."""
    open_library(data, database)
    from django.db import transaction

    from reprise.web.library.m3u import read_m3u
    from reprise.web.library.playlists import create_playlist, set_tracks

    found = read_m3u(file)
    for entry in found.unknown[:20]:
        click.echo(f"not in the library: {printable(entry)}", err=True)
    if not found.tracks:
        click.echo("Nothing in it is in the library; no playlist was made.", err=True)
        return 1
    with transaction.atomic():
        made = create_playlist(_owner(), name or found.name)
        set_tracks(made, [track.public_id for track in found.tracks])
    click.echo(f"{printable(made.name)}: {len(found.tracks):,} tracks" + _left_out(len(found.unknown)))
    return int(bool(found.unknown))


def _left_out(count: int) -> str:
    return f", {count:,} left out" if count else ""


def _owner() -> Any:
    from reprise.web.library.accounts import local_owner

    return local_owner()


def _named(name: str) -> Any:
    from reprise.errors import UnknownNameError
    from reprise.web.library.playlists import listed

    found = list(listed().filter(name=name)[:2])
    if not found:
        raise UnknownNameError("playlist", name, listed().values_list("name", flat=True)[:1000])
    if len(found) > 1:
        raise click.UsageError(
            f"there are several playlists {printable(name)!r}; rename one in the application"
        )
    return found[0]


def _track(file: str) -> str:
    import os

    from reprise.errors import ParameterError
    from reprise.web.library.models import Track
    from reprise.web.library.paths import stored_path

    path = stored_path(os.path.realpath(file))
    found = Track.objects.filter(path=path).values_list("public_id", flat=True).first()
    if found is None:
        raise ParameterError(f"{file} is not in the library; add its folder with `reprise scan` first")
    return str(found)
