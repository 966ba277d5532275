"""How good the predicted features are: the figures of docs/accuracy.md, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["published_accuracy"]


@cache
def published_accuracy() -> Mapping[str, Mapping[str, float]]:
    """Return for each predicted feature ``songs``, ``r2``, ``mae`` and ``coverage`` of its 80 % interval (0..1).

    They were measured on songs by artists that the models had not heard; ``python tools/publish_accuracy.py`` takes
    them over from the documentation.
    """
    text = (files("reprise.models") / "accuracy.json").read_text(encoding="utf-8")
    figures: Mapping[str, Mapping[str, float]] = json.loads(text)
    return figures
