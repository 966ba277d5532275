"""The load test itself, with few people for a few seconds: a real server, real uploads, errors that are counted."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "tools"))  # tools is no package

from load_test import Tally, User  # noqa: E402


def test_a_few_users_meet_no_error_and_every_upload_is_analysed(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE_")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "load_test.py"), "--users", "3", "--minutes", "0.1", "--tracks", "60",
         "--audible", "1", "--upload-every", "4", "--seconds", "5", "--most-p95-ms", "60000", "--no-groups",
         "--data", str(tmp_path)],
        capture_output=True, text=True, timeout=300, env=clean,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["errors"] == 0
    assert found["uploads"] == found["analysed"] >= 1
    assert found["requests"] >= 9


def test_what_goes_wrong_is_counted() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/gone"):
            raise httpx.ConnectError("refused")
        return httpx.Response(500 if request.url.path.endswith("/broken") else 404)

    async def ask() -> Tally:
        tally = Tally(is_measuring=True)
        user = User("http://localhost", tally, random.Random(0))
        user.http = httpx.AsyncClient(base_url="http://localhost", transport=httpx.MockTransport(answer))
        for path in ("/broken", "/nothing", "/gone"):
            assert await user.ask("a thing", path) is None
        await user.http.aclose()
        return tally

    tally = asyncio.run(ask())
    assert tally.errors.total() == 3
    assert len(tally.times_ms["a thing"]) == 2
