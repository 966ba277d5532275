"""``reprise evaluate``: print the accuracy figures of the documentation again, from the data folder."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]

PARTS = ("heads", "measured", "mood", "genre")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS), metavar="[heads|measured|mood|genre]...")
@click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path("../shared/data"),
    show_default=True, help="The folder with the labelled clips and tables.",
)  # fmt: skip
@click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), default=Path(".cache/reprise"), show_default=True,
    help="Where the features of the clips are kept between runs.",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Worker processes.")
def command(parts: tuple[str, ...], data: Path, cache: Path, jobs: int) -> None:
    """Measure the models on artists that they did not hear; prints Markdown.

    The first run listens to all clips, which takes some ten minutes; later ones take a few. Needs the extra
    reprise[train].
    """
    from threadpoolctl import threadpool_limits

    from reprise.training.shipped import accuracy
    from reprise.training.shipped.corpus import load_corpus

    cache.mkdir(parents=True, exist_ok=True)
    load_corpus(data, cache, jobs=jobs)
    tables = {
        "heads": ("Predicted features", accuracy.heads_table),
        "measured": ("Measured features, against Spotify's values", accuracy.measured_table),
        "mood": ("Mood", accuracy.mood_table),
        "genre": ("Genre on real audio", accuracy.genre_table),
    }
    # The matrices are small: threads would spend their time waiting for one another.
    with threadpool_limits(1):
        for part in parts or PARTS:
            title, table = tables[part]
            click.echo(f"### {title}\n\n{table(data, cache)}\n")
