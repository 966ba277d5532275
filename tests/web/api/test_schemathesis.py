"""Requests that a machine makes up of the description: well-formed, malformed and hostile ones, as owner and as guest.

No answer may be an error of the server, and every answer is what the description says of it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reprise.web.openapi import document

schemathesis = pytest.importorskip("schemathesis")

from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SESSION = requests.Session()
EXAMPLES = 3
"""For each operation, role and kind of request."""

SCHEMA = schemathesis.openapi.from_dict(json.loads(document()))
OPERATIONS = {operation.ok().label: operation.ok() for operation in SCHEMA.get_all_operations()}


@pytest.mark.parametrize("role", ["owner", "guest"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_what_a_machine_makes_up(label: str, role: str, public_server: Any) -> None:
    operation = OPERATIONS[label]
    names = {parameter.name for parameter in operation.path_parameters}
    known = {name: public_server.known[name] for name in names if name in public_server.known}
    cases = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    if known and known.keys() == names and operation.method != "delete":
        cases.append(operation.as_strategy(path_parameters=known))
    headers = {"Authorization": f"Bearer {public_server.tokens[role]}"}

    @given(case=st.one_of(cases))
    @settings(
        max_examples=EXAMPLES * len(cases),
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def calls(case: Any) -> None:
        case.call_and_validate(
            base_url=public_server.address, headers=headers, checks=CHECKS, session=SESSION
        )

    calls()
