"""Histograms of the library's values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reprise.web.library.distributions import SHOWN, distributions, forget_columns
from reprise.web.library.models import Analysis, Track


@pytest.fixture(autouse=True)
def fresh() -> None:
    forget_columns()


def _add(at: int, **columns: Any) -> Track:
    track = Track.objects.create(
        path=f"/{at}", size=1, mtime_ns=1, title=str(at), title_key=str(at), status="analysed", **columns
    )
    Analysis.objects.create(track=track, record={}, model="m", embedding=b"", vector=b"")
    return track


def test_nothing_is_counted_of_an_empty_library(db: Any) -> None:
    for each in distributions():
        assert sum(each.counts) == 0
        assert each.median is None
        assert len(each.edges) == len(each.counts) + 1


def test_every_value_is_counted_once(db: Any) -> None:
    rng = np.random.default_rng(0)
    rows = [{"energy": float(e), "key": int(k), "year": int(y), "tempo": float(t)} for e, k, y, t in
            zip(rng.uniform(size=40), rng.integers(-1, 12, 40), rng.integers(1950, 2025, 40),
                rng.uniform(20, 310, 40), strict=True)]  # fmt: skip
    for at, row in enumerate(rows):
        _add(at, **row)
    by_name = {each.name: each for each in distributions()}
    assert list(by_name) == list(SHOWN)
    assert by_name["energy"].counts == np.histogram([r["energy"] for r in rows], 20, (0, 1))[0].tolist()
    assert by_name["energy"].median == pytest.approx(np.median([r["energy"] for r in rows]), abs=1e-6)
    assert by_name["key"].counts == [sum(r["key"] == k for r in rows) for k in range(12)]
    assert by_name["key"].median is None
    assert sum(by_name["year"].counts) == sum(by_name["tempo"].counts) == 40
    assert sum(by_name["valence"].counts) == 0
    few = {each.name: each for each in distributions("energy>0.5")}
    assert sum(few["energy"].counts) == sum(r["energy"] > 0.5 for r in rows)


def test_the_columns_follow_the_table(db: Any) -> None:
    tracks = [_add(at, energy=0.1) for at in range(5)]
    energy = list(SHOWN).index("energy")
    assert distributions()[energy].counts[2] == 5
    tracks[0].energy = 0.9
    tracks[0].save()
    tracks[0].analysis.save()
    _add(9, energy=0.9)
    tracks[1].delete()
    counts = distributions()[energy].counts
    assert (counts[2], counts[18]) == (3, 2)
