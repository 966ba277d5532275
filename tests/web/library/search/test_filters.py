"""Every field finds what it says, checked against plain Python over the same rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.web.library.models import Cluster, Track, TrackLabel
from reprise.web.library.search import find, sorted_by

from .conftest import Add


def titles(query: str) -> set[str]:
    return set(find(query).values_list("title", flat=True))


@pytest.fixture
def library(add: Add) -> None:
    cluster = Cluster.objects.create(name="warm piano", number=3, size=1, centroid=b"")
    one = add("one", year=1999, tempo=120.4, energy=0.704, key=9, mode=0, quadrant="Q1", duration_ms=210_400,
              loudness=-8.0, isrc="GBAYE0601498", cluster=cluster)  # fmt: skip
    two = add("two", year=2000, tempo=130.0, energy=0.696, key=10, mode=1, quadrant="Q3", duration_ms=210_600)
    add("three", status="failed")
    Track.objects.filter(title="two").update(
        missing_since=datetime(2025, 1, 1, tzinfo=UTC), added_at=datetime(2024, 12, 31, 23, 59, tzinfo=UTC)
    )
    labels = [
        (one, "genre", "house", 0.5), (one, "genre", "rock", 0.15), (one, "tag", "guitar", 0.4),
        (two, "file", "rock", 1.0), (two, "genre", "techno", 0.2), (two, "tag", "female vocals", 0.3),
    ]  # fmt: skip
    for track, kind, name, score in labels:
        TrackLabel.objects.create(track=track, kind=kind, name=name, score=score)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("year:1999", {"one"}),
        ("year>1999", {"two"}),
        ("year>1999.5", {"two"}),
        ("year<=1999", {"one"}),
        ("-year:1999", {"two", "three"}),
        ("year:1999,2000", {"one", "two"}),
        ("tempo:120", {"one"}),
        ("bpm:120-130", {"one", "two"}),
        ("bpm>130", set()),
        ("bpm>=130", {"two"}),
        ("energy:0.7", {"one", "two"}),
        ("energy:0.70", {"one", "two"}),
        ("energy:0.700", set()),
        ("energy>0.7", {"one"}),
        ("energy<0.7", {"two"}),
        ("loudness:-12..-6", {"one"}),
        ("duration:3:30", {"one"}),
        ("duration>3:30", {"one", "two"}),
        ("duration:3:31", {"two"}),
        ("key:Am", {"one"}),
        ("key:A", {"one"}),
        ('key:"A major"', set()),
        ("key:Bb", {"two"}),
        ("key:A#", {"two"}),
        ("mode:minor", {"one"}),
        ("mood:happy", {"one"}),
        ("mood:Q3,happy", {"one", "two"}),
        ("genre:house", {"one"}),
        ("genre:Rock", {"two"}),
        ("genre:techno", {"two"}),
        ("-genre:house", {"two", "three"}),
        ("tag:guitar", {"one"}),
        ('tag:"female vocals"', {"two"}),
        ("status:failed", {"three"}),
        ("status:missing", {"two"}),
        ("cluster:3", {"one"}),
        ('cluster:"piano"', {"one"}),
        ("cluster:4", set()),
        ("isrc:gb-aye-06-01498", {"one"}),
        ("added:2024-12-31", {"two"}),
        ("added<2025", {"two"}),
        ("added>=2025", {"one", "three"}),
    ],
)
def test_fields(library: None, query: str, found: set[str]) -> None:
    assert titles(query) == found


def test_by_identifier(library: None) -> None:
    track = Track.objects.get(title="one")
    assert titles(f"id:{track.public_id}") == {"one"}


NUMBERS = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(NUMBERS, max_size=6), low=st.sampled_from([0.0, 0.25, 0.5]), sign=st.sampled_from("<>")
)
def test_comparisons_are_those_of_numbers(db: Any, values: list[float | None], low: float, sign: str) -> None:
    Track.objects.all().delete()
    Track.objects.bulk_create(
        [
            Track(path=f"/{at}", size=1, mtime_ns=1, title=str(at), title_key=str(at), valence=value)
            for at, value in enumerate(values)
        ]
    )
    for mark, compare in ((sign, sign), (f"{sign}=", f"{sign}=")):
        wanted = {
            str(at) for at, value in enumerate(values)
            if value is not None and {"<": value < low, ">": value > low, "<=": value <= low,
                                      ">=": value >= low}[compare]
        }  # fmt: skip
        assert titles(f"valence{mark}{low}") == wanted
        assert titles(f"-valence{mark}{low}") == {str(at) for at in range(len(values))} - wanted


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("title", ["one", "three", "two"]),
        ("-title", ["two", "three", "one"]),
        ("year", ["one", "two", "three"]),
        ("-year", ["two", "one", "three"]),
        ("cluster", ["one", "two", "three"]),
        ("-cluster,year", ["one", "two", "three"]),
        ("country", ["one", "two", "three"]),
        ("-country", ["three", "two", "one"]),
        ("added_at", ["two", "one", "three"]),
    ],
)
def test_orders(library: None, sort: str, order: list[str]) -> None:
    assert [track.title for track in sorted_by(find(""), sort)] == order


def test_an_unknown_order_is_refused(db: Any) -> None:
    with pytest.raises(ParameterError, match="did you mean 'energy'"):
        sorted_by(find(""), "-enregy")
