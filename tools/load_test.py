"""Let many people use a real server on loopback at once, uploads among what they do, and count every error.

    python tools/load_test.py [--users 50] [--minutes 5] [--tracks 2000] [--upload-every 10] [--workers 1]
                              [--database URL] [--data FOLDER]

Prints a table and one JSON object; ends with 1 if anything went wrong or the 95th percentile of all reads is 200 ms or
more. Each user looks at something, thinks, and goes on: lists, search as it is typed, pages of tracks with their sound,
the map, mixes, paths. Somebody brings a file every so many seconds and watches it until it is analysed; no two files
are alike. ``REPRISE_TEST_DATABASE`` names an empty database on PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[1]
API = "/api/v1"
MOST_P95_MS = 200.0
A_KEY_S = 0.15
FORMATS = (
    ("flac", "FLAC", "PCM_16"),
    ("ogg", "OGG", "VORBIS"),
    ("mp3", "MP3", None),
    ("wav", "WAV", "PCM_16"),
)
TYPED = (
    "beatles",
    "love me",
    "bohemian rapsody",
    "genre:jazz",
    "coldplay",
    "energy>0.8",
    "night",
    "metalica",
    "the b",
)
SORTS = ("-added_at", "title", "artist", "-energy", "tempo", "album", "-year")
FILTERS = (
    "",
    "",
    "energy>0.7 tempo:110-130",
    "genre:rock",
    "year>2000",
    "valence<0.3",
    "key:C",
    "-genre:jazz",
    "mood:happy",
)
_EXPECTED = frozenset({200, 202, 204, 206, 304})


@dataclass
class Tally:
    """What was measured: milliseconds by kind of request, and everything that went wrong."""

    times_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    uploads: int = 0
    analysed: int = 0
    waits_s: list[float] = field(default_factory=list)
    is_measuring: bool = False

    def note(self, kind: str, began: float) -> None:
        """Note how long a request took, once the measurement has begun."""
        if self.is_measuring:
            self.times_ms[kind].append(1000 * (time.perf_counter() - began))


class User:
    """Somebody at a browser of their own."""

    def __init__(self, base: str, tally: Tally, draw: random.Random) -> None:
        self.http = httpx.AsyncClient(base_url=base, timeout=60)
        self.tally, self.draw = tally, draw
        self.etags: dict[str, str] = {}

    async def ask(self, kind: str, path: str, *, method: str = "GET", **more: Any) -> httpx.Response | None:
        """Ask for something and read the whole answer; what goes wrong is counted and gives ``None``."""
        began = time.perf_counter()
        try:
            answer = await self.http.request(method, API + path, **more)
        except httpx.HTTPError as error:
            self.tally.errors[f"{kind}: {type(error).__name__}"] += 1
            return None
        self.tally.note(kind, began)
        if answer.status_code not in _EXPECTED:
            self.tally.errors[f"{kind}: {answer.status_code} {answer.text[:200]}"] += 1
            return None
        return answer

    async def arrive(self) -> None:
        """Open the application, as its page does."""
        answer = await self.ask("session", "/session")
        if answer is not None:
            self.http.headers["X-CSRFToken"] = answer.json()["csrf"]
        await self.ask("status", "/status")

    async def list(self) -> list[str]:
        """Look at a page of the table; return the tracks."""
        asked = {
            "q": self.draw.choice(FILTERS),
            "sort": self.draw.choice(SORTS),
            "offset": self.draw.choice((0, 0, 50, 100, 500)),
        }
        answer = await self.ask("tracks, sorted and filtered", "/tracks", params=asked)
        return [] if answer is None else [item["id"] for item in answer.json()["items"]]

    async def search(self) -> list[str]:
        """Type a query with suggestions, then look at what it finds."""
        typed = self.draw.choice(TYPED)
        for end in range(1, len(typed) + 1):
            await self.ask("suggest, a keystroke", "/suggest", params={"q": typed[:end]})
            await asyncio.sleep(A_KEY_S)
        answer = await self.ask("search", "/search", params={"q": typed})
        return [] if answer is None else [item["id"] for item in answer.json()["items"]]

    async def open_track(self, track: str) -> None:
        """Open the page of a track: what it asks for, at once."""
        await asyncio.gather(
            self.ask("track", f"/tracks/{track}"),
            self.ask("waveform", f"/tracks/{track}/waveform"),
            self.ask("similar", f"/tracks/{track}/similar"),
            self.ask("similar artists", f"/tracks/{track}/artists"),
            self.ask("corrections", f"/tracks/{track}/corrections"),
        )

    async def play(self, track: str) -> None:
        """Begin to hear a track, then jump into its middle."""
        where = f"/tracks/{track}/audio"
        first = await self.ask("audio, a range", where, headers={"Range": "bytes=0-"})
        if first is not None:
            middle = len(first.content) // 2
            await self.ask("audio, a range", where, headers={"Range": f"bytes={middle}-"})

    async def see_groups(self) -> None:
        """Look at the clusters and at the map, which a browser has the second time."""
        await self.ask("groups", "/groups")
        known = {"If-None-Match": self.etags["map"]} if "map" in self.etags else {}
        answer = await self.ask("map", "/map", headers=known)
        if answer is not None and "etag" in answer.headers:
            self.etags["map"] = answer.headers["etag"]
        await self.ask("distributions", "/distributions", params={"q": self.draw.choice(FILTERS)})

    async def combine(self, tracks: list[str]) -> None:
        """Mix tracks and ask for a way from one to another."""
        parts = [
            {"id": track, "weight": weight} for track, weight in zip(tracks, (1, 0.5, -0.3), strict=False)
        ]
        await self.ask("mix", "/mix", method="POST", json={"tracks": parts})
        await self.ask("path", "/path", params={"from": tracks[0], "to": tracks[1]})

    async def follow(self, job: str) -> dict[str, Any] | None:
        """Watch a job until it is over; return how it is then."""
        last = None
        try:
            async with self.http.stream("GET", f"{API}/jobs/{job}/events", timeout=120) as answer:
                if answer.status_code != 200:
                    self.tally.errors[f"events of a job: {answer.status_code}"] += 1
                    return None
                async for line in answer.aiter_lines():
                    if line.startswith('data: {"job"'):
                        last = json.loads(line[6:])["job"]
        except httpx.HTTPError as error:
            self.tally.errors[f"events of a job: {type(error).__name__}"] += 1
            return None
        if last is None or last["status"] != "done":
            self.tally.errors[f"job: {last and (last['status'], last.get('error'))}"] += 1
            return None
        return last

    async def bring(self, sounds: Sounds) -> str | None:
        """Bring a file, watch it, and look at its page; return the track."""
        name, content = await asyncio.to_thread(sounds.another)
        self.tally.uploads += 1
        began = time.perf_counter()
        answer = await self.ask("upload", "/uploads", method="POST", files={"file": (name, content)})
        if answer is None or (job := await self.follow(answer.json()["id"])) is None:
            return None
        self.tally.analysed += 1
        self.tally.waits_s.append(time.perf_counter() - began)
        track: str = job["track_id"]
        await self.open_track(track)
        return track


class Sounds:
    """Pieces of the demo, cut and with noise, so that no two files are alike."""

    def __init__(self, seconds: float, wanted: int) -> None:
        from reprise.demo import PIECES, render

        self._pieces = [(piece.title, render(piece, 44_100).T) for piece in PIECES[:wanted]]
        self._n, self._count, self._rng = int(44_100 * seconds), 0, np.random.default_rng()

    def another(self) -> tuple[str, bytes]:
        """Return a name and a file."""
        number = self._count
        self._count += 1
        title, whole = self._pieces[number % len(self._pieces)]
        at = int(self._rng.integers(0, max(1, len(whole) - self._n)))
        part = whole[at : at + self._n]
        part = np.clip(part + self._rng.normal(0, 1e-3, part.shape), -1, 1)
        ending, kind, subtype = FORMATS[number % len(FORMATS)]
        file = io.BytesIO()
        soundfile.write(file, part, 44_100, format=kind, subtype=subtype)
        return f"{title} {number}.{ending}", file.getvalue()


async def use(user: User, audible: list[str], until: float, think_s: tuple[float, float]) -> None:
    """Do one thing after another, with pauses, until the time is over."""
    draw = user.draw
    await asyncio.sleep(draw.uniform(0, think_s[1]))  # they do not all come at the same moment
    await user.arrive()
    seen = await user.list()
    while time.monotonic() < until:
        what = draw.choices(
            ("list", "search", "track", "play", "groups", "combine", "home"), (4, 4, 5, 3, 1, 1, 1)
        )[0]
        if what == "list":
            seen = await user.list() or seen
        elif what == "search":
            seen = await user.search() or seen
        elif what == "track" and seen:
            await user.open_track(draw.choice(seen))
        elif what == "play":
            await user.play(draw.choice(audible))
        elif what == "groups":
            await user.see_groups()
        elif what == "combine" and len(seen) > 3:
            await user.combine(draw.sample(seen, 3))
        else:
            await user.ask("status", "/status")
            await user.ask("jobs", "/jobs")
        await asyncio.sleep(draw.uniform(*think_s))


async def guarded(tally: Tally, work: Awaitable[Any]) -> Any:
    """Count an exception that nobody expected."""
    try:
        return await work
    except Exception as error:
        tally.errors[f"the test itself: {type(error).__name__}: {error}"] += 1
        return None


async def load(base: str, options: argparse.Namespace) -> Tally:
    """Prepare the library, let everybody in, and wait until the last file is analysed."""
    tally, draw = Tally(), random.Random(options.seed)
    files = options.audible + int(60 * options.minutes / options.upload_every) + 1
    sounds = await asyncio.to_thread(Sounds, options.seconds, files)
    users = [User(base, tally, random.Random(draw.random())) for _ in range(options.users)]
    first = users[0]
    await first.arrive()
    audible = [track for _ in range(options.audible) if (track := await first.bring(sounds))]
    if not audible:
        raise RuntimeError(f"no file could be brought: {dict(tally.errors)}")
    if options.groups and (made := await first.ask("make groups", "/groups", method="POST")) is not None:
        await first.follow(made.json()["id"])
    tally.uploads, tally.analysed, tally.waits_s, tally.is_measuring = 0, 0, [], True
    until = time.monotonic() + 60 * options.minutes

    async def bring_files() -> None:
        brought = []
        while time.monotonic() < until:
            brought.append(asyncio.create_task(guarded(tally, draw.choice(users).bring(sounds))))
            await asyncio.sleep(options.upload_every)
        await asyncio.gather(*brought)

    async with asyncio.TaskGroup() as group:
        group.create_task(guarded(tally, bring_files()))
        for user in users:
            group.create_task(guarded(tally, use(user, audible, until, options.think)))
    for user in users:
        await user.http.aclose()
    return tally


@asynccontextmanager
async def served(
    folder: Path, options: argparse.Namespace
) -> AsyncIterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Run ``reprise serve``; give its address, and a function that says what it has cost so far."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, "-c", "import sys; from reprise.cli import main; sys.exit(main())"]
    command = [*program, "serve", "--no-demo", "--port", str(port), "--workers", str(options.workers)]
    log = folder / "log"
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    base = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as http:
            for _ in range(600):
                with suppress(httpx.HTTPError):
                    if (await http.get(base + "/healthz")).status_code == 200:
                        break
                if process.poll() is not None:
                    raise RuntimeError("the server ended:\n" + log.read_text(errors="replace")[-2000:])
                await asyncio.sleep(0.1)
        yield base, lambda: cost(process.pid)
    finally:
        process.terminate()
        process.wait(60)
        lines = [line for line in log.read_text(errors="replace").splitlines() if " begin " not in line]
        if strange := [line for line in lines if "ERROR" in line or "Traceback" in line]:
            sys.stderr.write("\n".join(strange[:20]) + "\n")
            sys.stderr.write("\n".join(lines[-40:]) + "\n")


def cost(pid: int) -> dict[str, Any]:
    """Return what a process has cost: most memory in MiB and processor seconds; empty where /proc is not."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        peak = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
        spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        return {
            "server_peak_mib": round(peak),
            "server_cpu_s": round((int(spent[11]) + int(spent[12])) / ticks, 1),
        }
    return {}


