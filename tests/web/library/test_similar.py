"""Neighbours, mixes, artists, audience, clusters and the map, on a library of made-up vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.similarity.space import DIMENSIONS
from reprise.web.library import pgvector
from reprise.web.library import similar as similar_module
from reprise.web.library.audience import audience
from reprise.web.library.groups import groups_state, make_groups, map_points, place_new
from reprise.web.library.models import Album, Analysis, Artist, Track, TrackLabel
from reprise.web.library.search import matching_ids
from reprise.web.library.similar import Wanted, _mixed, mix, similar, similar_artists
from reprise.web.library.vectors import library_vectors

KINDS, EACH = 4, 15
ANY = Wanted(per_artist=0, per_album=0)


def add_track(number: int, vector: np.ndarray) -> Track:
    kind = number % KINDS
    artist, _ = Artist.objects.get_or_create(name=f"Artist {number % 12}", key=f"artist {number % 12}")
    album, _ = Album.objects.get_or_create(
        title=f"Album {number % 24}", key=f"album {number % 24}", artist=artist
    )
    track = Track.objects.create(
        path=f"/music/{number}.flac", size=1, mtime_ns=1, title=f"Song {number}", title_key=f"song {number}",
        artist=artist, album=album, status="analysed", genre=f"kind {kind}", year=1960 + 10 * kind, energy=kind / 4,
        tempo=80 + 20 * kind, key=kind, mode=1, danceability=0.5,
    )  # fmt: skip
    embedding = np.zeros(500, "<f2")
    embedding[[kind, 250 + kind]] = 0.9
    Analysis.objects.create(
        track=track,
        record={},
        model="made up",
        embedding=embedding.tobytes(),
        vector=vector.astype("<f4").tobytes(),
    )
    pgvector.store_place(track.pk, vector)
    TrackLabel.objects.create(track=track, kind="genre", name=f"kind {kind}", score=0.9)
    return track


@pytest.fixture
def tracks(db: None) -> list[Track]:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(KINDS, DIMENSIONS))
    made = []
    for number in range(KINDS * EACH):
        vector = centres[number % KINDS] + 0.4 * rng.normal(size=DIMENSIONS)
        made.append(add_track(number, (vector / np.linalg.norm(vector)).astype(np.float32)))
    library_vectors(now=True)
    return made


def brute_force(track: Track, count: int) -> list[int]:
    rows = dict(Analysis.objects.values_list("pk", "vector"))
    own = np.frombuffer(bytes(rows[track.pk]), "<f4")
    scores = {
        key: float(np.frombuffer(bytes(row), "<f4") @ own) for key, row in rows.items() if key != track.pk
    }
    return sorted(scores, key=lambda key: -scores[key])[:count]


def test_neighbours_are_those_of_the_largest_dot_products(tracks: list[Track]) -> None:
    for track in tracks[:5]:
        found = similar(track, Wanted(limit=10, per_artist=0, per_album=0))
        assert [each.track.pk for each in found] == brute_force(track, 10)


def test_an_artist_and_an_album_are_not_all_there_is(tracks: list[Track]) -> None:
    found = similar(tracks[0], Wanted(limit=20, per_artist=2, per_album=1))
    artists = [each.track.artist_id for each in found]
    albums = [each.track.album_id for each in found]
    assert len(found) == 20
    assert max(artists.count(artist) for artist in artists) <= 2
    assert max(albums.count(album) for album in albums) == 1


def test_a_query_bounds_the_neighbours(tracks: list[Track]) -> None:
    found = similar(tracks[0], Wanted(limit=10, q="energy>0.6", per_artist=0, per_album=0))
    assert len(found) == 10
    assert all(each.track.energy > 0.6 for each in found)


def test_however_far_the_nearest_are_looked_through_a_query_has_the_same_neighbours(
    tracks: list[Track], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = library_vectors()
    scores = library.vectors @ library.vectors[7]
    for q in ("energy>0.6", "-energy>0.6", 'genre:"kind 2"', "song 17", "zzzz", "song"):
        allowed = set(matching_ids(q).tolist())
        wanted = [row for row in np.argsort(-scores, kind="stable") if library.keys[row] in allowed][:4]
        for most in (0, 20, 1000):
            monkeypatch.setattr(similar_module, "_MOST_LOOKED_THROUGH", most)
            assert similar_module._best_found(library, scores, 4, q).tolist() == wanted, (q, most)


def test_features_can_outweigh_sound(tracks: list[Track]) -> None:
    found = similar(tracks[1], Wanted(limit=5, features_weight=1.0, per_artist=0, per_album=0))
    assert {each.track.energy for each in found} == {tracks[1].energy}


def test_what_is_subtracted_is_moved_away_from(tracks: list[Track]) -> None:
    both = mix({tracks[0].pk: 1, tracks[1].pk: 1}, ANY)
    less = mix({tracks[0].pk: 1, tracks[1].pk: -1}, ANY)
    kinds = [each.track.pk % KINDS for each in both]
    assert {tracks[0].pk % KINDS, tracks[1].pk % KINDS} == set(kinds)
    assert tracks[1].pk % KINDS not in [each.track.pk % KINDS for each in less[:10]]


def test_a_mix_of_nothing_added_is_refused(tracks: list[Track]) -> None:
    with pytest.raises(ParameterError, match="above 0"):
        mix({tracks[0].pk: -1}, ANY)


@given(
    weights=st.lists(st.floats(-10, 10).filter(lambda w: abs(w) > 1e-3), min_size=1, max_size=6),
    seed=st.integers(0, 1000),
)
def test_a_mixture_has_unit_length_and_stays_on_the_side_of_what_is_added(
    weights: list[float], seed: int
) -> None:
    vectors = np.random.default_rng(seed).normal(size=(len(weights), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    w = np.array(weights, np.float32)
    mixed = _mixed(vectors, w)
    if not (w > 0).any():
        assert mixed is None
        return
    assert mixed is not None
    assert np.linalg.norm(mixed) == pytest.approx(1, abs=1e-4)
    added = (w[w > 0, None] * vectors[w > 0]).sum(axis=0)
    assert float(mixed @ added) > -1e-4


def test_a_new_track_and_a_missing_one_are_noticed(tracks: list[Track]) -> None:
    vector = library_vectors(now=True).vectors[0]
    new = add_track(400, vector)
    assert similar(tracks[0], ANY)[0].track != new or library_vectors(now=True).keys.size == len(tracks) + 1
    assert library_vectors(now=True).keys[-1] == new.pk
    Track.objects.filter(pk=new.pk).update(missing_since="2026-01-01T00:00Z")
    assert new.pk not in library_vectors(now=True).keys


def test_similar_artists_leave_the_artist_out(tracks: list[Track]) -> None:
    found = similar_artists(tracks[0].artist_id, None, 5)
    assert len(found) == 5
    assert tracks[0].artist_id not in [row["artist"].pk for row in found]


def test_the_audience_is_that_of_the_neighbours(tracks: list[Track]) -> None:
    found = audience(tracks[0])
    assert found["styles"][0]["name"] == tracks[0].genre
    assert found["eras"][0]["name"] == f"{tracks[0].year}s"
    assert found["known_country"] == 0
    assert any("country" in caveat for caveat in found["caveats"])
    assert sum(style["share"] for style in found["styles"]) == pytest.approx(1, abs=1e-2)


def test_clusters_are_the_kinds_and_new_tracks_find_theirs(tracks: list[Track]) -> None:
    state = make_groups()
    assert [cluster["size"] for cluster in state["clusters"]] == [EACH] * KINDS
    points = map_points()
    assert len(points["id"]) == len(tracks)
    assert min(points["x"] + points["y"]) >= 0 and max(points["x"] + points["y"]) <= 1
    new = add_track(KINDS * 100, library_vectors().vectors[0])
    assert place_new() == 1
    new.refresh_from_db()
    tracks[0].refresh_from_db()
    assert new.cluster == tracks[0].cluster
    assert groups_state()["pending"] == 1


def test_an_empty_library_has_no_groups(db: None) -> None:
    assert make_groups()["clusters"] == []
    assert map_points()["id"] == []
