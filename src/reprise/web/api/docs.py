"""The API's own description: for programs as OpenAPI, for people as one page without scripts."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from ninja import Router

router = Router(tags=["status"])


@cache
def _document() -> dict[str, Any]:
    from reprise.web.api import api

    return dict(api.get_openapi_schema(path_prefix="/api/v1/"))


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the description of the API as OpenAPI 3.1 has it."""
    return JsonResponse(_document())


@router.get("/docs", include_in_schema=False)
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description of the API."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in _document()["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append({
                "method": method.upper(), "path": path, "says": operation["description"],
                "parameters": operation["parameters"], "body": _body(operation), "answers": _answers(operation),
            })  # fmt: skip
    return render(request, "api.html", {"groups": sorted(groups.items())})


def _shape(content: dict[str, Any]) -> str:
    """Name what is sent: the shape of JSON, or the type of anything else."""
    for kind, described in content.items():
        schema = described.get("schema", {})
        if kind != "application/json":
            return str(kind)
        name = schema.get("$ref") or schema.get("items", {}).get("$ref")
        if name:
            short = str(name).rpartition("/")[2]
            return f"list of {short}" if "items" in schema else short
        return str(schema.get("title", "JSON"))
    return ""


def _body(operation: dict[str, Any]) -> str:
    return _shape(operation.get("requestBody", {}).get("content", {}))


def _answers(operation: dict[str, Any]) -> str:
    good = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    return ", ".join(
        f"{status} {_shape(answer.get('content', {}))}".strip() for status, answer in good.items()
    )
