"""Values that facts state, in the reader's language: countries, genders, topics."""

from __future__ import annotations

from manara.console.pages.languages import Tongue
from manara.console.pages.words import N_
from manara.model import vocabulary

_GENDERS = {"male": N_("male"), "female": N_("female"), "other": N_("other gender")}

#: The categories of FollowTheMoney that an entity can belong to.
_TOPICS = {
    "asset.frozen": N_("Frozen asset"),
    "corp.clone": N_("Cloned company"),
    "corp.disqual": N_("Disqualified from directing companies"),
    "corp.offshore": N_("Offshore company"),
    "corp.public": N_("Listed company"),
    "corp.shell": N_("Shell company"),
    "crime": N_("Crime"),
    "crime.boss": N_("Leader of organised crime"),
    "crime.cyber": N_("Cybercrime"),
    "crime.env": N_("Environmental crime"),
    "crime.fin": N_("Financial crime"),
    "crime.fraud": N_("Fraud"),
    "crime.terror": N_("Terrorism"),
    "crime.theft": N_("Theft"),
    "crime.traffick": N_("Trafficking"),
    "crime.traffick.drug": N_("Drug trafficking"),
    "crime.traffick.human": N_("Human trafficking"),
    "crime.war": N_("War crimes"),
    "debarment": N_("Debarred from tenders"),
    "export.control": N_("Export controls"),
    "export.control.linked": N_("Linked to export controls"),
    "export.risk": N_("Trade risk"),
    "fin": N_("Financial services"),
    "fin.adivsor": N_("Financial adviser"),
    "fin.bank": N_("Bank"),
    "fin.fund": N_("Fund"),
    "forced.labor": N_("Forced labour"),
    "geo.risk": N_("Place of concern"),
    "gov": N_("Government"),
    "gov.admin": N_("Public administration"),
    "gov.executive": N_("Executive branch"),
    "gov.financial": N_("Central bank or financial authority"),
    "gov.head": N_("Head of state or government"),
    "gov.igo": N_("Intergovernmental organisation"),
    "gov.judicial": N_("Judicial branch"),
    "gov.legislative": N_("Legislative branch"),
    "gov.muni": N_("Local government"),
    "gov.national": N_("National government"),
    "gov.religion": N_("Religious leadership of a state"),
    "gov.security": N_("Security services"),
    "gov.soe": N_("State-owned enterprise"),
    "gov.state": N_("Regional government"),
    "invest.ban": N_("Investment ban"),
    "invest.risk": N_("Investment risk"),
    "mare.detained": N_("Detained ship"),
    "mare.shadow": N_("Shadow fleet"),
    "mare.sts": N_("Transfers from ship to ship"),
    "mil": N_("Military"),
    "poi": N_("Person of interest"),
    "pol.party": N_("Political party"),
    "pol.union": N_("Trade union"),
    "reg.action": N_("Regulator’s action"),
    "reg.warn": N_("Regulator’s warning"),
    "rel": N_("Religion"),
    "role.acct": N_("Accountant"),
    "role.act": N_("Activist"),
    "role.civil": N_("Civil servant"),
    "role.diplo": N_("Diplomat"),
    "role.journo": N_("Journalist"),
    "role.judge": N_("Judge"),
    "role.lawyer": N_("Lawyer"),
    "role.lobby": N_("Lobbyist"),
    "role.oligarch": N_("Oligarch"),
    "role.pep": N_("Politically exposed person"),
    "role.pep.frmr": N_("Formerly politically exposed"),
    "role.pep.intl": N_("Exposed in an international organisation"),
    "role.pep.natl": N_("Exposed at national level"),
    "role.pol": N_("Politician"),
    "role.rca": N_("Close associate or relative"),
    "role.spy": N_("Spy"),
    "sanction": N_("Sanctioned"),
    "sanction.control": N_("Controlled by the sanctioned"),
    "sanction.counter": N_("Under counter-sanctions"),
    "sanction.linked": N_("Linked to the sanctioned"),
    "wanted": N_("Wanted"),
}


def value_label(value: str, schema: str, prop: str, spoken: Tongue) -> str:
    """Return a value in the reader's language: countries by name, genders and topics in words."""
    kind = vocabulary()[schema].properties.get(prop)
    match kind.type.name if kind else "":
        case "country":
            return spoken.country(value)
        case "gender":
            return spoken.say(_GENDERS.get(value, value))
        case "topic":
            return spoken.say(_TOPICS.get(value, value))
    return value
