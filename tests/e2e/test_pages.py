"""The main path of every page, on a desktop and on a phone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from reprise.demo import PIECES, render
from reprise.training.history import Epoch, add_epoch

from .conftest import Server, watched_page

ROOT = Path(__file__).resolve().parents[2]

Shot = Callable[[Any, str], None]
Check = Callable[[Any], None]


def new_song(folder: Path, name: str, seed: int) -> Path:
    """A piece that no other test has brought in: the same music in another noise."""
    piece = PIECES[seed % len(PIECES)]
    y = render(piece) + 0.002 * np.random.default_rng(seed).normal(size=render(piece).shape)
    path = folder / f"{name}.flac"
    with soundfile.SoundFile(path, "w", 44100, channels=2) as file:
        file.title, file.artist = name, "A Stranger"
        file.write(y.T)
    return path


def open_track(page: Any, server: Server, title: str = "Kindling") -> str:
    track = next(t for t in server.get("/tracks?limit=100")["items"] if t["title"] == title)
    page.goto(f"/tracks/{track['id']}")
    page.get_by_role("heading", level=1, name=title).wait_for()
    return str(track["id"])


def test_home_suggests_while_typing_and_finds(page: Any, shot: Shot, accessible: Check) -> None:
    page.goto("/")
    page.get_by_text("New in the library").wait_for()
    shot(page, "home")
    accessible(page)
    field = page.get_by_role("combobox").last
    field.fill("kindl")
    page.get_by_role("option", name=re.compile("Kindling")).first.wait_for()
    field.press("Enter")
    page.get_by_role("link", name="Kindling").first.wait_for()
    shot(page, "search")
    accessible(page)


def test_a_misspelt_search_still_finds(page: Any) -> None:
    page.goto("/search?q=kindlimg")
    page.get_by_role("link", name="Kindling").first.wait_for()


def test_an_uploaded_song_is_watched_until_it_is_analysed(
    page: Any, shot: Shot, size: str, tmp_path: Path
) -> None:
    song = new_song(tmp_path, f"Brought {size}", 1 if size == "phone" else 2)
    page.goto("/")
    page.get_by_label("Choose a file to analyse").set_input_files(song)
    page.wait_for_url(re.compile("/jobs/"))
    page.get_by_text(re.compile("You can leave this page")).wait_for()
    shot(page, "job")
    address = page.url
    page.goto("/about")
    page.goto(address)  # left, and returned to
    page.wait_for_url(re.compile("/tracks/"), timeout=60_000)
    page.get_by_role("heading", level=1, name=song.stem).wait_for()
    page.get_by_role("tab", name="What is in it").wait_for()


def test_what_is_no_music_is_refused_in_words(chromium: Any, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "letter.mp3"
    path.write_text("Dear sirs, this is no music." * 100)
    with pytest.raises(AssertionError, match=r"4\d\d"), watched_page(chromium, server) as page:
        page.goto("/")
        page.get_by_label("Choose a file to analyse").set_input_files(path)
        page.get_by_text(re.compile("was not taken")).wait_for()


def test_the_microphone_records_a_song(page: Any) -> None:
    page.goto("/")
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_role("button", name=re.compile("Stop at 0:0[3-9]")).click(timeout=20_000)
    page.wait_for_url(re.compile("/(jobs|tracks)/"))


def test_a_track_plays_and_says_how_it_came_about(
    page: Any, server: Server, shot: Shot, accessible: Check
) -> None:
    open_track(page, server)
    page.get_by_role("img", name=re.compile("Spectrogram of this track")).wait_for(timeout=30_000)
    page.get_by_role("region", name=re.compile("Listen to")).get_by_role("button", name="Play").click()
    page.get_by_role("button", name=re.compile("^Pause")).first.wait_for()
    page.get_by_role("table", name=re.compile("seven features")).wait_for(state="attached")
    shot(page, "track")
    accessible(page)
    page.get_by_role("tab", name="How it came about").click()
    page.get_by_role("heading", name="What the models see").wait_for()
    images = page.locator(".pictures img")
    assert images.count() == 5
    for i in range(5):
        images.nth(i).scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        assert images.nth(i).evaluate("image => image.complete && image.naturalWidth > 0")
    shot(page, "provenance")
    accessible(page)
    page.get_by_role("tab", name="Similar").click()
    page.get_by_role("heading", name="Sounds alike").wait_for()
    page.locator(".track-row").first.wait_for()
    shot(page, "similar")
    accessible(page)


def test_a_correction_is_kept_and_taken_back(
    page: Any, server: Server, shot: Shot, accessible: Check, size: str
) -> None:
    track = open_track(page, server, "Slow Water" if size == "phone" else "Snow Light")
    page.get_by_role("link", name="Correct it").click()
    energy = page.get_by_role("region", name="Energy")
    energy.get_by_role("slider").fill("0.9")
    energy.get_by_role("button", name="Set to 0.90").click()
    page.get_by_text(re.compile("Energy is")).wait_for(timeout=30_000)
    page.get_by_role("region", name="Genre").get_by_role("button", name=re.compile("is right")).click()
    page.get_by_text(re.compile("Genre is")).wait_for(timeout=30_000)
    shot(page, "correct")
    accessible(page)
    said = {row["what"]: row["value"] for row in server.get(f"/tracks/{track}/corrections")}
    assert said["energy"] == pytest.approx(0.9)
    page.get_by_role("button", name="Only look").click()
    page.get_by_role("table", name=re.compile("Errors before and after")).wait_for(timeout=60_000)
    for _ in range(2):
        page.get_by_role("button", name="Take back").first.click()
        page.wait_for_timeout(700)
    page.get_by_text("Nothing yet.").wait_for()
    assert server.get(f"/tracks/{track}/corrections") == []


def test_the_library_sorts_filters_and_goes_by_keys(
    page: Any, shot: Shot, accessible: Check, size: str
) -> None:
    page.goto("/library")
    page.get_by_role("table").wait_for()
    page.get_by_role("button", name="Tempo").click()
    page.wait_for_url(re.compile("sort=-tempo"))
    shot(page, "library")
    accessible(page)
    page.get_by_label("Filter").fill("tempo:160-180")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url(re.compile("q=tempo"))
    rows = page.locator("tbody tr")
    page.get_by_text(re.compile(r"^[2-4] tracks$")).wait_for()
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    assert rows.nth(1).evaluate("row => row === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/tracks/"))
    page.goto("/library")
    page.get_by_role("tab", name="Distributions").click()
    page.get_by_role("region", name="Energy").wait_for()
    shot(page, "distributions")
    accessible(page)


def make_groups(server: Server, page: Any) -> None:
    if server.get("/groups")["made_at"] is None:
        page.goto("/map")
        page.get_by_role("button", name="Make map and clusters anew").click()
        page.wait_for_url(re.compile("/jobs/"))
        page.get_by_text("Done.").wait_for(timeout=120_000)


def test_a_lasso_on_the_map_makes_a_playlist(
    page: Any, server: Server, shot: Shot, accessible: Check, size: str
) -> None:
    make_groups(server, page)
    page.goto("/map")
    canvas = page.get_by_role("application")
    canvas.wait_for()
    page.wait_for_timeout(500)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("region", name="Chosen point").wait_for()
    accessible(page)
    page.get_by_text("Lasso", exact=True).click()
    box = canvas.bounding_box()
    x0, y0, x1, y1 = box["x"] + 2, box["y"] + 2, box["x"] + box["width"] - 2, box["y"] + box["height"] - 2
    page.mouse.move(x0, y0 + 40)  # the corners are round
    page.mouse.down()
    for x, y in ((x0 + 40, y0), (x1, y0), (x1, y1), (x0, y1)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    page.get_by_role("region", name="Lasso").get_by_text(re.compile(r"\d+ tracks")).wait_for()
    shot(page, "map")
    page.get_by_label("Name of the playlist").fill(f"All of it, {size}")
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url(re.compile("/playlists/"))
    page.get_by_role("heading", name=f"All of it, {size}").wait_for()
    page.locator(".track-row").nth(3).wait_for()
    shot(page, "playlist")
    accessible(page)


def test_a_path_leads_over_the_map(page: Any, server: Server) -> None:
    make_groups(server, page)
    track = server.get("/tracks?q=Kindling")["items"][0]["id"]
    page.goto(f"/map?from={track}")
    canvas = page.get_by_role("application")
    canvas.wait_for()
    page.wait_for_timeout(500)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.get_by_role("region", name=re.compile("Path from")).locator(".track-row").nth(2).wait_for()


def test_clusters_have_names_and_tracks(page: Any, server: Server, shot: Shot, accessible: Check) -> None:
    make_groups(server, page)
    page.goto("/clusters")
    page.get_by_role("button", name="Tracks").first.click()
    page.locator(".track-row").first.wait_for()
    shot(page, "clusters")
    accessible(page)


def test_a_playlist_by_rule_is_filled(page: Any, shot: Shot, accessible: Check, size: str) -> None:
    page.goto("/playlists")
    page.get_by_role("button", name="New playlist").click()
    page.get_by_label("Name").fill(f"Fast, {size}")
    page.get_by_label("Rule").fill("tempo>100")
    page.get_by_role("button", name="Make playlist").click()
    page.get_by_role("heading", name=f"Fast, {size}").wait_for()
    page.locator(".track-row").first.wait_for()
    page.goto("/playlists")
    page.get_by_role("link", name=f"Fast, {size}").wait_for()
    shot(page, "playlists")
    accessible(page)


def test_models_are_compared_and_a_run_draws_its_curves(
    page: Any, server: Server, shot: Shot, accessible: Check, size: str
) -> None:
    page.goto("/models")
    page.get_by_role("table", name=re.compile("R² of each model")).wait_for()
    page.get_by_role("cell", name="0.74").first.wait_for()
    page.get_by_text("Genre", exact=True).click()
    page.get_by_role("table", name=re.compile("Accuracy of each model")).wait_for()
    shot(page, "models")
    accessible(page)
    run = server.data / "runs" / f"simple-cnn-{size}"
    (run / "fold-0").mkdir(parents=True)
    text = (ROOT / "src" / "reprise" / "recipes" / "simple-cnn.toml").read_text(encoding="utf-8")
    (run / "recipe.toml").write_text(text, encoding="utf-8")
    (run / "card.json").write_text(json.dumps({"name": run.name, "recipe": "simple-cnn", "state": "running"}))
    for number in (1, 2):
        add_epoch(run / "fold-0", epoch(number))
    page.goto(f"/models/{run.name}")
    page.get_by_role("figure", name=re.compile("Loss of every fold")).wait_for()
    add_epoch(run / "fold-0", epoch(3))
    # The new epoch arrives by itself.
    page.get_by_text(re.compile(r"\b3\b")).first.wait_for()
    shot(page, "run")
    accessible(page)


def epoch(number: int) -> Epoch:
    return Epoch(
        number=number, train_loss=1 / number, validation_loss=1.1 / number, metric=0.2, learning_rate=1e-3
    )


def test_the_audience_is_honest(page: Any, server: Server, shot: Shot, accessible: Check) -> None:
    track = open_track(page, server)
    page.goto(f"/tracks/{track}/audience")
    page.get_by_role("heading", name="Artists").wait_for()
    page.get_by_text(re.compile("listening habits are known")).wait_for()
    shot(page, "audience")
    accessible(page)


def test_a_folder_is_added_in_the_settings(
    page: Any, server: Server, shot: Shot, accessible: Check, size: str, tmp_path: Path
) -> None:
    folder = tmp_path / f"music {size}"
    folder.mkdir()
    new_song(folder, f"From a folder {size}", 5 if size == "phone" else 6)
    page.goto("/settings")
    page.get_by_label("Add a folder of this machine").fill(str(folder))
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url(re.compile("/jobs/"))
    began = time.monotonic()
    title, ready = f"From a folder {size}", "/tracks?limit=100&status=analysed"
    while not any(track["title"] == title for track in server.get(ready)["items"]):
        assert time.monotonic() - began < 60
        time.sleep(0.5)
    page.goto("/settings")
    page.get_by_text(str(folder)).wait_for()
    page.get_by_label("Name of a new token").fill("a script")
    page.get_by_role("button", name="Make token").click()
    page.get_by_text(re.compile("shown this once")).wait_for()
    shot(page, "settings")
    accessible(page)


def test_about_and_the_dark(chromium: Any, server: Server, shot: Shot, accessible: Check, size: str) -> None:
    with watched_page(chromium, server, size, "dark") as page:
        page.goto("/about")
        page.get_by_role("heading", name="About Reprise").wait_for()
        shot(page, "about-dark")
        accessible(page)
        open_track(page, server)
        page.get_by_role("table", name=re.compile("seven features")).wait_for(state="attached")
        shot(page, "track-dark")
        accessible(page)


def test_an_address_that_leads_nowhere_says_so(page: Any) -> None:
    page.goto("/nowhere")
    page.get_by_role("heading", level=1).wait_for()
    assert page.get_by_role("link", name=re.compile("home", re.IGNORECASE)).count() > 0
