"""Copies are found through codecs, cuts and levels; other music is not; cleaning and splitting know of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.datasets.arrays import ArrayStore, Shard
from reprise.datasets.cleaning import Cleaning, clean
from reprise.datasets.same_audio import find_same_audio, note_same_audio
from reprise.datasets.songs import load_songs
from reprise.datasets.split import Splitting, check_split, find_leaks, group_songs, split
from reprise.datasets.store import Store
from reprise.demo import PIECES, render
from reprise.errors import DatasetError
from reprise.features.clip_sets import CLIP_SETS, extract_clip
from reprise.features.fingerprint import FRAME_S
from reprise.features.musicnn import MusicnnNetworks

LENGTH = CLIP_SETS["fingerprint"].shape[0]
SR = 22_050


def random_words(n: int, seed: int = 0) -> np.ndarray:
    """Fingerprints of clips that have nothing in common."""
    return np.random.default_rng(seed).integers(1, 1 << 32, (n, LENGTH), np.uint32)


def flipped(words: np.ndarray, rate: float, seed: int = 0) -> np.ndarray:
    """Turn over so many of the bits, in bursts of whole words as codecs do and one by one."""
    rng = np.random.default_rng(seed)
    hit = rng.random(words.shape) < 2 * rate
    return np.where(hit, words ^ rng.integers(0, 1 << 32, words.shape, np.uint32), words).astype(np.uint32)


# The search


@settings(max_examples=25, deadline=None)
@given(
    offset=st.integers(-LENGTH + 350, LENGTH - 350), rate=st.floats(0, 0.3), seed=st.integers(0, 100)
)  # fmt: skip
def test_finds_a_copy_at_any_offset(offset: int, rate: float, seed: int):
    words = random_words(12, seed)
    source, copy = words[3], words[8]
    if offset >= 0:
        copy[: LENGTH - offset] = flipped(source[offset:], rate, seed)
    else:
        copy[-offset:] = flipped(source[:offset], rate, seed)
    (pair,) = find_same_audio(words)
    assert (pair.first, pair.second) == (3, 8)
    assert pair.offset_s == pytest.approx(offset * FRAME_S)
    assert pair.overlap_s == pytest.approx((LENGTH - abs(offset)) * FRAME_S, abs=0.1)
    assert pair.bit_error_rate == pytest.approx(rate, abs=0.07)


def test_what_differs_too_much_or_overlaps_too_little_is_left_out():
    words = random_words(4)
    words[1] = flipped(words[0], 0.3)
    words[3, :200] = words[2, -200:]
    assert [(p.first, p.second) for p in find_same_audio(words)] == [(0, 1)]
    assert find_same_audio(words, max_bit_error_rate=0.2) == []
    pairs = find_same_audio(words, min_overlap_s=3)
    assert [(p.first, p.second) for p in pairs] == [(0, 1), (2, 3)]


def test_silence_and_the_end_of_short_clips_are_no_audio():
    words = random_words(3)
    words[:, 100:] = 0
    words[1, :100] = words[0, :100]
    assert find_same_audio(words) == []
    assert find_same_audio(np.zeros((3, LENGTH), np.uint32)) == []
    assert find_same_audio(words[:0]) == find_same_audio(words[:1]) == []


def test_a_word_that_all_clips_share_makes_no_pair():
    words = random_words(60)
    words[:, 700:720:2] = 0x1234_5678
    assert find_same_audio(words) == []


def test_all_of_many_copies_hang_together():
    words = np.vstack([random_words(10), *(flipped(random_words(1, 7), 0.05, seed) for seed in range(40))])
    pairs = find_same_audio(words)
    reached, linked = {10}, True
    while linked:
        more = {b for p in pairs for a, b in ((p.first, p.second), (p.second, p.first)) if a in reached}
        linked, reached = not more <= reached, reached | more
    assert reached == set(range(10, 50))
    assert len(pairs) < 40 * 39 / 2


# Real audio


def encode(path: Path, y: np.ndarray, codec: str, container: str) -> Path:
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=SR, layout="mono")
        stream.codec_context.bit_rate = 48_000
        frame = av.AudioFrame.from_ndarray(y.astype(np.float32)[None], "flt", "mono")
        frame.sample_rate = SR
        output.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def wav(path: Path, y: np.ndarray) -> Path:
    soundfile.write(path, y, SR, format="WAV")
    return path


@pytest.fixture(scope="module")
def pieces() -> list[np.ndarray]:
    """The first 18 s of four demo pieces."""
    return [render(piece, SR).mean(axis=0)[: 18 * SR] for piece in PIECES[:4]]


@pytest.fixture(scope="module")
def originals(pieces: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    folder = tmp_path_factory.mktemp("originals")
    return np.stack([fingerprint_of(wav(folder / f"{i}.wav", y)) for i, y in enumerate(pieces)])


def fingerprint_of(path: Path) -> np.ndarray:
    return extract_clip(path, ["fingerprint"], MusicnnNetworks()).values["fingerprint"]


COPIES: dict[str, Callable[[Path, np.ndarray], Path]] = {
    "MP3": lambda path, y: encode(path, y, "libmp3lame", "mp3"),
    "AAC": lambda path, y: encode(path, y, "aac", "adts"),
    "5 s later, quieter, MP3": lambda path, y: encode(path, 0.2 * y[5 * SR :], "libmp3lame", "mp3"),
    "the last 10 s": lambda path, y: wav(path, y[-10 * SR :]),
    "with noise": lambda path, y: wav(path, y + 0.01 * np.random.default_rng(0).normal(size=y.shape)),
}


@pytest.mark.parametrize("copy", COPIES)
def test_finds_copies_of_real_audio_and_nothing_else(pieces, originals, tmp_path: Path, copy: str):
    copies = [fingerprint_of(COPIES[copy](tmp_path / str(i), y)) for i, y in enumerate(pieces)]
    found = [(p.first, p.second) for p in find_same_audio(np.vstack([originals, copies]))]
    assert found == [(i, i + 4) for i in range(4)]


def test_real_copies_begin_where_they_say(pieces, originals, tmp_path: Path):
    late = fingerprint_of(wav(tmp_path / "late.wav", pieces[0][5 * SR :]))
    (pair,) = find_same_audio(np.stack([late, originals[0]]))
    assert pair.offset_s == pytest.approx(-5, abs=FRAME_S)


def test_the_known_copies_among_real_clips(shared_data: Path):
    """Two uploads of one Eddie Heywood recording; the third clip is another song of the time."""
    clips = [
        shared_data / "clips" / "panda" / f"MT{n}.opus" for n in ("0000523076", "0000941301", "0000004637")
    ]
    (pair,) = find_same_audio(np.stack([fingerprint_of(clip) for clip in clips]))
    assert (pair.first, pair.second) == (0, 1)


# The store


def write(folder: Path, **words: np.ndarray) -> Path:
    """Write fingerprints of songs of the catalogue spotify."""
    arrays = ArrayStore(folder, CLIP_SETS["fingerprint"].definition)
    seconds = np.full(len(words), 30, np.float32)
    arrays.add(
        Shard(
            ids=tuple(f"spotify:{ref}" for ref in words),
            values=np.stack(list(words.values())),
            durations_s=seconds,
        )
    )
    return folder


@pytest.fixture
def copies(filled, song, tmp_path: Path) -> tuple[Store, Path]:
    """Songs a, b and c are one recording (a and c do not overlap), d is another; e has no fingerprint."""
    store = filled(*(song(ref, popularity=at) for at, ref in enumerate("abcde")), song("f", preview_url="u"))
    a, b, c, d = random_words(4)
    b[:900], b[-900:] = a[-900:], c[:900]
    return store, write(tmp_path / "fingerprints", a=a, b=b, c=c, d=d, stranger=flipped(d, 0.1))


def refs(store: Store) -> list[str]:
    query = "SELECT ref FROM selected JOIN tracks ON tracks.id = track_id ORDER BY ref"
    return [ref for (ref,) in store.select(query)]


def test_pairs_are_noted_and_replaced(copies):
    store, folder = copies
    query = (
        "SELECT t.ref, o.ref, s.offset_s, s.overlap_s, s.bit_error_rate FROM same_audio s"
        " JOIN tracks t ON t.id = s.track_id JOIN tracks o ON o.id = s.other_id ORDER BY 1, 2"
    )
    for _ in range(2):
        assert note_same_audio(store, folder) == 2
        rows = list(store.select(query))
        assert [row[:2] for row in rows] == [("a", "b"), ("b", "c")]
        assert rows[0][2:] == pytest.approx(((LENGTH - 900) * FRAME_S, 900 * FRAME_S, 0))
    assert store.count("SELECT count(*) FROM runs WHERE provider = 'same_audio' AND status = 'finished'") == 2


def test_cleaning_keeps_the_most_popular_and_counts_the_others(copies):
    store, folder = copies
    assert clean(store, Cleaning()).kept == 6
    note_same_audio(store, folder)
    step = next(step for step in clean(store, Cleaning()).steps if step.rule == "same audio")
    assert (step.removed, step.details) == (2, {"another file of the recording": 2})
    assert refs(store) == ["c", "d", "e", "f"]
    clean(store, Cleaning(same_audio=False))
    assert refs(store) == list("abcdef")


def test_a_split_keeps_copies_together_and_the_check_finds_those_noted_later(copies):
    store, folder = copies
    split(store, Splitting(shares=(0.5, 0, 0.5)))
    with store.transaction():
        part = "UPDATE split_tracks SET part = ? WHERE track_id = (SELECT id FROM tracks WHERE ref = ?)"
        store.write(part, [("train", "a"), ("train", "b"), ("test", "c")])
    assert check_split(store, "split") == 6
    note_same_audio(store, folder)
    songs = load_songs(store)
    assert [len(names) for names in songs.recordings] == [1, 1, 1, 0, 0, 0]
    assert len(set(group_songs(songs)[:3].tolist())) == 1
    (leak,) = find_leaks(songs, np.array([0, 0, 2, 0, 0, 0]))
    assert (leak.kind, leak.parts) == ("recording", ("train", "test"))
    with pytest.raises(DatasetError, match="recording 'spotify:a' is in train and test"):
        check_split(store, "split")
    split(store, Splitting(shares=(0.5, 0, 0.5)))
    assert check_split(store, "split") == 6


def test_songs_stay_bound_by_one_that_cleaning_left_out(copies):
    store, folder = copies
    note_same_audio(store, folder)
    songs = load_songs(store)
    kept = songs.take(np.array([True, False, True, True, True, True]))
    assert kept.recordings[0] == kept.recordings[1]


def test_a_song_that_is_removed_takes_its_pairs_along(copies):
    store, folder = copies
    note_same_audio(store, folder)
    with store.transaction():
        store.remove("spotify", ["b"])
    assert store.count("SELECT count(*) FROM same_audio") == 0
    assert load_songs(store).recordings == ((),) * 5


def test_folders_without_fingerprints_of_the_songs_are_refused(copies, filled, song, tmp_path: Path):
    _, folder = copies
    with pytest.raises(DatasetError, match="reprise dataset features --set fingerprint"):
        note_same_audio(filled(song("x")), folder)
    with pytest.raises(DatasetError, match="holds no fingerprint"):
        note_same_audio(filled(song("x")), tmp_path / "nothing")
    ArrayStore(tmp_path / "mfcc", CLIP_SETS["mfcc"].definition).add(
        Shard(ids=("spotify:x",), values=np.zeros((1, 2)), durations_s=np.zeros(1, np.float32))
    )
    with pytest.raises(DatasetError, match="other arrays"):
        note_same_audio(filled(song("x")), tmp_path / "mfcc")
