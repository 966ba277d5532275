"""Put the figures and pictures of docs/results into the package, for the application's page of models.

python tools/publish_results.py
"""

from __future__ import annotations

import csv
import json
import shutil
from collections import defaultdict
from pathlib import Path

from reprise.targets import HEADS

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"
PUBLISHED = ROOT / "src" / "reprise" / "web" / "published"
GENRE = ("top1", "top5", "macro_f1")
PICTURES = {
    "features.png": "R² of every model on every feature",
    "musicnn-heads-predictions.png": "The default heads: predicted against true",
    "simple-cnn-learning.png": "A network learning from scratch",
    "perceptron-69-confusion.png": "Which genres a perceptron on 69 features takes for one another",
    "genre-fused-confusion.png": "Which genres the default model takes for one another",
}


def rows_of(path: Path) -> list[dict[str, object]]:
    """Gather the figures of each run: R² on songs' own labels, or accuracies over all genres."""
    figures: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            value = round(float(row["value"]), 4) if row["value"] else None
            if row["labels"] == "own" and row["of"] in HEADS and row["metric"] == "r2":
                figures[row["run"], "features"][row["of"]] = value
            elif row["of"] == "all" and row["metric"] in GENRE:
                figures[row["run"], "genre"][row["metric"]] = value
    return [
        {"model": run, "task": task, "source": "published", "figures": found}
        for (run, task), found in figures.items()
    ]


if __name__ == "__main__":
    PUBLISHED.mkdir(exist_ok=True)
    for name in PICTURES:
        shutil.copyfile(RESULTS / name, PUBLISHED / name)
    table = {"rows": rows_of(RESULTS / "comparison.csv"), "pictures": PICTURES}
    (PUBLISHED / "comparison.json").write_text(
        json.dumps(table, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
