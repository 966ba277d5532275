"""Downloads: parallel, whole or not at all, decoded, dead ones not retried for ever."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.collect.base import CollectError, Pace
from reprise.collect.previews import Limits, download_previews, file_stem
from reprise.datasets.rows import TrackRow
from reprise.datasets.store import Source

LIMITS = Limits(allow_private=True, workers=4, deadline_s=10.0)


def tone(duration_s: float = 2.0, suffix: str = "OGG") -> bytes:
    t = np.arange(round(16_000 * duration_s)) / 16_000
    file = io.BytesIO()
    soundfile.write(file, 0.3 * np.sin(2 * np.pi * 440 * t), 16_000, format=suffix)
    return file.getvalue()


@pytest.fixture
def known(store, server):
    """Store tracks whose previews lie at given paths of the server."""

    def known(**paths: str) -> None:
        run_id = store.begin_run("deezer", {})
        rows = [
            TrackRow(catalogue="deezer", ref=ref, title=ref,
                     preview_url=path if "://" in path else f"{server.url}{path}")
            for ref, path in paths.items()
        ]  # fmt: skip
        with store.transaction():
            store.add(rows, Source(provider="deezer", licence="?", run_id=run_id))

    return known


def states(store) -> dict[str, tuple]:
    query = ("SELECT t.ref, p.state, p.attempts, p.error FROM previews p JOIN tracks t ON t.id = p.track_id"
             " ORDER BY t.ref")  # fmt: skip
    return {ref: row for ref, *row in store.select(query)}


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


FORMATS = [("OGG", ".ogg"), ("WAV", ".wav"), ("FLAC", ".flac"), ("MP3", ".mp3")]


@pytest.mark.parametrize(("suffix", "extension"), FORMATS)
def test_a_preview_is_kept_under_its_id(server, store, reply, known, tmp_path, suffix, extension):
    data = tone(suffix=suffix)
    server.on("^/a", reply(data))
    known(track77="/a.mp3")
    report = download_previews(store, tmp_path / "previews", limits=LIMITS)
    assert report.saved == 1
    [row] = store.select("SELECT state, path, bytes, sha256, duration_s FROM previews")
    assert row[0] == "saved"
    assert Path(row[1]).read_bytes() == data
    assert (row[2], row[3]) == (len(data), hashlib.sha256(data).hexdigest())
    assert row[4] == pytest.approx(2.0, abs=0.1)
    assert Path(row[1]).name == f"track77{extension}"
    download_previews(store, tmp_path / "previews", limits=LIMITS)
    assert len(server.asked("/a")) == 1


def test_downloads_run_in_parallel(server, store, reply, known, tmp_path):
    data, at_once, most, lock = tone(), 0, 0, threading.Lock()

    def answer(_):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.1)
        with lock:
            at_once -= 1
        return reply(data)

    server.on("^/", answer)
    known(**{f"t{i}": f"/{i}.mp3" for i in range(12)})
    assert download_previews(store, tmp_path / "p", limits=LIMITS).saved == 12
    assert 2 <= most <= 4
    assert len(files(tmp_path / "p")) == 12


BAD = {
    "gone": ({"body": b"", "status": 404}, "dead"),
    "expired": ({"body": b"", "status": 403}, "dead"),
    "broken server": ({"body": b"", "status": 500}, "failed"),
    "cut off": ({"body": tone(), "cut_at": 3000}, "failed"),
    "a page instead": ({"body": b"<html>sorry</html>"}, "unusable"),
    "nothing": ({"body": b""}, "unusable"),
    "cut inside the file": ({"body": tone()[:40]}, "unusable"),
    "a playlist": ({"body": b"#EXTM3U\nfile:///etc/passwd\n"}, "unusable"),
    "too long": ({"body": tone(130.0)}, "unusable"),
    "elsewhere": ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "refused"),
    "nowhere": ({"status": 302, "headers": {"Location": "http://" + 3000 * "a"}}, "refused"),
    "in circles": ({"status": 302, "headers": {"Location": "/bad"}}, "dead"),
}


@pytest.mark.parametrize(("answer", "state"), BAD.values(), ids=BAD)
def test_what_is_no_preview_is_noted_and_leaves_no_file(server, store, reply, known, tmp_path, answer, state):
    server.on("^/good", reply(tone()))
    server.on("^/bad", reply(**answer))
    known(bad="/bad", good="/good")
    report = download_previews(store, tmp_path / "p", limits=LIMITS)
    assert (getattr(report, state), report.saved) == (1, 1)
    found = states(store)
    assert found["bad"][:2] == [state, 1]
    assert found["bad"][2]
    assert found["good"][0] == "saved"
    assert [Path(name).name for name in files(tmp_path / "p")] == ["good.ogg"]


def test_a_failing_address_is_tried_in_three_runs_and_then_dead(server, store, reply, known, tmp_path):
    server.on("^/bad", reply(b"", status=500))
    known(bad="/bad")
    for state in ("failed", "failed", "dead"):
        download_previews(store, tmp_path / "p", limits=LIMITS)
        assert states(store)["bad"][0] == state
    download_previews(store, tmp_path / "p", limits=LIMITS)
    assert len(server.asked("/bad")) == 3


def test_a_dead_address_is_tried_once(server, store, known, reply, tmp_path):
    server.on("^/bad", reply(b"", status=410))
    known(bad="/bad")
    for _ in range(3):
        download_previews(store, tmp_path / "p", limits=LIMITS)
    assert len(server.asked("/bad")) == 1


def test_being_too_fast_is_no_fault_of_the_preview(server, store, reply, known, tmp_path, pace, fake_time):
    server.on("^/", reply(tone()))
    server.fail("^/", reply(b"", status=429, headers={"Retry-After": "20"}), reply(b"", status=429))
    known(slow="/slow")
    limits = Limits(allow_private=True, workers=1)
    assert download_previews(store, tmp_path / "p", limits=limits, pace=pace).saved == 1
    assert fake_time.slept == [20.0, 5.0]


def test_the_rate_is_kept(server, store, reply, known, tmp_path, fake_time):
    server.on("^/", reply(tone()))
    known(**{f"t{i}": f"/{i}" for i in range(7)})
    limits = Limits(allow_private=True, workers=1)
    download_previews(store, tmp_path / "p", limits=limits, pace=Pace(limit=3, clock=fake_time.clock))
    assert fake_time.now_s == 1060.0


def test_too_many_failures_in_a_row_end_the_run(server, store, reply, known, tmp_path):
    server.on("^/", reply(b"", status=500))
    known(**{f"t{i:02d}": f"/{i}" for i in range(40)})
    limits = Limits(allow_private=True, workers=2)
    with pytest.raises(CollectError, match="5 downloads failed in a row"):
        download_previews(store, tmp_path / "p", limits=limits, pace=Pace(max_errors=5))
    assert len(server.log) < 15
    assert list(store.select("SELECT status FROM runs WHERE provider = 'previews'")) == [("stopped",)]


@pytest.mark.parametrize(
    ("body", "options", "reason"),
    [(b"x" * 3000, {"max_bytes": 1000}, "larger"), (tone(), {"deadline_s": 0.3}, "slower")],
)
def test_size_and_time_are_limited(server, store, reply, known, tmp_path, body, options, reason):
    server.on("^/", reply(body, drip_s=0.01 if reason == "slower" else 0.0))
    known(big="/big")
    download_previews(store, tmp_path / "p", limits=Limits(allow_private=True, **options))
    assert reason in states(store)["big"][2]
    assert files(tmp_path / "p") == []


def test_private_addresses_are_not_fetched_unless_allowed(server, store, reply, known, tmp_path):
    server.on("^/", reply(tone()))
    known(inside="/x", meta="http://169.254.169.254/latest/meta-data", file="file:///etc/passwd")
    report = download_previews(store, tmp_path / "p")
    assert (report.refused, report.saved) == (3, 0)
    assert server.log == []


def test_redirects_are_checked_again(server, store, reply, known, tmp_path, monkeypatch):
    """A public server that sends us inside: the first address passes here, where it leads does not."""
    from reprise.collect import addresses

    def public(number: str) -> bool:
        return number == "127.0.0.1"

    monkeypatch.setattr(addresses, "_is_public", public)
    monkeypatch.setattr(addresses, "_PORTS", (80, 443, int(server.url.rpartition(":")[2])))
    server.on("^/fine", reply(tone()))
    server.on("^/hop", reply(status=302, headers={"Location": "/fine"}))
    server.on("^/trap", reply(status=302, headers={"Location": "http://127.0.0.2:80/secret"}))
    server.on("^/port", reply(status=302, headers={"Location": "http://127.0.0.1:22/"}))
    known(hop="/hop", trap="/trap", port="/port")
    report = download_previews(store, tmp_path / "p")
    assert (report.saved, report.refused) == (1, 2)
    assert states(store)["trap"][2] == "the host is not on the public internet"
    assert "port 22" in states(store)["port"][2]


def test_the_checked_number_is_what_is_connected_to(server, store, reply, known, tmp_path, monkeypatch):
    """A name that leads elsewhere when it is looked up again: the second look-up never happens."""
    import socket

    real, looked_up = socket.getaddrinfo, []

    def look_up(host, *rest, **options):
        if host != "cdn.example":
            return real(host, *rest, **options)
        looked_up.append(host)
        assert len(looked_up) == 1
        return real("127.0.0.1", *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    server.on("^/", reply(tone()))
    port = server.url.rpartition(":")[2]
    known(a=f"http://cdn.example:{port}/a.mp3")
    assert download_previews(store, tmp_path / "p", limits=LIMITS).saved == 1
    assert server.log[0].headers["Host"] == f"cdn.example:{port}"


HOSTILE_IDS = [
    "../../etc/passwd",
    "/etc/passwd",
    "a\x00b",
    "..",
    ".",
    "con",
    "x" * 500,
    "ü/ö",
    "a b?*[1].mp3",
    "~root",
    "%2e",
]


def test_hostile_ids_make_harmless_names():
    stems = [file_stem(catalogue, ref) for catalogue in ("deezer", "../..") for ref in HOSTILE_IDS]
    assert len(set(stems)) == len(stems)
    for stem in stems:
        assert len(stem.parts) == 3
        assert not stem.is_absolute()
        for part in stem.parts:
            assert part not in (".", "..")
            assert len(part) <= 120
            assert all(c.isascii() and (c.isalnum() or c in "-_%") for c in part)


def test_hostile_ids_are_downloaded_inside_the_folder(server, store, reply, known, tmp_path):
    server.on("^/", reply(tone()))
    known(**{ref: "/x" for ref in HOSTILE_IDS if ref.strip("\x00")})
    report = download_previews(store, tmp_path / "p", limits=LIMITS)
    assert report.saved == len(HOSTILE_IDS)
    assert len(files(tmp_path / "p")) == len(HOSTILE_IDS)
    download_previews(store, tmp_path / "p", limits=LIMITS)
    assert len(server.log) == len(HOSTILE_IDS)


def test_killed_between_file_and_store(server, store, reply, known, tmp_path):
    """The file is there, the store does not know: it is checked again and kept, not fetched again."""
    server.on("^/", reply(tone()))
    known(a="/a")
    download_previews(store, tmp_path / "p", limits=LIMITS)
    with store.transaction():
        store._db.execute("UPDATE previews SET state = 'known', path = NULL")
    stale = tmp_path / "p" / "deezer" / "00" / ".x.part"
    stale.parent.mkdir(exist_ok=True)
    stale.write_bytes(b"half")
    os.utime(stale, (0, 0))
    assert download_previews(store, tmp_path / "p", limits=LIMITS).saved == 1
    assert len(server.log) == 1
    assert not stale.exists()
