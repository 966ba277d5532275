"""The pages about collecting and the store say what the code does."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import click
import pytest

from reprise.cli.collect import collect
from reprise.collect import deezer, itunes, lastfm, million_song, musicbrainz, reccobeats, spotify
from reprise.datasets.store import Store
from reprise.targets import SPOTIFY_FEATURES

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOW_TO = (DOCS / "how-to" / "collect.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference" / "store.md").read_text(encoding="utf-8")

SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", HOW_TO, flags=re.DOTALL))
COMMANDS = [line for line in SHELL.splitlines() if line.startswith("reprise collect")]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_is_understood(line: str):
    words = shlex.split(line.partition(">")[0], comments=True)
    assert words[:2] == ["reprise", "collect"]
    command = collect.commands[words[2]]
    # Parses and checks all options and arguments; runs nothing.
    context = command.make_context(words[2], words[3:])
    assert isinstance(context, click.Context)


def test_every_command_is_shown():
    shown = {shlex.split(line, comments=True)[2] for line in COMMANDS} | set(
        re.findall(r"reprise collect\s+(\w+)`", HOW_TO)
    )
    assert shown == set(collect.commands)


def test_the_policy_is_quoted_by_its_section():
    assert "Developer Policy, section III.14" in HOW_TO
    assert "--accept-spotify-policy" in HOW_TO
    spotify_lines = [line for line in COMMANDS if line.startswith("reprise collect spotify ")]
    assert spotify_lines
    assert all("--accept-spotify-policy" in line for line in spotify_lines)


def test_every_provider_and_secret_is_named():
    for module in (spotify, reccobeats, deezer, itunes, lastfm, musicbrainz, million_song):
        assert module.PROVIDER.name in HOW_TO
        assert module.PROVIDER.licence
    for name in ("SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET", "LASTFM_API_KEY"):
        assert name in HOW_TO


def test_every_table_and_column_is_described(store: Store):
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", REFERENCE, flags=re.MULTILINE)
    described = {table: set(re.findall(r"`(\w+)`", columns)) for table, columns in rows}
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    assert set(described) == {name for (name,) in store.select(query)}
    for table, columns in described.items():
        there = set(store.columns(table))
        if table == "features":
            there = there - set(SPOTIFY_FEATURES) | {"known"}  # a computed column is not listed by SQLite
        assert columns == there, table


def test_the_views_begin_as_described(store: Store):
    described = re.search(r"goes on with (.*?)\. Where", REFERENCE, flags=re.DOTALL)
    assert described
    more = re.findall(r"`(\w+)`", described[1])
    assert list(store.columns("tracks_data")) == [*store.columns("tracks_features"), *more]


def test_the_reference_of_options_is_up_to_date():
    tool = runpy.run_path(str(DOCS.parent / "tools" / "document_collect.py"))
    assert tool["PAGE"].read_text(encoding="utf-8") == tool["render"](), (
        "run python tools/document_collect.py"
    )
