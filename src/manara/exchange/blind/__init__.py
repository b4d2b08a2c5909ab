"""Blind questions: does a partner know this one, without showing whom, or seeing its list?"""

from manara.exchange.blind.answering import Answerer
from manara.exchange.blind.keys import KEYS, Key, Person, question_keys, table_keys
from manara.exchange.blind.question import Asking, Match, Question, ask
from manara.exchange.blind.table import (
    Table,
    epoch_of,
    kept_table,
    make_table,
    person_of,
    persons,
    serial,
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
    "ask",
    "epoch_of",
    "kept_table",
    "make_table",
    "person_of",
    "persons",
    "question_keys",
    "serial",
    "table_keys",
    "take_table",
]
