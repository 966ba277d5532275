"""Clusters and the map of the library: made anew as a whole; in between, new tracks are placed among the old."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Avg, Count
from django.utils import timezone

from reprise.errors import ParameterError
from reprise.features.musicnn import MSD_TAGS, MTT_TAGS
from reprise.records import FloatArray
from reprise.similarity.clusters import NOISE, Clusters, assign, centroids, directions, k_means
from reprise.similarity.map2d import flat_map, place
from reprise.similarity.naming import ClusterName, name_clusters
from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.models import Analysis, Cluster, Setting, Track
from reprise.web.library.vectors import Snapshot, library_vectors, look

__all__ = [
    "MapAnswer",
    "clusters_out",
    "groups_state",
    "make_groups",
    "map_answer",
    "map_points",
    "place_new",
    "place_new_soon",
]

_FEWEST = 4
_STATE = "groups"
_PLACE_EVERY_S = 10.0
_PLACING = threading.Lock()
_PLACED_AT = -_PLACE_EVERY_S
_KEPT_S = 60.0


def make_groups(progress: Callable[[str, float], None] = lambda stage, fraction: None) -> dict[str, Any]:
    """Make clusters and map of all analysed tracks anew.

    Parameters
    ----------
    progress : callable
        Told of the stage and of the fraction that is done.

    Returns
    -------
    dict
        What `groups_state` tells of them.
    """
    library = library_vectors(now=True)
    if library.keys.size < _FEWEST:
        with transaction.atomic():
            _keep(library, np.zeros((library.keys.size, 2)), np.full(library.keys.size, NOISE), [], {})
        return groups_state()
    vectors = library.vectors
    progress("clusters", 0.0)
    clusters = _clusters(vectors)
    progress("map", 0.4)
    few = flat_map(vectors)
    points = _unit_square(few.points)
    progress("names", 0.9)
    names, middles = _names(library, clusters), centroids(vectors, clusters.labels)
    state = {
        "made_at": timezone.now().isoformat(),
        "tracks": int(library.keys.size),
        "map_method": few.method,
        "silhouette": None if clusters.silhouette is None else round(clusters.silhouette, 4),
    }
    rows = [
        {"number": number, "name": name.name, "tags": _tags(name), "centroid": middles[number]}
        for number, name in enumerate(names)
    ]
    with transaction.atomic():
        _keep(library, points, clusters.labels, rows, state)
    return groups_state()


def _clusters(vectors: FloatArray) -> Clusters:
    try:
        unit = directions(vectors)
        return k_means(unit, k_max=int(min(20, max(2, len(unit) // 3))))
    except ParameterError:
        # Few different songs, such as copies of two, cannot be parted.
        return Clusters(method="kmeans", labels=np.zeros(len(vectors), np.int64), silhouette=None)


def _unit_square(points: FloatArray) -> FloatArray:
    low, high = points.min(axis=0), points.max(axis=0)
    return np.asarray((points - low) / np.maximum((high - low).max(), 1e-9), np.float32)


def _names(library: Snapshot, clusters: Clusters) -> list[ClusterName]:
    """Name clusters by the tags that MusicNN heard, which are the first fifty values of either half of an embedding."""
    keys = library.keys
    wanted = set(keys.tolist())
    every = Analysis.objects.values_list("pk", "embedding").iterator(5_000)
    rows = {key: embedding for key, embedding in every if key in wanted}
    heard = np.stack([np.frombuffer(bytes(rows[int(key)]), "<f2") for key in keys]).astype(np.float32)
    half = heard.shape[1] // 2
    scores = np.concatenate([heard[:, : len(MSD_TAGS)], heard[:, half : half + len(MTT_TAGS)]], axis=1)
    return list(name_clusters(clusters, np.clip(scores, 0, 1), (*MSD_TAGS, *MTT_TAGS)).names)


def _tags(name: ClusterName) -> list[dict[str, Any]]:
    return [{"name": share.tag, "score": round(float(share.mean), 4)} for share in name.tags]


def _keep(
    library: Snapshot, points: Any, labels: Any, rows: list[dict[str, Any]], state: dict[str, Any]
) -> None:
    Track.objects.exclude(cluster=None).update(cluster=None)
    Cluster.objects.all().delete()
    sizes: list[int] = np.bincount(labels[labels >= 0], minlength=len(rows)).tolist() if rows else []
    made = Cluster.objects.bulk_create([
        Cluster(
            name=row["name"][:200], number=row["number"], size=sizes[row["number"]], tags=row["tags"],
            centroid=np.asarray(row["centroid"], "<f4").tobytes(),
        )
        for row in rows
    ])  # fmt: skip
    by_number = {cluster.number: cluster.pk for cluster in made}
    _write_places(library.keys, points, [by_number.get(int(label)) for label in labels])
    Setting.objects.update_or_create(name=_STATE, defaults={"value": state})


def _write_places(keys: Any, points: Any, clusters: list[int | None]) -> None:
    tracks = [
        Track(pk=int(key), map_x=float(x), map_y=float(y), cluster_id=cluster)
        for key, (x, y), cluster in zip(keys, points, clusters, strict=True)
    ]
    Track.objects.bulk_update(tracks, ["map_x", "map_y", "cluster"], batch_size=500)


def place_new() -> int:
    """Place tracks that were analysed since among those that have a place; return how many.

    Nothing is done before there is a map.
    """
    new_ones = Track.objects.filter(map_x=None, status=Track.Status.ANALYSED, missing_since=None)
    if not Cluster.objects.exists() or not new_ones.exists():
        return 0
    library = library_vectors(now=True)
    there = Track.objects.exclude(map_x=None).values_list("pk", "map_x", "map_y")
    old = {key: xy for key, *xy in there.iterator(20_000)}
    known = np.isin(library.keys, np.fromiter(old, np.int64, len(old)))
    clusters = list(Cluster.objects.order_by("number"))
    if not known.any() or known.all() or not clusters:
        return 0
    points = np.array([old[int(key)] for key in library.keys[known]], np.float32)
    middles = np.stack([np.frombuffer(bytes(cluster.centroid), "<f4") for cluster in clusters])
    new = library.vectors[~known]
    placed, labels = place(new, library.vectors[known], points), assign(new, middles)
    _write_places(library.keys[~known], placed, [clusters[int(label)].pk for label in labels])
    for row in Cluster.objects.annotate(n=Count("tracks")):
        Cluster.objects.filter(pk=row.pk).update(size=row.n)
    state = Setting.objects.filter(name=_STATE).first()
    if state is not None:
        # Whoever remembers map or clusters sees by this that they have changed.
        Setting.objects.filter(name=_STATE).update(
            value={**state.value, "placed_at": timezone.now().isoformat()}
        )
    return int((~known).sum())


def place_new_soon() -> None:
    """Place new tracks, unless that was done within the last ten seconds; two that ask at once do it once."""
    global _PLACED_AT
    if _PLACING.acquire(blocking=False):
        try:
            if monotonic() - _PLACED_AT > _PLACE_EVERY_S:
                place_new()
                _PLACED_AT = monotonic()
        finally:
            _PLACING.release()


class _Remembered:
    """What was made of the whole library, until that has changed, and for a minute at most.

    Making it takes a good part of a second in large libraries, of a process that answers everybody.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._key: object = None
        self._made_at, self._value = -_KEPT_S, None

    def get(self) -> Any:
        with self._lock:
            key = (look(), json.dumps(_state(), sort_keys=True))
            if key != self._key or monotonic() - self._made_at > _KEPT_S:
                self._value = self._make()
                self._key, self._made_at = key, monotonic()
            return self._value


