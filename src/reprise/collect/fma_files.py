"""The archives of FMA: where they are, what they must hash to, and how they are unpacked."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from reprise.errors import DatasetError, UnknownNameError

__all__ = ["BASE_URL", "SHA1", "check_sums", "download", "unpack"]

BASE_URL = "https://os.unil.cloud.switch.ch/fma/"

SHA1: Mapping[str, str] = {
    "fma_metadata": "f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
    "fma_small": "ade154f733639d52e35e32f5593efe5be76c6d70",
    "fma_medium": "c67b69ea232021025fca9231fc1c7c1a063ab50b",
    "fma_large": "497109f4dd721066b5ce5e5f250ec604dc78939e",
    "fma_full": "0f0ace23fbe9ba30ecb7e95f763e435ea802b8ab",
}
"""The archives (342 MiB, 7.2, 22, 93 and 879 GiB) with the sums that their authors published."""

MAX_MEMBER_BYTES = 4 << 30

_MEMBER = re.compile(
    r"(fma_metadata/[a-z_0-9]+(\.csv|\.txt)?|fma_[a-z]+/(\d{3}/\d{6}\.mp3|checksums|README\.txt))"
)
_SUM = re.compile(r"([0-9a-f]{40})\s+(?:\./)?([\w./-]+)")


def download(
    name: str, folder: str | Path, *, base_url: str = BASE_URL, sums: Mapping[str, str] = SHA1
) -> Path:
    """Fetch an archive, going on where an earlier attempt broke off, and check it.

    Parameters
    ----------
    name : str
        One of `SHA1`.
    folder : str or path-like
        Receives ``name.zip``; while it is incomplete, ``name.zip.part``.
    base_url : str
        A mirror.
    sums : mapping of str to str
        What the archives must hash to.

    Returns
    -------
    Path
        The archive.

    Raises
    ------
    CollectError
        If it could not be fetched. Run it again to go on.
    DatasetError
        If it is not the archive that the authors published; what was fetched is deleted then.
    """
    from reprise.collect.client import fetch_to_file

    if name not in sums:
        raise UnknownNameError("FMA archive", name, sums)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    place, partial = folder / f"{name}.zip", folder / f"{name}.zip.part"
    if not place.is_file():
        fetch_to_file(f"{base_url.rstrip('/')}/{name}.zip", partial)
        _require_sum(partial, sums[name], delete=True)
        partial.replace(place)
    else:
        _require_sum(place, sums[name])
    return place


def unpack(archive: str | Path, folder: str | Path) -> Path:
    """Unpack an archive of FMA; only files with the names that one has, and each whole or not at all.

    Parameters
    ----------
    archive : str or path-like
        A zip that `download` checked.
    folder : str or path-like
        Receives the folder that is in the archive.

    Returns
    -------
    Path
        That folder.

    Raises
    ------
    DatasetError
        If it is not a zip, or holds none of those files.
    """
    folder, name = Path(folder), ""
    try:
        with zipfile.ZipFile(archive) as source:
            for member in source.infolist():
                if not _MEMBER.fullmatch(member.filename) or member.file_size > MAX_MEMBER_BYTES:
                    continue
                name = member.filename.partition("/")[0]
                place = folder / member.filename
                if place.is_file() and place.stat().st_size == member.file_size:
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                partial = place.with_name(f".{place.name}.part")
                with source.open(member) as packed, partial.open("wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
                partial.replace(place)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise DatasetError(f"{archive}: cannot be unpacked: {error}") from error
    if not name:
        raise DatasetError(f"{archive}: no archive of FMA")
    return folder / name


def check_sums(folder: Path) -> None:
    """Compare the files of ``fma_metadata`` with the list ``checksums`` in it, if there is one.

    Raises
    ------
    DatasetError
        If a file differs.
    """
    listing = folder / "checksums"
    if not listing.is_file():
        return
    for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _SUM.fullmatch(line.strip())
        if found and (folder / found[2]).is_file() and ".." not in found[2]:
            _require_sum(folder / found[2], found[1])


def _require_sum(path: Path, wanted: str, *, delete: bool = False) -> None:
    digest = hashlib.sha1(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != wanted:
        if delete:
            path.unlink()
        raise DatasetError(
            f"{path.name}: its SHA-1 sum is not the published one; it is incomplete or altered"
        )
