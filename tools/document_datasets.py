"""Clean, describe and split the real tables, and write what comes out into docs/datasets::

    python tools/document_datasets.py [DATA]

DATA holds ``tables`` and ``labels``; by default it is ``shared/data`` beside the checkout. Only figures about whole
tables are written, no row of one.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from reprise.datasets import (
    audiofiler,
    emotify,
    epidemic,
    fma_echonest,
    gtzan,
    panda,
    spotify_genres,
    spotify_tracks,
)
from reprise.datasets.cleaning import Cleaning, clean
from reprise.datasets.describe import summarize, write_pictures
from reprise.datasets.description import Description
from reprise.datasets.exchange import import_table
from reprise.datasets.songs import load_songs
from reprise.datasets.split import PARTS, Splitting, split, split_groups
from reprise.datasets.store import Store
from reprise.targets import EMOTIONS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "datasets"
DATA = ROOT.parent / "shared" / "data"
SHARES = (0.8, 0.1, 0.1)
COMMAND = "python tools/document_datasets.py"


@dataclass(frozen=True, kw_only=True)
class SongTable:
    """A table that goes into a store, and how it is cleaned and split there."""

    page: str
    file: str
    description: Description
    cleaning: Cleaning
    splitting: Splitting
    options: str
    catalogue: str = "spotify"
    provider: str = "spotify"
    stratify: str = ""
    notes: Sequence[str] = field(default=())


SONG_TABLES = (
    SongTable(
        page="spotify-tracks",
        file="spotify_tracks.parquet",
        description=spotify_tracks.DESCRIPTION,
        cleaning=Cleaning(),
        splitting=Splitting(stratify="energy"),
        options="",
        stratify=" --stratify energy",
        notes=("There are no genres and no durations. The split is stratified by the tenths of energy.",),
    ),
    SongTable(
        page="spotify-114-genres",
        file="spotify_tracks_114_genres.parquet",
        description=spotify_genres.DESCRIPTION,
        cleaning=Cleaning(max_overlap=0.5, several_genres="rarest", min_per_genre=200),
        splitting=Splitting(),
        options=" --max-overlap 0.5 --several-genres rarest --min-per-genre 200",
        notes=(
            "The table has 114,000 rows, a thousand a genre, and 89,741 songs: many are in several genres.",
            "With `--all-artists` guests bind 31,646 of the cleaned songs into one group, and a genre is up to 17.6"
            " points off its shares; so the first artist decides, and the guests on two sides are counted.",
        ),
    ),
    SongTable(
        page="fma-echonest",
        file="fma_echonest.csv",
        description=fma_echonest.DESCRIPTION,
        cleaning=Cleaning(complete=False),
        splitting=Splitting(stratify="energy"),
        options=" --incomplete",
        catalogue="fma",
        provider="echonest",
        stratify=" --stratify energy",
        notes=(
            "The table has eight of the twelve features and no artists, so `--incomplete` is needed, and this split"
            " **cannot keep artists apart**: songs of one artist may stand on two sides. Take the artists from"
            " `fma_metadata` (`reprise collect fma`) before you measure on it.",
        ),
    ),
)


def count_of(n: int) -> str:
    """Write a number with its thousands apart."""
    return f"{n:,}"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table of Markdown."""
    lines = [list(header), ["---"] * len(header), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def passport(description: Description) -> str:
    """Write where a table is from and what may be done with it."""
    return f"{description.citation}\n\nLicence: {description.licence}\n"


def song_page(source: SongTable, data: Path, output: Path) -> str:
    """Import, clean, describe and split a table; write the pictures, return the page."""
    with TemporaryDirectory() as folder, Store(Path(folder) / "songs.sqlite") as store:
        origin = {
            "catalogue": source.catalogue,
            "provider": source.provider,
            "licence": source.description.licence,
        }
        imported = import_table(store, data / "tables" / source.file, **origin)
        cleaned = clean(store, source.cleaning)
        songs = load_songs(store, "clean")
        parts = split(store, source.splitting, selection="clean")
        summary = summarize(songs)
        write_pictures(summary, Path(folder) / "pictures")
        drawn = ["histograms", "correlations", *(["genres"] if summary.genres else [])]
        for name in drawn:
            picture = Path(folder) / "pictures" / f"{name}.png"
            (output / f"{source.page}-{name}.png").write_bytes(picture.read_bytes())
    numbers = [
        (
            d.name,
            count_of(d.known),
            *(f"{x:.3f}" for x in (d.mean, d.deviation, d.minimum, d.median, d.maximum)),
        )
        for d in summary.distributions
        if d.known
    ]
    alt = {"histograms": "Histograms of the features", "correlations": "Correlations of the features",
           "genres": "How far the largest genres are from the mean of all songs"}  # fmt: skip
    pictures = "\n\n".join(f"![{alt[name]}]({source.page}-{name}.png)" for name in drawn)
    sizes = sorted(summary.genres.values())
    genres = (
        f" {len(sizes)} genres, of {sizes[0]} to {sizes[-1]} songs; the picture shows the 40 largest."
        if sizes
        else ""
    )
    notes = "".join(f"{note}\n\n" for note in source.notes)
    verdict = "The leak check passed" + ("." if summary.artists else ", which without artists means little.")
    return (
        f"# {source.file}\n\n{passport(source.description)}\nWritten by `{COMMAND}`. The same by hand:\n\n```sh\n"
        f"reprise collect import --catalogue {source.catalogue} --provider {source.provider} {source.file}\n"
        f"reprise dataset clean{source.options}\n"
        "reprise dataset describe --selection clean --output description\n"
        f"reprise dataset split --selection clean{source.stratify}\n```\n\n{notes}"
        f"## Cleaned\n\n{count_of(imported.rows)} rows were read.\n\n```text\n{cleaned}\n```\n\n"
        f"## Described\n\n{count_of(summary.songs)} songs, {count_of(summary.artists)} artists.{genres}\n\n"
        f"{table(('', 'known', 'mean', 'deviation', 'min', 'median', 'max'), numbers)}\n{pictures}\n\n"
        f"## Split\n\n```text\n{parts}\n```\n\n{verdict}\n"
    )


def classes_by_part(classes: Sequence[str], groups: Sequence[object]) -> str:
    """Split clips by groups and write how many of each class are where."""
    names, codes = np.unique(np.array(classes), return_inverse=True)
    group = np.unique(np.array([str(key) for key in groups]), return_inverse=True)[1]
    parts = split_groups(group, codes, SHARES, seed=0)
    rows = [
        (
            name,
            *(count_of(int(np.count_nonzero((codes == i) & (parts == part)))) for part in range(len(PARTS))),
        )
        for i, name in enumerate(names)
    ]
    total = [count_of(int(n)) for n in np.bincount(parts, minlength=len(PARTS))]
    return table(("class", *PARTS), [*rows, ("**all**", *total)])


def audiofiler_section(data: Path) -> str:
    """Write about AudioFiler's training set."""
    whole = audiofiler.load(data / "tables" / "audiofiler_features69.parquet")
    once = audiofiler.clean(whole)
    parts = audiofiler.split(once, seed=0)
    rows = [
        (
            name,
            *(
                count_of(int(np.count_nonzero(once.genres[rows] == i)))
                for rows in (parts.train, parts.validation, parts.test)
            ),
        )
        for i, name in enumerate(audiofiler.GENRES)
    ]
    total = [count_of(len(part)) for part in (parts.train, parts.validation, parts.test)]
    return (
        f"{count_of(len(whole.genres))} rows of 69 features. {count_of(once.copies_dropped)} are left out as copies and"
        f" {count_of(once.conflicting_dropped)} because equal rows name different genres; {count_of(len(once.genres))}"
        f" remain in {count_of(len(np.unique(once.groups)))} groups of near copies. There are no artists, so the split"
        " keeps near copies on one side and no more.\n\n"
        + table(("class", *PARTS), [*rows, ("**all**", *total)])
    )


def gtzan_section(data: Path) -> str:
    """Write about GTZAN's statistics."""
    whole = gtzan.load(data)
    known = whole.artists != ""
    groups = np.where(known, whole.artists, whole.filenames)
    return (
        f"{count_of(len(whole.genres))} excerpts after {whole.n_copies} exact copies were left out;"
        f" {int(whole.identified.sum())} have Spotify's features. {count_of(int(known.sum()))} name one of"
        f" {count_of(len(set(whole.artists[known])))} artists; the others count as"
        " an artist each, so some artists may stand on two sides.\n\n"
        + classes_by_part(whole.genres.tolist(), groups.tolist())
    )


def epidemic_section(data: Path) -> str:
    """Write about the production library's statistics."""
    whole = epidemic.load(data)
    genres = [str(name) for name in whole["genre"].to_pylist()]
    statistics = np.stack([whole[name].to_numpy() for name in gtzan.COLUMNS], axis=1)
    copies = len(statistics) - len(np.unique(statistics, axis=0))
    artists = [Path(name).stem.rpartition(" - ")[2] for name in whole["orgname"].to_pylist()]
    return (
        f"{count_of(len(genres))} tracks, {copies} with the statistics of another. The artist is what stands behind the"
        f" last dash of `orgname`: {count_of(len(set(artists)))} of them, several together counting as one more.\n\n"
        + classes_by_part(genres, artists)
    )


def panda_section(data: Path) -> str:
    """Write about the 4Q emotion set."""
    whole = panda.load(data)
    named = Counter(genre for genres in whole.genres for genre in genres)
    most = ", ".join(f"{genre} {n}" for genre, n in named.most_common(8))
    return (
        f"{len(whole.clips)} clips by {len(set(whole.artists))} artists;"
        f" {int(np.isfinite(whole.spotify).all(axis=1).sum())} have Spotify's seven predicted features,"
        f" {int((whole.artist_mean_n > 0).sum())} the means of their artist. Genres, several a clip: {most}.\n\n"
        + classes_by_part([panda.QUADRANTS[q] for q in whole.quadrants], whole.artists.tolist())
    )


def emotify_section(data: Path) -> str:
    """Write about Emotify."""
    whole = emotify.load(data)
    emotions = ", ".join(
        f"{name} {share:.2f}" for name, share in zip(EMOTIONS, whole.shares.mean(axis=0), strict=True)
    )
    return (
        f"{len(whole.clips)} clips, {int(whole.raters.min())} to {int(whole.raters.max())} listeners each. Mean share"
        f" of listeners who chose an emotion: {emotions}. There are no artists: the split is by clip only.\n\n"
        + classes_by_part(whole.genres.tolist(), whole.clips)
    )


SECTIONS: tuple[tuple[Description, Callable[[Path], str]], ...] = (
    (audiofiler.DESCRIPTION, audiofiler_section),
    (gtzan.DESCRIPTION, gtzan_section),
    (epidemic.DESCRIPTION, epidemic_section),
    (panda.DESCRIPTION, panda_section),
    (emotify.DESCRIPTION, emotify_section),
)


def index(data: Path) -> str:
    """Write the page about the tables that are no songs of a store."""
    links = "".join(f"- [{source.file}]({source.page}.md)\n" for source in SONG_TABLES)
    sections = "\n".join(
        f"## {description.name}\n\n{passport(description)}\n{write(data)}" for description, write in SECTIONS
    )
    return (
        "# The real tables, described\n\nWhat the tables in `../shared/data` hold, after cleaning. No row of them is"
        f" in this repository. Written by `{COMMAND}`.\n\nTables of songs, each through `reprise collect import` and"
        f" `reprise dataset`:\n\n{links}\nThe others hold features or clips with labels. Their splits of 80, 10 and"
        f" 10 % keep artists together where there are any (`reprise.datasets.split.split_groups`, seed 0).\n\n"
        f"{sections}"
    )


def main() -> None:
    """Write all pages and pictures."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "README.md").write_text(index(data), encoding="utf-8")
    for source in SONG_TABLES:
        (FOLDER / f"{source.page}.md").write_text(song_page(source, data, FOLDER), encoding="utf-8")
        print(FOLDER / f"{source.page}.md", flush=True)


if __name__ == "__main__":
    main()
