"""What is known of the parties of a lead's payments, as far as handling rules let it go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from gettext import gettext as _
from typing import Any

from manara.formats import Account, Institution, Party
from manara.formats.goaml_report import fitted, fitted_party
from manara.model import Entity, Fact, Lead, vocabulary
from manara.money.narrative import Known
from manara.pipeline.shared import canonical_ids_of
from manara.store import View

#: The sides of a payment, and the columns of each that hold an entity.
SIDES = ("payer", "payee")
_HOLDS = ("", "_account", "_institution")
#: Properties of a party that a report has a place for.
_MORE = (
    *("birthDate", "birthPlace", "passportNumber", "idNumber", "socialSecurityNumber"),
    *("taxNumber", "registrationNumber", "nationality"),
)
#: Documents that stand on entities of their own, and the property their number would be.
_DOCUMENTS = {"Passport": "passportNumber", "Identification": "idNumber"}
#: What a property is called in a sentence.
_LABELS = {
    "iban": "IBAN", "accountNumber": "account number", "birthDate": "born", "birthPlace": "born in",
    "passportNumber": "passport", "idNumber": "identity number", "taxNumber": "tax number",
    "socialSecurityNumber": "social security number", "registrationNumber": "registration number",
    "nationality": "nationality", "country": "country", "address": "address",
}  # fmt: skip


class Parties:
    """What is known of the parties of some payments and may go to the unit.

    Args:
        view: what is known.
        rows: the payments.
        subjects: ids of those whom the report is about.
        permitted: whether facts under a handling rule, by its id, may go there.

    Attributes:
        withheld: ids of the facts about the parties that may not.
        secret: the values that only such facts state.
    """

    def __init__(
        self,
        view: View,
        rows: Collection[Mapping[str, Any]],
        subjects: Collection[str],
        permitted: Callable[[str], bool],
    ) -> None:
        self._canonical = canonical_ids_of(view)
        self._may = permitted
        self.withheld: set[str] = set()
        self.secret: set[str] = set()
        self._facts: dict[str, list[Fact]] = defaultdict(list)
        self._held: dict[str, list[Fact]] = defaultdict(list)
        self._owner: dict[str, tuple[str, tuple[str, ...]]] = {}
        ids = {row[f"{side}{end}"] for row in rows for side in SIDES for end in _HOLDS} - {None}
        ids |= set(subjects)
        self._load(view, ids)
        more = {fact.value for of in self._facts.values() for fact in of if fact.prop == "bank"}
        self._load(view, (more | {owner for owner, _ in self._owner.values()}) - ids)
        self.secret -= {fact.value for of in self._facts.values() for fact in of}

    def _load(self, view: View, ids: Collection[str]) -> None:
        wanted = {self._one(entity) for entity in ids}
        members = {one for one in self._canonical if self._one(one) in wanted} | wanted | set(ids)
        facts = list(self._permitted(view.facts(members)))
        for fact in facts:
            self._facts[self._one(fact.entity_id)].append(fact)
        around: dict[str, list[Fact]] = defaultdict(list)
        for fact in self._permitted(view.linked(facts, members)):
            around[fact.entity_id].append(fact)
        for of in around.values():
            self._link(of)
        addresses = {of[0].entity_id: of for of in around.values() if of[0].schema == "Address"}
        for fact in facts:
            if fact.prop == "addressEntity":
                self._held[self._one(fact.entity_id)] += addresses.get(fact.value, ())

    def _link(self, of: list[Fact]) -> None:
        """Remember who owns an account, and whose a document is."""
        values = {fact.prop: fact.value for fact in of}
        if "owner" in values and "asset" in values:
            shown = tuple(fact.id for fact in of if fact.prop in ("owner", "asset"))
            self._owner.setdefault(self._one(values["asset"]), (self._one(values["owner"]), shown))
        elif of[0].schema in _DOCUMENTS and "holder" in values:
            self._held[self._one(values["holder"])] += of

    def _permitted(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        for fact in facts:
            if self._may(fact.handling_id):
                yield fact
            else:
                self.withheld.add(fact.id)
                self.secret.add(fact.value)

    def _one(self, entity: str) -> str:
        return self._canonical.get(entity, entity)

    def party(self, row: Mapping[str, Any], side: str) -> Party | None:
        """Return who pays or is paid: the party, else the account's owner or its name.

        None stands for nobody known, of an account at least.
        """
        entity, account = self._behind(row, side)[0], row[f"{side}_account"]
        if entity is None:
            name = self._first(account, "name")[0] if account is not None else ""
            return fitted_party(Party(name)) if name or account is None else None
        found = self._facts.get(self._one(entity))
        if not found:
            return fitted_party(Party(entity))
        known = Entity.from_facts(found, self._one(entity))
        person = vocabulary()[known.schema].is_a("Person")
        more = [(prop, text) for prop in _MORE if (text := self._first(entity, prop)[0])]
        country, place = self._first(entity, "country")[0], self._first(entity, "address")[0]
        if not person:
            country = country or self._first(entity, "jurisdiction")[0]
        schema = "Person" if person else "LegalEntity"
        return fitted_party(Party(known.caption, schema, place, country, tuple(more)))

    def naming(self, row: Mapping[str, Any], side: str) -> tuple[str, ...]:
        """Return the facts by which who pays or is paid has its name in a payment."""
        entity, owning = self._behind(row, side)
        named = self._one(entity if entity is not None else row[f"{side}_account"] or "")
        caption = self._caption(named)
        return (*owning, *(f.id for f in self._facts.get(named, ()) if f.value == caption))

    def _behind(self, row: Mapping[str, Any], side: str) -> tuple[str | None, tuple[str, ...]]:
        """Return the party of a side, and what states that it is, where the payment does not."""
        entity, account = row[side], row[f"{side}_account"]
        if entity is not None or account is None:
            return entity, ()
        return self._owner.get(self._one(account), (None, ()))

    def account(self, entity: str | None) -> Account | None:
        """Return an account by its IBAN, else by its number."""
        if entity is None:
            return None
        iban = fitted(self._first(entity, "iban")[0], 34)
        bank = self._first(entity, "bank")[0]
        stated = self._first(entity, "accountNumber")[0]
        number = fitted(stated, 255) or fitted(entity, 255) or "UNKNOWN"
        return Account(iban, "" if iban else number, self.institution(bank or None))

    def institution(self, entity: str | None) -> Institution | None:
        """Return an institution by its BIC, else by its number or name."""
        if entity is None:
            return None
        bic = fitted(self._first(entity, "swiftBic")[0], 11)
        code = fitted(self._first(entity, "registrationNumber")[0], 50)
        return Institution(bic, fitted(self._first(entity, "name")[0], 255), code)

    def _first(self, entity: str, prop: str) -> tuple[str, tuple[str, ...]]:
        """Return the first value of a property, and the facts that state it."""
        own = self._facts.get(self._one(entity), ())
        found = [(fact.value, fact.id) for fact in own if fact.prop == prop]
        for fact in self._held.get(self._one(entity), ()):
            told = _DOCUMENTS.get(fact.schema, "") if fact.prop == "number" else ""
            if fact.prop == "full" and fact.schema == "Address":
                told = "address"
            if told == prop:
                found.append((fact.value, fact.id))
        if not found:
            return "", ()
        value = min(text for text, _ in found)
        return value, tuple(fact for text, fact in found if text == value)

    def known(self, lead: Lead) -> Iterator[Known]:
        """Yield what is known of those a lead is about, and of the owners of their accounts."""
        subjects = [self._one(one) for one in lead.finding.subjects]
        owned = {one: self._owner[one] for one in subjects if one in self._owner}
        holding = [
            (owner, [(f"{_('holds the account')} {self._caption(account)}", shown)])
            for account, (owner, shown) in owned.items()
        ]
        for entity, told in [*((one, []) for one in subjects), *holding]:
            name = self._caption(entity)
            for prop in ("iban", "accountNumber", *_MORE, "country", "address"):
                value, shown = self._first(entity, prop)
                if value and value != name:
                    told.append((f"{_LABELS[prop]} {value}", shown))
            if told:
                yield Known(name, tuple(told))

    def _caption(self, entity: str) -> str:
        facts = self._facts.get(entity)
        return (Entity.from_facts(facts, entity).caption if facts else "") or entity
