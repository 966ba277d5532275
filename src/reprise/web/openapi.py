"""``python -m reprise.web.openapi [FILE]``: write what the API is, for the front end's types and for the tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

__all__ = ["OPENAPI", "document"]

OPENAPI = Path(__file__).resolve().parents[3] / "frontend" / "openapi.json"


def document() -> str:
    """Return the description of the API as JSON, the same at every call."""
    from reprise.web.api import api

    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    # The version of the package is not the version of the contract: the file changes when the contract does.
    schema["info"]["version"] = "v1"
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def main() -> None:
    """Write the file."""
    from reprise.web.boot import boot

    boot(migrate=False)
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OPENAPI
    path.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
