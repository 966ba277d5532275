"""FMA from a local copy, and its archives from a server, checked by SHA-1 and unpacked with care."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest

from reprise.collect.base import CollectError
from reprise.collect.fma import collect
from reprise.collect.fma_files import SHA1, download, unpack
from reprise.errors import DatasetError, UnknownNameError

TRACKS = """\
,album,album,artist,artist,track,track,track,track,track,track,set,set
,date_released,title,id,name,duration,genre_top,genres_all,license,title,date_recorded,split,subset
track_id,,,,,,,,,,,,
2,2009-01-05 00:00:00,AWOL,1,AWOL,168,Hip-Hop,"[21]",Attribution-NC-SA 3.0,Food,2008-11-26 00:00:00,training,small
3,2009-01-05 00:00:00,AWOL,1,AWOL,237,Hip-Hop,"[21, 10]",CC BY 4.0,Electric Ave,,training,medium
5,,Album,6,"Nicky, Cook",,,"__import__('os')",,This World,,test,large
x,,,,,,,,,,,,
7,too,few
"""
GENRES = "genre_id,#tracks,parent,title,top_level\n10,13845,0,Pop,10\n21,12910,0,Hip-Hop,21\n"
ECHONEST = """\
,echonest,echonest,echonest,echonest,echonest,echonest,echonest,echonest,echonest
,audio_features,audio_features,audio_features,audio_features,audio_features,audio_features,audio_features,audio_features,metadata
,acousticness,danceability,energy,instrumentalness,liveness,speechiness,valence,tempo,album_date
track_id,,,,,,,,,
2,0.1,,0.6344,,,,,165.922,
3,0.2,,nan,,,,,126.957,
99,0.3,,0.5,,,,,100,
"""
FEATURES = """\
feature,chroma_cens,chroma_cens,zcr
statistics,kurtosis,mean,std
number,01,02,01
track_id,,,
2,7.18,5.23,0.5
5,1,oops,3
"""


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    folder = tmp_path / "fma_metadata"
    folder.mkdir()
    texts = {"tracks": TRACKS, "genres": GENRES, "echonest": ECHONEST, "features": FEATURES}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_tracks_genres_licences_and_features(store, metadata):
    report = collect(store, metadata, with_features=True)
    assert (report.tracks, report.echonest, report.librosa) == (3, 2, 2)
    rows = list(store.select("SELECT id, name, artist, album, duration_ms, year, genre, energy, tempo FROM tracks_data"
                             " ORDER BY id"))  # fmt: skip
    assert rows == [
        ("2", "Food", "AWOL", "AWOL", 168_000, 2008, "Hip-Hop", 0.6344, 165.922),
        ("3", "Electric Ave", "AWOL", "AWOL", 237_000, 2009, "Hip-Hop", None, 126.957),
        ("5", "This World", "Nicky, Cook", "Album", None, None, None, None, None),
    ]
    licences = dict(
        store.select("SELECT t.ref, p.licence FROM tracks t JOIN provenance p ON p.id = t.provenance_id")
    )
    assert licences == {"2": "Attribution-NC-SA 3.0", "3": "CC BY 4.0", "5": "FMA metadata: CC BY 4.0"}
    [(vector, columns)] = store.select("SELECT v.vector, s.columns FROM vectors v JOIN vector_sets s ON s.id = v.set_id"
                                       " JOIN tracks t ON t.id = v.track_id WHERE t.ref = '2'")  # fmt: skip
    assert struct.unpack("<3f", vector) == pytest.approx((7.18, 5.23, 0.5))
    assert columns == '["chroma_cens/kurtosis/01", "chroma_cens/mean/02", "zcr/std/01"]'
    assert store.count("SELECT count(*) FROM features WHERE provider = 'echonest'") == 2


def test_only_tracks_with_audio(store, metadata, tmp_path):
    (tmp_path / "fma_small" / "000").mkdir(parents=True)
    (tmp_path / "fma_small" / "000" / "000003.mp3").write_bytes(b"x")
    report = collect(store, metadata, audio=tmp_path / "fma_small")
    assert (report.tracks, report.audio) == (1, 1)
    [(path,)] = store.select("SELECT path FROM previews")
    assert path.endswith("000003.mp3")


def test_sums_are_checked(store, metadata):
    def digest(name: str) -> str:
        return hashlib.sha1((metadata / name).read_bytes()).hexdigest()

    listing = metadata / "checksums"
    listing.write_text(f"{digest('tracks.csv')}  tracks.csv\n{digest('genres.csv')}  ./genres.csv\n")
    assert collect(store, metadata).tracks == 3
    (metadata / "genres.csv").write_text(GENRES + "1,1,0,Altered,1\n")
    with pytest.raises(DatasetError, match=r"genres\.csv: its SHA-1"):
        collect(store, metadata)


@pytest.mark.parametrize("name", ["tracks.csv", "genres.csv"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"a\n", b"a,b\nc\n"])
def test_files_that_are_something_else(store, metadata, name, content):
    (metadata / name).unlink() if content is None else (metadata / name).write_bytes(content)
    with pytest.raises(DatasetError, match=name):
        collect(store, metadata)


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return file.getvalue()


GOOD = archive(**{
    "fma_small/000/000002.mp3": b"audio", "fma_small/README.txt": b"read", "fma_small/../../evil.mp3": b"evil",
    "/etc/evil.csv": b"evil", "fma_small/000/evil.sh": b"evil", "other/000/000002.mp3": b"evil",
})  # fmt: skip


def test_archives_are_fetched_checked_and_unpacked(server, reply, tmp_path):
    server.on("^/fma/fma_small.zip$", reply(GOOD))
    sums = {"fma_small": hashlib.sha1(GOOD).hexdigest()}
    path = download("fma_small", tmp_path / "fma", base_url=f"{server.url}/fma/", sums=sums)
    folder = unpack(path, tmp_path / "fma")
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()) == [
        "fma/fma_small.zip", "fma/fma_small/000/000002.mp3", "fma/fma_small/README.txt",
    ]  # fmt: skip
    assert (folder / "000" / "000002.mp3").read_bytes() == b"audio"
    download("fma_small", tmp_path / "fma", base_url=f"{server.url}/fma/", sums=sums)
    assert len(server.asked()) == 1


def test_a_download_goes_on_where_it_broke_off(server, reply, tmp_path):
    sums = {"fma_small": hashlib.sha1(GOOD).hexdigest()}
    server.fail("zip", reply(GOOD, cut_at=100))

    def rest(request):
        start = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        assert start == 100
        return reply(GOOD[start:], status=206)

    server.on("zip", rest)
    with pytest.raises(CollectError, match="run it again"):
        download("fma_small", tmp_path, base_url=server.url, sums=sums)
    assert download("fma_small", tmp_path, base_url=server.url, sums=sums).read_bytes() == GOOD


def test_altered_archives_are_not_kept(server, reply, tmp_path):
    server.on("zip", reply(GOOD))
    with pytest.raises(DatasetError, match="SHA-1"):
        download("fma_small", tmp_path, base_url=server.url)
    assert list(tmp_path.iterdir()) == []
    server.on("zip", reply(b"", status=404))
    with pytest.raises(CollectError, match="HTTP 404"):
        download("fma_small", tmp_path, base_url=server.url)
    with pytest.raises(UnknownNameError, match="fma_small"):
        download("fma_smal", tmp_path, base_url=server.url)


@pytest.mark.parametrize("data", [b"no zip", archive(other=b"x"), GOOD[:-30]])
def test_archives_that_are_none(tmp_path, data):
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(DatasetError):
        unpack(tmp_path / "x.zip", tmp_path)


def test_the_published_sums_are_complete():
    assert set(SHA1) == {"fma_metadata", "fma_small", "fma_medium", "fma_large", "fma_full"}
    assert all(len(bytes.fromhex(digest)) == 20 for digest in SHA1.values())


def test_echonest_values_agree_with_the_shared_table(store, metadata, shared_data):
    """Track 2 and 3 of FMA, as the shared copy of echonest.csv has them."""
    lines = (shared_data / "tables" / "fma_echonest.csv").read_text().splitlines()[:3]
    columns = lines[0].split(",")[1:]
    header = "," + ",".join("echonest" for _ in columns) + "\n," + ",".join("audio_features" for _ in columns)
    text = f"{header}\n,{','.join(columns)}\ntrack_id{',' * len(columns)}\n{lines[1]}\n{lines[2]}\n"
    (metadata / "echonest.csv").write_text(text)
    collect(store, metadata)
    [(tempo,)] = store.select("SELECT tempo FROM tracks_data WHERE id = '2'")
    assert tempo == float(lines[1].split(",")[columns.index("tempo") + 1])
