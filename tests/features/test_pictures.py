"""Pictures of one song."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from reprise.errors import DecodeError
from reprise.features.pictures import KINDS, MAX_FRAMES, Picture, draw_pictures, to_png

RATE = 22050


@pytest.fixture(scope="module")
def a440(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Picture]:
    """Ten seconds of an A that is struck 120 times a minute."""
    t = np.arange(10 * RATE) / RATE
    y = 0.5 * np.sin(2 * np.pi * 440 * t) * np.exp(-8 * (t % 0.5))
    path = tmp_path_factory.mktemp("pictures") / "a.wav"
    soundfile.write(path, y, RATE)
    return draw_pictures(path)


def row_of(picture: Picture, label: str) -> int:
    tick = next(tick for tick in picture.ticks if tick.label == label)
    return int(tick.position * picture.values.shape[0])


def test_all_kinds_are_there_and_within_bounds(a440: dict[str, Picture]) -> None:
    assert tuple(a440) == KINDS
    for picture in a440.values():
        assert picture.values.dtype == np.uint8
        assert 0 < picture.values.shape[1] <= MAX_FRAMES
        assert picture.duration_s == pytest.approx(10)
        assert all(0 <= tick.position <= 1 for tick in picture.ticks)


@pytest.mark.parametrize("kind", ["spectrogram", "mel"])
def test_a_tone_shows_at_its_frequency(a440: dict[str, Picture], kind: str) -> None:
    loudest = int(a440[kind].values.mean(axis=1).argmax())
    assert row_of(a440[kind], "250 Hz") < loudest <= row_of(a440[kind], "500 Hz") + 1


def test_an_a_shows_as_an_a(a440: dict[str, Picture]) -> None:
    chroma = a440["chroma"]
    assert chroma.values.mean(axis=1).argmax() == row_of(chroma, "A")


def test_beats_show_at_their_tempo(a440: dict[str, Picture]) -> None:
    tempogram = a440["tempogram"]
    middle = tempogram.values[:, tempogram.values.shape[1] // 4 : -tempogram.values.shape[1] // 4].mean(
        axis=1
    )
    at = row_of(tempogram, "120 bpm")
    assert middle[at - 2 : at + 3].max() > 0.8 * middle.max()


def test_a_change_of_tempo_shows_where_it_happens(tmp_path: Path) -> None:
    t = np.arange(20 * RATE) / RATE
    rng = np.random.default_rng(0)
    y = rng.normal(size=t.size) * np.exp(-30 * (t % 0.5))
    z = rng.normal(size=t.size) * np.exp(-30 * (t % (60 / 90)))
    soundfile.write(tmp_path / "change.wav", 0.1 * np.concatenate([y, z]), RATE)
    tempogram = draw_pictures(tmp_path / "change.wav")["tempogram"]
    values, frames = tempogram.values.astype(float), tempogram.values.shape[1]
    fast, slow = row_of(tempogram, "120 bpm"), row_of(tempogram, "90 bpm")
    for part, there, elsewhere in ((slice(0, 0.4), fast, slow), (slice(0.6, 1), slow, fast)):
        columns = values[:, int(part.start * frames) : int(part.stop * frames)].mean(axis=1)
        assert columns[there - 1 : there + 2].max() > 3 * columns[elsewhere - 1 : elsewhere + 2].max()


def test_the_png_is_read_by_others_and_has_the_highest_bin_on_top(a440: dict[str, Picture]) -> None:
    picture = a440["spectrogram"]
    with av.open(io.BytesIO(to_png(picture))) as container:
        image = next(container.decode(video=0)).to_ndarray(format="gray")
    assert image.shape == picture.values.shape
    # The colour map's lightness rises with the value.
    assert np.corrcoef(image[::-1].ravel(), picture.values.ravel())[0, 1] > 0.98


def test_a_long_file_has_no_more_columns(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    rng = np.random.default_rng(0)
    soundfile.write(path, 0.1 * rng.normal(size=8000 * 400), 8000)
    for picture in draw_pictures(path).values():
        assert MAX_FRAMES / 2 - 2 <= picture.values.shape[1] <= MAX_FRAMES, picture.kind


def test_what_is_no_audio_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("no audio")
    with pytest.raises(DecodeError):
        draw_pictures(path)
