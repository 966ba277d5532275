"""Spotify's description of its own API (OpenAPI 3.0), read as JSON Schema, and made strict."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

FILE = Path(__file__).resolve().parents[4] / "shared" / "reference" / "spotify-openapi-2025.yml"

MAY_BE_ABSENT = frozenset({
    # Said only where it is so.
    "restrictions", "linked_from", "isrc", "ean", "upc", "spotify", "resume_point",
    # Nobody here knows them.
    "country", "email", "explicit_content",
})  # fmt: skip

AS = {
    # The names of 2026 for what is in the file of 2025.
    "POST /me/playlists": "POST /users/{user_id}/playlists",
    **{f"{m} /playlists/{{playlist_id}}/items": f"{m} /playlists/{{playlist_id}}/tracks"
       for m in ("GET", "POST", "PUT", "DELETE")},
}  # fmt: skip


@cache
def description() -> dict[str, Any]:
    """The file; skips the test where it is not."""
    if not FILE.exists():
        pytest.skip(f"{FILE} is not there")
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


def json_schema(schema: Any, *, strict: bool) -> Any:
    """Turn a schema of OpenAPI 3.0 into one of JSON Schema: ``nullable`` is a type of its own there.

    Strict, every property that an object has is required: the file itself requires next to nothing of most.
    """
    if isinstance(schema, list):
        return [json_schema(each, strict=strict) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/$defs/")}
    kept = {
        name: value for name, value in schema.items() if name not in ("nullable", "example", "discriminator")
    }
    for name in ("items", "allOf", "oneOf", "anyOf"):
        if name in kept:
            kept[name] = json_schema(kept[name], strict=strict)
    if isinstance(kept.get("properties"), dict):
        kept["properties"] = {n: json_schema(s, strict=strict) for n, s in kept["properties"].items()}
        if strict:
            kept["required"] = sorted({*kept["properties"]} - MAY_BE_ABSENT | {*kept.get("required", [])})
    return {"anyOf": [kept, {"type": "null"}]} if schema.get("nullable") else kept


@cache
def _validator(operation: str, status: int) -> jsonschema_rs.Draft202012Validator | None:
    document = description()
    method, path = AS.get(operation, operation).split()
    answers = document["paths"][path][method.lower()]["responses"]
    answer = answers.get(str(status))
    if answer is None:
        assert status >= 400, f"{operation} answers {status}, which the file does not know"
        answer = {"$ref": "#/components/responses/BadRequest"}
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
    if "content" not in answer:
        return None
    strict = path != "/search"  # which has all types there are; only those asked for are answered
    schema = json_schema(answer["content"]["application/json"]["schema"], strict=strict)
    # EpisodeObject and its like tell a track from an episode by what they require.
    definitions = {
        name: json_schema(each, strict=not name.startswith(("Episode", "Show")))
        for name, each in document["components"]["schemas"].items()
    }
    return jsonschema_rs.Draft202012Validator({**schema, "$defs": definitions})


def complaints(operation: str, status: int, body: Any) -> list[str]:
    """Say where an answer is not as the file has it.

    In lists by ``ids`` what is unknown is null; the file's text says so, its schemas have forgotten it.
    """
    validator = _validator(operation, status)
    if validator is None:
        return [] if body is None else [f"there should be no body: {body}"]
    if isinstance(body, dict):
        body = {
            name: [each for each in value if each is not None] if isinstance(value, list) else value
            for name, value in body.items()
        }
    return [f"{error.instance_path}: {error.message}"[:300] for error in validator.iter_errors(body)]
