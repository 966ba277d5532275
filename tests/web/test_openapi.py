"""The committed description of the API, of which the front end's types are made."""

from __future__ import annotations

import json
from collections import Counter

from reprise.web.openapi import OPENAPI, document


def test_the_committed_file_is_current() -> None:
    assert OPENAPI.read_text(encoding="utf-8") == document(), "run: python -m reprise.web.openapi"


def test_every_operation_says_what_it_does_and_how_it_fails() -> None:
    description = json.loads(document())
    names: Counter[str] = Counter()
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            names[operation["operationId"]] += 1
            assert operation.get("description"), where
            assert len(operation.get("tags", [])) == 1, where
            assert {"401", "422", "429"} <= operation["responses"].keys(), where
            for status, answer in operation["responses"].items():
                if status == "default" or status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"], f"{where} {status}"
            for parameter in operation["parameters"]:
                if parameter["name"] in ("limit", "offset", "steps"):
                    assert {"minimum", "maximum"} <= parameter["schema"].keys(), (
                        f"{where} {parameter['name']}"
                    )
    assert {name: count for name, count in names.items() if count > 1} == {}


def test_every_tag_is_described() -> None:
    description = json.loads(document())
    used = {
        tag
        for each in description["paths"].values()
        for operation in each.values()
        for tag in operation["tags"]
    }
    assert used == {tag["name"] for tag in description["tags"] if tag["description"]}
