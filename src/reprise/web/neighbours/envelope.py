"""What every answer of a Subsonic server is wrapped in, as JSON or XML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from django.http import HttpResponse, JsonResponse

from reprise._version import __version__

__all__ = ["SubsonicError", "failed", "ok"]

_VERSION = "1.16.1"
_NAMESPACE = "http://subsonic.org/restapi"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXTS = frozenset({"similarity", "versions"})
"""What is an element of its own in XML; every other plain value is an attribute."""


class SubsonicError(Exception):
    """An error with one of Subsonic's codes.

    Parameters
    ----------
    code : int
    message : str
    """

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        super().__init__(message)


def ok(form: str, body: Mapping[str, Any]) -> HttpResponse:
    """Return what went well; ``form`` is ``"xml"`` or ``"json"``."""
    return _response(form, "ok", body, 200)


def failed(form: str, error: SubsonicError, status: int = 200) -> HttpResponse:
    """Return an error; clients look for it in the body, so that its status is 200 unless HTTP itself is at fault."""
    return _response(form, "failed", {"error": {"code": error.code, "message": str(error)}}, status)


def _response(form: str, outcome: str, body: Mapping[str, Any], status: int) -> HttpResponse:
    whole = {
        "status": outcome, "version": _VERSION, "type": "reprise", "serverVersion": __version__, "openSubsonic": True,
        **body,
    }  # fmt: skip
    response: HttpResponse
    if form == "json":
        response = JsonResponse({"subsonic-response": whole}, status=status)
    else:
        root = ElementTree.Element("subsonic-response", xmlns=_NAMESPACE)
        _fill(root, whole)
        content = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
        response = HttpResponse(content, status=status, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _fill(element: ElementTree.Element, values: Mapping[str, Any]) -> None:
    """Write plain values as attributes, objects and lists as elements, as Subsonic's XML has them."""
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            if each is None:
                continue
            if isinstance(each, Mapping):
                _fill(ElementTree.SubElement(element, name), each)
            elif isinstance(value, list) or name in _TEXTS:
                ElementTree.SubElement(element, name).text = _text(each)
            else:
                element.set(name, _text(each))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_IN_XML.sub("\ufffd", str(value))
