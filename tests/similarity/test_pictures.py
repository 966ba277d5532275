"""The map is drawn as PNG and as a page that asks nobody; hostile titles stay text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from reprise.similarity.clusters import NOISE, Clusters
from reprise.similarity.naming import ClusterName, NamedClusters, TagShare
from reprise.similarity.page import write_page
from reprise.similarity.pictures import COLOURS, draw_map

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def named() -> NamedClusters:
    labels = np.append(np.arange(60) % 9, [NOISE] * 4)
    names = tuple(
        ClusterName(name=f"$tag_{i}$, <b>bold", tags=(TagShare(tag=f"tag{i}", mean=0.5, lift=2.0),))
        for i in range(9)
    )
    by_k = {2: 0.1, 9: 0.2}
    return NamedClusters(
        clusters=Clusters(method="kmeans", labels=labels, silhouette=0.2, by_k=by_k), names=names
    )


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)


def test_the_picture_has_the_colours_of_all_clusters(
    tmp_path: Path, named: NamedClusters, points: np.ndarray
):
    from matplotlib import image

    draw_map(points, [named, named], tmp_path / "map.png")
    pixels = image.imread(tmp_path / "map.png")[:, :, :3]
    assert pixels.shape[0] > pixels.shape[1]
    for colour in COLOURS[:-1]:
        rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        # The rings around the numbers are drawn in full colour.
        assert (np.abs(pixels - rgb).max(axis=2) < 0.02).sum() > 100
    draw_map(points, [named, named], tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "map.png").read_bytes()


def test_the_page_holds_everything_and_runs_nothing_of_strangers(
    tmp_path: Path, named: NamedClusters, points: np.ndarray
):
    write_page(points, [HOSTILE, *(f"song {i}" for i in range(63))], [named], tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    own = page[page.index("<body>") :]
    assert "alert(1)</script>" not in own
    assert "<img" not in own
    assert "song 62" in own
    assert "$tag_0$, &lt;b&gt;bold" in own
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=", page)
    assert own.count('class="plotly-graph-div"') == 2
    assert "no cluster" in own
    # Nor is the reader invited to send the songs to anybody.
    assert own.count('"showSendToCloud": false') == 2
    write_page(points, [HOSTILE, *(f"song {i}" for i in range(63))], [named], tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page
