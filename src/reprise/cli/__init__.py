"""The command line: ``reprise COMMAND``, one module a command, loaded when it is called.

This is one of the two places where errors become text for people: one line on stderr, no traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from reprise._version import __version__
from reprise.cli.text import printable
from reprise.errors import RepriseError, UnknownNameError

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "serve": "Serve the library to browsers, and analyse what is brought in.",
    "worker": "Be one more process that analyses for the library.",
    "user": "Say who may come to a public server.",
    "client": "Say which programs may use the API that speaks Spotify's shapes.",
    "search": "Find songs of the library by words and conditions.",
    "scan": "Add folders of music to the library, or bring it in line with them.",
    "playlist": "Make playlists, write them as M3U8 files and read such files in.",
    "tag": "Write what was heard into the files as tags, and take it out again.",
    "library": "Say how the library is, back it up, restore, export, import, forget folders.",
    "neighbours": "Learn what another music server calls the songs of the library.",
    "analyze": "Say what is in audio files and folders of them.",
    "acousticbrainz": "Write records as documents of AcousticBrainz's form.",
    "demo": "Render short pieces, analyse them and show truth beside measurement.",
    "collect": "Collect features, genres and previews of songs into a data set.",
    "dataset": "Make a data set fit for training.",
    "train": "Train a model from a recipe and measure it on unheard artists.",
    "compare": "Put trained models into one table, with pictures.",
    "cluster": "Group songs that sound alike, name the groups and draw a map.",
    "models": "List, show, export and use models.",
    "correct": "Say what is right about a file.",
    "learn": "Learn from corrections, as far as it makes nothing worse.",
    "evaluate": "Print the accuracy figures of the documentation again.",
}
"""Every command and its line in ``reprise --help``; a command ``x-y`` is ``reprise.cli.x_y.command``."""

_INTERRUPTED, _PIPE_CLOSED = 130, 141


class _ReaderGoneError(Exception):
    """What reads our standard output has closed it, as ``| head`` does."""


class _LazyGroup(click.Group):
    """Knows its commands by name alone, so that ``--help`` loads none of them."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # Click would turn it into a failure.
            raise _ReaderGoneError from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"reprise.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(str(UnknownNameError("command", printable(args[0]), COMMANDS)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="reprise %(version)s")
def cli() -> None:
    """Listen to music and say what is in it: tempo, key, loudness, mood, genre and more."""


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    args : sequence of str, optional
        Instead of those of the process.

    Returns
    -------
    int
        0 all well, 1 something failed, 2 wrong usage, 130 interrupted, 141 the reader went away.
    """
    try:
        code = cli.main(args, prog_name="reprise", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except RepriseError as error:
        return _fail(str(error))
    except _ReaderGoneError:
        return _pipe_closed()
    except OSError as error:
        return _fail(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:
        _silence_stdout()
        return _fail(f"cannot write the output: {error.strerror or error}")
    return code if isinstance(code, int) else 0


def _fail(message: str) -> int:
    click.echo(f"Error: {printable(message)}", err=True)
    return 1


def _pipe_closed() -> int:
    """End like a program that SIGPIPE has ended, but quietly."""
    _silence_stdout()
    return _PIPE_CLOSED


def _silence_stdout() -> None:
    # Python flushes stdout once more at its exit, and would complain there.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
