"""Find tracks like one: recommendations for it, those nearest in sound and tempo first.

    python find_similar.py "ARTIST - TITLE" [--count 10]

Needs spotipy, and SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET in the environment.
"""

import argparse
import math
import sys

import spotipy
from spotipy.oauth2 import SpotifyClientCredentials

COMPARED = ("danceability", "energy", "valence", "acousticness", "instrumentalness")


def find(sp, text):
    artist, _, title = text.rpartition(" - ")
    query = f'track:"{title}" artist:"{artist}"' if artist else title
    items = sp.search(q=query, type="track", limit=1)["tracks"]["items"]
    if not items:
        sys.exit(f"nothing is found for {text}")
    return items[0]


def distance(one, other):
    apart = [one[name] - other[name] for name in COMPARED]
    apart.append(math.log2(max(one["tempo"], 1) / max(other["tempo"], 1)))
    return math.hypot(*apart)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("track")
    parser.add_argument("--count", type=int, default=10)
    args = parser.parse_args()

    sp = spotipy.Spotify(client_credentials_manager=SpotifyClientCredentials())
    start = find(sp, args.track)
    sound = sp.audio_features(start["id"])[0]
    wanted = {f"target_{name}": sound[name] for name in COMPARED}
    tracks = sp.recommendations(seed_tracks=[start["id"]], limit=min(100, 3 * args.count), **wanted)["tracks"]
    features = sp.audio_features([track["id"] for track in tracks]) if tracks else []
    known = [(distance(sound, one), track) for track, one in zip(tracks, features, strict=True) if one]
    print(f"Like {start['artists'][0]['name']} - {start['name']}:")
    for apart, track in sorted(known, key=lambda pair: pair[0])[: args.count]:
        print(f"{apart:.2f}  {track['artists'][0]['name']} - {track['name']}")


if __name__ == "__main__":
    main()
