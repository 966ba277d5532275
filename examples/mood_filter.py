"""List the tracks of a search that have a mood: happy, calm, sad or angry, told by valence and energy.

    python mood_filter.py MOOD QUERY [--most 50]

Needs spotipy, and SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET in the environment.
"""

import argparse

import spotipy
from spotipy.oauth2 import SpotifyClientCredentials

# Russell's circumplex: is it high in valence, and in energy?
MOODS = {"happy": (True, True), "calm": (True, False), "sad": (False, False), "angry": (False, True)}
MIDDLE = 0.4


def has_mood(features, mood):
    is_positive, is_lively = MOODS[mood]
    return (features["valence"] >= MIDDLE) == is_positive and (features["energy"] >= MIDDLE) == is_lively


def search(sp, query, most):
    page = sp.search(query, limit=min(50, most), type="track")["tracks"]
    found = []
    while page and len(found) < most:
        found += page["items"]
        page = sp.next(page)["tracks"] if page["next"] else None
    return found[:most]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mood", choices=MOODS)
    parser.add_argument("query")
    parser.add_argument("--most", type=int, default=50, help="how many tracks to look at")
    args = parser.parse_args()

    sp = spotipy.Spotify(auth_manager=SpotifyClientCredentials())
    tracks = search(sp, args.query, args.most)
    for start in range(0, len(tracks), 100):
        part = tracks[start : start + 100]
        for track, features in zip(part, sp.audio_features([track["id"] for track in part]), strict=True):
            if features and has_mood(features, args.mood):
                print(
                    f"{track['artists'][0]['name']} - {track['name']}"
                    f"  (valence {features['valence']:.2f}, energy {features['energy']:.2f})"
                )


if __name__ == "__main__":
    main()
