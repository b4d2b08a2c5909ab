"""Words of the data that pages show in the reader's language: kinds, schemata, properties."""

from __future__ import annotations

from collections.abc import Callable

from manara.model import vocabulary


def N_(text: str) -> str:
    """Return a text as it is; marks it as one to be translated where it is shown."""
    return text


_KINDS = {
    "network.convergence": N_("Crime domains that meet"),
    "network.diversification": N_("Group that takes up another crime"),
    "network.event-overlap": N_("Seen at the same events"),
    "network.expansion": N_("Group that grows"),
    "network.link": N_("Suspected contact"),
    "money.arms-or-precursor-goods": N_("Payment for arms or precursors"),
    "money.cash-structuring": N_("Cash just below the reporting line"),
    "money.charity-front": N_("Charity that spends on other things"),
    "money.circular-trade": N_("Payments that go round in a ring"),
    "money.crowdfunding-burst": N_("Burst of donations"),
    "money.dormant-then-active": N_("Sleeping account that wakes"),
    "money.extortion-rhythm": N_("Rhythm of extortion"),
    "money.mirrored-flows": N_("Flows that mirror one another"),
    "money.prepaid-relay": N_("Prepaid cards emptied at one point"),
    "money.rapid-pass-through": N_("Money that leaves as it comes"),
    "money.self-funding-travel": N_("Loan, ticket, empty account"),
    "money.small-sums-one-exit": N_("Many small sums, one exit"),
    "cyber.sighting": N_("Sign of harm that was seen"),
    "network": N_("Networks"),
    "money": N_("Money"),
    "cyber": N_("Cyber"),
}

_SCHEMATA = {
    "Address": N_("Address"),
    "Airplane": N_("Aircraft"),
    "Associate": N_("Associate"),
    "BankAccount": N_("Bank account"),
    "Company": N_("Company"),
    "Consignment": N_("Consignment"),
    "CryptoWallet": N_("Crypto wallet"),
    "Directorship": N_("Directorship"),
    "Employment": N_("Employment"),
    "Family": N_("Family"),
    "Firearm": N_("Firearm"),
    "Identification": N_("Identity document"),
    "LegalEntity": N_("Legal entity"),
    "Membership": N_("Membership"),
    "Organization": N_("Organisation"),
    "Ownership": N_("Ownership"),
    "Passport": N_("Passport"),
    "Payment": N_("Payment"),
    "Person": N_("Person"),
    "Sanction": N_("Listing"),
    "Site": N_("Site"),
    "UnknownLink": N_("Tie"),
    "Vehicle": N_("Vehicle"),
    "Vessel": N_("Vessel"),
    "payment": N_("Payment"),
    "custody": N_("Custody"),
    "movement": N_("Movement"),
}

_PROPS = {
    "accountNumber": N_("Account number"),
    "address": N_("Address"),
    "addressEntity": N_("Address"),
    "alias": N_("Alias"),
    "amount": N_("Amount"),
    "asset": N_("Asset"),
    "associate": N_("Associate"),
    "authority": N_("Authority"),
    "authorityId": N_("Number at the authority"),
    "birthCountry": N_("Country of birth"),
    "birthDate": N_("Date of birth"),
    "birthPlace": N_("Place of birth"),
    "buildDate": N_("Built"),
    "citizenship": N_("Citizenship"),
    "city": N_("City"),
    "country": N_("Country"),
    "currency": N_("Currency"),
    "date": N_("Date"),
    "description": N_("Description"),
    "director": N_("Director"),
    "email": N_("E-mail"),
    "endDate": N_("End"),
    "entity": N_("Entity"),
    "fatherName": N_("Name of the father"),
    "firstName": N_("First name"),
    "flag": N_("Flag"),
    "full": N_("Full address"),
    "gender": N_("Gender"),
    "holder": N_("Holder"),
    "iban": N_("IBAN"),
    "idNumber": N_("Identity number"),
    "imoNumber": N_("IMO number"),
    "incorporationDate": N_("Founded"),
    "jurisdiction": N_("Jurisdiction"),
    "lastName": N_("Last name"),
    "latitude": N_("Latitude"),
    "leiCode": N_("LEI"),
    "listingDate": N_("Listed"),
    "longitude": N_("Longitude"),
    "middleName": N_("Middle name"),
    "model": N_("Model"),
    "name": N_("Name"),
    "nationality": N_("Nationality"),
    "notes": N_("Notes"),
    "number": N_("Number"),
    "object": N_("With"),
    "organization": N_("Organisation"),
    "owner": N_("Owner"),
    "passportNumber": N_("Passport number"),
    "person": N_("Person"),
    "phone": N_("Telephone"),
    "position": N_("Position"),
    "previousName": N_("Former name"),
    "program": N_("Programme"),
    "programId": N_("Programme code"),
    "publicKey": N_("Wallet address"),
    "purpose": N_("Purpose"),
    "reason": N_("Reason"),
    "registrationNumber": N_("Registration number"),
    "relationship": N_("Relationship"),
    "relative": N_("Relative"),
    "role": N_("Role"),
    "secondName": N_("Second name"),
    "serialNumber": N_("Serial number"),
    "sourceUrl": N_("Web address of the source"),
    "startDate": N_("Start"),
    "street": N_("Street"),
    "subject": N_("Who"),
    "summary": N_("Summary"),
    "taxNumber": N_("Tax number"),
    "title": N_("Title of a person"),
    "topics": N_("Topics"),
    "type": N_("Type"),
    "unscId": N_("UN reference"),
    "weakAlias": N_("Weak alias"),
}


