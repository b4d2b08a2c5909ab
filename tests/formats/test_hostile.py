"""Damaged and hostile files of every format: an error, rejects or records, soon, in little memory.

Whatever is done to a file, reading it ends in `FormatError` or yields records and rejects. Nothing
else may be raised, no more than a few seconds may pass, and memory may not grow with the attack.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from manara import formats
from manara.formats import Format, format_for, load_mapping
from manara.model import FormatError, Record, Reject, Stated

DATA = Path(__file__).parent / "data"
MAX_SECONDS = 10
MAX_MEMORY = 300 * 2**20

FIXTURES = sorted(path for path in DATA.rglob("*") if path.is_file() and path.suffix != ".yaml")
XML = [path for path in FIXTURES if path.suffix == ".xml"]


def format_of(path: Path) -> Format:
    if path.parent.name == "mapping":
        return format_for(load_mapping(path.parent / "register.yaml"))
    return formats.recognise(path)[0]


def read(known: Format, path: Path) -> tuple[int, int] | None:
    """Return how many records and rejects there are, or None if the file is refused."""
    counts = [0, 0]
    try:
        for item in known.read(path):
            assert isinstance(item, Record | Reject)
            counts[isinstance(item, Reject)] += 1
            if isinstance(item, Record):
                assert all(isinstance(field, str) for s in item.stated for field in s)
                assert all(isinstance(s, Stated) and s.value for s in item.stated)
            else:
                assert len(item.excerpt) <= 500
    except FormatError as error:
        # What is wrong with the file as a whole has no place in it, but then a remedy.
        assert error.where or error.remedy
        assert len(str(error)) < 2000
        return None
    return counts[0], counts[1]


def _peak() -> int:
    """Return the highest memory use since it was last reset, in bytes; 0 where not known."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if "VmHWM" in line)


@contextmanager
def bounded() -> Iterator[None]:
    """Fail if the block takes too long or too much memory."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")
    memory, start = _peak(), time.monotonic()
    yield
    assert time.monotonic() - start < MAX_SECONDS
    assert _peak() - memory < MAX_MEMORY


def attack(path: Path, folder: Path, data: bytes) -> tuple[int, int] | None:
    """Read a changed copy of a fixture as what the fixture is, and as whatever it now is."""
    known = format_of(path)
    copy = folder / path.name
    copy.write_bytes(data)
    with bounded():
        with suppress(FormatError):
            formats.recognise(copy)
        return read(known, copy)


@pytest.fixture(params=FIXTURES, ids=lambda path: path.name)
def fixture(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_the_fixture_itself_is_read(fixture: Path) -> None:
    found = read(format_of(fixture), fixture)
    assert found is not None
    assert found[0] > 0


def test_cut_anywhere(fixture: Path, tmp_path: Path) -> None:
    data = fixture.read_bytes()
    whole = read(format_of(fixture), fixture)
    assert whole is not None
    step = max(1, len(data) // 37)
    for end in [*range(0, len(data), step), len(data) - 2]:
        found = attack(fixture, tmp_path, data[:end])
        if fixture.suffix == ".xml":
            assert found is None or not data[end:].strip(), f"cut at {end} went unseen"
        elif found is not None:
            assert found[0] <= whole[0]


def test_flipped_bytes(fixture: Path, tmp_path: Path) -> None:
    data = fixture.read_bytes()
    chance = random.Random(fixture.name)
    for _ in range(25):
        changed = bytearray(data)
        for _ in range(chance.choice([1, 1, 5])):
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        attack(fixture, tmp_path, bytes(changed))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1256", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings(fixture: Path, tmp_path: Path, encoding: str) -> None:
    text = fixture.read_bytes().decode("utf-8-sig", "replace")
    attack(fixture, tmp_path, text.encode(encoding, "replace"))


INSERTS = {
    "nul": b"\0" * 1000,
    "controls": bytes(range(1, 32)) * 3,
    "quotes": b'"' * 999,
    "brackets": b"[" * 100_000,
    "elements": b"<a>" * 100_000,
    "attributes": b"<a " + b" ".join(b'b%d="c"' % i for i in range(100_000)) + b"/>",
    "line ends": b"\n" * 200_000,
    "separators": b"," * 200_000,
    "tabs": b"\t" * 200_000,
    "surrogates": b"\xed\xa0\x80",
    "non-characters": "\ufffe\uffff\u202e\u2028".encode(),
    "token": b"a" * 50 * 2**20,
    "quoted token": b'"' + b"a" * 50 * 2**20 + b'"',
}


@pytest.mark.parametrize("name", INSERTS)
def test_something_in_the_middle(fixture: Path, tmp_path: Path, name: str) -> None:
    data = fixture.read_bytes()
    middle = len(data) // 2
    attack(fixture, tmp_path, data[:middle] + INSERTS[name] + data[middle:])


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"\xff\xfe", b" \t\r\n" * 1000])
def test_nothing_there(fixture: Path, tmp_path: Path, data: bytes) -> None:
    found = attack(fixture, tmp_path, data)
    assert found is None or found[0] == 0


BILLION = '<!ENTITY l0 "ha">' + "".join(
    f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10)
)


@pytest.mark.parametrize("path", XML, ids=lambda path: path.name)
@pytest.mark.parametrize("entities", ["billion", "local file", "remote", "none"])
def test_document_types(path: Path, tmp_path: Path, entities: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not show")
    declared, used = {
        "billion": (BILLION, "&l9;"),
        "local file": (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"),
        "remote": ('<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;', ""),
        "none": ("", ""),
    }[entities]
    data = path.read_bytes().decode("utf-8-sig")
    start = data.index("?>") + 2 if data.lstrip().startswith("<?xml") else 0
    middle = data.index("</", len(data) // 2)
    changed = f"{data[:start]}<!DOCTYPE r [{declared}]>{data[start:middle]}{used}{data[middle:]}"
    assert attack(path, tmp_path, changed.encode()) is None
