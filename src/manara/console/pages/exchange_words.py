"""What the exchange with partners is called, before it is put into the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from manara.console.pages.words import N_

#: By filter of the templates: what is said of each word of the exchange.
EXCHANGE_WORDS: Mapping[str, Mapping[str, str]] = {
    "onward": {
        "none": N_("may pass nothing on"),
        "ask": N_("passes on with our consent"),
        "free": N_("passes on as the rules allow"),
    },
    "held_by": {
        "audience": N_("level of the recipient"),
        "releasable-to": N_("named recipients only"),
        "consent": N_("consent of the originator"),
        "purpose": N_("purpose"),
        "retention": N_("retention"),
        "caveat": N_("caveat"),
        "recalled": N_("recalled"),
        "origin": N_("another node's own"),
        "name": N_("named by what may not go"),
        "format": N_("not read by the partner's release"),
        "unknown": N_("not known here"),
    },
    "way": {
        "confirmed": N_("confirmed"),
        "waiting": N_("waits in the outbox"),
        "gone": N_("handed over, not confirmed"),
        "passed": N_("told by another node, not confirmed"),
        "unreachable": N_("no partner any more: not reached"),
    },
    "useful": {"yes": N_("useful"), "partly": N_("partly useful"), "no": N_("not useful")},
    "question": {
        "waiting": N_("waits for a second officer"),
        "approved": N_("under way"),
        "hit": N_("hit"),
        "no hit": N_("no hit"),
        "failed": N_("not answered"),
    },
    "agreed": {
        "number": N_("a number"),
        "shared number": N_("a number that several may use"),
        "name and date": N_("the name and the date of birth"),
        "word and date": N_("a word of the name and the date of birth"),
        "beginning and date": N_("the beginning of a word and the date of birth"),
        "endings and date": N_("the endings of two words and the date of birth"),
        "name and place": N_("the name and a place"),
        "name and year": N_("the name and the year of birth"),
    },
    "partner_job": {"table": N_("table for blind questions"), "take": N_("file of a partner")},
    "message_kind": {
        "package": N_("package"),
        "letter": N_("letter"),
        "renewal": N_("new keys"),
        "receipt": N_("receipt"),
        "table": N_("table for blind questions"),
        "question": N_("blind question"),
    },
    "letter": {
        "message": N_("answer in words"),
        "refusal": N_("refused"),
        "feedback": N_("on its usefulness"),
    },
    "event": {
        "payments": N_("Payment"),
        "movements": N_("Movement"),
        "custody": N_("Custody"),
        "incidents": N_("Incident"),
        "sightings": N_("Sighting"),
        "declarations": N_("Declaration"),
    },
    "number_kind": {
        "passport": N_("Passport number"),
        "id": N_("Identity number"),
        "iban": N_("IBAN"),
        "account": N_("Account number"),
        "imo": N_("IMO number"),
        "mmsi": N_("MMSI"),
        "vin": N_("Vehicle identification number"),
        "plate": N_("Number plate"),
        "phone": N_("Telephone"),
        "wallet": N_("Wallet address"),
    },
}
