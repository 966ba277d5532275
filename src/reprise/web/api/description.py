"""What OpenAPI says of the API, beyond what the endpoints say of themselves."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI, Schema
from ninja.openapi.schema import REF_TEMPLATE
from ninja.operation import Operation
from ninja.schema import NinjaGenerateJsonSchema

from reprise.web.api import schemas, schemas_installation, schemas_training

__all__ = ["Api"]

_PROBLEM = {"application/problem+json": {"schema": {"$ref": REF_TEMPLATE.format(model="Problem")}}}
_REASONS = {
    400: "The request cannot be understood.",
    401: "Nobody is logged in, and no token was sent.",
    403: "This user may not do it, or the CSRF token is missing.",
    404: "There is nothing by this name.",
    413: "The body is too large.",
    415: "The body is of a type that is not taken.",
    422: "A parameter is missing or out of its range.",
    429: "Too many requests; the header Retry-After says how many seconds to wait.",
}
_TAGS = {
    "feedback": "What is right, and what was learnt from it.",
    "folders": "Folders of music that are scanned.",
    "groups": "Clusters and the map.",
    "jobs": "What is being worked on.",
    "models": "Models, training runs and how they compare.",
    "playlists": "Lists of tracks, fixed or by a rule.",
    "search": "Find, suggest, count.",
    "session": "Log in and out.",
    "settings": "What the owner has switched.",
    "similar": "What sounds alike.",
    "status": "How the library is doing.",
    "tags": "Write results into files as tags, and undo it.",
    "tokens": "Keys for programs.",
    "tracks": "The music and what is in it.",
    "uploads": "Bring in a file or an address.",
    "users": "Who may come.",
}
_FILES = {
    "track_audio": "audio/*",
    "track_picture": "image/png",
    "comparison_picture": "image/png",
    "download_playlist": "audio/x-mpegurl",
    "job_events": "text/event-stream",
    "run_events": "text/event-stream",
}
"""What is sent by the operations that do not answer with JSON."""

_INPUTS = ("In", "Change", "MixPart")


class Api(NinjaAPI):
    """Ninja's API, with every error documented and names that stay the same."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Name an operation as its function is named."""
        return str(operation.view_func.__name__)

    def get_openapi_schema(self, **options: Any) -> Any:
        """Describe the API as OpenAPI 3.1 has it."""
        document = super().get_openapi_schema(**options)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(path, method, operation)
        document["components"]["schemas"] = dict(
            sorted((_shapes() | document["components"]["schemas"]).items())
        )
        used = {
            tag
            for each in document["paths"].values()
            for operation in each.values()
            for tag in operation["tags"]
        }
        document["tags"] = [{"name": name, "description": _TAGS.get(name, "")} for name in sorted(used)]
        return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Document the errors of an operation."""
    responses = operation["responses"] = {
        str(status): answer for status, answer in operation["responses"].items()
    }
    statuses = {400, 401, 404, 422, 429}
    if method in ("post", "put", "patch", "delete") or path.startswith("/api/v1/users"):
        statuses.add(403)
    if "requestBody" in operation:
        statuses |= {413, 415}
    if kind := _FILES.get(operation["operationId"]):
        schema = {} if kind == "text/event-stream" else {"type": "string", "contentMediaType": kind}
        responses["200"]["content"] = {kind: {"schema": schema}}
    if operation["operationId"] == "track_audio":
        responses["206"] = {"description": "The bytes asked for.", "content": responses["200"]["content"]}
        responses["416"] = {"description": "The file has no such bytes.", "content": _PROBLEM}
    for status in sorted(statuses):
        answer = {"description": _REASONS[status], "content": _PROBLEM}
        if status == 429:
            seconds = {"type": "integer", "minimum": 1}
            answer["headers"] = {"Retry-After": {"schema": seconds, "description": "Seconds to wait."}}
        responses.setdefault(str(status), answer)
    responses.setdefault("default", {"description": "Any other error.", "content": _PROBLEM})


def _shapes() -> dict[str, Any]:
    """Describe every shape of `schemas`, also those that stand in events and not in an answer."""
    found: dict[str, Any] = {}
    modules = (schemas, schemas_installation, schemas_training)
    names = {module.__name__ for module in modules}
    for name, shape in (pair for module in modules for pair in vars(module).items()):
        is_shape = isinstance(shape, type) and issubclass(shape, Schema) and shape.__module__ in names
        if not is_shape or name.startswith("Page"):
            continue
        schema = shape.model_json_schema(
            ref_template=REF_TEMPLATE,
            schema_generator=NinjaGenerateJsonSchema,
            mode="validation" if name.endswith(_INPUTS) else "serialization",
        )
        for inner, description in schema.pop("$defs", {}).items():
            found.setdefault(inner, description)
        found[name] = schema
    return found
