"""What can go wrong between us and a provider, and whether the request is repeated, given up or forgotten."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from reprise.collect import client as client_module
from reprise.collect.base import (
    AccessDeniedError,
    CollectError,
    Collection,
    Found,
    Pace,
    Provider,
)
from reprise.collect.client import JsonClient, as_mapping, retry_after_s
from reprise.datasets.rows import TrackRow
from reprise.errors import ConfigError

PROVIDER = Provider(name="some", licence="CC0")


@pytest.fixture
def ask(server, store, pace):
    """Ask for one song under /song, with a fresh run each time; return the run."""

    def ask(*keys: str, pace: Pace = pace, **options) -> Collection:
        with JsonClient(server.url, **options) as client, Collection(store, PROVIDER, {}, pace) as run:
            for key in keys or ("song",):

                def fetch(key: str = key) -> Found:
                    found = as_mapping(client.get(f"/{key}"))
                    return Found(tracks=[TrackRow(catalogue="some", ref=key, title=found["title"])])

                run.ask(key, fetch)
        return run

    server.on("^/(song|other)", {"title": "Fine"})
    return ask


def state_of(store, key: str = "song"):
    rows = list(
        store.select("SELECT state, http_status, attempts, error FROM requests WHERE key = ?", (key,))
    )
    return rows[0] if rows else None


def whole(reply, **options):
    return reply({"title": "Fine"}, **options)


FAULTS = {
    "500": lambda reply: reply({"error": "oops"}, status=500),
    "502 without JSON": lambda reply: reply(b"<html>bad gateway</html>", status=502),
    "503": lambda reply: reply(b"", status=503),
    "429 without a word": lambda reply: reply(b"", status=429),
    "cut off": lambda reply: whole(reply, cut_at=5),
    "cut off before the body": lambda reply: whole(reply, cut_at=0),
    "malformed": lambda reply: reply(b'{"title": "Fi'),
    "empty": lambda reply: reply(b""),
    "not an object": lambda reply: reply([1, 2]),
    "deeply nested": lambda reply: reply(b"[" * 200_000),
    "wrong encoding": lambda reply: reply(b"\xff\xfe{}"),
    "broken gzip": lambda reply: reply(b"no gzip", headers={"Content-Encoding": "gzip"}),
    "wrong length": lambda reply: reply(b"{}", headers={"Content-Length": "500"}, cut_at=2),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_passing_fault_is_waited_out(server, store, reply, ask, fake_time, fault):
    server.fail("/song", fault(reply), fault(reply))
    run = ask()
    assert state_of(store) == ("done", 200, 3, None)
    assert list(store.select("SELECT title FROM tracks")) == [("Fine",)]
    assert sum(fake_time.slept) == pytest.approx(1 + 2)  # longer each time
    assert run.tally.asked == 1


def test_a_lasting_fault_is_given_up_and_tried_again_in_the_next_run(server, store, reply, ask):
    server.fail("/song", *[reply(b"", status=500)] * 4)
    assert ask("song", "other").tally.failed == 1
    assert state_of(store)[:3] == ("failed", 500, 4)
    assert state_of(store, "other")[0] == "done"  # the run went on
    assert ask("song", "other").tally.resumed == 1
    assert state_of(store)[0] == "done"


def test_a_slow_answer_is_not_waited_for(server, store, reply, ask):
    server.fail("/song", whole(reply, delay_s=0.6))
    ask(timeout_s=0.2)
    assert state_of(store)[:3] == ("done", 200, 2)


def test_an_answer_drop_by_drop_is_not_waited_for(server, store, reply, ask):
    server.fail("/song", whole(reply, drip_s=0.1))
    ask(deadline_s=0.3)
    assert state_of(store)[:3] == ("done", 200, 2)


@pytest.mark.parametrize("packed", [False, True])
def test_an_endless_answer_is_not_read(server, store, reply, ask, monkeypatch, packed):
    monkeypatch.setattr(client_module, "MAX_BYTES", 1 << 20)
    body, headers = b" " * (2 << 20), {}
    if packed:  # a few kilobytes that swell
        body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
    server.fail("/song", reply(body, headers=headers))
    ask()
    assert state_of(store)[:3] == ("done", 200, 2)


def test_no_server_at_all(store, pace):
    with JsonClient("http://127.0.0.1:9") as client, Collection(store, PROVIDER, {}, pace) as run:
        run.ask("song", lambda: Found(tracks=[client.get("/song")]))
    assert state_of(store)[0] == "failed"
    assert "no connection" in state_of(store)[3]


@pytest.mark.parametrize("status", [404, 400, 410, 301])
def test_what_is_not_there_is_noted_and_not_asked_again(server, store, reply, ask, status):
    server.fail(
        "/song", reply({"error": {"message": "nothing here"}}, status=status, headers={"Location": "/other"})
    )
    assert ask().tally.refused == 1
    assert state_of(store)[:3] == ("refused", status, 1)
    assert "nothing here" in state_of(store)[3]
    ask()
    assert len(server.asked()) == 1  # neither repeated nor redirected


@pytest.mark.parametrize("status", [401, 403])
def test_a_closed_door_ends_the_run(server, store, reply, ask, status):
    server.fail("/song", reply({"error": {"message": "not you"}}, status=status))
    with pytest.raises(AccessDeniedError, match=f"HTTP {status}: not you"):
        ask("song", "other")
    assert state_of(store) is None
    assert list(store.select("SELECT status FROM runs")) == [("stopped",)]
    assert len(server.asked()) == 1


def test_retry_after_in_seconds_is_obeyed(server, store, reply, ask, fake_time):
    server.fail("/song", reply(b"", status=429, headers={"Retry-After": "37"}))
    ask()
    assert fake_time.slept == [37.0]


def test_retry_after_as_a_date_is_obeyed(server, store, reply, ask, fake_time):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    server.fail("/song", reply(b"", status=503, headers={"Retry-After": date}))
    ask()
    assert sum(fake_time.slept) == pytest.approx(50, abs=5)


@pytest.mark.parametrize("value", ["soon", "-5", "9" * 400, "", "1.5"])
def test_a_strange_retry_after_does_no_harm(value):
    seconds = retry_after_s(value)
    assert seconds is None or seconds >= 0


def test_too_long_a_pause_ends_the_run_and_says_when_to_come_back(server, store, reply, ask, fake_time):
    server.fail("/song", reply(b"", status=429, headers={"Retry-After": "86400"}))
    with pytest.raises(CollectError, match=r"86400 s.*goes on from here"):
        ask()
    assert fake_time.slept == []
    ask()
    assert state_of(store)[0] == "done"


def test_the_budget_of_errors_in_a_row_ends_the_run(server, store, reply, ask, fake_time):
    pace = Pace(clock=fake_time.clock, max_errors=6)
    server.fail("/", *[reply(b"", status=500)] * 100)
    with pytest.raises(CollectError, match="6 attempts failed in a row"):
        ask("song", "other", "third", pace=pace)
    assert len(server.asked()) == 6


def test_one_success_fills_the_budget_again(server, store, reply, ask, fake_time):
    pace = Pace(clock=fake_time.clock, max_errors=4)
    for key in ("song", "other"):
        server.fail(f"/{key}", *[reply(b"", status=500)] * 3)
    assert ask("song", "other", pace=pace).tally.tracks == 2


def test_the_rate_is_kept_over_all_attempts(server, store, ask, fake_time):
    server.on("^/n", {"title": "Fine"})
    ask(*(f"n{i}" for i in range(25)), pace=Pace(limit=10, clock=fake_time.clock))
    assert fake_time.now_s == pytest.approx(1060.0)  # two windows had to pass


@pytest.mark.parametrize(
    "url", ["ftp://x/", "file:///etc/passwd", "http://", "http://me:secret@x/", "x", "http://a\x00b/"]
)
def test_only_web_addresses_are_asked(url):
    with pytest.raises(ConfigError) as caught:
        JsonClient(url)
    assert "secret" not in str(caught.value)


def test_a_fault_in_our_own_code_is_not_hidden(store, pace):
    with pytest.raises(ZeroDivisionError), Collection(store, PROVIDER, {}, pace) as run:
        run.ask("song", lambda: 1 // 0)
    assert list(store.select("SELECT status FROM runs")) == [("stopped",)]