def _state() -> dict[str, Any]:
    return Setting.objects.filter(name=_STATE).values_list("value", flat=True).first() or {}


def groups_state() -> dict[str, Any]:
    """Return what `schemas.GroupsState` shows."""
    return dict(_groups.get())


def _groups_state() -> dict[str, Any]:
    state = _state()
    total = Track.objects.filter(status=Track.Status.ANALYSED, missing_since=None).count()
    return {
        "made_at": state.get("made_at"),
        "tracks": state.get("tracks", 0),
        "pending": max(0, total - state.get("tracks", 0)),
        "map_method": state.get("map_method"),
        "silhouette": state.get("silhouette"),
        "clusters": clusters_out(),
    }


def clusters_out() -> list[dict[str, Any]]:
    """Return the clusters with the means of their features, the largest first."""
    means = {
        f"mean_{name}": Avg(f"tracks__{name}") for name in SPOTIFY_FEATURES if name not in ("key", "mode")
    }
    rows = Cluster.objects.annotate(**means).order_by("number")
    return [
        {
            "number": row.number,
            "name": row.name,
            "size": row.size,
            "tags": row.tags,
            "means": {
                name: value if (value := getattr(row, f"mean_{name}", None)) is None else round(value, 4)
                for name in SPOTIFY_FEATURES
            },
        }
        for row in rows
    ]


def map_points() -> dict[str, Any]:
    """Return every placed track by columns, as `schemas.MapPoints` has it."""
    names = (
        "public_id", "map_x", "map_y", "title", "artist__name", "genre", "quadrant", "cluster__number",
        "valence", "energy",
    )  # fmt: skip
    found = Track.objects.exclude(map_x=None).filter(missing_since=None).order_by("pk").values_list(*names)
    rows = list(found.iterator(20_000))
    genres = sorted({row[5] for row in rows if row[5]})
    place = {genre: i for i, genre in enumerate(genres)}

    def column(i: int) -> list[Any]:
        return [row[i] for row in rows]

    return {
        "id": column(0),
        "x": [round(x, 4) for x in column(1)],
        "y": [round(y, 4) for y in column(2)],
        "title": column(3),
        "artist": [name or "" for name in column(4)],
        "genre": [place.get(genre, -1) for genre in column(5)],
        "quadrant": [int(quadrant[1:]) if quadrant else 0 for quadrant in column(6)],
        "cluster": [NOISE if number is None else number for number in column(7)],
        "valence": column(8),
        "energy": column(9),
        "genres": genres,
    }


@dataclass(frozen=True, kw_only=True)
class MapAnswer:
    """The map as it is sent.

    Attributes
    ----------
    body, gzipped : bytes
        `map_points` as JSON, and the same for who takes gzip.
    etag : str
        Of its content.
    """

    body: bytes
    gzipped: bytes
    etag: str


def map_answer() -> MapAnswer:
    """Return the map as it is sent, made anew if anything has changed."""
    found: MapAnswer = _map.get()
    return found


def _map_answer() -> MapAnswer:
    body = json.dumps(map_points(), separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return MapAnswer(body=body, gzipped=gzip.compress(body, 1), etag=etag)


_groups, _map = _Remembered(_groups_state), _Remembered(_map_answer)
