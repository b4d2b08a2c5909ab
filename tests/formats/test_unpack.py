"""Archives: what is unpacked, and what is refused before it does harm."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from manara.formats import Limits, unpacked
from manara.model import FormatError

TEXT = "id,nom\n1,Hélène\n2,سليم\n".encode() * 500


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "unpacked"
    path.mkdir()
    return path


def make_zip(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def give(path: Path, folder: Path, limits: Limits | None = None) -> list[tuple[str, bytes]]:
    with unpacked(path, folder, limits) as members:
        return [(member.name, member.path.read_bytes()) for member in members]


def test_a_plain_file_is_given_as_it_is(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_bytes(TEXT)
    with unpacked(path, folder) as members:
        assert [(member.path, member.name) for member in members] == [(path, "liste.csv")]
        assert list(folder.iterdir()) == []
    assert path.exists()


@pytest.mark.parametrize("data", [b"", b"P", b"\x1f"])
def test_a_tiny_file_is_no_archive(tmp_path: Path, folder: Path, data: bytes) -> None:
    path = tmp_path / "tiny"
    path.write_bytes(data)
    assert give(path, folder) == [("tiny", data)]


def test_gzip_is_unpacked_and_removed_afterwards(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "liste.csv.gz"
    path.write_bytes(gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]))
    assert give(path, folder) == [("liste.csv", TEXT)]
    assert list(folder.iterdir()) == []
    assert path.exists()


def test_every_member_of_a_zip_is_given(tmp_path: Path, folder: Path) -> None:
    path = make_zip(
        tmp_path / "listes.zip",
        ("dossier/", b""),
        ("dossier/a.csv", TEXT),
        ("b.json", b"{}"),
        ("__MACOSX/._b.json", b"x"),
    )
    assert give(path, folder) == [("dossier/a.csv", TEXT), ("b.json", b"{}")]
    assert list(folder.iterdir()) == []


def test_names_in_an_archive_are_never_paths(tmp_path: Path, folder: Path) -> None:
    evil = ["../../evil.csv", "/tmp/evil.csv", "C:\\evil.csv", "a\x00b.csv", "x" * 5000]
    path = make_zip(tmp_path / "evil.zip", *((name, b"id\n1\n") for name in evil))
    with unpacked(path, folder) as members:
        assert len(members) == len(evil)
        assert all(member.path.parent == folder for member in members)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["evil.zip", "unpacked"]


def test_a_workbook_is_no_archive(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "table.xlsx"
    openpyxl.Workbook().save(path)
    with unpacked(path, folder) as members:
        assert [member.path for member in members] == [path]
    inside = make_zip(tmp_path / "table.zip", ("table.xlsx", path.read_bytes()))
    assert give(inside, folder) == [("table.xlsx", path.read_bytes())]


def _nested() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", b"id\n")
    return buffer.getvalue()


@pytest.mark.parametrize("inner", [gzip.compress(b"a"), _nested()], ids=["gzip", "zip"])
def test_an_archive_in_an_archive_is_refused(tmp_path: Path, folder: Path, inner: bytes) -> None:
    for path in (make_zip(tmp_path / "outer.zip", ("inner", inner)), tmp_path / "outer.gz"):
        if path.suffix == ".gz":
            path.write_bytes(gzip.compress(inner))
        with pytest.raises(FormatError, match="an archive in an archive"):
            give(path, folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("keep", [4, 10, 40, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_cut_archive_is_refused(tmp_path: Path, folder: Path, kind: str, keep: float) -> None:
    path = make_zip(tmp_path / "a.zip", ("a.csv", TEXT), ("b.csv", TEXT))
    if kind == "gz":
        path.write_bytes(gzip.compress(TEXT))
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data)) if keep < 1 else int(keep)])
    with pytest.raises(FormatError, match="damaged"):
        give(path, folder)
    assert list(folder.iterdir()) == []


def test_a_damaged_member_is_refused(tmp_path: Path, folder: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("a.csv", TEXT))
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(FormatError, match="damaged"):
        give(path, folder)


def test_an_encrypted_member_is_refused(tmp_path: Path, folder: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("a.csv", TEXT))
    data = bytearray(path.read_bytes())
    data[6] |= 1  # general purpose bit 0, in the local header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(FormatError, match="encrypted"):
        give(path, folder)


def test_an_empty_archive_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(FormatError, match="without files"):
        give(make_zip(tmp_path / "a.zip"), folder)


def test_too_many_members_are_refused(tmp_path: Path, folder: Path) -> None:
    path = make_zip(tmp_path / "a.zip", *((f"{i}", b"x") for i in range(1001)))
    with pytest.raises(FormatError, match="more than 1000 members"):
        give(path, folder)


def test_the_limits_count_all_members_together(tmp_path: Path, folder: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("a", b"x" * 600), ("b", b"x" * 600))
    with pytest.raises(FormatError, match="would come out"):
        give(path, folder, Limits(total=1000))
    assert len(give(path, folder, Limits(total=1200))) == 2


def test_the_ratio_counts_above_its_floor(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * 100_000))
    assert len(give(path, folder, Limits(floor=100_000, ratio=2))[0][1]) == 100_000
    with pytest.raises(FormatError, match="would come out"):
        give(path, folder, Limits(floor=1000, ratio=2))


def _bomb(path: Path, size: int) -> Path:
    """Write a gzip file of zeros that unpacks to this many bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    first = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush nothing refers back, so the same block may follow any number of times.
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    path.write_bytes(first + block * (size // 2**20 - 1))
    return path


def test_a_gzip_bomb_is_stopped_early(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _bomb(tmp_path / "bomb.gz", 2**30)
    assert path.stat().st_size < 2 * 2**20
    written = 0
    unlink = Path.unlink

    def record(self: Path) -> None:
        nonlocal written
        written = max(written, self.stat().st_size)
        unlink(self)

    monkeypatch.setattr(Path, "unlink", record)
    with pytest.raises(FormatError, match="would come out"):
        give(path, folder)
    assert written <= 210 * 2**20
    assert list(folder.iterdir()) == []


def test_a_zip_bomb_is_refused_before_a_byte_is_written(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("bomb.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(1024):
            member.write(bytes(2**20))
    assert path.stat().st_size < 5 * 2**20
    with pytest.raises(FormatError, match="would come out"):
        give(path, folder)
    assert list(folder.iterdir()) == []


def test_a_directory_that_lies_about_sizes_gains_nothing(tmp_path: Path, folder: Path) -> None:
    path = make_zip(tmp_path / "liar.zip", ("a.csv", b"x" * 100_000))
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02") + 24  # uncompressed size
    data[place : place + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(FormatError):
        give(path, folder)
