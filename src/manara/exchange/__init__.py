"""Partners, packages, recalls, requests, blind questions and the audit log between nodes."""

from manara.exchange.card import Card
from manara.exchange.checking import Checked, examine, proof_of
from manara.exchange.heads import Head, signed_head
from manara.exchange.intake import Arrived, import_package
from manara.exchange.keys import NodeKeys
from manara.exchange.letters import (
    FEEDBACK,
    MESSAGE,
    REFUSAL,
    REQUEST,
    Letter,
    approve,
    letter_of,
    states,
    subjects_for,
    write_letter,
)
from manara.exchange.node import Node
from manara.exchange.partners import Partner
from manara.exchange.recalling import Order, recall_facts
from manara.exchange.receipts import spread, take_receipt
from manara.exchange.releasing import (
    Draft,
    Released,
    drafts,
    prepare,
    preview,
    refuse,
    release,
)
from manara.exchange.selection import Held, Request, Selection
from manara.exchange.sent import Sent, all_sent
from manara.exchange.taking import take

__all__ = [
    "FEEDBACK",
    "MESSAGE",
    "REFUSAL",
    "REQUEST",
    "Arrived",
    "Card",
    "Checked",
    "Draft",
    "Head",
    "Held",
    "Letter",
    "Node",
    "NodeKeys",
    "Order",
    "Partner",
    "Released",
    "Request",
    "Selection",
    "Sent",
    "all_sent",
    "approve",
    "drafts",
    "examine",
    "import_package",
    "letter_of",
    "prepare",
    "preview",
    "proof_of",
    "recall_facts",
    "refuse",
    "release",
    "signed_head",
    "spread",
    "states",
    "subjects_for",
    "take",
    "take_receipt",
    "write_letter",
]
