"""Recommendations on a library of made-up vectors and values: what holds for every list, whatever is wished for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.similarity.space import DIMENSIONS
from reprise.web.library.genre_seeds import forget_genres, genre_slug
from reprise.web.library.models import Album, Analysis, Artist, Track, TrackLabel
from reprise.web.library.recommending import (
    TUNABLE,
    Recommendations,
    Seed,
    Wishes,
    available_genres,
    recommend,
)
from reprise.web.library.vectors import Snapshot, library_vectors

COUNT = 240
GENRES = ("hip hop", "r&b", "drum and bass", "jazz")
SPELLED = ("hip-hop", "r-and-b", "drum-and-bass", "jazz")
KNOWN = tuple(name for name in TUNABLE if name != "popularity")
TARGETS = {
    "danceability": 0.95, "energy": 0.05, "valence": 0.95, "acousticness": 0.05, "instrumentalness": 0.95,
    "liveness": 0.95, "speechiness": 0.95, "loudness": -38.0, "tempo": 190.0, "duration_ms": 50_000.0, "mode": 0.0,
    "time_signature": 3.0,
}  # fmt: skip
"""Near the ends, where few lists are by themselves."""

COMMON = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def values(rng: np.random.Generator, number: int) -> dict[str, Any]:
    """Make up values; some tracks have no tempo, no key, no metre."""
    found: dict[str, Any] = {
        name: float(rng.random())
        for name in (
            "danceability",
            "energy",
            "valence",
            "acousticness",
            "instrumentalness",
            "liveness",
            "speechiness",
        )
    }
    found |= {"loudness": float(rng.uniform(-40, 0)), "tempo": float(rng.uniform(50, 200))}
    found |= {
        "duration_ms": int(rng.integers(30_000, 600_000)),
        "time_signature": int(rng.choice([3, 4, 4, 4])),
    }
    found |= {"key": int(rng.integers(0, 12)), "mode": int(rng.integers(0, 2))}
    if number % 9 == 0:
        found |= {"tempo": None, "time_signature": None}
    if number % 11 == 0:
        found |= {"key": -1, "mode": None}
    return found


def row(number: int, given: dict[str, Any], **columns: Any) -> Track:
    fields: dict[str, Any] = {
        "title": f"Song {number}",
        "title_key": f"song {number}",
        "audio_hash": f"{number:032x}",
    }
    fields |= given | columns
    return Track(path=f"/music/{number}.flac", size=1, mtime_ns=1, status="analysed", **fields)


def store(tracks: list[Track], vectors: list[np.ndarray]) -> list[Track]:
    """Store tracks and their places."""
    made = Track.objects.bulk_create(tracks)
    unit = [(vector / np.linalg.norm(vector)).astype("<f4").tobytes() for vector in vectors]
    rest: dict[str, Any] = {"record": {}, "model": "made up", "embedding": np.zeros(500, "<f2").tobytes()}
    Analysis.objects.bulk_create(
        Analysis(track=track, vector=vector, changed_at=timezone.now(), **rest)
        for track, vector in zip(made, unit, strict=True)
    )
    return made


@pytest.fixture
def tracks(db: None) -> list[Track]:
    """Make a library of four genres; number 5 is by an artist of many tracks, 1 and 2 have copies."""
    forget_genres()
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(len(GENRES), DIMENSIONS))
    artists = Artist.objects.bulk_create(Artist(name=f"Artist {n}", key=f"artist {n}") for n in range(60))
    albums = Album.objects.bulk_create(
        Album(title=f"Album {n}", key=f"album {n}", artist=artist) for n, artist in enumerate(artists)
    )
    rows, vectors = [], []
    for number in range(COUNT):
        kind, who = number % len(GENRES), 5 if number % 6 == 5 else number % 60
        owners = {"artist": artists[who], "album": albums[who]} if number % 7 else {}
        rows.append(row(number, values(rng, number), **owners))
        vectors.append(centres[kind] + rng.normal(size=DIMENSIONS))
    rows += [
        row(900, values(rng, 1), audio_hash=rows[1].audio_hash),
        row(901, values(rng, 1), title_key=rows[2].title_key, artist=rows[2].artist),
        row(902, values(rng, 1), audio_hash=f"{901:032x}"),  # a copy of a copy
        row(903, values(rng, 1), missing_since="2026-01-01T00:00Z"),
    ]
    vectors += [rng.normal(size=DIMENSIONS), centres[2], centres[2], centres[1]]
    made = store(rows, vectors)
    labels = [TrackLabel(track=track, kind="tag", name="guitar", score=0.5) for track in made]
    for number, track in enumerate(made[:COUNT]):
        score = float(rng.uniform(0.2, 1))
        labels.append(TrackLabel(track=track, kind="genre", name=GENRES[number % len(GENRES)], score=score))
    labels.append(TrackLabel(track=made[0], kind="file", name="hip-hop", score=1.0))
    TrackLabel.objects.bulk_create(labels)
    library_vectors(now=True)
    return made


def of(track: Track) -> Seed:
    return Seed(kind="track", id=track.public_id)


def ids(found: Recommendations) -> list[int]:
    return [track.pk for track in found.tracks]


@st.composite
def bounds(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, float]]:
    least, most = {}, {}
    for name in draw(st.lists(st.sampled_from(KNOWN), max_size=3, unique=True)):
        low, high = {"loudness": (-45, 0), "tempo": (40, 210), "duration_ms": (1, 700_000), "key": (0, 11),
                     "mode": (0, 1), "time_signature": (3, 7)}.get(name, (0, 1))  # fmt: skip
        kind = (
            st.integers(low, high)
            if name in ("key", "mode", "time_signature", "duration_ms")
            else st.floats(low, high)
        )
        if draw(st.booleans()):
            least[name] = draw(kind)
        if draw(st.booleans()):
            most[name] = draw(kind)
    return least, most


@st.composite
def seed_numbers(draw: st.DrawFn) -> list[tuple[str, int]]:
    """Draw 1 to 5 seeds: a kind, and which track, artist or genre."""
    pair = st.tuples(st.sampled_from(["track", "artist", "genre"]), st.integers(0, COUNT + 3))
    return draw(st.lists(pair, min_size=1, max_size=5, unique=True))


def seeds_of(numbers: list[tuple[str, int]], tracks: list[Track]) -> list[Seed]:
    names: dict[str, Any] = {
        "track": lambda n: tracks[n].public_id,
        "artist": lambda n: (tracks[n].artist or tracks[5].artist).public_id,
        "genre": lambda n: SPELLED[n % len(SPELLED)],
    }
    return [Seed(kind=kind, id=names[kind](number)) for kind, number in numbers]  # type: ignore[arg-type]


@COMMON
@given(
    numbers=seed_numbers(),
    within=bounds(),
    limit=st.integers(1, 100),
    aimed=st.sets(st.sampled_from(sorted(TARGETS))),
)
def test_every_list_keeps_its_bounds(
    tracks: list[Track],
    numbers: list[tuple[str, int]],
    within: tuple[dict[str, float], dict[str, float]],
    limit: int,
    aimed: set[str],
) -> None:
    seeds = seeds_of(numbers, tracks)
    wishes = Wishes(
        limit=limit, least=within[0], most=within[1], targets={name: TARGETS[name] for name in aimed}
    )
    found = recommend(seeds, wishes)
    assert len(found.tracks) <= limit
    for track in found.tracks:
        for name, bound in within[0].items():
            assert getattr(track, name) >= bound
        for name, bound in within[1].items():
            assert getattr(track, name) <= bound
            assert name != "key" or track.key >= 0
    assert not {track.public_id for track in found.tracks} & {seed.id for seed in seeds}
    hashes = [track.audio_hash for track in found.tracks]
    assert len(set(hashes)) == len(hashes)
    named = [(track.title_key, track.artist_id) for track in found.tracks if track.artist_id]
    assert len(set(named)) == len(named)
    for pool in found.pools:
        assert COUNT + 3 >= pool.initial >= pool.filtered >= pool.distinct >= 0
    assert [pool.seed for pool in found.pools] == seeds
    most = max(pool.distinct for pool in found.pools)
    assert len(found.tracks) >= min(limit, most)
    assert len(found.tracks) <= sum(pool.distinct for pool in found.pools)
    assert ids(recommend(seeds, wishes)) == ids(found)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("limit", [5, 20])
def test_a_target_moves_the_mean_towards_it(tracks: list[Track], name: str, limit: int) -> None:
    def mean(targets: dict[str, float]) -> float:
        lists = [
            recommend([of(track)], Wishes(limit=limit, targets=targets)).tracks for track in tracks[8:12]
        ]
        return float(
            np.mean([v for each in lists for track in each if (v := getattr(track, name)) is not None])
        )

    target = TARGETS[name]
    assert abs(mean({name: target}) - target) < abs(mean({}) - target)


def test_a_target_of_key_prefers_the_key_and_its_neighbours_on_the_circle_of_fifths(
    tracks: list[Track],
) -> None:
    def fifths(targets: dict[str, float]) -> float:
        found = recommend([of(tracks[8])], Wishes(limit=20, targets=targets)).tracks
        away = [7 * (each.key - 11) % 12 for each in found if each.key >= 0]
        return float(np.mean([min(each, 12 - each) for each in away]))

    assert fifths({"key": 11}) < fifths({}) - 0.5


def test_more_targets_than_one_are_all_approached(tracks: list[Track]) -> None:
    aimed = {"energy": 0.9, "valence": 0.1}
    plain = recommend([of(tracks[8])], Wishes(limit=20)).tracks
    found = recommend([of(tracks[8])], Wishes(limit=20, targets=aimed)).tracks
    for name, target in aimed.items():
        assert np.mean([abs(getattr(t, name) - target) for t in found]) < np.mean(
            [abs(getattr(t, name) - target) for t in plain]
        )


def test_what_is_recommended_is_like_the_seeds(tracks: list[Track]) -> None:
    for number in range(4, 12):
        found = recommend([of(tracks[number])], Wishes(limit=10))
        near = [
            track
            for track in found.tracks
            if track.pk in {each.pk for each in tracks[number % 4 : COUNT : 4]}
        ]
        assert len(near) >= 9


def test_copies_of_a_seed_are_not_recommended(tracks: list[Track]) -> None:
    for seed, copies in ((1, [COUNT]), (2, [COUNT + 1, COUNT + 2])):
        pool = recommend([of(tracks[seed])], Wishes(limit=100)).pools[0]
        assert pool.initial == COUNT + 3 - 1 - len(copies)
    assert recommend([of(tracks[8])], Wishes()).pools[0].distinct == COUNT - 1


def test_a_prolific_artist_is_not_all_there_is(tracks: list[Track]) -> None:
    seed = Seed(kind="artist", id=tracks[5].artist.public_id)
    counts = Counter(
        track.artist_id for track in recommend([seed], Wishes(limit=20)).tracks if track.artist_id
    )
    assert counts[tracks[5].artist_id] <= 2
    assert (
        max(Counter(t.album_id for t in recommend([seed], Wishes(limit=20)).tracks if t.album_id).values())
        <= 1
    )


def test_a_library_of_one_artist_still_fills_the_list(tracks: list[Track]) -> None:
    Track.objects.update(artist=tracks[5].artist, album=tracks[5].album)
    Analysis.objects.update(changed_at=timezone.now())
    library_vectors(now=True)
    assert len(recommend([of(tracks[8])], Wishes(limit=50)).tracks) == 50


@pytest.mark.parametrize(
    ("spelled", "kind"), [*zip(SPELLED, range(4), strict=True), ("hiphop", 0), ("r-n-b", 1), ("R&B", 1)]
)
def test_genres_alone_recommend_their_tracks_alone(tracks: list[Track], spelled: str, kind: int) -> None:
    found = recommend([Seed(kind="genre", id=spelled)], Wishes(limit=30))
    assert len(found.tracks) == 30
    assert {track.pk for track in found.tracks} <= {track.pk for track in tracks[kind:COUNT:4]}
    assert found.pools[0].initial == COUNT // 4


def test_the_genres_are_those_of_the_library_each_once(tracks: list[Track]) -> None:
    assert available_genres() == sorted(SPELLED)
    Track.objects.filter(labels__name="jazz").update(missing_since="2026-01-02T00:00Z")
    library_vectors(now=True)
    assert available_genres() == sorted(SPELLED[:3])


def test_new_labels_are_noticed(tracks: list[Track], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "polka" not in available_genres()
    monkeypatch.setattr("reprise.web.library.genre_seeds._LOOK_EVERY_S", 0.0)
    tracks[0].labels.filter(kind="genre").delete()
    TrackLabel.objects.create(track=tracks[0], kind="genre", name="polka", score=0.7)
    assert "polka" in available_genres()
    assert ids(recommend([Seed(kind="genre", id="polka")], Wishes())) == [tracks[0].pk]
    # The file still says it, so of hip hop there are as many as before; of jazz there is one less.
    tracks[3].labels.filter(kind="genre").delete()
    TrackLabel.objects.create(track=tracks[3], kind="genre", name="polka", score=0.7)
    pools = recommend([Seed(kind="genre", id=name) for name in ("hip-hop", "jazz", "polka")], Wishes()).pools
    assert [pool.initial for pool in pools] == [COUNT // 4, COUNT // 4 - 1, 2]


def test_what_is_unknown_counts_for_nothing(tracks: list[Track]) -> None:
    queued = Track.objects.create(path="/music/new.flac", size=1, mtime_ns=1, title="New", title_key="new")
    nothing = [
        Seed(kind="track", id="0" * 22), Seed(kind="artist", id="0" * 22), Seed(kind="genre", id="no such"), of(queued),
    ]  # fmt: skip
    found = recommend(nothing, Wishes())
    assert found.tracks == []
    assert [(pool.initial, pool.filtered, pool.distinct) for pool in found.pools] == [(0, 0, 0)] * 4
    assert ids(recommend([*nothing, of(tracks[8])], Wishes())) == ids(recommend([of(tracks[8])], Wishes()))


def test_popularity_changes_nothing(tracks: list[Track]) -> None:
    asked = Wishes(least={"popularity": 90}, most={"popularity": 10}, targets={"popularity": 50})
    assert ids(recommend([of(tracks[8])], asked)) == ids(recommend([of(tracks[8])], Wishes()))


def test_a_bound_is_met_to_the_last_digit(tracks: list[Track]) -> None:
    value = tracks[40].energy
    at = Wishes(limit=100, least={"energy": value}, most={"energy": value})
    above = Wishes(limit=100, least={"energy": float(np.nextafter(value, 1))}, most={"energy": value})
    assert ids(recommend([of(tracks[8])], at)) == [tracks[40].pk]
    assert recommend([of(tracks[8])], above).tracks == []


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(limit=0),
        Wishes(limit=101),
        Wishes(least={"colour": 1}),
        Wishes(targets={"tempo": float("nan")}),
    ],
)
def test_wishes_that_cannot_be_meant_are_refused(tracks: list[Track], wishes: Wishes) -> None:
    with pytest.raises(ParameterError):
        recommend([of(tracks[0])], wishes)


def test_one_to_five_seeds_are_asked_for(tracks: list[Track]) -> None:
    for count in (0, 6):
        with pytest.raises(ParameterError, match="1 to 5"):
            recommend([of(track) for track in tracks[:count]], Wishes())


def test_an_empty_library_recommends_nothing(db: None) -> None:
    forget_genres()
    library_vectors(now=True)
    assert available_genres() == []
    asked = [Seed(kind="genre", id="jazz"), Seed(kind="artist", id="0" * 22)]
    assert recommend(asked, Wishes(targets={"tempo": 120}, least={"energy": 0.1})).tracks == []


def test_a_track_that_was_heard_is_found_by_its_genre(track: Track) -> None:
    forget_genres()
    library_vectors(now=True)
    names = available_genres()
    assert genre_slug(track.genre) in names
    found = recommend([Seed(kind="genre", id=names[0])], Wishes(targets={"tempo": 120}))
    assert ids(found) == [track.pk]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25))
def test_copies_of_copies_are_one_recording(hashes: list[tuple[int, int]]) -> None:
    audio, names = np.array(hashes, np.int64).reshape(-1, 2).T
    n, nothing = len(hashes), np.zeros(len(hashes), np.int64)
    found = Snapshot(
        keys=np.arange(n), vectors=np.zeros((n, 1), np.float32), features=np.zeros((n, 1), np.float32), artists=nothing,
        albums=nothing, attributes=np.zeros((1, n)), audio=audio, names=names,
    ).recordings  # fmt: skip
    # By brute force: a copy takes the lower number until nothing changes.
    expected = np.arange(len(hashes))
    for _ in hashes:
        for i, one in enumerate(hashes):
            for j, other in enumerate(hashes):
                if any(a and a == b for a, b in zip(one, other, strict=True)):
                    expected[[i, j]] = min(expected[i], expected[j])
    assert np.array_equal(found[:, None] == found, expected[:, None] == expected)


@given(st.text(max_size=40))
@example("𝐀")
@example("İΐŉ ＆ ﬁ")
def test_a_slug_has_no_comma_and_is_its_own_slug(name: str) -> None:
    slug = genre_slug(name)
    assert "," not in slug and " " not in slug
    assert genre_slug(slug) == slug