def report(tally: Tally) -> dict[str, Any]:
    """Print the table; return the figures."""
    print("| request | how many | p50 ms | p95 ms | p99 ms | slowest ms |\n|---|---|---|---|---|---|")
    reads = [ms for kind, times in tally.times_ms.items() if kind != "upload" for ms in times]
    for kind, times in [*sorted(tally.times_ms.items()), ("**all reads**", reads)]:
        if times:
            at = [np.percentile(times, q) for q in (50, 95, 99, 100)]
            print(f"| {kind} | {len(times)} | " + " | ".join(f"{ms:.0f}" for ms in at) + " |")
    for error, count in tally.errors.most_common():
        print(f"error, {count} times: {error}")
    return {
        "requests": sum(map(len, tally.times_ms.values())),
        "reads_p95_ms": round(float(np.percentile(reads, 95)), 1) if reads else None,
        "errors": tally.errors.total(),
        "uploads": tally.uploads,
        "analysed": tally.analysed,
        "wait_for_analysis_p50_s": round(float(np.median(tally.waits_s)), 1) if tally.waits_s else None,
        "wait_for_analysis_max_s": round(max(tally.waits_s), 1) if tally.waits_s else None,
    }


async def run(folder: Path, options: argparse.Namespace) -> int:
    """Fill, serve, load, report."""
    os.environ["REPRISE_DATA"], os.environ["REPRISE_DATABASE"] = str(folder), options.database
    if not (folder / "filled").exists():
        subprocess.run(
            [sys.executable, "-m", "benchmarks.fill_library", str(folder), str(options.tracks)],
            cwd=ROOT, check=True, stdout=sys.stderr,
        )  # fmt: skip
        (folder / "filled").touch()
    before = os.getloadavg()[0]
    began = time.monotonic()
    async with served(folder, options) as (base, spent):
        tally = await load(base, options)
        costs = spent()
    found = (
        report(tally)
        | costs
        | {
            "database": options.database.partition(":")[0] or "sqlite",
            "users": options.users,
            "think_s": options.think,
            "seconds": round(time.monotonic() - began),
            "load_before": round(before, 1),
            "load_after": round(os.getloadavg()[0], 1),
        }
    )
    found["ok"] = (
        found["errors"] == 0
        and found["uploads"] == found["analysed"]
        and (found["reads_p95_ms"] or MOST_P95_MS) < options.most_p95_ms
    )
    print(json.dumps(found))
    return 0 if found["ok"] else 1


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--tracks", type=int, default=2000)
    parser.add_argument("--upload-every", type=float, default=10, help="seconds")
    parser.add_argument("--seconds", type=float, default=10, help="of each file that is brought")
    parser.add_argument("--audible", type=int, default=5, help="files brought before, to be played")
    parser.add_argument(
        "--no-groups", dest="groups", action="store_false", help="make no clusters and no map"
    )
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--think", type=float, nargs=2, default=(0.5, 3.5), help="least and most seconds between things"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most-p95-ms", type=float, default=MOST_P95_MS)
    parser.add_argument("--database", default=os.environ.get("REPRISE_TEST_DATABASE", ""))
    parser.add_argument("--data", type=Path, help="a folder to keep and use again")
    options = parser.parse_args()
    if options.data:
        options.data.mkdir(parents=True, exist_ok=True)
        return asyncio.run(run(options.data, options))
    with tempfile.TemporaryDirectory(prefix="reprise-load-") as name:
        return asyncio.run(run(Path(name), options))


if __name__ == "__main__":
    sys.exit(main())
