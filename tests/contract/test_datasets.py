"""Every data set module says what it is, loads what is in the data folder, and refuses what is not it.

Of the Free Music Archive and of somebody's own folder there is nothing in the data folder: they load what is made here.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import reprise.datasets
from reprise.datasets.description import Description
from reprise.errors import DatasetError

FILES = {
    "audiofiler": "tables/audiofiler_features69.parquet",
    "emotify": "labels/emotify.csv",
    "epidemic": "tables/epidemic_features57.csv",
    "fma": "tracks.csv",
    "fma_echonest": "tables/fma_echonest.csv",
    "folder": "labels.csv",
    "gtzan": "tables/gtzan_features57.csv",
    "panda": "labels/panda.csv",
    "spotify_genres": "tables/spotify_tracks_114_genres.parquet",
    "spotify_tracks": "tables/spotify_tracks.parquet",
}

MADE = {"fma": "21", "folder": "a.wav"}
"""What the data folder does not hold, with a cell that any column may have."""


def module_of(name: str) -> ModuleType:
    return import_module(f"reprise.datasets.{name}")


def load(name: str, folder: Path) -> object:
    # AudioFiler's table is named itself; the others are found below the folder.
    return module_of(name).load(folder / FILES[name] if name == "audiofiler" else folder)


def write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name == "tracks.csv":  # of FMA, with a header of two lines, and a table of genres beside it
        (path.parent / "genres.csv").write_text("genre_id,title\n21,Hip-Hop\n")
        header = zip(*(name.split("/") for name in table.column_names), strict=True)
        rows = ([str(i), *map(str, row.values())] for i, row in enumerate(table.to_pylist()))
        lines = [*(["", *line] for line in header), ["track_id", *("" for _ in table.column_names)], *rows]
        path.write_text("\n".join(map(",".join, lines)))
    elif path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        pyarrow.csv.write_csv(table, path)


def test_the_sweep_leaves_no_module_out():
    folder = Path(reprise.datasets.__path__[0])
    with_passport = {
        path.stem for path in folder.glob("*.py") if "\nDESCRIPTION = " in path.read_text(encoding="utf-8")
    }
    assert with_passport == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_says_what_it_is(name: str):
    module = module_of(name)
    description: Description = module.DESCRIPTION
    assert description.name
    assert len(description.citation) > 20
    assert len(description.licence) > 8
    assert len(set(description.columns)) == len(description.columns) > 0
    assert {"DESCRIPTION", "load"} <= set(module.__all__)


@pytest.mark.parametrize("name", sorted(FILES.keys() - MADE.keys()))
def test_loads_from_the_data_folder(name: str, shared_data: Path):
    assert load(name, shared_data) is not None


@pytest.mark.parametrize("name", MADE)
def test_loads_what_is_made_like_it(name: str, tmp_path: Path):
    cells = {column: [MADE[name]] for column in module_of(name).DESCRIPTION.columns}
    (tmp_path / "a.wav").touch()
    write(tmp_path / FILES[name], pa.table(cells))
    assert load(name, tmp_path) is not None


@pytest.mark.parametrize("name", FILES)
def test_a_missing_table_is_named(name: str, tmp_path: Path):
    with pytest.raises(DatasetError, match="cannot be read"):
        load(name, tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_each_column_that_is_stated_is_needed(name: str, tmp_path: Path):
    columns = module_of(name).DESCRIPTION.columns
    for absent in (columns[0], columns[-1]):
        write(tmp_path / FILES[name], pa.table({column: [0.5] for column in columns if column != absent}))
        with pytest.raises(DatasetError, match=f"lacks the columns {absent}"):
            load(name, tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_table_without_rows_and_text_for_numbers_are_refused(name: str, tmp_path: Path):
    columns = module_of(name).DESCRIPTION.columns
    # All that FMA's tracks must have is text.
    for cells in ([], ["text"])[: 1 if name == "fma" else 2]:
        write(tmp_path / FILES[name], pa.table({column: pa.array(cells, pa.string()) for column in columns}))
        with pytest.raises(DatasetError):
            load(name, tmp_path)
