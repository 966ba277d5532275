"""Short pieces of music with a known tempo, key, mode and metre, for ``make demo`` and for tests."""

from __future__ import annotations

from reprise.demo.pieces import PIECES, Piece, render

__all__ = ["PIECES", "Piece", "render"]
