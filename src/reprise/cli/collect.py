"""``reprise collect``: fill a data set from providers and local copies, bring tables in and out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reprise.collect.base import Pace
    from reprise.datasets.store import Store

__all__ = ["collect", "command"]

_PATH = click.Path(path_type=Path)


def _store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--store", "store_path", type=_PATH, default=Path("songs.sqlite"), show_default=True,
        help="The data set: one SQLite file, made if it is not there.",
    )(function)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class _Network:
    """How a provider is asked."""

    base_url: str | None
    max_errors: int
    rate: int | None

    @property
    def pace(self) -> Pace:
        from reprise.collect.base import Pace

        return Pace(limit=self.rate, max_errors=self.max_errors)


def _network_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of all that ask a provider; it receives them as one `network`."""

    @functools.wraps(function)
    def with_network(base_url: str | None, max_errors: int, rate: int | None, **others: Any) -> Any:
        return function(network=_Network(base_url=base_url, max_errors=max_errors, rate=rate), **others)

    variable = f"REPRISE_{function.__name__.upper()}_URL"
    command: Callable[..., Any] = with_network
    for option in (
        click.option(
            "--base-url", envvar=variable, help=f"Another server that speaks the same language; or by {variable}."
        ),
        click.option(
            "--max-errors", type=click.IntRange(1), default=12, show_default=True,
            help="Stop after so many failed attempts in a row.",
        ),
        click.option("--rate", type=click.IntRange(1), help="Requests in any 30 s; else the provider's own."),
    ):  # fmt: skip
        command = option(command)
    return _store_option(command)


def _open(path: Path) -> Store:
    from reprise.datasets.store import Store

    return Store(path)


def _lines(path: Path | None) -> list[str]:
    """The lines of a file that are neither empty nor comments."""
    if path is None:
        return []
    text = path.read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@click.group()
def collect() -> None:
    """Collect features, genres and previews of songs into a data set.

    Every run goes on where the one before it stopped, killed or not: what was answered is not asked again.
    Keys come from the environment (SPOTIPY_CLIENT_ID, SPOTIPY_CLIENT_SECRET, LASTFM_API_KEY) and are stored
    nowhere.
    """


command = collect


@collect.command()
@_network_options
@click.option("--page-size", type=click.IntRange(1, 50), default=50, show_default=True,
              help="For search: results a page; apps in development mode get no more than 10.")  # fmt: skip
@click.option("--token-url", help="Another server for access tokens.")
@click.option("--accept-spotify-policy", is_flag=True,
              help="I have read Spotify's Developer Policy, whose section III.14 forbids training models on"
                   " its content; my use is allowed.")  # fmt: skip
@click.option("--genre", "genres", multiple=True, help="A genre; repeat. AudioFiler's 26 if none is given.")
@click.option("--genres-from", type=_PATH, help="A file with one genre a line.")
@click.option("--total", type=click.IntRange(1), default=20_000, show_default=True,
              help="For search: how many songs, spread over the genres.")  # fmt: skip
@click.option("--sweep", "sweeps", multiple=True, metavar="FEATURE",
              help="For recommendations: a feature whose range is covered; repeat.")  # fmt: skip
@click.option(
    "--step", type=float, default=0.005, show_default=True, help="The sweep's step, 0.005 or 0.001, say."
)
@click.option("--artists", type=click.IntRange(1, 1000), default=20, show_default=True,
              help="For top: how many artists of each genre.")  # fmt: skip
