"""The parameter ``fields``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.fields import chosen

BODY: dict[str, Any] = {
    "total": 2,
    "next": None,
    "items": [
        {"added_at": "2020", "track": {"id": "a", "name": "A", "artists": [{"name": "X", "id": "x"}]}},
        {"added_at": "2021", "track": {"id": "b", "name": "B", "artists": []}},
    ],
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", BODY),
        ("total", {"total": 2}),
        ("total,next", {"total": 2, "next": None}),
        ("nothing", {}),
        ("total.deeper", {"total": 2}),
        ("items.track.id", {"items": [{"track": {"id": "a"}}, {"track": {"id": "b"}}]}),
        ("items(track.id, added_at)", {"items": [
            {"track": {"id": "a"}, "added_at": "2020"}, {"track": {"id": "b"}, "added_at": "2021"}]}),
        ("items(track(id)),total", {"items": [{"track": {"id": "a"}}, {"track": {"id": "b"}}], "total": 2}),
        ("items.track(artists(name))", {"items": [
            {"track": {"artists": [{"name": "X"}]}}, {"track": {"artists": []}}]}),
        ("items(track(!artists,!name))", {"items": [{"track": {"id": "a"}}, {"track": {"id": "b"}}]}),
        ("!items", {"total": 2, "next": None}),
        ("items.track.id,items.added_at", {"items": [
            {"track": {"id": "a"}, "added_at": "2020"}, {"track": {"id": "b"}, "added_at": "2021"}]}),
    ],
)  # fmt: skip
def test_what_is_chosen(fields: str, expected: dict[str, Any]) -> None:
    assert chosen(BODY, fields) == expected


@pytest.mark.parametrize(
    "fields",
    ["(", ")", "a(", "a(b", "a)b", "a..b", ".a", "a,", ",", "a b", "é", "a" * 1001, "a(" * 300, "a." * 300],
)
def test_what_cannot_be_read(fields: str) -> None:
    with pytest.raises(SpotifyError) as raised:
        chosen(BODY, fields)
    assert raised.value.status == 400


@given(st.text(alphabet="ab().,! ", max_size=30))
@example("a.!b")
@example("items.track.(id)")
def test_anything_is_read_or_refused(fields: str) -> None:
    try:
        chosen(BODY, fields)
    except SpotifyError as error:
        assert error.status == 400
