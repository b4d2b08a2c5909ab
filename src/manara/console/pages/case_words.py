"""What the parts of a case are called, before they are put into the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from manara.console.pages.words import N_

#: By filter of the templates: what is said of each word of the casework.
CASE_WORDS: Mapping[str, Mapping[str, str]] = {
    "case_state": {"open": N_("open"), "closed": N_("closed"), "erased": N_("erased")},
    "case_action": {
        "close": N_("close the case"),
        "seal": N_("seal the case: only its officers know of it"),
        "unseal": N_("let others see the case again"),
        "release": N_("release a court bundle"),
        "erase": N_("erase the case"),
    },
    "case_kind": {
        "file": N_("file"),
        "fact": N_("fact"),
        "event": N_("event"),
        "lead": N_("lead"),
        "document": N_("document"),
        "evidence": N_("file"),
    },
    "case_step": {
        "seized": N_("seized"),
        "received": N_("received"),
        "checked": N_("checked"),
        "copied": N_("copied"),
        "examined": N_("examined"),
        "transferred": N_("handed over"),
        "stored": N_("stored"),
        "returned": N_("returned"),
        "destroyed": N_("destroyed"),
    },
    "relation": {
        "public": N_("outside the community"),
        "community": N_("of the community"),
        "client": N_("a client of ours"),
        "organisation": N_("of our own organisation"),
    },
    "erased": {
        "facts": N_("Facts"),
        "events": N_("Events"),
        "leads": N_("Leads"),
        "sources": N_("Source files"),
    },
}
