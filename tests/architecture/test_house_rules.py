"""Rules of the house that no linter knows: short modules, telling names, no pickles."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src" / "reprise").rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in SOURCES]
CODE = [*SOURCES, *sorted((ROOT / "tools").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 50


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_no_module_is_long_and_every_name_says_something(path: Path) -> None:
    # Migrations are written by Django.
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400 or path.parent.name == "migrations"
    assert path.stem not in {"utils", "util", "helpers", "helper", "misc", "common"}


@pytest.mark.parametrize("path", CODE, ids=[str(path.relative_to(ROOT)) for path in CODE])
def test_nothing_is_ever_unpickled(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not {"pickle", "joblib", "shelve", "marshal"} & {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.module not in {"pickle", "joblib", "shelve", "marshal"}
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"np.load", "numpy.load"}:
            asked = {word.arg: word.value for word in node.keywords}
            assert "allow_pickle" in asked, f"{path}:{node.lineno}"
            assert ast.literal_eval(asked["allow_pickle"]) is False
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            asked = {word.arg: word.value for word in node.keywords}
            assert "weights_only" in asked and ast.literal_eval(asked["weights_only"]) is True
