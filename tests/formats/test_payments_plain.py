"""Messages read as text give the same as messages that only a parser can read."""

from __future__ import annotations

import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara import formats
from manara.model import FormatError, Record, Reject

DATA = Path(__file__).parent / "data" / "payments"
#: A comment is enough for a file to be left to the parser.
COMMENT = "<!-- -->"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TRANSFER = (
    "<CdtTrfTxInf><PmtId><InstrId>{n}</InstrId></PmtId>"
    '<IntrBkSttlmAmt Ccy="{currency}">{sum}</IntrBkSttlmAmt>'
    "<Dbtr><Nm>{payer}</Nm></Dbtr>{more}<Cdtr><Nm>{payee}</Nm></Cdtr></CdtTrfTxInf>"
)
MESSAGE = (
    "<Document><FIToFICstmrCdtTrf><GrpHdr><MsgId>M{n}</MsgId>"
    "<CreDtTm>2026-03-02T10:00:00</CreDtTm></GrpHdr>{transfers}</FIToFICstmrCdtTrf></Document>"
)
#: Texts as they may stand in a message, and parts that only some messages have.
TEXTS = st.one_of(
    st.text(string.ascii_letters + " \n>'\"é", max_size=12),
    st.sampled_from(["a &amp; b", "&#233;t&#xE9;", "&lt;x&gt;", "", " ", "x > y", "&apos;"]),
)
MORE = st.sampled_from(
    [
        "",
        "\n  ",
        "<PrtryThing/>",
        "<DbtrAcct><Id><Othr><Id>00 12</Id></Othr></Id></DbtrAcct>",
        "<DbtrAgt><FinInstnId><BICFI>AGRIFRPP</BICFI></FinInstnId></DbtrAgt>",
        '<DbtrAgt x="a"><FinInstnId><Nm>Bank</Nm><PstlAdr><AdrLine>1</AdrLine><AdrLine>2</AdrLine>'
        "</PstlAdr></FinInstnId></DbtrAgt>",
        "<IntrmyAgt2><FinInstnId><BICFI>CHASUS33</BICFI></FinInstnId></IntrmyAgt2>",
        "<SplmtryData><Envlp><Dbtr>none</Dbtr></Envlp></SplmtryData>",
        "<Purp><Cd >SALA</Cd ></Purp>",
    ]
)
TRANSFERS = st.builds(
    lambda *values: dict(zip(("currency", "sum", "payer", "payee", "more"), values, strict=True)),
    st.sampled_from(["EUR", "XOF", "QQQ"]),
    st.sampled_from(["1", "2.50", "x", "-1", ""]),
    TEXTS,
    TEXTS,
    MORE,
)


def read(path: Path, text: str) -> list[Record | Reject]:
    path.write_text(text, "utf-8")
    return list(formats.recognise(path)[0].read(path))


def both(path: Path, text: str) -> tuple[list[Record | Reject], list[Record | Reject]]:
    return read(path, text), read(path, text.replace(HEAD, HEAD + COMMENT))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TRANSFERS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_the_same_is_read_with_and_without_a_parser(messages: list[list[dict[str, str]]]) -> None:
    text = "".join(
        MESSAGE.format(
            n=number, transfers="".join(TRANSFER.format(n=n, **each) for n, each in enumerate(told))
        )
        for number, told in enumerate(messages)
    )
    with tempfile.TemporaryDirectory() as folder:
        plain, parsed = both(Path(folder) / "x.xml", f"{HEAD}<Batch>{text}</Batch>")
    assert plain == parsed


@pytest.mark.parametrize("name", ["pacs008.xml", "pain001.xml", "camt053.xml"])
def test_messages_that_come_often(tmp_path: Path, name: str) -> None:
    text = (DATA / name).read_text("utf-8").partition("?>")[2]
    many = "".join(text.replace("Amina", f"Amina {n}").replace(">I-", f">{n}-") for n in range(150))
    plain, parsed = both(tmp_path / name, f"{HEAD}<Batch>{many}</Batch>")
    assert plain == parsed
    assert len(plain) >= 300


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Nm>", "<Nm><![CDATA[x < y]]> "),
        ("<Nm>", "<?sort it?><Nm>"),
        ('Ccy="EUR"', "Ccy='EUR'"),
        ("<GrpHdr>", '<GrpHdr note="a > b">'),
        ("<Document", "<p:Document xmlns:p='urn:x'"),
        ("UTF-8", "ISO-8859-1"),
        ("<Dbtr>", "<Dbtr>of "),
        ("<RmtInf>", "<RmtInf><Strd><CdtTrfTxInf/></Strd>"),
    ],
)
def test_what_is_not_plain_is_read_too(tmp_path: Path, old: str, new: str) -> None:
    text = (DATA / "pacs008.xml").read_text("utf-8").replace("أمينة ديالو", "Amine Diallo")
    assert old in text
    text = text.replace("Thiès", "Thies").replace(old, new)
    if new.startswith("<p:"):
        text = text.replace("</Document>", "</p:Document>")
    path = tmp_path / "x.xml"
    plain = read(path, text)
    head, _, body = text.partition("?>")
    assert plain == read(path, f"{head}?>{COMMENT}{body}")
    assert len(plain) >= 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("</Cdtr>", "</Cdt>", "not well-formed"),
        ("<Cdtr>", "<p:Cdtr xmlns:q='x'/><Cdtr>", "not well-formed"),
        ("<Document", '<!DOCTYPE Document [<!ENTITY x "y">]><Document', "document type"),
        ("Amina", "&unknown;", "not well-formed"),
        ("<Nm>", "<a>" * 300 + "</a>" * 300 + "<Nm>", "not well-formed"),
    ],
)
def test_what_is_no_plain_xml_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (DATA / "pacs008.xml").read_text("utf-8").replace("أمينة", "Amina")
    with pytest.raises(FormatError, match=says):
        read(tmp_path / "x.xml", text.replace(old, new, 1))
