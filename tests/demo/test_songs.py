"""Songs of known form: they are what they say, and another number is another song."""

from __future__ import annotations

import numpy as np
import pytest

from reprise.demo.songs import FORMS, compose


@pytest.fixture(scope="module")
def song():
    return compose(0, sample_rate=8000)


def test_the_sections_tile_the_song(song):
    assert song.form == "".join(section.label for section in song.sections) == FORMS[0]
    assert song.sections[0].start_s == 0
    for one, following in zip(song.sections[:-1], song.sections[1:], strict=True):
        assert one.start_s < one.end_s == following.start_s
    assert song.y.shape == (2, round(song.sections[-1].end_s * 8000))
    assert np.isfinite(song.y).all()
    assert np.abs(song.y).max() == pytest.approx(0.9)


def test_the_same_number_gives_the_same_song_and_another_one_another(song):
    again = compose(0, sample_rate=8000)
    np.testing.assert_array_equal(again.y, song.y)
    other = compose(8, sample_rate=8000)
    assert other.form == song.form
    assert other.sections != song.sections


def test_what_comes_again_sounds_more_like_itself_than_like_the_rest(song):
    levels = {}
    for at, section in enumerate(song.sections):
        y = song.y.mean(axis=0)[round(section.start_s * 8000) : round(section.end_s * 8000)]
        spectrum = np.abs(np.fft.rfft(y[: len(y) // 8192 * 8192].reshape(-1, 8192), axis=1)).mean(axis=0)
        levels[at] = np.log(spectrum[:2000].reshape(50, 40).mean(axis=1))
    (first, second, bridge, last) = (levels[at] - np.mean(list(levels.values()), axis=0) for at in range(4))
    assert song.form == "AABA"
    assert max(np.dot(first, bridge), np.dot(last, bridge)) < min(np.dot(first, last), np.dot(first, second))
