"""The blocks of docs/how-to/spotify-clients.md, run as they stand there against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "spotify-clients.md"
SDK = Path(__file__).parent / "ts" / "node_modules"
SECTIONS = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
BLOCKS = [
    (section.split()[0].rstrip(":"), language, code)
    for section in SECTIONS
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
]
ADDRESS = "http://127.0.0.1:8808"
PRINTED = re.compile(r"Fifth Wheel \d+(\.\d+)? 0\.\d+")


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["spotipy", "tekore"])
def test_blocks_of_python(name: str, url: str, tmp_path: Path):
    (code,) = [code for heading, language, code in BLOCKS if (heading, language) == (name, "python")]
    assert ADDRESS in code
    (tmp_path / "block.py").write_text(code.replace(ADDRESS, url), encoding="utf-8")
    assert PRINTED.fullmatch(run(sys.executable, "block.py", cwd=tmp_path).strip())


@pytest.mark.skipif(
    not SDK.is_dir(), reason="needs the SDK: npm install --no-package-lock in tests/clients/ts"
)
def test_the_block_of_typescript(url: str, tmp_path: Path):
    (code,) = [code for heading, language, code in BLOCKS if (heading, language) == ("TypeScript", "js")]
    (tmp_path / "block.mjs").write_text(code.replace(ADDRESS, url), encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(SDK)
    assert PRINTED.fullmatch(run("node", "block.mjs", cwd=tmp_path).strip())


def test_every_client_has_a_section():
    found = {heading for heading, _, _ in BLOCKS}
    assert {"spotipy", "tekore", "TypeScript", "Rust", "Go"} <= found
