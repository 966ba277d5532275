"""Whatever tells a user what to install names an extra that brings it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from reprise import registry
from reprise.errors import MissingDependencyError, ParameterError
from reprise.web.extras import WEB_PACKAGES, for_the_web

ROOT = Path(__file__).resolve().parents[1]
EXTRAS: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["optional-dependencies"]
MODULES = {"sklearn": "scikit-learn", "imblearn": "imbalanced-learn", "umap": "umap-learn"}
"""Modules whose package has another name."""


def brought_by(extra: str) -> set[str]:
    """Return the names of the packages that an extra brings."""
    return {re.split(r"[\[><=~ ;]", line, maxsplit=1)[0] for line in EXTRAS[extra]}


def promises() -> Iterator[tuple[str, str, str]]:
    """Yield where `MissingDependencyError` is raised with plain texts, or with one where all else fails."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "MissingDependencyError":
                package, extra = node.args
                if isinstance(package, ast.BoolOp):  # the name that the error has, or a plain one
                    package = package.values[-1]
                if isinstance(package, ast.Constant) and isinstance(extra, ast.Constant):
                    yield f"{path.name}:{node.lineno}", str(package.value), str(extra.value)


def test_the_extra_that_is_named_brings_the_package() -> None:
    found = list(promises())
    assert len(found) > 15
    assert [each for each in found if each[1].lower() not in brought_by(each[2])] == []


def test_the_registry_names_extras_that_bring_their_packages() -> None:
    table = {MODULES.get(module, module): extra for module, extra in registry._EXTRAS.items()}
    assert [package for package, extra in table.items() if package not in brought_by(extra)] == []


def test_the_web_knows_what_its_extra_brings() -> None:
    others = set().union(*(brought_by(extra) for extra in EXTRAS if extra not in ("web", "dev")))
    assert brought_by("web") & others == WEB_PACKAGES


def test_the_web_does_not_send_its_users_to_the_extra_for_training() -> None:
    assert str(for_the_web(MissingDependencyError("umap-learn", "train"))).endswith("'reprise[web]'")
    assert str(for_the_web(MissingDependencyError("librosa", "train"))).endswith("'reprise[train]'")
    other = ParameterError("something else")
    assert for_the_web(other) is other


PROGRAM = """
import sys
sys.modules["sklearn"] = None  # as if it were not installed
from reprise.web.boot import boot
boot()
import numpy as np
from reprise.similarity.space import DIMENSIONS
from reprise.web.library import claims
from reprise.web.library.jobs import start_groups
from reprise.web.library.models import Analysis, Job, Track
from reprise.web.library.queueing import LONG
for n in range(8):
    track = Track.objects.create(path=f"/{n}", size=1, mtime_ns=1, title="T", title_key="t", status="analysed")
    vector, embedding = np.random.rand(DIMENSIONS).astype("<f4"), np.zeros(500, "<f2")
    Analysis.objects.create(
        track=track, record={}, model="m", vector=vector.tobytes(), embedding=embedding.tobytes()
    )
start_groups(None)
claims.perform(claims.claim_next("1-1-x", LONG), "1-1-x")
print(Job.objects.get().error_message)
"""


def test_a_job_that_lacks_a_package_says_what_to_install(tmp_path: Path) -> None:
    environment = os.environ | {"REPRISE_DATA": str(tmp_path), "REPRISE_DATABASE": ""}
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=300
    )
    assert found.stdout.strip().endswith("scikit-learn is needed for this: pip install 'reprise[web]'"), (
        found.stderr
    )