@click.option("--playlist", "playlists", multiple=True, help="For playlists: an id or address; repeat.")
@click.option("--country", default="US", show_default=True, help="Whose top tracks.")
@click.argument(
    "what", type=click.Choice(["search", "recommendations", "top", "playlists", "features", "popularity"])
)
def spotify(what: str, store_path: Path, network: _Network, **options: Any) -> None:
    """Ask Spotify, with an app that still has access: songs by genre, sweeps, top tracks, features.

    WHAT is one of: search (songs by genre), recommendations (sweeps over features), top (top artists of
    genres and their top tracks), playlists (their artists, related artists, and everyone's top tracks),
    features (the audio features of all songs found, a hundred at a time; songs without all of them are left
    out), popularity.
    """
    from reprise.collect.spotify import API_URL, TOKEN_URL, SpotifyCollector, SpotifyService

    arguments = {name: value for name, value in options.items() if not name.endswith("url")} | {"what": what}
    genres = [*options["genres"], *_lines(options["genres_from"])]
    with _open(store_path) as store:
        collector = SpotifyCollector(
            store,
            accept_policy=options["accept_spotify_policy"],
            arguments=arguments,
            pace=network.pace,
            service=SpotifyService(
                api_url=network.base_url or API_URL,
                token_url=options["token_url"] or TOKEN_URL,
                page_size=options["page_size"],
            ),
        )
        with collector:
            if what == "search":
                collector.by_genre(genres or _audiofiler_genres(), options["total"])
            elif what == "recommendations":
                for feature in options["sweeps"] or ("danceability",):
                    collector.sweep(feature, options["step"], genres=genres or ["pop"])
            elif what == "top":
                collector.top_of_genres(
                    genres or _audiofiler_genres(), options["artists"], options["country"]
                )
            elif what == "playlists":
                collector.from_playlists(options["playlists"], options["country"])
            elif what == "features":
                collector.audio_features()
            else:
                collector.popularity()
        click.echo(collector.tally)


def _audiofiler_genres() -> list[str]:
    from reprise.collect.million_song import read_genres

    return list(dict.fromkeys(genre.lower() for genre in read_genres().values()))


@collect.command()
@_network_options
def reccobeats(store_path: Path, network: _Network) -> None:
    """Ask ReccoBeats for the audio features of stored songs, by their Spotify ids."""
    from reprise.collect.reccobeats import API_URL, collect_features

    with _open(store_path) as store:
        click.echo(collect_features(store, pace=network.pace, api_url=network.base_url or API_URL))


@collect.command()
@_network_options
@click.option("--limit", type=click.IntRange(1), default=300, show_default=True, help="Songs of each query.")
@click.option("--genre", help="A label for all that is found.")
@click.argument("queries", nargs=-1)
def deezer(
    queries: tuple[str, ...], limit: int, genre: str | None, store_path: Path, network: _Network
) -> None:
    """Search Deezer for QUERIES; without any, look up previews of the stored songs that have none."""
    from reprise.collect import deezer as provider

    url, pace = network.base_url or provider.API_URL, network.pace
    with _open(store_path) as store:
        if queries:
            click.echo(provider.search(store, queries, per_query=limit, genre=genre, pace=pace, api_url=url))
        else:
            click.echo(provider.match(store, pace=pace, api_url=url))


@collect.command()
@_network_options
@click.option(
    "--limit", type=click.IntRange(1, 200), default=200, show_default=True, help="Songs of each term."
)
@click.option("--country", default="US", show_default=True, help="Whose store, two letters.")
@click.argument("terms", nargs=-1)
def itunes(terms: tuple[str, ...], limit: int, country: str, store_path: Path, network: _Network) -> None:
    """Search the iTunes store for TERMS; without any, look up previews of the stored songs that have none."""
    from reprise.collect import itunes as provider

    url, pace = network.base_url or provider.API_URL, network.pace
    with _open(store_path) as store:
        if terms:
            click.echo(provider.search(store, terms, limit=limit, country=country, pace=pace, api_url=url))
        else:
            click.echo(provider.match(store, country=country, pace=pace, api_url=url))


