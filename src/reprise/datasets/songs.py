"""The songs of a store side by side in memory: what cleaning, describing and splitting look at."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from reprise.datasets.rows import name_key
from reprise.datasets.store import Store
from reprise.errors import UnknownNameError
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["Keys", "Songs", "load_songs", "recording_title"]

Keys = tuple[tuple[str, ...], ...]
"""For each song its names of one kind, none or several."""

_ASIDE = re.compile(r"[(\[][^)\]]*[)\]]|\s[-–—]\s.*$")
_FEATURING = re.compile(r"\b(?:feat|ft|featuring)\b.*", re.DOTALL)
_NO_WORD = re.compile(r"[\W_]+")
_SAME_RECORDING = frozenset((
    "remaster", "remastered", "remasterizado", "mono", "stereo", "version", "album", "single", "original", "digital",
    "digitally", "bonus", "track", "explicit", "clean", "radio", "edit", "deluxe", "edition",
))  # fmt: skip
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True, kw_only=True)
class Songs:
    """Songs in the order of their ids in the store.

    Attributes
    ----------
    track_ids : int array, shape (n,)
    features : float array, shape (n, 12)
        In the order of `reprise.targets.SPOTIFY_FEATURES`, of the most complete provider; NaN where unknown.
    durations_s, popularity : float arrays, shape (n,)
        NaN where unknown.
    titles : tuple of str
        As `recording_title` folds them; empty where unknown.
    artists : tuple of tuples of str
        Folded names, the first one first.
    genres, isrcs, audio : tuples of tuples of str
        Names of genres, recording codes, SHA-256 of the previews on disk.
    recordings : tuple of tuples of str
        At most one each: the recording that its preview was found to share with other songs' previews
        (`reprise.datasets.same_audio`), named ``catalogue:ref`` after the first track of them.
    """

    track_ids: npt.NDArray[np.int64]
    features: npt.NDArray[np.float64]
    durations_s: npt.NDArray[np.float64]
    popularity: npt.NDArray[np.float64]
    titles: tuple[str, ...]
    artists: Keys
    genres: Keys
    isrcs: Keys
    audio: Keys
    recordings: Keys

    def __len__(self) -> int:
        return len(self.track_ids)

    def take(self, kept: npt.NDArray[np.bool_]) -> Songs:
        """Return the songs that a mask keeps."""
        rows = np.flatnonzero(kept).tolist()

        def of(keys: Keys) -> Keys:
            return tuple(keys[row] for row in rows)

        return Songs(
            track_ids=self.track_ids[rows],
            features=self.features[rows],
            durations_s=self.durations_s[rows],
            popularity=self.popularity[rows],
            titles=tuple(self.titles[row] for row in rows),
            artists=of(self.artists),
            genres=of(self.genres),
            isrcs=of(self.isrcs),
            audio=of(self.audio),
            recordings=of(self.recordings),
        )

    def with_genres(self, genres: Iterable[tuple[str, ...]]) -> Songs:
        """Return the same songs under other genres."""
        return replace(self, genres=tuple(genres))


def recording_title(title: str) -> str:
    """Fold a title, so that pressings of one recording meet and other recordings of the song do not.

    Case, accents, punctuation, guests ("feat. ...") and asides that only name a pressing ("2011 Remaster",
    "Mono", "Radio Edit") are left out; "Live", "Acoustic" or a remixer's name stay.

    Examples
    --------
    >>> recording_title("Heroes - 2017 Remaster"), recording_title("Heroes (Live)")
    ('heroes', 'heroes live')
    """
    folded = unicodedata.normalize("NFKD", title.casefold())
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    plain = _words(_FEATURING.sub("", _ASIDE.sub(_without_pressing, folded)))
    return plain or _words(folded) or folded.strip()


def _without_pressing(aside: re.Match[str]) -> str:
    words = _words(_FEATURING.sub("", aside.group())).split()
    if all(word in _SAME_RECORDING or _YEAR.fullmatch(word) for word in words):
        return " "
    return f" {' '.join(words)} "


def _words(text: str) -> str:
    return _NO_WORD.sub(" ", text).strip()


def load_songs(store: Store, selection: str | None = None) -> Songs:
    """Load all songs of a store, or those of a selection with the genres that it gives them.

    Everything is held in memory, about half a gigabyte for a million songs.

    Raises
    ------
    UnknownNameError
        If there is no selection of that name.
    """
    within = ""
    names: tuple[str, ...] = ()
    if selection is not None:
        known = [name for (name,) in store.select("SELECT name FROM selections ORDER BY name")]
        if selection not in known:
            raise UnknownNameError("selection", selection, known)
        within = (
            " JOIN selected s ON s.track_id = t.id JOIN selections n ON n.id = s.selection_id AND n.name = ?"
        )
        names = (selection,)
    columns = ", ".join(f"f.{name}" for name in SPOTIFY_FEATURES)
    rows = list(
        store.select(
            f"SELECT t.id, t.title, t.duration_ms, t.popularity, {columns} FROM tracks t{within}"
            " LEFT JOIN features f ON f.track_id = t.id AND f.provider = ("
            "  SELECT best.provider FROM features best WHERE best.track_id = t.id"
            "  ORDER BY best.known DESC, best.provider = 'spotify' DESC, best.provider LIMIT 1)"
            " ORDER BY t.id",
            names,
        )
    )
    ids = [row[0] for row in rows]
    numbers = np.array([row[2:] for row in rows], float).reshape(len(rows), 2 + len(SPOTIFY_FEATURES))
    chosen = "SELECT s.track_id, g.value FROM selections n JOIN selected s ON s.selection_id = n.id,"
    genres = (
        "SELECT tl.track_id, l.name FROM track_labels tl JOIN labels l ON l.id = tl.label_id"
        " WHERE l.kind = 'genre' ORDER BY l.name"
        if selection is None
        else f"{chosen} json_each(s.genres) g WHERE n.name = ?"
    )
    return Songs(
        track_ids=np.array(ids, np.int64),
        features=numbers[:, 2:],
        durations_s=numbers[:, 0] / 1000,
        popularity=numbers[:, 1],
        titles=tuple(recording_title(row[1]) if row[1] else "" for row in rows),
        artists=_artists(store, ids),
        genres=_keys(store, ids, genres, names),
        isrcs=_keys(store, ids, "SELECT track_id, value FROM identifiers WHERE scheme = 'isrc'"),
        audio=_keys(store, ids, "SELECT track_id, sha256 FROM previews WHERE sha256 IS NOT NULL"),
        recordings=_recordings(store, ids),
    )


def _keys(store: Store, ids: list[int], query: str, parameters: tuple[str, ...] = ()) -> Keys:
    found: dict[int, list[str]] = defaultdict(list)
    for track_id, value in store.select(query, parameters):
        if value not in found[track_id]:
            found[track_id].append(value)
    return tuple(tuple(found.get(track_id, ())) for track_id in ids)


def _recordings(store: Store, ids: list[int]) -> Keys:
    """Name the groups that hang together by pairs of same audio, also by way of songs that are not asked for."""
    pairs = list(store.select("SELECT track_id, other_id FROM same_audio"))
    tracks, ends = np.unique(np.array(pairs, np.int64).reshape(-1, 2), return_inverse=True)
    graph = coo_array((np.ones(len(pairs)), tuple(ends.reshape(-1, 2).T)), shape=(len(tracks), len(tracks)))
    group = connected_components(graph, directed=False)[1]
    first = tracks[np.unique(group, return_index=True)[1]]
    first_of = dict(zip(tracks.tolist(), first[group].tolist(), strict=True))
    query = "SELECT id, catalogue || ':' || ref FROM tracks WHERE id IN (SELECT track_id FROM same_audio)"
    names: dict[int, str] = dict(store.select(query))
    return tuple((names[first_of[track_id]],) if track_id in first_of else () for track_id in ids)


def _artists(store: Store, ids: list[int]) -> Keys:
    # By name and not by id: two catalogues give one artist two ids.
    names = {
        artist_id: name_key(name) if name else json.dumps([catalogue, ref])
        for artist_id, name, catalogue, ref in store.select("SELECT id, name, catalogue, ref FROM artists")
    }
    found: dict[int, list[str]] = defaultdict(list)
    for track_id, artist_id in store.select(
        "SELECT track_id, artist_id FROM track_artists ORDER BY track_id, position"
    ):
        found[track_id].append(names[artist_id])
    return tuple(tuple(found.get(track_id, ())) for track_id in ids)