#: What a place on the map is, by the table or schema it is of.
PLACES = {
    "incidents": N_("Incident"),
    "movements": N_("Crossing"),
    "custody": N_("Seizure or hand-over"),
    "sightings": N_("Sighting"),
    "Site": N_("Site"),
    "Address": N_("Address"),
    "Event": N_("Event"),
}

#: What an event is, by its table.
EVENTS = {
    "payments": N_("Payment"),
    "declarations": N_("Declaration"),
    **{table: PLACES[table] for table in ("movements", "custody", "incidents", "sightings")},
}

OUTCOMES = {
    "confirmed": N_("confirmed"),
    "dismissed": N_("dismissed"),
    "escalated": N_("escalated"),
}

_ROLES = {
    "analyst": N_("analyst"),
    "officer": N_("officer"),
    "liaison": N_("liaison officer"),
    "supervisor": N_("supervisor"),
    "data-protection-officer": N_("data-protection officer"),
    "auditor": N_("auditor"),
    "trainer": N_("trainer"),
    "risk-manager": N_("risk manager"),
    "administrator": N_("administrator"),
    "read": N_("read"),
    "decide": N_("decide about leads"),
    "judge": N_("judge pairs"),
    "open-case": N_("open cases"),
    "review": N_("review retention"),
    "release": N_("release to partners"),
    "liaise": N_("agree terms with partners"),
    "export": N_("export"),
    "take-in": N_("take in sources"),
    "set-thresholds": N_("set thresholds"),
    "train": N_("train"),
    "protect": N_("protect sites"),
    "audit": N_("read the audit log"),
    "erase": N_("erase"),
    "administer": N_("administer"),
}

_PURPOSES = {
    "sanctions-screening": N_("sanctions screening"),
    "border-management": N_("border management"),
    "prevention": N_("prevention"),
    "investigation": N_("investigation"),
    "prosecution": N_("prosecution"),
    "analysis": N_("analysis"),
    "financial-intelligence": N_("financial intelligence"),
    "arms-tracing": N_("arms tracing"),
    "cyber-defence": N_("cyber defence"),
    "site-protection": N_("site protection"),
    "training": N_("training"),
}

#: What has become of a request between nodes.
REQUESTS = {
    "waiting": N_("waits for a second officer"),
    "open": N_("open"),
    "overdue": N_("overdue"),
    "answered": N_("answered"),
    "refused": N_("refused"),
}


def kind_label(kind: str) -> str:
    """Return what the kind of a lead is called; the kind itself where it has no words."""
    return _KINDS.get(kind, kind)


def schema_label(name: str) -> str:
    """Return what a schema is called."""
    return _SCHEMATA.get(name, name)


def kind_of_tie(name: str, say: Callable[[str], str]) -> str:
    """Return what a kind of tie is called: a schema, or a property such as ``Passport.holder``.

    Args:
        name: the kind.
        say: puts a word into the reader's language.
    """
    schema, _, prop = name.partition(".")
    return (
        f"{say(schema_label(schema))} · {say(prop_label(prop))}"
        if prop
        else say(schema_label(schema))
    )


def prop_label(name: str) -> str:
    """Return what a property is called; the vocabulary's word where there is no better one."""
    if name in _PROPS:
        return _PROPS[name]
    labels = (one.get(name) for one in vocabulary().schemata.values())
    return next((found.label for found in labels if found), name)


def purpose_label(purpose: str) -> str:
    """Return what a purpose is called; an agency's own one as it is."""
    return _PURPOSES.get(purpose, purpose)


def role_label(name: str) -> str:
    """Return what a role or a right is called."""
    return _ROLES.get(name, name)
