"""The index finds what sorting everything would find, whatever was added, replaced and removed before."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.similarity.index import Blend, Neighbours, VectorIndex


def unit(rng: np.random.Generator, n: int, d: int = 8) -> np.ndarray:
    X = rng.normal(size=(n, d))
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)


def brute(ids: np.ndarray, scores: np.ndarray, k: int) -> Neighbours:
    order = np.lexsort((ids, -scores))[:k]
    return Neighbours(ids=ids[order], similarities=scores[order])


def assert_same(found: Neighbours, expected: Neighbours) -> None:
    np.testing.assert_allclose(found.similarities, expected.similarities, atol=1e-5)
    # Scores that are equal but for rounding may change places; none are where songs are drawn at random.
    np.testing.assert_array_equal(found.ids, expected.ids)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 80),
    st.integers(1, 90),
    st.sampled_from([0.0, 0.05, 0.6, 1.0]),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_the_nearest_are_those_of_sorting_everything(n: int, k: int, share: float, weight: float, seed: int):
    rng = np.random.default_rng(seed)
    ids, X, F = rng.permutation(10 * n)[:n], unit(rng, n), unit(rng, n, 4)
    index, query, wish = VectorIndex(ids, X, F), unit(rng, 1)[0], unit(rng, 1, 4)[0]
    allowed, left_out = ids[rng.random(n) < share], rng.choice(ids, min(2, n), replace=False).tolist()
    found = index.nearest(
        3 * query, k, allowed=allowed, exclude=left_out, blend=Blend(features=wish, weight=weight)
    )
    may = np.isin(ids, allowed) & ~np.isin(ids, left_out)
    scores = (1 - weight) * X.astype(np.float64) @ query + weight * F.astype(np.float64) @ wish
    assert_same(found, brute(ids[may], scores[may], k))
    assert_same(index.nearest(query, k), brute(ids, X.astype(np.float64) @ query, k))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 25)), max_size=80), st.integers(0, 2**32 - 1))
def test_changed_step_by_step_it_is_the_index_built_anew(steps: list[tuple[bool, int]], seed: int):
    rng = np.random.default_rng(seed)
    known = {i: unit(rng, 1)[0] for i in range(10)}
    index = VectorIndex(list(known), np.stack(list(known.values())))
    for adds, song in steps:
        if adds:
            known[song] = unit(rng, 1)[0]
            index.put([song], known[song][None])
        else:
            assert index.remove([song, -7]) == (song in known)
            known.pop(song, None)
    assert len(index) == len(known)
    assert all(song in index for song in known)
    view = index.view()
    assert sorted(view.ids.tolist()) == sorted(known)
    for song, vector in zip(view.ids.tolist(), view.vectors, strict=True):
        np.testing.assert_allclose(vector, known[song], atol=1e-6)
    if known:
        again, query = VectorIndex(list(known), np.stack(list(known.values()))), unit(rng, 1)[0]
        assert_same(index.nearest(query, 5), again.nearest(query, 5))
        asked = list(known)[::-1]
        np.testing.assert_allclose(index.vectors_of(asked), again.vectors_of(asked), atol=1e-6)


def test_of_equal_songs_the_lower_identity_comes_first():
    index = VectorIndex([9, 3, 7, 1], [[1, 0]] * 3 + [[0, 1]])
    assert index.nearest([2, 0], 2).ids.tolist() == [3, 7]


def test_what_a_reader_holds_does_not_change():
    rng = np.random.default_rng(0)
    index = VectorIndex(range(20), unit(rng, 20))
    before = index.view()
    vectors = before.vectors.copy()
    index.put(range(10, 40), unit(rng, 30))
    index.remove(range(15))
    np.testing.assert_array_equal(before.vectors, vectors)
    with pytest.raises(ValueError, match="read-only"):
        before.vectors[0] = 0


def test_readers_and_writers_do_not_disturb_one_another():
    rng = np.random.default_rng(0)
    X = unit(rng, 300)
    index = VectorIndex(range(300), X)
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                # Songs below 100 never change, so the nearest of these is always the song itself.
                song = int(np.random.default_rng().integers(100))
                found = index.nearest(X[song], 3, allowed=range(100))
                if found.ids[0] != song or len(found.ids) != 3:
                    wrong.append(found)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(300):
        index.put(range(100, 100 + turn), unit(rng, turn))
        index.remove(range(100 + turn // 2, 400))
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_memory_is_what_is_said():
    rng = np.random.default_rng(0)
    index = VectorIndex(range(1000), unit(rng, 1000, 120), unit(rng, 1000, 24))
    assert index.nbytes == 1000 * (4 * 144 + 8 + 1)


def test_an_empty_index_finds_nothing_and_can_be_filled():
    index = VectorIndex([], np.empty((0, 3)))
    assert index.nearest([1, 0, 0], 4).ids.tolist() == []
    index.put([5], [[0, 2, 0]])
    assert index.nearest([0, 1, 0], 4).similarities.tolist() == [1]
    assert index.nearest([0, 1, 0], 4, allowed=[]).ids.tolist() == []


def test_what_does_not_fit_is_refused():
    index = VectorIndex([1, 2], [[1, 0], [0, 1]], [[1.0], [1.0]])
    for query in ([0, 0], [np.nan, 1], [1, 0, 0]):
        with pytest.raises(ParameterError, match="query"):
            index.nearest(query, 1)
    with pytest.raises(ParameterError, match="k must be"):
        index.nearest([1, 0], 0)
    for blend in (Blend(features=np.ones(1), weight=1.5), Blend(features=np.ones(2), weight=0.5)):
        with pytest.raises(ParameterError, match="features"):
            index.nearest([1, 0], 1, blend=blend)
    for call in (
        lambda: index.put([3, 3], [[1, 0], [1, 0]]),
        lambda: index.put([3], [[1, 0, 0]]),
        lambda: index.put([3], [[np.inf, 0]]),
        lambda: index.put([3], [[1, 0]], [[1.0, 2.0]]),
        lambda: VectorIndex([1], [1.0]),
        lambda: index.vectors_of([1, 8]),
    ):
        with pytest.raises(ParameterError):
            call()
    assert len(index) == 2
