"""Messages cut out of the text: the same payments and rejects as by way of a parsed tree."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.formats import get, xml_text
from manara.model import FormatError, Record, Reject

DATA = Path(__file__).parent / "data" / "payments"
FORMAT = get("iso20022-pacs008")
FOUND = xml_text._Plain.read

#: What stands in every file: texts, attributes, what comes between elements.
PLAIN = (
    [
        *(
            "EUR",
            "10.50",
            "-1",
            "2026-03-02",
            "Amina",
            "أمينة",
            " a  b ",
            "a = b",
            "x='y'",
            "a > 0",
        ),
        *("a &amp; b", "&lt;Nm&gt;", "\r\n", "SplmtryData", "&quot;"),
    ],
    [
        "",
        "",
        ' Ccy="EUR"',
        ' a="b" Ccy="XOF"',
        ' Ccy="&lt;"',
        " ",
        ' xmlns="urn:x"',
    ],
    ["", "", "\n", " "],
)
#: What stands in some files besides, one of them each.
ODD = (
    ["&#128;", "", "a\rb"],
    [" Ccy='EUR'", "\n\tCcy='E\"R'", ' Ccy = "EUR"', ' Ccy="E>R"', ' Ccy="E/>R"', ' Ccy ="x=y" '],
    ["<!-- <Nm>x</Nm> -->", "<![CDATA[<Nm>y</Nm>]]>", "<?go <Nm?>", "&nope;", "<Nm>"],
)
NAMES = st.sampled_from(
    [
        *("Nm", "Id", "Othr", "Dbtr", "DbtrAcct", "CdtrAgt", "BICFI", "PmtId", "InstrId", "Ustrd"),
        *("IntrBkSttlmAmt", "IntrBkSttlmDt", "RmtInf", "Purp", "Cd", "Acct", "SplmtryData"),
    ]
)


@st.composite
def elements(
    draw: st.DrawFn, name: str, depth: int, pools: tuple[list[str], ...], top: str = ""
) -> str:
    """An element; no message has one of its own name in a child of a record or heading."""
    top = top or name
    texts, attributes, extras = (st.sampled_from(pool) for pool in pools)
    given, end = draw(attributes), draw(st.sampled_from(["", "", " ", "\n"]))
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        inside = draw(texts)
    else:
        names = draw(st.lists(NAMES.filter(lambda each: each != top), max_size=4))
        inside = "".join(
            draw(elements(each, depth - 1, pools, top)) + draw(extras) for each in names
        )
    return f"<{name}{given}>{inside}</{name}{end}>" if inside or end else f"<{name}/>"


@st.composite
def files(draw: st.DrawFn) -> str:
    odd = draw(st.integers(0, 5))
    pools = tuple(
        [*plain, *([draw(st.sampled_from(more))] * 4 if odd == place else [])]
        for place, (plain, more) in enumerate(zip(PLAIN, ODD, strict=True))
    )
    extras = st.sampled_from(pools[2])
    p = draw(st.sampled_from(["", "", "p:"]))
    messages = []
    for _ in range(draw(st.integers(1, 2))):
        records = []
        for _ in range(draw(st.integers(0, 3))):
            inside = '<IntrBkSttlmAmt Ccy="EUR">1</IntrBkSttlmAmt>' * draw(st.booleans())
            inside += "<IntrBkSttlmDt>2026-03-02</IntrBkSttlmDt>" * draw(st.booleans())
            more = NAMES.flatmap(lambda name: elements(name, 3, pools))
            inside += "".join(draw(st.lists(more, max_size=5)))
            records.append(f"<{p}CdtTrfTxInf>{inside}</{p}CdtTrfTxInf>{draw(extras)}")
        group = draw(st.sampled_from(["PmtInf", "Other"]))
        inside = draw(elements("GrpHdr", 1, pools)) + "".join(records)
        inside = f"<GrpHdr/><{group}>{inside}</{group}>" if draw(st.booleans()) else inside
        messages.append(f"<Document><Message>{inside}</Message></Document>")
    head = draw(st.sampled_from(["", "\ufeff", '<?xml version="1.0" encoding="UTF-8"?>\n']))
    doctype = "<!DOCTYPE x>" if odd == 5 else ""
    return f'{head}{doctype}<Batch xmlns:p="urn:x">{"".join(messages)}</Batch>'


def outcome(path: Path) -> list[Record | Reject] | str:
    try:
        return list(FORMAT.read(path))
    except FormatError as error:
        return str(error)


def by_tree(self: object, path: Path) -> Iterator[xml_text.Found]:
    raise xml_text._NotPlainError
    yield


def check(path: Path) -> None:
    with patch.object(xml_text._Plain, "read", by_tree):
        wanted = outcome(path)
    assert outcome(path) == wanted


@settings(max_examples=120, deadline=None)
@given(text=files(), chunk=st.sampled_from([7, 64, 2**18]))
def test_a_message_cut_out_of_the_text_is_the_parsed_one(
    tmp_path_factory: pytest.TempPathFactory, text: str, chunk: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "m.xml"
    path.write_text(text, "utf-8", newline="")
    with patch.object(xml_text, "_CHUNK", chunk):
        check(path)


@pytest.mark.parametrize("name", ["pacs008.xml", "pain001.xml", "camt053.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_messages_in_any_encoding_are_the_parsed_ones(
    tmp_path: Path, name: str, encoding: str
) -> None:
    text = (DATA / name).read_text("utf-8").replace("UTF-8", encoding.removesuffix("-sig"))
    path = tmp_path / name
    path.write_bytes(text.encode(encoding, "xmlcharrefreplace"))
    check(path)
    assert not isinstance(outcome(path), str)


@pytest.mark.parametrize("name", ["pacs008.xml", "pain001.xml", "camt053.xml"])
def test_plain_messages_are_not_parsed_twice(tmp_path: Path, name: str) -> None:
    text = (DATA / name).read_text("utf-8").partition("?>")[2]
    path = tmp_path / name
    path.write_text(f"<?xml version='1.0' encoding='UTF-8'?>{text}", "utf-8")
    with patch.object(xml_text, "_by_lxml", side_effect=AssertionError):
        assert list(FORMAT.read(path))


def test_a_long_gap_without_a_record_is_refused_in_little_memory(tmp_path: Path) -> None:
    text = (DATA / "pacs008.xml").read_text("utf-8")
    start = text.index("    <CdtTrfTxInf>")
    path = tmp_path / "gap.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write(text[:start])
        for _ in range(100):
            file.write(" " * 2**20 + "<X/>")
        file.write(text[start:])
    tracemalloc.start()
    with pytest.raises(FormatError, match="64 MiB without a record"):
        list(FORMAT.read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 2**20
