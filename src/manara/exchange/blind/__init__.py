"""Blind questions: does a partner know this one, without showing whom, or seeing its list?"""

from manara.exchange.blind.answering import Answerer
from manara.exchange.blind.keys import KEYS, Key, Person, question_keys, table_keys
from manara.exchange.blind.question import Asking, Match, Question, ask
from manara.exchange.blind.table import (
    Table,
    allowed,
    epoch_of,
    make_table,
    persons,
    persons_by_id,
    take_table,
)

__all__ = [
    "KEYS",
    "Answerer",
    "Asking",
    "Key",
    "Match",
    "Person",
    "Question",
    "Table",
    "allowed",
    "ask",
    "epoch_of",
    "make_table",
    "persons",
    "persons_by_id",
    "question_keys",
    "table_keys",
    "take_table",
]
