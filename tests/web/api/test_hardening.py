"""A public server against what strangers send it, and what its answers tell browsers; all of it over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reprise.web.openapi import document

ROOT = Path(__file__).resolve().parents[3]
PART = b"--x\r\nContent-Disposition: form-data; "
STATIC = ROOT / "src" / "reprise" / "web" / "static" / "app"


def ask(
    server: Any, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def bearer(server: Any, role: str = "owner") -> dict[str, str]:
    return {"Authorization": f"Bearer {server.tokens[role]}"}


@pytest.mark.parametrize(
    "path", ["/", "/library/map", "/api/v1/status", "/api/v1/docs", "/api/v1/nothing", "static", "/static/no"]
)
@pytest.mark.parametrize("who", ["owner", "stranger"])
def test_every_answer_binds_the_browser(public_server: Any, path: str, who: str) -> None:
    if path == "static":
        path = "/static/app/" + next(STATIC.rglob("*.js")).relative_to(STATIC).as_posix()
    _, headers, content = ask(public_server, "GET", path, **(bearer(public_server) if who == "owner" else {}))
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers
    if path.startswith("/api/"):
        assert headers["cache-control"].startswith("private")
    if headers["content-type"].startswith("text/html"):
        assert not re.search(rb"<(script|style)(?![^>]* src=)[^>]*>|style=|onload=|https?://", content)


def test_a_name_that_is_not_ours_is_told_nothing(public_server: Any) -> None:
    for path in ("/", "/api/v1/session", "/static/app/icon.svg"):
        status, headers, content = ask(public_server, "GET", path, Host="evil.example")
        assert (status, headers["content-type"]) == (400, "application/problem+json")
        assert b"evil" not in content


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/", 404),
        ("PATCH", "/api/v1/status", 405),
        ("GET", "/api/v1/tracks?q=%00", 400),
        ("GET", "/api/v1/tracks/%00", 400),
        ("GET", "/api/v1/tracks?offset=99999999999999999999999", 422),
        ("GET", "/api/v1/users/99999999999999999999999", 405),
        ("DELETE", "/api/v1/users/99999999999999999999999", 422),
        ("GET", "/api/v1/clusters/99999999999999999999999/tracks", 404),
    ],
)
def test_errors_are_problems(public_server: Any, method: str, path: str, status: int) -> None:
    got, headers, content = ask(public_server, method, path, **bearer(public_server))
    assert (got, headers["content-type"]) == (status, "application/problem+json")
    assert json.loads(content)["status"] == status
    assert b"Traceback" not in content


def test_a_body_is_read_to_its_bound(public_server: Any) -> None:
    large = b" " * (5 << 20)
    json_type = {"Content_Type": "application/json", **bearer(public_server)}
    assert ask(public_server, "POST", "/api/v1/tokens", large, **json_type)[0] == 413
    in_parts = iter([large[: 1 << 20]] * 6)
    assert ask(public_server, "POST", "/api/v1/tokens", in_parts, **json_type)[0] == 413
    lying = bearer(public_server) | {"Content-Length": "999999999999"}
    assert ask(public_server, "POST", "/api/v1/uploads", b"", **lying)[0] == 413


def test_an_upload_of_a_stranger_is_not_read(public_server: Any) -> None:
    # Nothing follows the header, so an answer shows that nothing was waited for.
    for headers in ({}, {"Authorization": "Bearer rp_wrong"}, {"Cookie": "reprise_session=wrong"}):
        status, _, _ = ask(
            public_server, "POST", "/api/v1/uploads", b"", **headers, **{"Content-Length": "1000000"}
        )
        assert status == 401


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=" + "x" * 5000, b"--x--"),
        ("multipart/form-data; boundary=x", PART + b'name="file"\r\n\r\ntext\r\n--x--\r\n'),
        ("application/octet-stream", b"\0" * 100),
        ("multipart/form-data; boundary=x; charset=nonsense", PART + b'name="a"\r\n\r\n\xff\r\n--x--\r\n'),
    ],
)  # fmt: skip
def test_broken_forms_are_refused(public_server: Any, content_type: str, body: bytes) -> None:
    status, headers, _ = ask(
        public_server, "POST", "/api/v1/uploads", body, Content_Type=content_type, **bearer(public_server)
    )
    assert 400 <= status < 500
    assert headers["content-type"] == "application/problem+json"


def test_the_description_is_served(public_server: Any) -> None:
    status, _, content = ask(public_server, "GET", "/api/v1/openapi.json", **bearer(public_server, "guest"))
    served, written = json.loads(content), json.loads(document())
    assert status == 200
    assert served["paths"] == written["paths"]
    status, _, page = ask(public_server, "GET", "/api/v1/docs", **bearer(public_server, "guest"))
    assert status == 200
    assert all(path.encode() in page for path in written["paths"])


def test_a_guest_sees_no_paths(public_server: Any, pieces: Path) -> None:
    at = f"/api/v1/tracks/{public_server.known['track_id']}"
    for path in (at, f"{at}/record", f"{at}/similar", "/api/v1/settings", "/api/v1/jobs", "/api/v1/tracks"):
        status, _, content = ask(public_server, "GET", path, **bearer(public_server, "guest"))
        assert status == 200, content
        assert str(pieces).encode() not in content
        assert b"/data" not in content
    assert str(pieces).encode() in ask(public_server, "GET", at, **bearer(public_server))[2]


def test_django_finds_nothing_to_warn_of(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE_")}
    settings = {
        "REPRISE_DATA": str(tmp_path), "REPRISE_PUBLIC": "1", "REPRISE_HTTPS": "1",
        "REPRISE_ALLOWED_HOSTS": "music.example", "DJANGO_SETTINGS_MODULE": "reprise.web.settings",
    }  # fmt: skip
    checked = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=clean | settings, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


def test_the_examples_of_the_page_about_the_api_work(
    public_server: Any, pieces: Path, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```sh\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "song.flac").write_bytes(sorted(pieces.glob("*.flac"))[0].read_bytes())
    environment = {
        **os.environ,
        "API": f"{public_server.address}/api/v1",
        "TOKEN": public_server.tokens["guest"],
    }
    answers = []
    for example in examples:
        ran = subprocess.run(
            ["bash", "-euc", example], env=environment, cwd=tmp_path,
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        answers.append(json.loads(ran.stdout))
    status, tracks, upload, address, error = answers
    assert status["tracks"] >= 3
    assert tracks["limit"] == 2
    assert [track["tempo"] for track in tracks["items"]] == sorted(
        (track["tempo"] for track in tracks["items"]), reverse=True
    )
    assert (upload["kind"], address["kind"]) == ("analysis", "analysis")
    assert error["status"] == 422


def test_the_log_has_no_error(public_server: Any) -> None:
    # Last in this file: what the tests above have sent has been no surprise to the server.
    assert "Traceback" not in public_server.log.read_text()
