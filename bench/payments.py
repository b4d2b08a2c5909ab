"""Reading pacs.008 messages beside pyiso20022, and taking payments in from Parquet and CSV.

Prints messages per CPU second of reading alone, ours, the peer's and that of lxml's bare iterparse,
which makes nothing of them (the ceiling of any reader on it), rows per CPU second of the whole
ingest beside DuckDB's copying of the same table to Parquet (the ceiling of any ingest), and the
peak memory at the given size and at a fourth of it. For reading, the start of the process, measured
by itself, is taken off.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench._run import PEERS, main, measure, peer

_READ = """
import sys
from pathlib import Path
from manara import formats
if len(sys.argv) > 1:
    path = Path(sys.argv[1])
    print(sum(bool(item.events) for item in formats.recognise(path)[0].read(path)))
"""
_INGEST = """
import shutil, sys
from pathlib import Path
from manara.formats import load_mapping
from manara.pipeline import Request, ingest
from manara.store import Workspace
folder = Path(sys.argv[2])
shutil.rmtree(folder, ignore_errors=True)
how = load_mapping(Path(sys.argv[3])) if len(sys.argv) > 3 else None
with Workspace.create(folder) as workspace:
    done = list(ingest(workspace, [sys.argv[1]], Request(dataset="bench", mapping=how, by="bench")))
    assert done[0].status == "applied" and done[0].events, done
"""
_BARE = """
import sys
from lxml import etree
for _, element in etree.iterparse(sys.argv[1], events=("end",), tag="{*}CdtTrfTxInf"):
    element.clear()
"""
_COPY = """
import sys, duckdb
duckdb.sql("COPY (SELECT * FROM '" + sys.argv[1] + "' ORDER BY ts) TO '" + sys.argv[2]
    + "' (FORMAT parquet, COMPRESSION zstd)")
"""
_MESSAGE = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf><GrpHdr>'
    "<MsgId>M{n}</MsgId><CreDtTm>2026-03-02T10:11:12Z</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf>"
    "<SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr><CdtTrfTxInf><PmtId><InstrId>I{n}</InstrId>"
    "<EndToEndId>E{n}</EndToEndId></PmtId>"
    '<IntrBkSttlmAmt Ccy="EUR">{sum}.25</IntrBkSttlmAmt><IntrBkSttlmDt>2026-03-02</IntrBkSttlmDt>'
    "<ChrgBr>SHAR</ChrgBr><Dbtr><Nm>Amina Diallo {a}</Nm><PstlAdr><StrtNm>Rue {a}</StrtNm>"
    "<TwnNm>Dakar</TwnNm><Ctry>SN</Ctry></PstlAdr></Dbtr><DbtrAcct><Id><Othr><Id>{a:012}</Id></Othr>"
    "</Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>AGRIFRPP</BICFI></FinInstnId></DbtrAgt><CdtrAgt>"
    "<FinInstnId><BICFI>DEUTDEFF</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Beispiel {b} GmbH</Nm>"
    "<PstlAdr><Ctry>DE</Ctry></PstlAdr></Cdtr><CdtrAcct><Id><Othr><Id>{b:012}</Id></Othr></Id>"
    "</CdtrAcct><Purp><Cd>SUPP</Cd></Purp><RmtInf><Ustrd>Invoice {n}</Ustrd></RmtInf></CdtTrfTxInf>"
    "</FIToFICstmrCdtTrf></Document>"
)
_MAPPING = """
dataset: bench
queries:
  - entities:
      payer:
        schema: BankAccount
        key: src
        key_literal: a
        properties: {accountNumber: {column: src}}
      payee:
        schema: BankAccount
        key: dst
        key_literal: a
        properties: {accountNumber: {column: dst}}
    events:
      payment:
        table: payments
        columns:
          reference: {column: tx_id}
          time: {column: ts}
          amount: {column: amount, decimal: ","}
          currency: {literal: XOF}
          payer_account: {entity: payer}
          payee_account: {entity: payee}
"""


def _write_messages(path: Path, count: int) -> None:
    chance = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("<Batch>\n")
        for n in range(count):
            a, b = (int(chance.paretovariate(1.1)) % 50_000 for _ in "ab")
            file.write(_MESSAGE.format(n=n, a=a, b=b, sum=chance.randrange(10_000)) + "\n")
        file.write("</Batch>\n")


def _write_tables(folder: Path, count: int) -> None:
    chance = random.Random(7)
    start = 1_700_000_000
    rows = [
        (n, start + n, chance.randrange(50_000), chance.randrange(50_000), chance.randrange(10**6))
        for n in range(count)
    ]
    numbers, times, src, dst, cents = zip(*rows, strict=True)
    seconds = pa.array(times).cast(pa.timestamp("s"))
    columns = {
        "tx_id": numbers,
        "ts": seconds,
        "src": src,
        "dst": dst,
        "amount": [cent / 100 for cent in cents],
    }
    pq.write_table(pa.table(columns), folder / "payments.parquet")
    with (folder / "payments.csv").open("w") as file:
        file.write("tx_id,ts,src,dst,amount\n")
        for (n, _, a, b, cent), time in zip(rows, seconds.to_pylist(), strict=True):
            file.write(f'{n},{time.isoformat()},{a},{b},"{cent // 100},{cent % 100:02}"\n')
    (folder / "mapping.yaml").write_text(_MAPPING)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of ours, the peer's and their ratio."""
    ours, result = [sys.executable, "-c"], {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        messages, quarter = folder / "messages.xml", folder / "quarter.xml"
        _write_messages(messages, options.messages)
        _write_messages(quarter, options.messages // 4)
        start = measure([*ours, _READ], options.runs)["cpu_s"]
        read = measure([*ours, _READ, str(messages)], options.runs)
        small = measure([*ours, _READ, str(quarter)], options.runs)
        rate = options.messages / (read["cpu_s"] - start)
        result["pacs008"] = read | {"messages_per_cpu_s": round(rate)}
        result["pacs008_quarter_peak_mib"] = small["peak_mib"]
        bare = options.messages / measure([*ours, _BARE, str(messages)], options.runs)["cpu_s"]
        result["lxml_iterparse_messages_per_cpu_s"] = round(bare)
        command = [peer("pyiso20022"), str(PEERS / "parse_pyiso20022.py")]
        _write_messages(quarter, 0)
        begin = measure([*command, str(quarter)], options.runs)["cpu_s"]
        theirs = measure([*command, str(messages)], options.runs)
        their_rate = options.messages / (theirs["cpu_s"] - begin)
        result["pyiso20022"] = theirs | {"messages_per_cpu_s": round(their_rate)}
        result["ratio"] = round(rate / their_rate, 1)
        _write_tables(folder, options.rows)
        workspace = str(folder / "workspace")
        for kind, more in (("parquet", []), ("csv", [str(folder / "mapping.yaml")])):
            table = str(folder / f"payments.{kind}")
            done = measure([*ours, _INGEST, table, workspace, *more], options.runs)
            per = options.rows / done["cpu_s"]
            result[f"ingest_{kind}"] = done | {
                "rows_per_cpu_s": round(per),
                "million_rows_per_cpu_minute": round(per * 60 / 1e6, 2),
            }
        table, copy = str(folder / "payments.parquet"), str(folder / "copy.parquet")
        copied = measure([*ours, _COPY, table, copy], options.runs)
        per = options.rows / copied["cpu_s"]
        result["duckdb_copy"] = copied | {"rows_per_cpu_s": round(per)}
    return result


if __name__ == "__main__":
    main("payments", run, messages=20_000, rows=200_000, runs=1)
