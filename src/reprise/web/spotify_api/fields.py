"""The parameter ``fields``: which parts of an answer are wanted, as in ``total,items(added_at,track.name)``."""

from __future__ import annotations

import re
from typing import Any

from reprise.web.spotify_api.errors import SpotifyError

__all__ = ["chosen"]

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|[().,!])")
_LONGEST, _DEEPEST = 1000, 20

# A name to what is wanted below it, empty for all of it; whether it is left out stands in the name, "!track".
Tree = dict[str, "Tree"]


def chosen(body: dict[str, Any], fields: str) -> dict[str, Any]:
    """Return the parts of an answer that are wanted.

    Parameters
    ----------
    body : dict
    fields : str
        Names separated by commas; ``a.b`` and ``a(b,c)`` choose below a name, ``!a`` leaves it out; lists are gone
        through. Empty is everything; names that are not there are nothing.

    Raises
    ------
    SpotifyError
        400 if it cannot be read.
    """
    if not fields.strip():
        return body
    found: dict[str, Any] = _choose(body, _Reader(fields).all())
    return found


def _choose(thing: Any, tree: Tree) -> Any:
    if isinstance(thing, list):
        return [_choose(each, tree) for each in thing]
    if not isinstance(thing, dict) or not tree:
        return thing
    left_out = {name[1:] for name in tree if name.startswith("!")}
    wanted = {name: below for name, below in tree.items() if not name.startswith("!")}
    if not wanted:
        return {name: value for name, value in thing.items() if name not in left_out}
    return {name: _choose(thing[name], below) for name, below in wanted.items() if name in thing}


class _Reader:
    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise self.error()
        self.tokens: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.error()
            self.tokens.append(found[1])
            at = found.end()

    def error(self) -> SpotifyError:
        return SpotifyError(400, "fields: names separated by commas, such as total,items(track.name)")

    def all(self) -> Tree:
        tree = self.names(0)
        if self.tokens:
            raise self.error()
        return tree

    def names(self, depth: int) -> Tree:
        if depth > _DEEPEST:
            raise self.error()
        tree: Tree = {}
        while True:
            mark = self.take("!")
            name, below = self.one(depth)
            into = tree.setdefault(mark + name, {})
            into.update(below)
            if not self.take(","):
                return tree

    def one(self, depth: int) -> tuple[str, Tree]:
        name = self.tokens.pop(0) if self.tokens else ""
        if not name.isidentifier():
            raise self.error()
        if self.take("."):
            below, further = self.one(depth + 1) if depth < _DEEPEST else ("", {})
            if not below:
                raise self.error()
            return name, {below: further}
        if not self.take("("):
            return name, {}
        tree = self.names(depth + 1)
        if not self.take(")"):
            raise self.error()
        return name, tree

    def take(self, token: str) -> str:
        return self.tokens.pop(0) if self.tokens[:1] == [token] else ""
