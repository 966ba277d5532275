"""How long pages take to load in a browser, and how smoothly the map moves: ``python -m benchmarks.pages``.

Fills a library, serves it on loopback and opens it in Chromium without a cache. *Ready* is when the heading of a page
is there and the last answer of the server has come. The map is zoomed and dragged for some seconds, 1280 pixels wide,
while every frame is timed; at 60 frames a second one takes 16.7 ms. No graphics card is used: a desktop is faster.
"""

from __future__ import annotations

import argparse
import json
import shutil
import urllib.request
from typing import Any

import numpy as np

from benchmarks.serving import filled, served

PAGES = {"home": "/", "library": "/library", "track": "/tracks/{track}", "map": "/map", "about": "/about"}
# Measured by the page's own clock, from the moment that it is asked for: Playwright looks only now and then.
_WATCH_HEADING = """
new MutationObserver((_, watching) => {
  if (document.querySelector('h1')?.textContent) { window.heading_ms = performance.now(); watching.disconnect(); }
}).observe(document, { childList: true, subtree: true, characterData: true });
"""
_TIMES = """
() => [
  performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
  window.heading_ms ?? NaN,
  Math.max(window.heading_ms ?? NaN, ...performance.getEntriesByType('resource').map((each) => each.responseEnd)),
]
"""
_COUNT_FRAMES = """
() => { window.frames_ms = []; let before = performance.now(); window.is_counting = true;
  const next = (now) => {
    window.frames_ms.push(now - before); before = now; if (window.is_counting) requestAnimationFrame(next);
  };
  requestAnimationFrame(next); }
"""


def load_times(browser: Any, base: str, rounds: int) -> None:
    """Print how long each page takes."""
    with urllib.request.urlopen(f"{base}/api/v1/tracks?limit=1", timeout=60) as answer:
        track = json.load(answer)["items"][0]["id"]
    print("| page | first paint ms | heading ms | ready ms |\n|---|---|---|---|")
    for name, path in PAGES.items():
        rows = []
        for _ in range(rounds):
            context = browser.new_context(base_url=base, viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.add_init_script(_WATCH_HEADING)
            page.goto(path.format(track=track), wait_until="networkidle")
            rows.append(page.evaluate(_TIMES))
            context.close()
        print(f"| {name} | " + " | ".join(f"{value:.0f}" for value in np.nanmedian(rows, axis=0)) + " |")


def map_frames(browser: Any, base: str) -> None:
    """Print how long the frames of the map take while it is zoomed and dragged."""
    page = browser.new_page(base_url=base, viewport={"width": 1280, "height": 900})
    page.goto("/map")
    canvas = page.get_by_role("application")
    canvas.wait_for()
    page.wait_for_timeout(1500)
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.evaluate(_COUNT_FRAMES)
    for _ in range(20):
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(16)
    page.mouse.down()
    for step in range(120):
        page.mouse.move(x + 100 * np.sin(step / 10), y + 60 * np.cos(step / 7))
        page.wait_for_timeout(16)
    page.mouse.up()
    for _ in range(20):
        page.mouse.wheel(0, 120)
        page.wait_for_timeout(16)
    frames = np.array(page.evaluate("() => { window.is_counting = false; return window.frames_ms; }")[1:])
    at = ", ".join(f"p{q} {np.percentile(frames, q):.1f} ms" for q in (50, 95, 99))
    print(
        f"map: {len(frames)} frames, {at}, slowest {frames.max():.1f} ms, {1000 / frames.mean():.0f} frames a second"
    )


def main() -> None:
    """Fill a library, make its map, and measure."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        options.error("needs Chromium (Debian's package chromium)")
    from playwright.sync_api import sync_playwright

    with filled(options, tracks=10_000) as asked:
        from reprise.web.library.groups import groups_state, make_groups

        if groups_state()["made_at"] is None:
            make_groups()
        with served() as (base, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium,
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            load_times(browser, base, asked.rounds)
            map_frames(browser, base)
            browser.close()


if __name__ == "__main__":
    main()
