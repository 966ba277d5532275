"""Put the tracks of a playlist in an order whose energy rises to a peak and falls again, as a DJ's set does.

    python sort_by_energy.py PLAYLIST_ID [--peak 0.7] [--write]

Needs spotipy, and SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET in the environment; with SPOTIPY_REDIRECT_URI it asks you
to log in, which Spotify wants for --write.
"""

import argparse
import os

import spotipy
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth


def login():
    if os.environ.get("SPOTIPY_REDIRECT_URI"):
        return SpotifyOAuth(scope="playlist-read-private playlist-modify-private playlist-modify-public")
    return SpotifyClientCredentials()


def all_tracks(sp, playlist):
    page = sp.playlist_items(playlist, additional_types=("track",))
    while page:
        yield from (item["track"] for item in page["items"] if item["track"])
        page = sp.next(page)


def energies(sp, tracks):
    ids = [track["id"] for track in tracks]
    features = []
    for start in range(0, len(ids), 100):
        features += sp.audio_features(ids[start : start + 100])
    return {one["id"]: one["energy"] for one in features if one}


def curve(tracks, energy, peak):
    """Deal the tracks out from the calmest on: to the rise or to the fall, as their lengths shall be."""
    rise, fall = [], []
    for track in sorted(tracks, key=lambda track: energy[track["id"]]):
        if len(rise) * (1 - peak) <= len(fall) * peak:
            rise.append(track)
        else:
            fall.append(track)
    return rise + fall[::-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("playlist")
    parser.add_argument("--peak", type=float, default=0.7, help="where the peak is, from 0 to 1")
    parser.add_argument("--write", action="store_true", help="change the playlist itself")
    args = parser.parse_args()

    sp = spotipy.Spotify(auth_manager=login())
    tracks = list(all_tracks(sp, args.playlist))
    energy = energies(sp, tracks)
    ordered = curve([track for track in tracks if track["id"] in energy], energy, args.peak)
    for track in ordered:
        bar = "#" * round(40 * energy[track["id"]])
        print(f"{energy[track['id']]:.2f} {bar:40} {track['artists'][0]['name']} - {track['name']}")
    if args.write:
        uris = [track["uri"] for track in ordered]
        sp.playlist_replace_items(args.playlist, uris[:100])
        for start in range(100, len(uris), 100):
            sp.playlist_add_items(args.playlist, uris[start : start + 100])


if __name__ == "__main__":
    main()
