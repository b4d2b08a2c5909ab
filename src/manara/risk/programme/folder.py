"""The folder of a risk programme: its settings, its files, and a log of everybody who used it."""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from manara import __version__
from manara.model import FormatError, NotFoundError, UsageError

SETTINGS = "risk.toml"
SITES = "sites.csv"
MEASURES = "measures.csv"
COVER = "cover.yaml"
SEVERITY = "severity.yaml"
ACTIONS = "actions.csv"
EXPERTS, EXPERTS_ANSWERS, EXPERTS_TRUTH = "experts.csv", "experts.dtt", "experts.rls"
QUESTIONNAIRE = "questionnaire.xlsx"
FILLED = "assessments"
REPORT = "report"
RESULTS = "results.json"
LOG = "access.jsonl"
LOCK = ".lock"


def named(file: str, language: str) -> str:
    """Return the name of a file of the report in a language: ``report.html``, ``report.fr.html``.

    Args:
        file: its name in English.
        language: a code of two letters.
    """
    stem, _, kind = file.rpartition(".")
    return file if language == "en" else f"{stem}.{language}.{kind}"


class Criteria(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the organisation decided before it looked: when is a risk too much?

    Attributes:
        loss: expected loss a year of one site that is tolerated, in the currency.
        share: a site with this share of all expected loss needs phase II.
        substitution: so does one whose risk grows by this factor when others are hardened.
        people: so does one with so many people behind weak protection.
        weak: protection below this is weak, 0..1.
        agreement: assessors who agree less than this have not assessed one site, -1..1.
        answered: an assessment with less than this share of answers is not one, 0..1.
    """

    loss: float = 25_000.0
    share: float = 0.2
    substitution: float = 1.5
    people: int = 100
    weak: float = 0.5
    agreement: float = 0.6
    answered: float = 0.8


class Assumptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What nobody measured and somebody has to state.

    Attributes:
        comparable: places like a site in its area, where the site does not say.
        prominence_odds: by how much a step of prominence raises the odds of being chosen.
        success_unprotected: chance that an attempt on a site without any protection succeeds.
        success_protected: the same with all protection in place.
        usual_rate: incidents a year in an area, where there are no incidents to count.
        sizes: from how many killed on an attack belongs to each band of severity, rising.
        tail: exponents of the sizes of attacks: likely, and the two ends of the band.
        strength: of the partly adaptive attacker.
        unconventional: share of attacks by nuclear, biological, chemical or radiological means.
        return_period: years of the loss that plans and cover are judged by.
    """

    comparable: int = 50
    prominence_odds: float = 2.0
    success_unprotected: float = 0.9
    success_protected: float = 0.2
    usual_rate: float = 0.2
    sizes: tuple[float, ...] = (1.0, 4.0, 16.0, 64.0, 256.0)
    tail: tuple[float, float, float] = (2.4, 2.2, 2.6)
    strength: float = 1.0
    unconventional: float = 0.02
    return_period: int = 250


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What protection may cost and how costs of different years compare.

    Attributes:
        budget: for protection, over the horizon.
        horizon: years that the plan looks ahead.
        discount: rate a year, 0..1.
        retention: loss of a year that the organisation can pay itself.
    """

    budget: float = 100_000.0
    horizon: int = 10
    discount: float = 0.035
    retention: float = 100_000.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`risk.toml`.

    Attributes:
        organisation: whose sites these are.
        currency: ISO 4217 code of all amounts.
        owner: who answers for every action that nobody else is named for.
        incidents: file of incidents, relative to the folder; none if empty.
        incidents_until: day up to which that file is complete.
        leads: file of places of leads, relative to the folder; none if empty.
        seed: of all chance.
        years: simulated.
        criteria: see `Criteria`.
        assumptions: see `Assumptions`.
        money: see `Money`.
    """

    organisation: str
    currency: str
    owner: str = "head of security"
    incidents: str = ""
    incidents_until: date | None = None
    leads: str = ""
    seed: int = 1
    years: int = 20_000
    criteria: Criteria = Criteria()
    assumptions: Assumptions = Assumptions()
    money: Money = Money()


def parse(text: str) -> Settings:
    """Return what a text of `risk.toml` sets.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML.
        msgspec.ValidationError: it sets what cannot be.
    """
    return msgspec.convert(tomllib.loads(text), Settings)


class Folder:
    """A programme's folder.

    Args:
        path: of it.
        settings: as read from it.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self.settings = settings

    @classmethod
    def open(cls, path: Path) -> Folder:
        """Return the programme in a folder.

        Raises:
            NotFoundError: there is none.
            FormatError: its settings cannot be read.
        """
        file = path / SETTINGS
        if not file.is_file():
            raise NotFoundError(
                "no risk programme here", where=str(path), remedy="make one: manara risk init DIR"
            )
        try:
            return cls(path, parse(file.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
            raise FormatError(str(error), where=str(file)) from error

    def file(self, name: str) -> Path:
        """Return the path of one of its files."""
        return self.path / name

    def inputs(self) -> dict[str, str]:
        """Return the SHA-256 of every file that a result rests on, by name."""
        names = [SETTINGS, SITES, MEASURES, COVER, SEVERITY, ACTIONS]
        names += [EXPERTS, EXPERTS_ANSWERS, EXPERTS_TRUTH]
        names += filter(None, (self.settings.incidents, self.settings.leads))
        found = [self.path / name for name in names]
        found += sorted((self.path / FILLED).glob("*.xlsx"))
        return {
            one.relative_to(self.path).as_posix() if one.is_relative_to(self.path) else one.name:
            hashlib.sha256(one.read_bytes()).hexdigest()
            for one in found if one.is_file()
        }  # fmt: skip

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else change the programme's files meanwhile; the log is not locked."""
        with (self.path / LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def log(self, command: str, detail: Sequence[str] = (), *, by: str = "") -> None:
        """Write down that somebody used the programme, when and for what.

        Each line holds the hash of the line before, so that none can be taken out unseen.

        Args:
            command: what was done.
            detail: with what.
            by: the account that did it; else whoever the process belongs to.
        """
        with (self.path / LOG).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            lines = file.read().splitlines()
            entry = {
                "time": datetime.now(UTC).isoformat(timespec="seconds"),
                "user": by or _user(),
                "command": command,
                "detail": list(detail),
                "version": __version__,
                "before": hashlib.sha256(lines[-1]).hexdigest() if lines else "",
            }
            file.write(msgspec.json.encode(entry) + b"\n")


def check_log(path: Path) -> int:
    """Return how many lines the log of a programme has.

    Raises:
        FormatError: a line is not the one that the next was written after.
    """
    lines = (path / LOG).read_bytes().splitlines()
    before = ""
    for number, line in enumerate(lines, 1):
        try:
            told = msgspec.json.decode(line, type=dict)["before"]
        except (msgspec.DecodeError, KeyError):
            told = None
        if told != before:
            raise FormatError(
                "does not follow the line before: the log was changed",
                where=f"{path / LOG}, line {number}",
            )
        before = hashlib.sha256(line).hexdigest()
    return len(lines)


def make(path: Path, organisation: str, currency: str) -> Folder:
    """Return a new programme: a folder with settings and empty templates.

    Raises:
        UsageError: the folder is not empty, or the currency no code of three letters.
    """
    if path.exists() and any(path.iterdir()):
        raise UsageError("not empty", where=str(path), remedy="name a new folder")
    if not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        raise UsageError(f"{currency!r} is no ISO 4217 code", where="--currency")
    (path / FILLED).mkdir(parents=True)
    os.chmod(path, 0o700)
    text = _SETTINGS.format(organisation=_quoted(organisation), currency=_quoted(currency))
    (path / SETTINGS).write_text(text, encoding="utf-8")
    return Folder.open(path)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _quoted(text: str) -> str:
    # A JSON string of one line is a TOML string too.
    return msgspec.json.encode(text).decode()


_SETTINGS = """\
# A programme for the organisation's own sites, and those it is authorised for.
organisation = {organisation}
currency = {currency}
owner = "head of security"   # answers for every action that nobody else is named for

# Past incidents of the region, a CSV file in this folder: date, area, kind, count ...
incidents = ""
# incidents_until = 2026-06-30
# Places of grave leads: `manara risk leads` writes leads.csv.
# leads = "leads.csv"

[criteria]            # decided before anybody looks at results
loss = 25000.0        # expected loss a year of one site that is tolerated
share = 0.2           # a site with this share of all expected loss needs phase II
substitution = 1.5    # so does one whose risk grows by this factor when others are hardened
people = 100          # so does one with so many people behind weak protection
weak = 0.5            # protection below this is weak, 0 to 1
agreement = 0.6       # assessors who agree less (Krippendorff's alpha) have to talk
answered = 0.8        # share of questions that an assessment has to answer

[assumptions]         # nobody measured these: state your own, they stand beside every result
comparable = 50       # places like a site in its area, where sites.csv does not say
prominence_odds = 2.0 # a step of prominence (1 to 5) multiplies the odds of being chosen
success_unprotected = 0.9
success_protected = 0.2
usual_rate = 0.2      # incidents a year in an area, where there are no incidents to count
sizes = [1.0, 4.0, 16.0, 64.0, 256.0]  # killed, from where each band of severity.yaml begins
tail = [2.4, 2.2, 2.6]  # exponent of the sizes of attacks: likely, and the ends of the band
strength = 1.0        # of the partly adaptive attacker
unconventional = 0.02 # share of attacks by nuclear, biological, chemical, radiological means
return_period = 250   # years of the loss that plans and cover are judged by

[money]
budget = 100000.0     # for protection, over the horizon
horizon = 10
discount = 0.035
retention = 100000.0  # loss of a year that the organisation can pay itself
"""