@collect.command()
@_network_options
@click.option("--limit", type=click.IntRange(1), default=500, show_default=True, help="Songs of each tag.")
@click.argument("tags", nargs=-1)
def lastfm(tags: tuple[str, ...], limit: int, store_path: Path, network: _Network) -> None:
    """Collect the top tracks of TAGS from Last.fm; without any, the tags of the stored songs."""
    from reprise.collect import lastfm as provider

    url, pace = network.base_url or provider.API_URL, network.pace
    with _open(store_path) as store:
        if tags:
            click.echo(provider.tracks_by_tag(store, tags, per_tag=limit, pace=pace, api_url=url))
        else:
            click.echo(provider.top_tags(store, pace=pace, api_url=url))


@collect.command()
@_network_options
@click.option("--contact", required=True, help="Your mail or web address; MusicBrainz wants one.")
def musicbrainz(contact: str, store_path: Path, network: _Network) -> None:
    """Find the MusicBrainz recording ids and ISRCs of stored songs."""
    from reprise.collect.musicbrainz import API_URL, collect_identifiers

    url = network.base_url or API_URL
    with _open(store_path) as store:
        click.echo(collect_identifiers(store, contact=contact, pace=network.pace, api_url=url))


@collect.command()
@_store_option
@click.option("--into", "folder", type=_PATH, default="previews", show_default=True, help="Where they go.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=8, show_default=True, help="Downloads at once."
)
@click.option("--rate", type=click.IntRange(1), default=200, show_default=True, help="Requests in any 30 s.")
@click.option("--max-errors", type=click.IntRange(1), default=30, show_default=True,
              help="Stop after so many failures in a row.")  # fmt: skip
@click.option("--allow-private", is_flag=True, envvar="REPRISE_ALLOW_PRIVATE",
              help="From private addresses and any port too: for a server of your own; or by"
                   " REPRISE_ALLOW_PRIVATE=1.")  # fmt: skip
def previews(
    store_path: Path, folder: Path, workers: int, rate: int, max_errors: int, allow_private: bool
) -> None:
    """Download the 30-second previews that are known, in parallel; each is checked to decode."""
    from reprise.collect.base import Pace
    from reprise.collect.previews import Limits, download_previews

    limits = Limits(workers=workers, allow_private=allow_private)
    pace = Pace(limit=rate, max_errors=max_errors)
    with _open(store_path) as store:
        click.echo(download_previews(store, folder, limits=limits, pace=pace))


@collect.command("million-song")
@_store_option
@click.option("--genres", type=_PATH, help="Your own mapping from tags to genres (TOML).")
@click.option("--min-weight", type=click.FloatRange(0, 100), default=0.0, show_default=True,
              help="Tags below this weight are not looked at.")  # fmt: skip
@click.option(
    "--print-genres", is_flag=True, help="Print the mapping that is used, to copy and edit, and end."
)
@click.argument("metadata", type=_PATH, required=False)
@click.argument("tags", type=_PATH, required=False)
def million_song(
    store_path: Path,
    genres: Path | None,
    min_weight: float,
    print_genres: bool,
    metadata: Path | None,
    tags: Path | None,
) -> None:
    """Join the Million Song Dataset's METADATA (track_metadata.db) with Last.fm's TAGS (lastfm_tags.db)."""
    from importlib.resources import files

    from reprise.collect import million_song as provider

    if print_genres:
        click.echo((genres or files("reprise.collect").joinpath("genres.toml")).read_text(encoding="utf-8"))
        return
    if metadata is None or tags is None:
        raise click.UsageError("track_metadata.db and lastfm_tags.db are needed")
    mapping = provider.read_genres(genres)
    with _open(store_path) as store:
        report = provider.collect(store, metadata, tags, genres=mapping, min_weight=min_weight)
    click.echo(report)
    for genre, n in report.genres.most_common():
        click.echo(f"  {n:7d}  {genre}")


