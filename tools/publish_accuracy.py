"""Write what the application shows of each feature's accuracy, from the table that docs/accuracy.md has.

python tools/publish_accuracy.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = ROOT / "src" / "reprise" / "models" / "accuracy.json"
_ROW = re.compile(r"^\| (\w+) \| (\d+) \| (-?[\d.]+) [^|]*\| (-?[\d.]+) [^|]*\|.*\| (\d+) % \|", re.MULTILINE)


def published(page: str) -> dict[str, dict[str, float]]:
    """Read the table of the seven features."""
    table = page.partition("`reprise evaluate heads`")[2].partition("\n\nThe reference")[0]
    return {
        name: {"songs": int(songs), "r2": float(r2), "mae": float(mae), "coverage": int(covers) / 100}
        for name, songs, r2, mae, covers in _ROW.findall(table)
    }


if __name__ == "__main__":
    figures = published((ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8"))
    PUBLISHED.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
