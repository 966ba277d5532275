"""tekore as it is published: it reads every answer into typed models, so that a wrong shape is an error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import tekore as tk

Library = dict[str, dict[str, Any]]


def moved(request: tk.Request, url: str) -> tk.Request:
    """Lead a request to Reprise."""
    path = request.url.removeprefix("https://api.spotify.com").removeprefix("https://accounts.spotify.com")
    return replace(request, url=path if path.startswith("http") else url + path)


class Redirected(tk.SyncSender):
    """What docs/how-to/spotify-clients.md says to do."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: tk.Request) -> tk.Response:
        return super().send(moved(request, self.url))


class RedirectedLater(tk.AsyncSender):
    """The same for asynchronous programs."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    async def send(self, request: tk.Request) -> tk.Response:
        return await super().send(moved(request, self.url))


@pytest.fixture(scope="module")
def spotify(url: str) -> Iterator[tk.Spotify]:
    sender = Redirected(url)
    token = tk.Credentials("anything", "at all", sender=sender).request_client_token()
    assert token.expires_in > 3500
    yield tk.Spotify(token, sender=sender)
    sender.close()


@pytest.fixture
def playlist(spotify: tk.Spotify, library: Library) -> Iterator[str]:
    made = spotify.playlist_create(
        spotify.current_user().id, "Three", public=False, description="of the demo"
    )
    spotify.playlist_add(made.id, [tk.to_uri("track", each["id"]) for each in list(library.values())[:3]])
    yield made.id
    spotify.playlist_unfollow(made.id)


def names(spotify: tk.Spotify, playlist: str) -> list[str]:
    return [item.track.name for item in spotify.playlist_items(playlist).items]


def test_tracks(spotify: tk.Spotify, library: Library):
    ferry = library["Night Ferry"]["id"]
    track = spotify.track(ferry)
    assert (track.id, track.name, track.artists[0].name) == (ferry, "Night Ferry", "House")
    ids = [each["id"] for each in library.values()]
    assert [each.id for each in spotify.tracks(ids)] == ids


def test_artists_and_albums(spotify: tk.Spotify, library: Library):
    artist, album = library["Night Ferry"]["artist"]["id"], library["Night Ferry"]["album"]["id"]
    assert spotify.artist(artist).name == "House"
    assert [each.id for each in spotify.artists([artist])] == [artist]
    assert [each.name for each in spotify.artist_albums(artist).items] == ["Reprise Demo"]
    assert [each.name for each in spotify.artist_top_tracks(artist, "GB")] == ["Night Ferry"]
    assert artist not in {each.id for each in spotify.artist_related_artists(artist)}
    assert spotify.album(album).artists[0].id == artist
    assert [each.id for each in spotify.albums([album])] == [album]
    assert [each.name for each in spotify.album_tracks(album).items] == ["Night Ferry"]


def test_search(spotify: tk.Spotify):
    tracks, artists, albums = spotify.search("house", types=("track", "artist", "album"))
    assert artists.items[0].name == "House"
    assert tracks.limit == artists.limit == albums.limit == 20


def test_pages(spotify: tk.Spotify, playlist: str):
    first = spotify.playlist_items(playlist, limit=2)
    second = spotify.next(first)
    assert len(list(spotify.all_items(first))) == 3
    assert spotify.next(second) is None
    assert [item.track.id for item in spotify.previous(second).items] == [
        item.track.id for item in first.items
    ]


def test_users_and_playlists(spotify: tk.Spotify, library: Library, playlist: str):
    titles, me = list(library), spotify.current_user()
    uris = [tk.to_uri("track", each["id"]) for each in library.values()]
    assert spotify.user(me.id).id == me.id
    assert playlist in {each.id for each in spotify.playlists(me.id).items}
    assert playlist in {each.id for each in spotify.followed_playlists().items}
    whole = spotify.playlist(playlist)
    assert (whole.name, whole.description, whole.owner.id) == ("Three", "of the demo", me.id)
    assert names(spotify, playlist) == titles[:3]
    assert spotify.playlist_reorder(playlist, range_start=2, insert_before=0)
    assert names(spotify, playlist) == [titles[2], titles[0], titles[1]]
    assert spotify.playlist_remove(playlist, uris[:1])
    assert names(spotify, playlist) == [titles[2], titles[1]]
    spotify.playlist_replace(playlist, uris[4:6])
    assert names(spotify, playlist) == titles[4:6]
    spotify.playlist_clear(playlist)
    assert names(spotify, playlist) == []
    spotify.playlist_change_details(playlist, name="Renamed")
    assert spotify.playlist(playlist).name == "Renamed"


def test_audio_features(spotify: tk.Spotify, library: Library):
    ids = [each["id"] for each in library.values()]
    found = spotify.tracks_audio_features(ids)
    assert [each.id for each in found] == ids
    assert found[0] == spotify.track_audio_features(ids[0])
    assert all(0 <= each.energy <= 1 and each.duration_ms > 0 for each in found)


def test_audio_analysis(spotify: tk.Spotify, library: Library):
    ferry = library["Night Ferry"]
    analysis = spotify.track_audio_analysis(ferry["id"])
    assert analysis.track["tempo"] == pytest.approx(ferry["tempo"], abs=0.01)
    assert len(analysis.beats) > len(analysis.bars) > 1
    assert all(len(each.pitches) == len(each.timbre) == 12 for each in analysis.segments)


def test_recommendations(spotify: tk.Spotify, library: Library):
    ferry = library["Night Ferry"]["id"]
    found = spotify.recommendations(track_ids=[ferry], limit=4, target_valence=0.5, min_tempo=60)
    assert 0 < len(found.tracks) <= 4
    assert found.seeds[0].id == ferry
    genres = spotify.recommendation_genre_seeds()
    assert spotify.recommendations(genres=genres[:1]).tracks


def test_errors_are_tekores_own(spotify: tk.Spotify, url: str):
    with pytest.raises(tk.NotFound):
        spotify.track("0" * 22)
    with pytest.raises(tk.BadRequest):
        spotify.recommendations(genres=list("abcdef"))
    with pytest.raises(tk.Unauthorised):
        tk.Spotify("rp_wrong", sender=Redirected(url)).current_user()


def test_an_asynchronous_program_is_answered_the_same(url: str, library: Library):
    async def ask() -> list[str]:
        sender = RedirectedLater(url)
        token = await tk.Credentials("anything", "at all", sender=sender).request_client_token()
        spotify = tk.Spotify(token, sender=sender)
        tracks = await asyncio.gather(*(spotify.track(each["id"]) for each in library.values()))
        await sender.close()
        return [track.name for track in tracks]

    assert asyncio.run(ask()) == list(library)
