"""Who may see information and for what: handling rules, which only ever get stricter.

A rule is a set of conditions that a disclosure must meet, all of them. Whatever is derived from
several inputs carries their `join`, which permits exactly what every one of the inputs permits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import reduce
from typing import Any, ClassVar, NamedTuple

from manara.model._check import check_text, check_texts, texts_of
from manara.model.audience import AUDIENCE, STANDING, Recipient, Relation, Tlp
from manara.model.errors import UsageError

#: The caveat that `Handling.permits` enforces: not for use as evidence or in proceedings.
NOT_IN_COURT = "NOT_IN_COURT"

#: Purposes that agencies commonly name, with what each means and the text it follows. Not a closed
#: list: an agency may name its own.
PURPOSES: Mapping[str, str] = {
    "sanctions-screening": "checking parties against sanctions (UN Security Council res. 1267)",
    "border-management": "checks on persons and goods at the border (Regulation (EU) 2016/399)",
    "prevention": "averting offences and public threats (Directive (EU) 2016/680 art. 1)",
    "investigation": "detecting and investigating offences (Directive (EU) 2016/680 art. 1)",
    "prosecution": "bringing offences before a court (Directive (EU) 2016/680 art. 1)",
    "analysis": "strategic or thematic analysis (Regulation (EU) 2016/794 art. 18(2)(b))",
    "financial-intelligence": "work of a financial intelligence unit (FATF recommendation 29)",
    "arms-tracing": "tracing illicit arms (International Tracing Instrument 2005, section V)",
    "cyber-defence": "protecting networks and services (Directive (EU) 2022/2555 art. 29)",
    "site-protection": "protecting sites that may be attacked (UN Security Council res. 2341)",
    "training": "teaching and exercises; named by this project",
}


class Permission(NamedTuple):
    """The answer to a question of disclosure.

    Attributes:
        permitted: whether the disclosure may take place.
        rule: what decided: ``retention``, ``audience``, ``releasable-to``, ``consent``,
            ``purpose``, ``caveat`` or, where nothing stands against it, ``permitted``.
        reason: the decision in a sentence for an officer.
    """

    permitted: bool
    rule: str
    reason: str


class _Request(NamedTuple):
    recipient: Recipient
    purpose: str
    on: date
    consents: Collection[str]


@dataclass(frozen=True, slots=True)
class Handling:
    """A handling rule. Use `Handling.of` to state one; `|` joins two.

    An originator that names recipients has chosen the audience itself: its list takes the place of
    what its TLP level says. Joined rules keep both conditions, so a rule may hold several lists,
    and a level (``floor``) that binds even those who are on them.

    Attributes:
        tlp: the level shown on everything under this rule.
        floor: the level whose audience binds whoever the recipient is.
        individuals: ids of the only persons who may have TLP:RED information; None where no
            originator of such information named any.
        releasable_to: lists of ids of recipients, organisations or groups; a recipient must be on
            each of them under some name.
        consent: ids of the originators that must consent to disclosure to others.
        purposes: purposes it may be used for; None for any.
        retain_until: last day on which it may be kept and used; None for no limit.
        caveats: further conditions in words or codes; only `NOT_IN_COURT` is enforced.
    """

    tlp: Tlp = Tlp.CLEAR
    floor: Tlp = Tlp.CLEAR
    individuals: frozenset[str] | None = None
    releasable_to: frozenset[frozenset[str]] = frozenset()
    consent: frozenset[str] = frozenset()
    purposes: frozenset[str] | None = None
    retain_until: date | None = None
    caveats: frozenset[str] = frozenset()

    #: The rule that restricts nothing; joining it to another changes nothing.
    OPEN: ClassVar[Handling]

    def __post_init__(self) -> None:
        _check_fields(self)
        _check_levels(self)
        object.__setattr__(self, "releasable_to", _shortest(self.releasable_to))

    @classmethod
    def of(
        cls,
        tlp: Tlp | str,
        *,
        releasable_to: Iterable[str] | None = None,
        consent: Iterable[str] = (),
        purposes: Iterable[str] | None = None,
        retain_until: date | None = None,
        caveats: Iterable[str] = (),
    ) -> Handling:
        """Return the rule that one originator states.

        Args:
            tlp: level or its label.
            releasable_to: ids of recipients, organisations or groups that alone may have it; for
                TLP:RED ids of persons. An empty list names nobody; None leaves it to the level.
            consent: originators that must consent to disclosure to others.
            purposes: purposes it may be used for; None for any.
            retain_until: last day on which it may be kept and used.
            caveats: further conditions.

        Raises:
            UsageError: a value is of the wrong kind, empty, or no TLP level.
        """
        level = Tlp.parse(tlp) if isinstance(tlp, str) else tlp
        names = None if releasable_to is None else texts_of("releasable_to", releasable_to)
        personal = level is Tlp.RED
        return cls(
            tlp=level,
            floor=level if names is None else Tlp.CLEAR,
            individuals=names if personal else None,
            releasable_to=frozenset() if personal or names is None else frozenset({names}),
            consent=texts_of("consent", consent),
            purposes=None if purposes is None else texts_of("purposes", purposes),
            retain_until=retain_until,
            caveats=texts_of("caveats", caveats),
        )

    def join(self, other: Handling) -> Handling:
        """Return the rule that permits exactly what both rules permit."""
        return Handling(
            tlp=max(self.tlp, other.tlp),
            floor=max(self.floor, other.floor),
            individuals=_both(self.individuals, other.individuals),
            releasable_to=self.releasable_to | other.releasable_to,
            consent=self.consent | other.consent,
            purposes=_both(self.purposes, other.purposes),
            retain_until=min(
                (day for day in (self.retain_until, other.retain_until) if day), default=None
            ),
            caveats=self.caveats | other.caveats,
        )

    __or__ = join

    @staticmethod
    def join_all(rules: Iterable[Handling]) -> Handling:
        """Return the join of any number of rules; `Handling.OPEN` for none."""
        return reduce(Handling.join, rules, Handling.OPEN)

    @property
    def label(self) -> str:
        """The rule in one line, the TLP label first: ``TLP:AMBER, only to b.example``."""
        named = [*self.releasable_to, *([self.individuals] if self.individuals is not None else [])]
        parts = [
            self.tlp.label,
            *(f"only to {_listed(names) or 'nobody'}" for names in sorted(named, key=sorted)),
            f"consent of {' and '.join(sorted(self.consent))}" if self.consent else "",
            f"for {_listed(self.purposes) or 'nothing'}" if self.purposes is not None else "",
            f"until {self.retain_until}" if self.retain_until else "",
            *sorted(self.caveats),
        ]
        return ", ".join(part for part in parts if part)

    def permits(
        self, recipient: Recipient, purpose: str, on: date, consents: Collection[str] = ()
    ) -> Permission:
        """Return whether a disclosure is permitted, by which rule, and why.

        The rules are asked in the order that `Permission` lists; the first that denies decides.

        Args:
            recipient: to whom.
            purpose: for what, such as a key of `PURPOSES`.
            on: the day of disclosure, in UTC.
            consents: ids of the originators that have consented to this disclosure.

        Raises:
            UsageError: no purpose is given, ``on`` is not a plain date, or ``consents`` is one
                string instead of several.
        """
        check_text("purpose", purpose)
        _check_day("day of disclosure", on)
        request = _Request(recipient, purpose, on, texts_of("consents", consents))
        for rule, objection in _RULES:
            reason = objection(self, request)
            if reason:
                return Permission(False, rule, reason)
        return Permission(
            True,
            "permitted",
            f"{self.tlp.label} information may go to {recipient.id} for {purpose}.",
        )

    @property
    def id(self) -> str:
        """Identity of the rule: 32 hexadecimal digits, equal for equal rules everywhere."""
        text = json.dumps(self.to_dict(), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as JSON values with sets as sorted lists; all keys are always there."""
        return {
            "tlp": self.tlp.label,
            "floor": self.floor.label,
            "individuals": None if self.individuals is None else sorted(self.individuals),
            "releasable_to": sorted(sorted(names) for names in self.releasable_to),
            "consent": sorted(self.consent),
            "purposes": None if self.purposes is None else sorted(self.purposes),
            "retain_until": self.retain_until.isoformat() if self.retain_until else None,
            "caveats": sorted(self.caveats),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Handling:
        """Return the rule that `to_dict` wrote.

        Raises:
            UsageError: a key is missing or unknown (a lost restriction must not pass unseen), or a
                value is not as `to_dict` writes it.
        """
        wrong = set(values) ^ {field.name for field in fields(cls)}
        if wrong:
            raise UsageError(
                f"missing or unknown: {', '.join(sorted(map(str, wrong)))}",
                where="handling rule",
                remedy="take the rule again from where it was written",
            )
        individuals, purposes, last = (
            values[key] for key in ("individuals", "purposes", "retain_until")
        )
        try:
            return cls(
                tlp=Tlp.parse(values["tlp"]),
                floor=Tlp.parse(values["floor"]),
                individuals=None if individuals is None else texts_of("individuals", individuals),
                releasable_to=frozenset(
                    texts_of("releasable_to", names) for names in values["releasable_to"]
                ),
                consent=texts_of("consent", values["consent"]),
                purposes=None if purposes is None else texts_of("purposes", purposes),
                retain_until=None if last is None else date.fromisoformat(last),
                caveats=texts_of("caveats", values["caveats"]),
            )
        except (AttributeError, TypeError, ValueError) as error:
            raise UsageError(str(error), where="handling rule") from error


def _listed(texts: Iterable[str]) -> str:
    return " or ".join(sorted(texts))


def _both(mine: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if mine is None or other is None:
        return other if mine is None else mine
    return mine & other


def _shortest(lists: frozenset[frozenset[str]]) -> frozenset[frozenset[str]]:
    """Drop lists that contain another: whoever is on the shorter one is on them as well."""
    return frozenset(names for names in lists if not any(other < names for other in lists))


def _check_day(where: str, day: date) -> None:
    # A datetime is a date to Python, but the two cannot be compared.
    if not isinstance(day, date) or isinstance(day, datetime):
        raise UsageError(f"{day!r} is not a date", where=where, remedy="give a plain date")


def _check_fields(rule: Handling) -> None:
    for level in (rule.tlp, rule.floor):
        if not isinstance(level, Tlp):
            raise UsageError(
                f"{level!r} is not a Tlp level", where="handling rule", remedy="use a Tlp member"
            )
    if not isinstance(rule.releasable_to, frozenset):
        raise UsageError(
            "not a frozen set of lists", where="releasable_to", remedy="use Handling.of"
        )
    for names in rule.releasable_to:
        check_texts("releasable_to", names)
    for where, texts in (("individuals", rule.individuals), ("purposes", rule.purposes)):
        if texts is not None:
            check_texts(where, texts)
    check_texts("consent", rule.consent)
    check_texts("caveats", rule.caveats)
    if rule.retain_until is not None:
        _check_day("retain_until", rule.retain_until)


def _check_levels(rule: Handling) -> None:
    """Refuse levels that `of` and `join` never give, under which a level would bind nobody."""
    named = bool(rule.releasable_to) or rule.individuals is not None
    red = rule.tlp is Tlp.RED
    if (
        rule.floor > rule.tlp
        or (not named and rule.floor < rule.tlp)
        or (red and rule.floor < Tlp.RED and rule.individuals is None)
        or (not red and rule.individuals is not None)
    ):
        raise UsageError(
            f"{rule.tlp.label} with the audience of {rule.floor.label} contradicts itself",
            where="handling rule",
            remedy="state the rule with Handling.of",
        )


def _retention(rule: Handling, request: _Request) -> str:
    if rule.retain_until is None or request.on <= rule.retain_until:
        return ""
    return f"It had to be deleted after {rule.retain_until.isoformat()}."


def _audience(rule: Handling, request: _Request) -> str:
    outermost, meaning = AUDIENCE[rule.floor]
    if outermost is not None and request.recipient.relation >= outermost:
        return ""
    standing = STANDING[request.recipient.relation]
    return f"{rule.floor.label} information {meaning}; {request.recipient.id} is {standing}."


def _named(rule: Handling, request: _Request) -> str:
    recipient = request.recipient
    if rule.individuals is not None and not (
        recipient.is_person and recipient.id in rule.individuals
    ):
        return f"TLP:RED information may go only to persons named; {recipient.id} is not."
    if any(recipient.names.isdisjoint(names) for names in rule.releasable_to):
        return f"It may go only to those its originators named; {recipient.id} is not among them."
    return ""


def _consented(rule: Handling, request: _Request) -> str:
    recipient = request.recipient
    if recipient.relation is Relation.ORGANISATION:
        return ""
    missing = rule.consent.difference(request.consents, {recipient.id, recipient.organisation})
    return f"Consent is missing from {', '.join(sorted(missing))}." if missing else ""


def _purpose(rule: Handling, request: _Request) -> str:
    if rule.purposes is None or request.purpose in rule.purposes:
        return ""
    allowed = ", ".join(sorted(rule.purposes)) or "no purpose at all"
    return f"It may be used for {allowed}, not for {request.purpose}."


def _caveat(rule: Handling, request: _Request) -> str:
    if request.purpose == "prosecution" and NOT_IN_COURT in rule.caveats:
        return "It may not be used in court unless its originator lifts that condition."
    return ""


_RULES: tuple[tuple[str, Callable[[Handling, _Request], str]], ...] = (
    ("retention", _retention),
    ("audience", _audience),
    ("releasable-to", _named),
    ("consent", _consented),
    ("purpose", _purpose),
    ("caveat", _caveat),
)

Handling.OPEN = Handling()
#: The rule that restricts nothing.
OPEN = Handling.OPEN
