"""``reprise library``: how it is, and how it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from reprise.cli.library_options import library_options, open_library
from reprise.cli.text import printable

__all__ = ["command", "library"]

_PATH = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def library() -> None:
    """Say how the library is, back it up, restore, export and import it, forget folders."""


command = library


@library.command()
@library_options
def status(data: Path | None, database: str | None) -> None:
    """Say what is in the library and what is being done."""
    config = open_library(data, database)
    from django.db import connection

    from reprise.web.library.liveness import alive_workers
    from reprise.web.library.models import Folder, Playlist, Track
    from reprise.web.library.paths import shown_path
    from reprise.web.library.queueing import waiting_of
    from reprise.web.library.tasks import analyse_track

    kind = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    click.echo(f"{kind}, data in {printable(str(config.data))}")
    there = Track.objects.filter(missing_since=None)
    counts = {state: there.filter(status=state).count() for state in Track.Status.values}
    missing = Track.objects.exclude(missing_since=None).count()
    said = ", ".join(f"{count:,} {state}" for state, count in counts.items())
    click.echo(
        f"{there.count():,} tracks: {said}; {missing:,} missing; {Playlist.objects.count():,} playlists"
    )
    click.echo(f"{waiting_of(analyse_track):,} wait for analysis, {alive_workers():,} workers are running")
    for folder in Folder.objects.order_by("path"):
        when = f"{folder.scanned_at:%Y-%m-%d %H:%M} UTC" if folder.scanned_at else "never to its end"
        count = folder.tracks.filter(missing_since=None).count()
        click.echo(f"{printable(shown_path(folder.path))}: {count:,} tracks, scanned {when}")


@library.command()
@click.argument("file", type=_PATH)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@library_options
def backup(file: Path, force: bool, data: Path | None, database: str | None) -> None:
    """Write everything into FILE while the library is in use: all but the music in scanned folders.

    It holds the hashes of passwords and tokens; only you may read it.
    """
    open_library(data, database)
    from reprise.web.library.keeping.backup import backup as write

    kept = write(file, replace=force)
    lost = f", {kept.lost:,} were gone" if kept.lost else ""
    click.echo(f"{kept.tracks:,} tracks and {kept.files:,} uploaded files{lost}: {printable(str(file))}")


@library.command()
@click.argument("file", type=_THERE)
@click.option("--force", is_flag=True, help="Replace a library that is not empty.")
@library_options
def restore(file: Path, force: bool, data: Path | None, database: str | None) -> None:
    """Make the library what the backup FILE holds, whole or not at all. Stop the server first."""
    open_library(data, database)
    from reprise.web.library.keeping.backup import restore as read

    kept = read(file, replace=force)
    click.echo(f"{kept.tracks:,} tracks and {kept.files:,} uploaded files are back.")


@library.command()
@click.argument("file", type=_PATH)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@library_options
def export(file: Path, force: bool, data: Path | None, database: str | None) -> None:
    """Write tracks, playlists and corrections to FILE for other libraries, or tracks as a table by its extension."""
    open_library(data, database)
    from reprise.cli.formats import EXTENSIONS
    from reprise.web.library.keeping.exchange import export_library

    form = EXTENSIONS.get(file.suffix.lower())
    if form == "table":
        raise click.UsageError("a table is for reading; name a .csv, .parquet, .json or .jsonl file")
    if form is not None:
        click.echo(f"{_export_table(file, form, force):,} tracks written to {printable(str(file))}")
        return
    made = export_library(file, replace=force)
    click.echo(
        f"{made.tracks:,} tracks, {made.analyses:,} of them analysed, {made.playlists:,} playlists and"
        f" {made.corrections:,} corrections written to {printable(str(file))}"
    )


@library.command(name="import")
@click.argument("file", type=_THERE)
@library_options
def import_(file: Path, data: Path | None, database: str | None) -> None:
    """Take in the tracks, playlists and corrections of an export; what is there already stays as it is."""
    open_library(data, database)
    from reprise.web.library.accounts import local_owner
    from reprise.web.library.keeping.exchange import import_library

    made = import_library(file, local_owner())
    click.echo(
        f"{made.tracks:,} tracks taken in, {made.analyses:,} of them analysed, {made.playlists:,} playlists and"
        f" {made.corrections:,} corrections; {made.known:,} tracks were known"
    )


@library.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=str))
@library_options
def forget(folder: str, data: Path | None, database: str | None) -> None:
    """Take a scanned folder and its tracks out of the library; the files stay."""
    open_library(data, database)
    from reprise.errors import UnknownNameError
    from reprise.web.library.models import Folder
    from reprise.web.library.paths import shown_path, stored_path
    from reprise.web.library.scan import folder_above, remove_folder

    known = folder_above(folder)
    if known is None or known[0].path != stored_path(known[1]):
        names = Folder.objects.order_by("path").values_list("path", flat=True)
        raise UnknownNameError("folder", folder, map(shown_path, names))
    count = remove_folder(known[0])
    click.echo(f"{count:,} tracks forgotten; no file was touched.")


def _export_table(file: Path, form: str, force: bool) -> int:
    from reprise.cli.columns import OPTIONAL
    from reprise.cli.formats import open_writer
    from reprise.web.library.keeping.archive import whole_file

    count = 0
    with whole_file(file, replace=force) as stream:
        writer = open_writer(form, stream, optional=OPTIONAL - {"waveform"})
        for record in _records():
            writer.write(record)
            count += 1
        writer.close()
    return count


def _records() -> Iterator[dict[str, Any]]:
    """Yield the records of all analysed tracks, with the paths and names that they have now."""
    from reprise.web.library.keeping.exchange import full_record
    from reprise.web.library.models import Analysis, Track
    from reprise.web.library.paths import real_path

    found = Analysis.objects.filter(track__status=Track.Status.ANALYSED).select_related("track__artist")
    for analysis in found.order_by("pk").iterator(chunk_size=200):
        track = analysis.track
        record = full_record(analysis)
        record.pop("waveform", None)
        yield {
            **record,
            "path": real_path(track.path),
            "title": track.title,
            "artist": track.artist and track.artist.name,
        }
