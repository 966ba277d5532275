"""What the process remembers of the library keeps in step with the tables: the vectors, the clusters and the map."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from reprise.similarity.space import DIMENSIONS
from reprise.web.library import pgvector
from reprise.web.library.groups import groups_state, make_groups, map_answer, map_points, place_new
from reprise.web.library.models import Analysis, Artist, Track
from reprise.web.library.similar import path, similar_artists
from reprise.web.library.vectors import library_vectors


def add_track(number: int) -> Track:
    vector = np.random.default_rng(number).normal(size=DIMENSIONS)
    vector = (vector / np.linalg.norm(vector)).astype("<f4")
    artist, _ = Artist.objects.get_or_create(name=f"Artist {number % 5}", key=f"artist {number % 5}")
    track = Track.objects.create(
        path=f"/music/{number}.flac", size=1, mtime_ns=1, title=f"Song {number}", title_key=f"song {number}",
        artist=artist, status="analysed", energy=0.5, valence=0.5, genre="jazz",
    )  # fmt: skip
    embedding = np.random.default_rng(number).uniform(size=500).astype("<f2")
    Analysis.objects.create(
        track=track, record={}, model="made up", embedding=embedding.tobytes(), vector=vector.tobytes()
    )
    pgvector.store_place(track.pk, vector)
    return track


@pytest.fixture
def tracks(db: None) -> list[Track]:
    made = [add_track(number) for number in range(12)]
    library_vectors(now=True)
    return made


def keys() -> list[int]:
    return library_vectors(now=True).keys.tolist()


def test_vectors_of_new_tracks_come_in(tracks: list[Track]) -> None:
    new = add_track(100)
    assert keys() == [*(track.pk for track in tracks), new.pk]


def test_vectors_of_deleted_and_missing_tracks_go_and_those_that_return_come_back(
    tracks: list[Track],
) -> None:
    before = keys()
    Track.objects.filter(pk=before[5]).update(missing_since=timezone.now())
    tracks[3].delete()
    assert keys() == [key for key in before if key not in (before[3], before[5])]
    Track.objects.filter(pk=before[5]).update(missing_since=None)
    assert before[5] in keys()


def test_one_goes_missing_while_another_comes_back(tracks: list[Track]) -> None:
    then = timezone.now()
    Track.objects.filter(pk=tracks[0].pk).update(missing_since=then)
    assert tracks[0].pk not in keys()
    Track.objects.filter(pk=tracks[0].pk).update(missing_since=None)
    Track.objects.filter(pk=tracks[1].pk).update(missing_since=then + timedelta(seconds=1))
    assert tracks[0].pk in keys()
    assert tracks[1].pk not in keys()


def test_one_is_deleted_while_another_comes(tracks: list[Track]) -> None:
    gone = tracks[2].pk
    tracks[2].delete()
    new = add_track(101)
    assert gone not in keys()
    assert new.pk in keys()


def test_an_analysis_that_was_begun_earlier_and_committed_later_comes_in(tracks: list[Track]) -> None:
    late = add_track(102)
    Analysis.objects.filter(pk=late.pk).update(changed_at=timezone.now() - timedelta(minutes=1))
    assert late.pk in keys()


def test_rows_of_artists_are_their_tracks(tracks: list[Track]) -> None:
    library = library_vectors(now=True)
    rows = library.artist_rows
    for place, artist in enumerate(rows.keys):
        found = rows.of(place)
        assert set(library.artists[found]) == {artist}
        length = np.linalg.norm(library.vectors[found].sum(axis=0))
        assert rows.lengths[place] == pytest.approx(length, rel=1e-5)
    assert sorted(rows.rows.tolist()) == list(range(library.keys.size))


def test_similar_artists_are_ranked_by_the_cosine_with_their_mean(tracks: list[Track]) -> None:
    library = library_vectors(now=True)
    found: list[Any] = similar_artists(None, tracks[0], 10)
    own = library.vectors[library.rows_of([tracks[0].pk])[0]]
    for row in found:
        mean = library.vectors[library.artists == row["artist"].pk].mean(axis=0)
        assert row["similarity"] == pytest.approx(float(own @ mean / np.linalg.norm(mean)), abs=1e-3)
    assert [row["similarity"] for row in found] == sorted((r["similarity"] for r in found), reverse=True)


def test_a_path_leads_from_one_to_the_other(tracks: list[Track]) -> None:
    way = path(tracks[0], tracks[7], 5)
    assert (way[0].track, way[-1].track) == (tracks[0], tracks[7])
    assert way[0].similarity is None
    assert all(step.similarity is not None for step in way[1:])
    assert len({step.track.pk for step in way}) == len(way)


def test_what_is_asked_about_a_track_that_came_this_very_moment_knows_it(tracks: list[Track]) -> None:
    library_vectors(now=True)
    new = add_track(104)
    assert similar_artists(None, new, 3)
    newer = add_track(105)
    assert path(tracks[0], newer, 4)[-1].track == newer


def test_map_and_clusters_show_new_tracks_and_lose_deleted_ones(tracks: list[Track]) -> None:
    make_groups()
    assert json.loads(map_answer().body) == map_points()
    before, pending = map_answer().etag, groups_state()["pending"]
    new = add_track(103)
    assert groups_state()["pending"] == pending + 1
    assert place_new() == 1
    assert new.public_id in json.loads(map_answer().body)["id"]
    assert sum(cluster["size"] for cluster in groups_state()["clusters"]) == len(tracks) + 1
    assert map_answer().etag != before
    new.delete()
    assert new.public_id not in json.loads(map_answer().body)["id"]


def test_the_map_is_sent_compressed_to_who_takes_that(owner_client: Client, tracks: list[Track]) -> None:
    make_groups()
    plain = owner_client.get("/api/v1/map")
    packed = owner_client.get("/api/v1/map", headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    again = owner_client.get("/api/v1/map", headers={"if-none-match": plain.headers["ETag"]})
    assert again.status_code == 304