@collect.command("folder")
@_store_option
@click.option("--name", default="folder", show_default=True, help="What the collection is called.")
@click.option("--licence", default="unknown", show_default=True, help="What may be done with it.")
@click.argument("audio", type=_PATH)
@click.argument("table", type=_PATH)
def folder_(store_path: Path, name: str, licence: str, audio: Path, table: Path) -> None:
    """Store a folder of AUDIO with a TABLE (CSV) of labels: path, title, artist, genre, features."""
    from reprise.collect import folder as provider

    with _open(store_path) as store:
        click.echo(provider.collect(store, audio, table, name=name, licence=licence))


@collect.command()
@_store_option
@click.option("--download", "archives", multiple=True, metavar="NAME",
              help="First fetch fma_metadata, fma_small ... and check its SHA-1; repeat.")  # fmt: skip
@click.option("--audio", help="Which audio in FOLDER: fma_small, fma_medium, fma_large or fma_full.")
@click.option("--with-features", is_flag=True, help="Also the 518 librosa features of features.csv.")
@click.option("--base-url", help="A mirror of the archives.")
@click.argument("folder", type=_PATH)
def fma(
    store_path: Path,
    archives: tuple[str, ...],
    audio: str | None,
    with_features: bool,
    base_url: str | None,
    folder: Path,
) -> None:
    """Read the Free Music Archive data set from FOLDER, which holds fma_metadata."""
    from reprise.collect import fma as provider
    from reprise.collect.fma_files import BASE_URL, download, unpack

    for name in archives:
        unpack(download(name, folder, base_url=base_url or BASE_URL), folder)
    with _open(store_path) as store:
        click.echo(
            provider.collect(
                store,
                folder / "fma_metadata",
                audio=folder / audio if audio else None,
                with_features=with_features,
            )
        )


@collect.command()
@_store_option
def status(store_path: Path) -> None:
    """Say what is in the data set, and how its last runs ended."""
    if not store_path.is_file():
        raise click.UsageError(f"there is no data set {store_path}")
    with _open(store_path) as store:
        for name, n in store.summary().items():
            click.echo(f"{n:9d}  {name}")
        runs = "SELECT started_at, provider, status, message FROM runs ORDER BY id DESC LIMIT 10"
        for started_at, provider, ended, message in store.select(runs):
            click.echo(f"{started_at}  {provider}: {ended}{f' ({message})' if message else ''}")


@collect.command("import")
@_store_option
@click.option("--catalogue", default="spotify", show_default=True, help="Whose ids the table has.")
@click.option("--provider", default="table", show_default=True, help="Who the values come from.")
@click.option("--licence", default="unknown", show_default=True, help="What may be done with them.")
@click.argument("table", type=_PATH)
def import_(store_path: Path, catalogue: str, provider: str, licence: str, table: Path) -> None:
    """Read a TABLE of songs (CSV or Parquet) into the data set."""
    from reprise.datasets.exchange import import_table

    with _open(store_path) as store:
        report = import_table(store, table, catalogue=catalogue, provider=provider, licence=licence)
    click.echo(
        f"{report.placed} of {report.rows} rows stored; {report.without_id} without an id, {report.ragged}"
        f" with too many or too few cells, {report.bad_values} cells that are no finite number"
    )


@collect.command("export")
@_store_option
@click.option("--view", default="tracks_features", show_default=True, help="tracks_features or tracks_data.")
@click.option(
    "--per-feature", is_flag=True, help="OUTPUT is a folder; it receives one table per audio feature."
)
@click.option("--raw", is_flag=True, help="Do not guard text in CSV against being run as a formula.")
@click.argument("output", type=_PATH)
def export_(store_path: Path, view: str, per_feature: bool, raw: bool, output: Path) -> None:
    """Write the data set to OUTPUT (CSV or Parquet): id, name, artist, the twelve features, preview_url."""
    from reprise.datasets.exchange import export_per_feature, export_table

    with _open(store_path) as store:
        if per_feature:
            for name, n in export_per_feature(store, output, raw=raw).items():
                click.echo(f"{n} rows in {output / name}.csv")
        else:
            click.echo(f"{export_table(store, view, output, raw=raw)} rows in {output}")
