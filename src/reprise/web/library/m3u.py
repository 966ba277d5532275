"""Playlists as M3U8 files, and M3U files of others as tracks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from reprise.audio.tags import clean_text
from reprise.errors import DatasetError
from reprise.web.library.models import Track, name_key
from reprise.web.library.parts import parts
from reprise.web.library.paths import real_path, stored_path
from reprise.web.library.playlists import MOST_TRACKS

__all__ = ["ReadPlaylist", "m3u_text", "read_m3u", "write_m3u"]

_HEADER = "#EXTM3U"
_MOST_BYTES = 32 << 20


def m3u_text(name: str, tracks: Iterable[Track], *, folder: Path | None = None, address: str = "") -> str:
    """Write a playlist down.

    Parameters
    ----------
    name : str
    tracks : iterable of Track
        Those whose files are missing are left out.
    folder : Path, optional
        Where the file will lie: paths that have a folder in common with it are relative to it.
    address : str
        Of this server: the addresses of the sound are given instead of paths, which tell how the machine is arranged.

    Returns
    -------
    str
        Extended M3U; for people the lines ``#EXTINF`` have seconds, artist and title. No text of a tag or a file's name
        can begin a line of its own.
    """
    lines = [_HEADER, f"#PLAYLIST:{clean_text(name) or ''}"]
    for track in tracks:
        if track.missing_since is not None:
            continue
        seconds = -1 if track.duration_ms is None else round(track.duration_ms / 1000)
        by = f"{track.artist.name} - " if track.artist else ""
        lines.append(f"#EXTINF:{seconds},{clean_text(by + track.title) or ''}")
        if address:
            lines.append(f"{address.rstrip('/')}/api/v1/tracks/{track.public_id}/audio")
        else:
            lines.append(_entry(real_path(track.path), folder))
    return "\n".join(lines) + "\n"


def _entry(path: str, folder: Path | None) -> str:
    """Write a path as players read it; what a line of text cannot hold, as the address of a file."""
    is_plain = path.isprintable() and path == path.strip()
    try:
        path.encode()
    except UnicodeEncodeError:
        is_plain = False
    if not is_plain:
        return "file://" + quote(os.fsencode(path))
    if folder is not None:
        top = os.path.realpath(folder)
        if os.path.commonpath([path, top]) != os.sep:
            relative = os.path.relpath(path, top)
            # A name may look like a comment or an address.
            return relative if relative[0].isalnum() and ":" not in relative else f"./{relative}"
    return path


def write_m3u(path: Path, name: str, tracks: Iterable[Track], *, replace: bool = False) -> None:
    """Write a playlist to a file, which appears whole or not at all.

    Parameters
    ----------
    path : Path
    name : str
    tracks : iterable of Track
    replace : bool
        Whether a file that is no playlist may be replaced.

    Raises
    ------
    DatasetError
        If there is another file.
    OSError
        If it cannot be written.
    """
    if path.exists() and not replace:
        with path.open("rb") as file:
            if file.read(10).removeprefix(b"\xef\xbb\xbf")[:7] != _HEADER.encode():
                raise DatasetError(f"{path} is there already and no playlist; --force replaces it")
    text = m3u_text(name, tracks, folder=path.parent)
    handle, new = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(new, 0o666 & ~mask)  # noqa: PTH101
        os.replace(new, path)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(new)  # noqa: PTH108
        raise


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadPlaylist:
    """What a file of M3U holds.

    Attributes
    ----------
    name : str
        Its own, or the file's.
    tracks : list of Track
    unknown : list of str
        Entries that the library does not know.
    """

    name: str
    tracks: list[Track]
    unknown: list[str]


def read_m3u(path: Path) -> ReadPlaylist:
    """Read a playlist of anybody's: tracks are found by their paths, else by artist and title.

    Raises
    ------
    DatasetError
        If it is too large to be one.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise DatasetError(f"{path} is too large for a playlist")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    name, entries = path.stem, list[tuple[str, str]]()
    said = ""
    for line in text.splitlines():
        entry = line.strip()
        if entry.upper().startswith("#PLAYLIST:"):
            name = clean_text(entry[10:]) or name
        elif entry.upper().startswith("#EXTINF:"):
            said = entry.partition(",")[2]
        elif entry and not entry.startswith("#"):
            if len(entries) == MOST_TRACKS:
                raise DatasetError(f"{path} has more than {MOST_TRACKS} entries")
            entries.append((entry, said))
            said = ""
    found = [track for part in parts(entries) for track in _tracks_of(part, path)]
    return ReadPlaylist(
        name=name,
        tracks=[track for track in found if track is not None],
        unknown=[entry for (entry, _), track in zip(entries, found, strict=True) if track is None],
    )


def _tracks_of(entries: list[tuple[str, str]], playlist: Path) -> list[Track | None]:
    """Return the track of every entry, which is a line of the playlist and what was said of it before."""
    folder = os.path.realpath(playlist.parent)
    paths = [_paths_of(entry, folder) for entry, _ in entries]
    names = [_name_of(said) for _, said in entries]
    tracks = Track.objects.select_related("artist").order_by("-pk")
    there = {track.path: track for track in tracks.filter(path__in={each for some in paths for each in some})}
    artists, titles = ({name[at] for name in names if name} for at in (0, 1))
    called = {
        (track.artist.key, track.title_key): track  # of several the first that came
        for track in tracks.filter(title_key__in=titles, artist__key__in=artists, missing_since=None)
        if track.artist
    }
    return [
        next((there[each] for each in some if each in there), None) or (called.get(name) if name else None)
        for some, name in zip(paths, names, strict=True)
    ]


def _paths_of(entry: str, folder: str) -> list[str]:
    """Return where an entry may lead to, as the database spells it; first what is most likely meant."""
    if entry.lower().startswith("file://"):
        rest = entry[7:]
        entry = os.fsdecode(unquote_to_bytes(rest[rest.find("/") :]))
    elif "://" in entry:
        return []
    found: list[str] = []
    for spelled in dict.fromkeys((entry, entry.replace("\\", "/"))):
        if "\0" not in spelled:
            full = os.path.join(folder, spelled)  # noqa: PTH118
            found += [stored_path(os.path.normpath(full)), stored_path(os.path.realpath(full))]
    return list(dict.fromkeys(found))


def _name_of(said: str) -> tuple[str, str] | None:
    """Return artist and title, spelled as they are compared."""
    artist, dash, title = said.partition(" - ")
    return (name_key(artist), name_key(title)) if dash and name_key(title) else None
