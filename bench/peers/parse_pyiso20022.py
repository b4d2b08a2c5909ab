"""The peer's side of `bench.payments`: pacs.008 messages, one a line, into xsdata's objects."""

import sys

from pyiso20022.pacs.pacs_008_001_08 import Document
from xsdata.formats.dataclass.parsers import XmlParser

parser = XmlParser()
count = 0
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        if line.startswith("<Document"):
            document = parser.from_string(line, Document)
            count += len(document.fito_ficstmr_cdt_trf.cdt_trf_tx_inf)
print(count)
