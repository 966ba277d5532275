"""Part a data set into train, validation and test, so that nothing on one side was heard on another.

Songs that share an artist, a recording code, a preview file or the audio in it form a group, directly or by way of
others, and a group goes to one part as a whole. Which part is decided so that every stratum keeps its shares.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from reprise.datasets.songs import Keys, Songs, load_songs
from reprise.datasets.store import Store
from reprise.errors import DatasetError, ParameterError, UnknownNameError
from reprise.registry import require_known
from reprise.targets import SPOTIFY_FEATURES

__all__ = [
    "PARTS",
    "Leak",
    "SplitReport",
    "Splitting",
    "check_split",
    "find_leaks",
    "group_songs",
    "split",
    "split_groups",
    "split_parts",
]

PARTS = ("train", "validation", "test")
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Splitting:
    """How to split.

    Attributes
    ----------
    shares : (float, float, float)
        Of train, validation and test; they sum to 1, and the first is above 0.
    stratify : str or None
        ``"genre"`` (a song in several counts for its rarest), one of the twelve features (by its tenths), or
        ``None``.
    all_artists : bool
        Keep together songs that share any artist, guests included; else only the first one counts. Guests bind
        a third of a large catalogue into one group, which then goes to train with most of its genres.
    seed : int
    """

    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    stratify: str | None = "genre"
    all_artists: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.shares) < 0 or self.shares[0] <= 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise ParameterError(f"shares must be three numbers from 0 that sum to 1, not {self.shares}")
        if self.stratify not in (None, "genre", *SPOTIFY_FEATURES):
            raise UnknownNameError("stratum", str(self.stratify), ("genre", *SPOTIFY_FEATURES))


@dataclass(frozen=True, kw_only=True)
class SplitReport:
    """What came out.

    Attributes
    ----------
    sizes : dict of str to int
        Songs in each part.
    groups, largest_group : int
        How many groups there are, and the songs of the largest.
    worst_stratum : str
        The one whose shares are furthest from those asked for.
    worst_deviation : float
        By how much, 0..1.
    with_artist_of_train : int
        Songs outside train that share some artist, guests included, with a song of train; 0 if all artists
        were kept together.
    """

    sizes: Mapping[str, int]
    groups: int
    largest_group: int
    worst_stratum: str
    worst_deviation: float
    with_artist_of_train: int

    def __str__(self) -> str:
        total = sum(self.sizes.values())
        lines = [f"{n:9d}  {part} ({n / total:.1%})" for part, n in self.sizes.items()]
        lines.append(f"{self.groups:9d}  groups; the largest has {self.largest_group} songs")
        if self.worst_stratum:
            lines.append(
                f"{self.worst_deviation:9.1%}  largest deviation of a share, in {self.worst_stratum}"
            )
        if self.with_artist_of_train:
            lines.append(
                f"{self.with_artist_of_train:9d}  songs outside train share an artist with train, as a guest"
            )
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Leak:
    """Something that stands in more than one part: ``kind`` is artist, isrc, audio or recording."""

    kind: str
    key: str
    parts: tuple[str, ...]


def split(
    store: Store, settings: Splitting, *, selection: str | None = None, name: str = "split"
) -> SplitReport:
    """Split the songs of a store, or of a selection, check the parts for leaks and write them under a name.

    Parameters
    ----------
    store : Store
        An earlier split of the name is replaced.
    settings : Splitting
    selection : str, optional
        As `reprise.datasets.cleaning.clean` has written it.
    name : str

    Raises
    ------
    DatasetError
        If there are no songs, a part that should have some stays empty, or something leaks.
    UnknownNameError
        If there is no such selection.
    """
    songs = load_songs(store, selection)
    if not len(songs):
        raise DatasetError(f"{store.path}: there are no songs to split")
    groups = group_songs(songs, all_artists=settings.all_artists)
    strata = _strata(songs, settings.stratify)
    parts = split_groups(groups, np.unique(strata, return_inverse=True)[1], settings.shares, settings.seed)
    report = _report(songs, groups, strata, parts, settings.shares)
    if empty := [
        part for part, share in zip(PARTS, settings.shares, strict=True) if share and not report.sizes[part]
    ]:
        way_out = "group by the first artist only, or ask" if settings.all_artists else "ask"
        raise DatasetError(
            f"nothing is left for {' and '.join(empty)}: the largest of {report.groups} groups has"
            f" {report.largest_group} of {len(songs)} songs; {way_out} for other shares"
        )
    _require_no_leak(name, find_leaks(songs, parts, all_artists=settings.all_artists))
    run_id = store.begin_run("split", {"split": name, "selection": selection, **asdict(settings)})
    with store.transaction():
        store.write("DELETE FROM splits WHERE name = ?", [(name,)])
        kept = json.dumps({"selection": selection, **asdict(settings)})
        store.write("INSERT INTO splits (name, settings, run_id) VALUES (?, ?, ?)", [(name, kept, run_id)])
        split_id = store.count("SELECT id FROM splits WHERE name = ?", (name,))
        rows = zip(songs.track_ids.tolist(), parts.tolist(), strict=True)
        store.write(
            "INSERT INTO split_tracks (split_id, track_id, part) VALUES (?, ?, ?)",
            ((split_id, track_id, PARTS[part]) for track_id, part in rows),
        )
    store.end_run(run_id, "finished", str(dict(report.sizes)))
    return report


def check_split(store: Store, name: str) -> int:
    """Look a stored split through for leaks, as the store is now, and return how many songs it has.

    Raises
    ------
    DatasetError
        If an artist, a recording code, a preview file or its audio stands in more than one part.
    UnknownNameError
        If there is no such split.
    """
    part_of = split_parts(store, name)
    songs = load_songs(store)
    songs = songs.take(np.isin(songs.track_ids, list(part_of)))
    parts = np.array([PARTS.index(part_of[track_id]) for track_id in songs.track_ids.tolist()], np.int64)
    ((written,),) = store.select("SELECT settings FROM splits WHERE name = ?", (name,))
    settings = json.loads(written)
    _require_no_leak(name, find_leaks(songs, parts, all_artists=settings["all_artists"]))
    return len(songs)


def split_parts(store: Store, name: str) -> dict[int, str]:
    """Return the part of each track of a split, by the track's id in the store.

    Raises
    ------
    UnknownNameError
        If there is no such split.
    """
    require_known(
        "split", [name], [known for (known,) in store.select("SELECT name FROM splits ORDER BY name")]
    )
    query = "SELECT st.track_id, st.part FROM split_tracks st JOIN splits s ON s.id = st.split_id WHERE s.name = ?"
    return dict(store.select(query, (name,)))


def _require_no_leak(name: str, leaks: Sequence[Leak]) -> None:
    if leaks:
        first = leaks[0]
        raise DatasetError(
            f"the split {name!r} leaks in {len(leaks)} places; the first: {first.kind} {first.key!r} is in"
            f" {' and '.join(first.parts)}"
        )


def find_leaks(songs: Songs, parts: Ints, *, all_artists: bool = False) -> list[Leak]:
    """List what stands in more than one part; ``parts`` are places in `PARTS`, one a song."""
    leaks = []
    for kind, keys in _bonds(songs, all_artists):
        seen: dict[str, set[int]] = defaultdict(set)
        for part, names in zip(parts.tolist(), keys, strict=True):
            for key in names:
                seen[key].add(part)
        leaks += [
            Leak(kind=kind, key=key, parts=tuple(PARTS[part] for part in sorted(found)))
            for key, found in seen.items()
            if len(found) > 1
        ]
    return leaks


def _bonds(songs: Songs, all_artists: bool) -> tuple[tuple[str, Keys], ...]:
    """List what binds songs together: by kinds, the names that each song has of it."""
    artists = songs.artists if all_artists else tuple(who[:1] for who in songs.artists)
    return (
        ("artist", artists), ("isrc", songs.isrcs), ("audio", songs.audio), ("recording", songs.recordings),
    )  # fmt: skip


def group_songs(songs: Songs, *, all_artists: bool = False) -> Ints:
    """Number the groups of songs that must stay together, shape (n,)."""
    nodes: dict[tuple[str, str], int] = {}
    edges: list[tuple[int, int]] = []
    for kind, keys in _bonds(songs, all_artists):
        for row, names in enumerate(keys):
            edges += [(row, nodes.setdefault((kind, key), len(songs) + len(nodes))) for key in names]
    n = len(songs) + len(nodes)
    rows, columns = np.array(edges, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(edges), np.int8), (rows, columns)), shape=(n, n))
    labels = connected_components(graph, directed=False)[1][: len(songs)]
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def split_groups(groups: Ints, strata: Ints, shares: Sequence[float], seed: int) -> Ints:
    """Give every group to one part, largest first, where it brings the strata nearest to their shares.

    Nearness is the chi-square distance between the counts of each stratum and those wanted; equal groups come
    in an order that the seed draws.

    Parameters
    ----------
    groups, strata : int arrays, shape (n,)
        Both numbered from 0 without gaps.
    shares : sequence of float
        They sum to 1.
    seed : int

    Returns
    -------
    int array, shape (n,)
        Places in ``shares``.
    """
    n_groups, n_strata = int(groups.max()) + 1, int(strata.max()) + 1
    wanted = np.outer(shares, np.bincount(strata, minlength=n_strata))
    missing = wanted.copy()
    weight = np.zeros_like(wanted)
    np.divide(1.0, wanted, out=weight, where=wanted > 0)
    closed = np.asarray(shares) == 0
    order = np.argsort(groups, kind="stable")
    members = np.split(strata[order], np.cumsum(np.bincount(groups, minlength=n_groups))[:-1])
    sizes = np.array([len(member) for member in members])
    by_size = np.lexsort((np.random.default_rng(seed).permutation(n_groups), -sizes))
    part_of = np.zeros(n_groups, np.int64)
    for group in by_size.tolist():
        kinds, counts = np.unique(members[group], return_counts=True)
        cost = ((counts**2 - 2 * counts * missing[:, kinds]) * weight[:, kinds]).sum(axis=1)
        cost[closed] = np.inf
        part = int(np.argmin(cost))
        part_of[group] = part
        missing[part, kinds] -= counts
    return part_of[groups]


def _strata(songs: Songs, by: str | None) -> npt.NDArray[np.str_]:
    if by is None:
        return np.full(len(songs), "")
    if by == "genre":
        sizes: dict[str, int] = defaultdict(int)
        for genre in _flat(songs.genres):
            sizes[genre] += 1
        return np.array(
            [min(g, key=lambda name: (sizes[name], name)) if g else "no genre" for g in songs.genres]
        )
    values = songs.features[:, SPOTIFY_FEATURES.index(by)]
    known = ~np.isnan(values)
    edges = np.quantile(values[known], np.arange(1, 10) / 10) if known.any() else np.zeros(9)
    tenths = np.searchsorted(np.unique(edges), values, side="right")
    return np.array([f"{by} {tenth}" if k else f"no {by}" for tenth, k in zip(tenths, known, strict=True)])


def _flat(keys: Keys) -> Iterable[str]:
    return (key for names in keys for key in names)


def _with_artist_of_train(songs: Songs, parts: Ints) -> int:
    inside = (parts == PARTS.index("train")).tolist()
    known = {who for names, here in zip(songs.artists, inside, strict=True) if here for who in names}
    return sum(
        not here and not known.isdisjoint(names) for names, here in zip(songs.artists, inside, strict=True)
    )


def _report(
    songs: Songs, groups: Ints, strata: npt.NDArray[Any], parts: Ints, shares: Sequence[float]
) -> SplitReport:
    names, codes = np.unique(strata, return_inverse=True)
    counts = np.zeros((len(PARTS), len(names)))
    np.add.at(counts, (parts, codes), 1)
    deviation = np.abs(counts / counts.sum(axis=0) - np.asarray(shares)[:, None]).max(axis=0)
    worst = int(np.argmax(deviation))
    return SplitReport(
        sizes={part: int(n) for part, n in zip(PARTS, counts.sum(axis=1), strict=True)},
        groups=int(groups.max()) + 1,
        largest_group=int(np.bincount(groups).max()),
        worst_stratum=str(names[worst]),
        worst_deviation=float(deviation[worst]),
        with_artist_of_train=_with_artist_of_train(songs, parts),
    )
