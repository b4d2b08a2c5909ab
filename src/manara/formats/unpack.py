"""Unpacking compressed sources, with limits that a decompression bomb meets before the disk does.

Read are gzip files and zip archives of files. What a member is called never becomes a path; an
archive in an archive is refused. Workbooks (.xlsx) are zip files but no archives and stay whole.
"""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from manara.model import FormatError

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_CHUNK = 1024 * 1024
_OFFICE = "[Content_Types].xml"
_DAMAGED = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    # Encrypted members, and methods of compression that are not supported.
    RuntimeError,
    NotImplementedError,
)


class Limits(NamedTuple):
    """How much an archive may hold.

    Attributes:
        total: bytes all members may have together. The largest list published, the statements of
            OpenSanctions, has 9 GB.
        ratio: how many times its packed size an archive may have. Lists pack 5 to 30 times, a table
            of equal rows 100 times, a bomb 1,000 times (deflate can do no more than 1,032).
        floor: bytes below which the ratio does not count: that little does no harm, and a small
            file of blanks may be honest.
        members: how many members there may be.
    """

    total: int = 10 * 2**30
    ratio: int = 200
    floor: int = 100 * 2**20
    members: int = 1000

    def allowed(self, packed: int) -> int:
        """Return how many bytes may come out of this many."""
        return min(self.total, max(self.floor, packed * self.ratio))


class Member(NamedTuple):
    """One file to read.

    Attributes:
        path: where it lies.
        name: what it was called: to show, never to open.
    """

    path: Path
    name: str


@contextmanager
def unpacked(path: Path, folder: Path, limits: Limits | None = None) -> Iterator[list[Member]]:
    """Give the files in an archive, unpacked into a folder until the block ends.

    A file that is no archive is given as it is, neither copied nor removed.

    Args:
        path: the file.
        folder: an existing folder for the unpacked files.
        limits: how much may come out.

    Raises:
        FormatError: the archive is damaged, cut off, encrypted or empty, holds another archive, or
            holds more than the limits or the disk allow.
    """
    limits = limits or Limits()
    start = _start(path)
    if not start.startswith((_GZIP, *_ZIP)) or _is_office(path):
        yield [Member(path, path.name)]
        return
    members: list[Member] = []
    try:
        unpack = _gunzip if start.startswith(_GZIP) else _unzip
        try:
            unpack(path, folder, limits, members)
        except _DAMAGED as error:
            raise FormatError(
                f"a damaged archive: {error}", where=path.name, remedy="fetch the file again"
            ) from error
        yield members
    finally:
        for member in members:
            with suppress(OSError):
                member.path.unlink()


def check_zip(path: Path, limits: Limits) -> zipfile.ZipFile:
    """Return an opened zip file whose directory keeps to the limits.

    Checking the directory is enough: `zipfile` gives no more of a member than the directory says.

    Raises:
        FormatError: it is no zip file, or more would come out of it than the limits allow.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise FormatError(f"a damaged archive: {error}", where=path.name) from error
    entries = archive.infolist()
    if len(entries) > limits.members:
        archive.close()
        raise FormatError(f"more than {limits.members} members", where=path.name)
    if sum(entry.file_size for entry in entries) > limits.allowed(path.stat().st_size):
        archive.close()
        raise _too_much(path.name, limits.allowed(path.stat().st_size))
    return archive


def _gunzip(path: Path, folder: Path, limits: Limits, members: list[Member]) -> None:
    name = path.name.removesuffix(".gz")
    allowed = _allowed(path, folder, limits)
    with gzip.open(path) as packed:
        _copy(packed, Member(folder / f"{path.name}.unpacked", name), allowed, members)


def _unzip(path: Path, folder: Path, limits: Limits, members: list[Member]) -> None:
    allowed = _allowed(path, folder, limits)
    with check_zip(path, limits) as archive:
        for number, entry in enumerate(archive.infolist(), 1):
            if entry.is_dir() or entry.filename.startswith("__MACOSX/"):
                continue
            member = Member(folder / f"{path.name}.{number}.unpacked", entry.filename)
            with archive.open(entry) as packed:
                allowed -= _copy(packed, member, allowed, members)
    if not members:
        raise FormatError("an archive without files", where=path.name)


def _allowed(path: Path, folder: Path, limits: Limits) -> int:
    return min(limits.allowed(path.stat().st_size), shutil.disk_usage(folder).free)


def _copy(
    packed: IO[bytes] | gzip.GzipFile, member: Member, allowed: int, members: list[Member]
) -> int:
    """Write a member, and return its size in bytes."""
    members.append(member)
    size = 0
    with member.path.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > allowed:
                raise _too_much(member.name, allowed)
            file.write(chunk)
    if _start(member.path).startswith((_GZIP, *_ZIP)) and not _is_office(member.path):
        raise FormatError(
            "an archive in an archive", where=member.name, remedy="unpack the outer one first"
        )
    return size


def _too_much(where: str, allowed: int) -> FormatError:
    return FormatError(
        f"more than {allowed / 2**20:.0f} MiB would come out of this archive",
        where=where,
        remedy="unpack it by hand if you trust it and have the room",
    )


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _is_office(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _OFFICE in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
