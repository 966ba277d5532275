"""spotipy as it is published: every method that Reprise's endpoints serve, against a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.exceptions import SpotifyException, SpotifyOauthError
from spotipy.oauth2 import SpotifyClientCredentials

from reprise.targets import SPOTIFY_FEATURES

# Spotify has closed most of what this is about, and spotipy says so.
pytestmark = pytest.mark.filterwarnings("ignore:You're using:DeprecationWarning")

Library = dict[str, dict[str, Any]]


def client(url: str, client_id: str = "anything", secret: str = "at all") -> spotipy.Spotify:
    """What docs/how-to/spotify-clients.md says to do."""
    manager = SpotifyClientCredentials(client_id, secret, cache_handler=MemoryCacheHandler())
    manager.OAUTH_TOKEN_URL = f"{url}/api/token"
    sp = spotipy.Spotify(auth_manager=manager, retries=0, requests_timeout=30)
    sp.prefix = f"{url}/v1/"
    return sp


@pytest.fixture(scope="module")
def sp(url: str) -> Iterator[spotipy.Spotify]:
    yield client(url)


@pytest.fixture
def playlist(sp: spotipy.Spotify, library: Library) -> Iterator[str]:
    """A playlist of the first three tracks."""
    made = sp.user_playlist_create(sp.me()["id"], "Three", description="of the demo")
    sp.playlist_add_items(made["id"], [f"spotify:track:{each['id']}" for each in list(library.values())[:3]])
    yield made["id"]
    sp.current_user_unfollow_playlist(made["id"])


def names(sp: spotipy.Spotify, playlist: str) -> list[str]:
    return [item["track"]["name"] for item in sp.playlist_items(playlist)["items"]]


def test_tracks(sp: spotipy.Spotify, library: Library):
    one = library["Night Ferry"]
    track = sp.track(one["id"])
    assert (track["id"], track["name"]) == (one["id"], "Night Ferry")
    assert track["artists"][0]["name"] == "House"
    assert track["album"]["name"] == "Reprise Demo"
    assert track["duration_ms"] == one["duration_ms"]
    # Identifiers in all of the three forms that spotipy takes.
    assert sp.track(track["uri"]) == sp.track(f"https://open.spotify.com/track/{one['id']}") == track
    ids = [each["id"] for each in library.values()]
    found = sp.tracks([*ids, "0" * 22])["tracks"]
    assert [each and each["id"] for each in found] == [*ids, None]


def test_artists(sp: spotipy.Spotify, library: Library):
    house = library["Night Ferry"]["artist"]["id"]
    assert sp.artist(house)["name"] == "House"
    assert [each["name"] for each in sp.artists([house])["artists"]] == ["House"]
    assert [each["name"] for each in sp.artist_albums(house)["items"]] == ["Reprise Demo"]
    assert [each["name"] for each in sp.artist_top_tracks(house)["tracks"]] == ["Night Ferry"]
    related = sp.artist_related_artists(house)["artists"]
    assert 0 < len(related) <= 20
    assert house not in {each["id"] for each in related}


def test_albums(sp: spotipy.Spotify, library: Library):
    demo = library["Night Ferry"]["album"]["id"]
    assert sp.album(demo)["name"] == "Reprise Demo"
    assert [each["id"] for each in sp.albums([demo])["albums"]] == [demo]
    assert [each["name"] for each in sp.album_tracks(demo)["items"]] == ["Night Ferry"]


def test_search_with_filters_and_pages(sp: spotipy.Spotify, library: Library):
    found = sp.search("night ferry", type="track,artist,album", limit=50)
    assert found["tracks"]["items"][0]["name"] == "Night Ferry"
    assert set(found) == {"tracks", "artists", "albums"}
    by_field = sp.search('artist:house track:"night ferry"', type="track")
    assert [each["name"] for each in by_field["tracks"]["items"]] == ["Night Ferry"]
    assert sp.search("artist:jazz", type="artist")["artists"]["items"][0]["name"] == "Jazz"
    assert sp.search("nothing like this is here", type="track")["tracks"]["total"] == 0


def test_pages_are_walked_forth_and_back(sp: spotipy.Spotify, playlist: str):
    first = sp.playlist_items(playlist, limit=2)
    assert len(first["items"]) == 2
    second = sp.next(first)
    assert [item["track"]["name"] for item in first["items"] + second["items"]] == names(sp, playlist)
    assert sp.next(second) is None
    back = sp.previous(second)
    assert [item["track"]["id"] for item in back["items"]] == [item["track"]["id"] for item in first["items"]]


def test_me_and_users(sp: spotipy.Spotify, playlist: str):
    me = sp.me()
    assert me == sp.current_user()
    assert sp.user(me["id"])["id"] == me["id"]
    assert playlist in {each["id"] for each in sp.current_user_playlists()["items"]}
    assert playlist in {each["id"] for each in sp.user_playlists(me["id"])["items"]}


def test_playlists_are_read_and_written(sp: spotipy.Spotify, library: Library, playlist: str):
    titles = list(library)
    uris = [f"spotify:track:{each['id']}" for each in library.values()]
    read = sp.playlist(playlist)
    assert (read["name"], read["description"], read["owner"]["id"]) == ("Three", "of the demo", sp.me()["id"])
    assert read["tracks"]["total"] == 3
    assert names(sp, playlist) == titles[:3]
    assert sp.playlist_add_items(playlist, uris[3:5], position=0)["snapshot_id"]
    assert names(sp, playlist) == titles[3:5] + titles[:3]
    assert sp.playlist_reorder_items(playlist, range_start=0, insert_before=5, range_length=2)["snapshot_id"]
    assert names(sp, playlist) == titles[:5]
    assert sp.playlist_remove_all_occurrences_of_items(playlist, [uris[0]])["snapshot_id"]
    assert names(sp, playlist) == titles[1:5]
    sp.playlist_remove_specific_occurrences_of_items(playlist, [{"uri": uris[1], "positions": [0]}])
    assert names(sp, playlist) == titles[2:5]
    sp.playlist_replace_items(playlist, uris[5:7])
    assert names(sp, playlist) == titles[5:7]
    sp.playlist_replace_items(playlist, [])
    assert names(sp, playlist) == []
    sp.playlist_change_details(playlist, name="Renamed", description="")
    assert sp.playlist(playlist, fields="name")["name"] == "Renamed"


def test_the_older_names_of_playlist_methods(sp: spotipy.Spotify, library: Library, playlist: str):
    me, other = sp.me()["id"], library["Tailwind"]["id"]
    with pytest.warns(DeprecationWarning):
        sp.user_playlist_add_tracks(me, playlist, [other])
    assert names(sp, playlist)[-1] == "Tailwind"
    with pytest.warns(DeprecationWarning):
        sp.user_playlist_remove_all_occurrences_of_tracks(me, playlist, [other])
    assert "Tailwind" not in names(sp, playlist)
    with pytest.warns(DeprecationWarning):
        assert sp.user_playlist(me, playlist)["id"] == playlist


def test_audio_features(sp: spotipy.Spotify, library: Library):
    ids = [each["id"] for each in library.values()]
    found = sp.audio_features([*ids, "0" * 22])
    assert found[-1] is None
    for features, ours in zip(found, library.values(), strict=False):
        for name in SPOTIFY_FEATURES:
            if ours[name] is not None:
                assert features[name] == pytest.approx(ours[name]), name
        assert features["type"] == "audio_features"
    assert sp.audio_features(ids[0]) == found[:1]


def test_audio_analysis(sp: spotipy.Spotify, library: Library):
    ferry = library["Night Ferry"]
    analysis = sp.audio_analysis(ferry["id"])
    assert set(analysis) == {"meta", "track", "bars", "beats", "sections", "segments", "tatums"}
    assert analysis["track"]["tempo"] == pytest.approx(ferry["tempo"], abs=0.01)
    assert analysis["track"]["duration"] == pytest.approx(ferry["duration_ms"] / 1000, abs=0.1)
    assert len(analysis["tatums"]) > len(analysis["beats"]) > len(analysis["bars"]) > 1
    assert all(len(each["pitches"]) == len(each["timbre"]) == 12 for each in analysis["segments"])


def test_recommendations(sp: spotipy.Spotify, library: Library):
    ferry = library["Night Ferry"]
    found = sp.recommendations(seed_tracks=[ferry["id"]], limit=5, target_energy=0.8)
    assert 0 < len(found["tracks"]) <= 5
    assert ferry["id"] not in {each["id"] for each in found["tracks"]}
    assert [(seed["id"], seed["type"].lower()) for seed in found["seeds"]] == [(ferry["id"], "track")]
    assert found["seeds"][0]["initialPoolSize"] >= found["seeds"][0]["afterFilteringSize"] > 0
    fast = sp.recommendations(seed_artists=[ferry["artist"]["id"]], min_tempo=100, max_energy=0.7)
    kept = sp.audio_features([each["id"] for each in fast["tracks"]]) if fast["tracks"] else []
    assert all(each["tempo"] >= 100 and each["energy"] <= 0.7 for each in kept)
    genres = sp.recommendation_genre_seeds()["genres"]
    assert genres
    assert sp.recommendations(seed_genres=genres[:1], limit=3)["tracks"]


def test_errors_are_spotipys_own(sp: spotipy.Spotify, url: str):
    with pytest.raises(SpotifyException) as caught:
        sp.track("0" * 22)
    assert caught.value.http_status == 404
    assert caught.value.msg.split("\n")[1].strip()
    with pytest.raises(SpotifyException) as caught:
        sp.search("x", type="nothing")
    assert caught.value.http_status == 400
    with pytest.raises(SpotifyException) as caught:
        sp.recommendations(seed_genres=["a", "b", "c", "d", "e", "f"])
    assert caught.value.http_status == 400
    wrong = spotipy.Spotify(auth="rp_wrong", retries=0)
    wrong.prefix = f"{url}/v1/"
    with pytest.raises(SpotifyException) as caught:
        wrong.me()
    assert caught.value.http_status == 401


def test_clients_of_a_public_server(public_server: Any, reprise: Callable[..., str], library: Library):
    ferry = library["Night Ferry"]["id"]
    client_id, secret = made(reprise("client", "add", "reader"))
    reader = client(public_server.url, client_id, secret)
    assert reader.track(ferry)["name"] == "Night Ferry"
    with pytest.raises(SpotifyException) as caught:
        reader.current_user_playlists()
    assert caught.value.http_status == 403
    with pytest.raises(SpotifyOauthError, match="invalid_client"):
        client(public_server.url, client_id, "wrong").track(ferry)
    nobody = spotipy.Spotify(retries=0)
    nobody.prefix = f"{public_server.url}/v1/"
    with pytest.raises(SpotifyException) as caught:
        nobody.track(ferry)
    assert caught.value.http_status == 401


def made(printed: str) -> tuple[str, str]:
    """Read the identifier and the secret that `reprise client add` prints."""
    words = dict(line.split("\t") for line in printed.splitlines())
    return words["client_id"], words["client_secret"]
