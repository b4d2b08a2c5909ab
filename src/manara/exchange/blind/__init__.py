"""Blind questions: does a partner know this one, without showing whom, or seeing its list?"""

from manara.exchange.blind.answering import Answerer
from manara.exchange.blind.keys import KEYS, Common, Key, Person, question_keys, table_keys
from manara.exchange.blind.question import Asking, Match, Question, ask
from manara.exchange.blind.table import (
    Table,
    allowed,
    epoch_of,
    kept_table,
    make_table,
    person_of,
    persons,
    persons_by_id,
    serial,
    stated_number,
    take_table,
)

__all__ = [
    "KEYS",
    "Answerer",
    "Asking",
    "Common",
    "Key",
    "Match",
    "Person",
    "Question",
    "Table",
    "allowed",
    "ask",
    "epoch_of",
    "kept_table",
    "make_table",
    "person_of",
    "persons",
    "persons_by_id",
    "question_keys",
    "serial",
    "stated_number",
    "table_keys",
    "take_table",
]
