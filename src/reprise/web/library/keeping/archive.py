"""One file that holds many: written whole or not at all, and checked to its end before anything is believed.

It is a tar of regular files, the last of which is a manifest with the hashes of the others: one that was cut off, or
changed, is found out. Nothing but names that are expected is unpacked, into a fresh folder, by this module's own hands.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from reprise.errors import DatasetError

__all__ = ["MANIFEST", "Archive", "unpacked", "written"]

MANIFEST = "manifest.json"

_MOST_MANIFEST_BYTES = 64 << 20
_CHUNK = 1 << 20
_PART = re.compile(r"[\w\-=+,@() ][\w\-.=+,@() ]{0,250}")


class Archive:
    """An archive that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._hashes: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a regular file under a name."""
        with path.open("rb") as file:
            info = tarfile.TarInfo(name)
            info.size, info.mode = os.fstat(file.fileno()).st_size, 0o600
            hashing = _Hashing(file)
            self._tar.addfile(info, hashing)  # type: ignore[arg-type]
        self._hashes[name] = hashing.digest.hexdigest()

    def finish(self, manifest: dict[str, Any]) -> None:
        """Add the manifest, which comes last."""
        data = json.dumps(manifest | {"files": self._hashes}, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(data), 0o600
        self._tar.addfile(info, io.BytesIO(data))


class _Hashing:
    def __init__(self, file: Any) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int) -> bytes:
        data: bytes = self._file.read(size)
        self.digest.update(data)
        return data


@contextmanager
def written(path: Path, *, replace: bool = False) -> Iterator[Archive]:
    """Write an archive beside its place and move it there when it is complete; only its user may read it.

    Raises
    ------
    DatasetError
        If there is a file already and it is not to be replaced.
    OSError
        If it cannot be written.
    """
    with whole_file(path, replace=replace) as stream, tarfile.open(fileobj=stream, mode="w") as tar:
        yield Archive(tar)


@contextmanager
def whole_file(path: Path, *, replace: bool = False) -> Iterator[Any]:
    """Open a file for writing that appears in its place when the block is done, and not if it fails."""
    if path.exists() and not replace:
        raise DatasetError(f"{path} is there already; --force replaces it")
    handle, new = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(new).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(new).unlink()
        raise


@contextmanager
def unpacked(
    path: Path, beside: Path, is_expected: Callable[[str], bool]
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Unpack an archive into a fresh folder, which is removed at the end.

    Parameters
    ----------
    path : Path
    beside : Path
        Where the folder is made.
    is_expected : callable
        Whether a file of this name may be in it.

    Yields
    ------
    Path, dict
        The folder and the manifest. Every file is there, and is the one that the manifest names.

    Raises
    ------
    DatasetError
        If it is no such archive, or not whole.
    """
    folder = Path(tempfile.mkdtemp(prefix=".restoring-", dir=beside))
    try:
        try:
            with tarfile.open(path, "r:") as tar:
                hashes, manifest = _unpack(tar, folder, is_expected)
        except (tarfile.TarError, ValueError, EOFError) as error:
            raise DatasetError(f"{path} is no whole backup: {error}") from error
        if manifest is None or manifest.get("files") != hashes:
            raise DatasetError(f"{path} is no whole backup: it was cut off or changed")
        yield folder, manifest
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(
    tar: tarfile.TarFile, folder: Path, is_expected: Callable[[str], bool]
) -> tuple[dict[str, str], dict[str, Any] | None]:
    hashes: dict[str, str] = {}
    for member in tar:
        if not member.isfile() or member.issparse():
            raise ValueError("it holds something that is no plain file")
        source = tar.extractfile(member)
        assert source is not None
        if member.name == MANIFEST:
            if member.size > _MOST_MANIFEST_BYTES:
                raise ValueError("its manifest is too long")
            manifest = json.loads(source.read())
            if not isinstance(manifest, dict):
                raise ValueError("its manifest is none")
            return hashes, manifest
        parts = member.name.split("/")
        if not is_expected(member.name) or not all(map(_PART.fullmatch, parts)) or member.name in hashes:
            raise ValueError("it holds a file that is not expected")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with target.open("xb") as file:
            while data := source.read(_CHUNK):
                digest.update(data)
                file.write(data)
            if file.tell() != member.size:
                raise ValueError("it was cut off")
        hashes[member.name] = digest.hexdigest()
    return hashes, None
