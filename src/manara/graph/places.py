"""Where ties are stated: the places of the vocabulary, and the kinds of events."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from manara.model import vocabulary

I8: TypeAlias = NDArray[np.int8]
I16: TypeAlias = NDArray[np.int16]

#: Entities that say something of another one but tie it to nobody.
_REMARKS = frozenset({"Sanction", "Risk", "Note", "Mention", "Similar", "Article"})

#: Properties that name a source or repeat a tie from its other end.
_NO_TIES = frozenset({"proof", "riskSource", "noteEntities", "documentedBy", "ancestors"})

#: Tables of events that tie two parties: the name of such a tie, and the columns of each party.
EVENTS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "payments": ("payment", ("payer", "payer_account"), ("payee", "payee_account")),
    "custody": ("custody", ("holder_from",), ("holder_to",)),
    "movements": ("movement", ("subject",), ("conveyance",)),
}

#: What a fact is to a tie: neither end nor a day, the end that it is stated from, the other end,
#: both ends at once, or a day; an event is a tie by itself.
END, SOURCE, LINK, STARTS, FINISHES, EVENT = range(6)


class Places(NamedTuple):
    """Where in the vocabulary ties are stated: schema and property, and kinds of events.

    Attributes:
        number: of each place, by schema and property.
        kind: what a tie stated there is called.
        role: what a fact is to the tie.
        prop: number of the property.
        seeks: of a source, the property of the other end; else -1.
        digest: changes with any of these.
    """

    number: Mapping[tuple[str, str], int]
    kind: list[str]
    role: I8
    prop: I16
    seeks: I16
    digest: str


@cache
def places() -> Places:
    """Return the places of the vocabulary at which ties are stated."""
    known: dict[tuple[str, str], tuple[str, int, str]] = {}
    for schema in vocabulary().schemata.values():
        name, edge = schema.name, schema.edge
        if edge:
            known |= {(name, prop): (name, STARTS, "") for prop in schema.starts}
            known |= {(name, prop): (name, FINISHES, "") for prop in schema.ends}
            known[name, edge.target] = (name, END, "")
            known[name, edge.source] = (name, SOURCE, edge.target)
        elif name not in _REMARKS:
            known |= {
                (name, prop.name): (f"{name}.{prop.name}", LINK, "")
                for prop in schema.properties.values()
                if prop.type.name == "entity" and not prop.stub and prop.name not in _NO_TIES
            }
    known |= {(table, ""): (kind, EVENT, "") for table, (kind, *_) in EVENTS.items()}
    props = {prop: at for at, prop in enumerate(sorted({prop for _, prop in known}))}
    return Places(
        {place: at for at, place in enumerate(known)},
        [kind for kind, *_ in known.values()],
        np.array([role for _, role, _ in known.values()], np.int8),
        np.array([props[prop] for _, prop in known], np.int16),
        np.array([props[seek] if seek else -1 for *_, seek in known.values()], np.int16),
        hashlib.blake2b(repr(known).encode(), digest_size=8).hexdigest(),
    )
