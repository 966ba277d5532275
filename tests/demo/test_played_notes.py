"""What pieces and songs say that they play is what they play."""

from __future__ import annotations

import numpy as np
import pytest

from reprise.demo.pieces import PIECES, notes_of, render
from reprise.demo.songs import compose

SR = 16_000


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_notes_are_in_order_and_within_the_piece(piece) -> None:
    notes = notes_of(piece)
    starts = [note.start_s for note in notes]
    assert starts == sorted(starts)
    assert abs(starts[0] - piece.start_s) < 0.05
    assert all(note.duration_s > 0 and note.start_s < piece.duration_s for note in notes)
    assert notes == notes_of(piece)


def test_it_is_silent_until_the_first_note() -> None:
    piece = next(piece for piece in PIECES if piece.name == "folk")
    first = round((notes_of(piece)[0].start_s - 0.01) * SR)
    y = np.abs(render(piece, SR)).max(axis=0)
    assert y[:first].max() < 1e-3 < y[first : first + SR // 4].max()


def test_a_song_has_notes_on_its_beats_and_a_key_in_every_section() -> None:
    song = compose(3, 8000)
    starts = np.array([note.start_s for note in song.notes])
    struck = [np.abs(starts - beat_s).min() < 0.03 for beat_s in song.beats_s]
    assert np.mean(struck) > 0.95
    assert set(song.downbeats_s) <= set(song.beats_s)
    assert song.beats_s[-1] < song.sections[-1].end_s
    assert all(0 <= section.key < 12 and section.mode in (0, 1) for section in song.sections)
