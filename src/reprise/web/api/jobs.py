"""Jobs: what is being worked on."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["jobs"])
