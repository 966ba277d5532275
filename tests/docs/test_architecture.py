"""ARCHITECTURE.md names what there is, and only that."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import reprise.analysis

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
TREE = re.search(r"^## The tree\n(.*?)^## ", TEXT, flags=re.DOTALL | re.MULTILINE)
assert TREE
NAMED = re.findall(r"^\| `([^`]+)` \|", TREE[1], flags=re.MULTILINE)


def test_everything_named_exists():
    assert len(NAMED) > 15
    for path in [*NAMED, *re.findall(r"`((?:src|tests|tools|docs|benchmarks)/[\w./-]*)`", TEXT)]:
        assert (ROOT / path).exists() or "NAME" in path, path


def test_everything_there_is_named():
    there = {
        f"src/reprise/{path.name}{'/' if path.is_dir() else ''}"
        for path in (ROOT / "src" / "reprise").iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))
    }
    there -= {"src/reprise/_version.py"}
    assert there <= set(NAMED), there - set(NAMED)


def test_modules_named_below_their_package_exist():
    package = ROOT / "src" / "reprise"
    for path in re.findall(
        r"`((?:audio|features|models|datasets|collect|training|cli|demo)/[\w*]+\.py)`", TEXT
    ):
        assert list(package.glob(path)) or "NAME" in path, path
    for name in re.findall(r"`((?:audio|features|models)\.[\w.]+\.\w+)`", TEXT):
        module, _, attribute = name.rpartition(".")
        source = package.joinpath(*module.split(".")).with_suffix(".py")
        if source.is_file():
            assert re.search(
                rf"^(?:def|class) {attribute}\b", source.read_text(encoding="utf-8"), re.MULTILINE
            ), name
        else:  # a method of a class
            module, _, owner = module.rpartition(".")
            text = package.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
            assert f"class {owner}" in text, name
            assert f"def {attribute}(" in text, name


def test_the_layers_are_those_of_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (contract["layers"] for contract in contracts["contracts"] if contract["type"] == "layers")
    assert "\n".join(layers) in TEXT


def test_the_way_of_one_file_is_as_told():
    source = Path(reprise.analysis.__file__).read_text(encoding="utf-8")
    for name in ("open_audio", "extract", "Predictor", "analyze_many"):
        assert name in source
        assert name in TEXT
