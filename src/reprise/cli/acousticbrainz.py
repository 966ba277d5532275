"""``reprise acousticbrainz``: records as documents of AcousticBrainz's form, two files a track."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from reprise.cli.text import encodable, printable

__all__ = ["command"]

_UNSAFE = re.compile(r"[^\w.-]+")
_MOST_STEM = 80
_LEVELS = ("lowlevel", "highlevel")


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "-o", "--output", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Where the folders lowlevel and highlevel are made.",
)  # fmt: skip
def command(files: tuple[Path, ...], folder: Path) -> int:
    """Write what reprise analyze or reprise library export wrote into FILES as documents of AcousticBrainz's form.

    A track whose file is still there and names its MusicBrainz recording is MBID-0.json, as in AcousticBrainz's dumps.
    Records without times of beats (reprise analyze --detail) make documents without them.
    """
    from reprise.acousticbrainz import high_level, low_level
    from reprise.cli.formats import EXTENSIONS, read_records
    from reprise.errors import DatasetError

    written, left = 0, 0
    for level in _LEVELS:
        (folder / level).mkdir(parents=True, exist_ok=True)
    for file in files:
        form = EXTENSIONS.get(file.suffix.lower(), "table")
        if form == "table":
            raise click.UsageError(f"{printable(str(file))}: name a .json, .jsonl, .csv or .parquet file")
        for record in read_records(file, form):
            if "error" in record:
                left += 1
                continue
            tags = _tags(record["path"])
            try:
                documents = [_text(low_level(record, tags)), _text(high_level(record, tags))]
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise DatasetError(f"{file}: what it says of {record['path']} is no record") from error
            for level, text in zip(_LEVELS, documents, strict=True):
                (folder / level / _name(record["path"], tags)).write_text(
                    text, encoding="utf-8", errors="backslashreplace"
                )
            written += 1
    failed = f"; {left:,} that could not be analysed were left out" if left else ""
    click.echo(f"{written:,} tracks written to {printable(str(folder))}{failed}")
    return 0


def _tags(path: str) -> dict[str, list[str]]:
    """Read the tags of a file again, which a record does not hold; of one that is gone, none."""
    from reprise.acousticbrainz import file_tags
    from reprise.audio import open_audio
    from reprise.errors import RepriseError

    try:
        with open_audio(path) as stream:
            return file_tags(stream.tags)
    except (RepriseError, OSError, ValueError):  # a name that no file can have
        return {}


def _name(path: str, tags: Mapping[str, list[str]]) -> str:
    if recording := tags.get("musicbrainz_recordingid"):
        return f"{recording[0]}-0.json"
    # Two files may have one name; what stands in a name of somebody else's must not become a path of ours.
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    stem = _UNSAFE.sub("_", encodable(Path(path).stem))[:_MOST_STEM].strip("._") or "track"
    return f"{stem}-{digest}.json"


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
