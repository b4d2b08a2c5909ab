"""Partners, packages, blind questions and the audit log between nodes."""

from manara.exchange.checking import Checked, examine, proof_of
from manara.exchange.heads import Head, signed_head
from manara.exchange.intake import Arrived, import_package
from manara.exchange.keys import Card, NodeKeys
from manara.exchange.node import Node
from manara.exchange.partners import Partner
from manara.exchange.receipts import take_receipt
from manara.exchange.releasing import Draft, Released, drafts, prepare, release
from manara.exchange.selection import Held, Request, Selection

__all__ = [
    "Arrived",
    "Card",
    "Checked",
    "Draft",
    "Head",
    "Held",
    "Node",
    "NodeKeys",
    "Partner",
    "Released",
    "Request",
    "Selection",
    "drafts",
    "examine",
    "import_package",
    "prepare",
    "proof_of",
    "release",
    "signed_head",
    "take_receipt",
]
