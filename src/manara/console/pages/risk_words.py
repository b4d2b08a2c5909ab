"""What the parts of a risk programme are called, before they are put into the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from manara.console.pages.words import N_

#: By filter of the templates: what is said of each word of a programme.
RISK_WORDS: Mapping[str, Mapping[str, str]] = {
    "attacker": {
        "habits": N_("keeps his habits"),
        "logit": N_("partly adapts"),
        "strategic": N_("goes where it pays most"),
    },
    "payer": {
        "owner": N_("the owner, as agreed"),
        "stand_alone": N_("stand-alone cover"),
        "insurer": N_("insurer"),
        "pool": N_("pool"),
        "retrocession": N_("retrocession"),
        "state": N_("state"),
        "pro_rata": N_("cut pro rata"),
        "nobody": N_("nobody"),
    },
    "peril": {
        "MTR": N_("conventional"),
        "MNT": N_("nuclear, biological, chemical, radiological"),
    },
    "gap": {
        "excluded": N_("excluded"),
        "not_bought": N_("not bought"),
        "limits": N_("limits exhausted"),
        "pro_rata": N_("cut pro rata"),
    },
    "offer": {"protect": N_("protect"), "insure": N_("insure"), "retain": N_("retain")},
    "action_state": {"open": N_("open"), "done": N_("done"), "dropped": N_("dropped")},
    "job_state": {
        "waiting": N_("waits"),
        "running": N_("under way"),
        "done": N_("done"),
        "failed": N_("failed"),
    },
    "step": {
        "phase I": N_("phase I"),
        "phase II": N_("phase II"),
        "phase III": N_("phase III"),
        "report": N_("report"),
    },
    "section": {
        "": N_("Overview"),
        "questionnaire": N_("Questionnaire"),
        "phase-1": N_("Phase I: first assessment"),
        "phase-2": N_("Phase II: what it may cost"),
        "phase-3": N_("Phase III: what to do"),
        "register": N_("Risk register"),
    },
    "risk_file": {
        "sites": N_("Sites"),
        "incidents": N_("Past incidents"),
        "answers": N_("A filled questionnaire"),
        "measures": N_("Measures"),
        "cover": N_("Insurance cover"),
        "severity": N_("Bands of severity"),
        "actions": N_("Actions"),
        "experts-answers": N_("Experts’ answers (.dtt)"),
        "experts-truth": N_("What turned out (.rls)"),
        "experts-inputs": N_("Which input each answer is for"),
        "settings": N_("Settings"),
    },
    "part_in": {
        "none": N_("does not see it"),
        "assess": N_("answers the questionnaire only"),
        "work": N_("sees and changes everything"),
        "own": N_("owner"),
    },
    "origin": {
        "experts": N_("experts"),
        "owner": N_("the owner"),
        "default": N_("as every programme begins"),
    },
    "risk_input": {
        "comparable": N_("places like a site in its area"),
        "prominence_odds": N_("odds for a step of prominence"),
        "success_unprotected": N_("chance of success without any protection"),
        "success_protected": N_("chance of success with all protection"),
        "usual_rate": N_("incidents a year where none are known"),
        "sizes": N_("killed, from where each band of severity begins"),
        "tail": N_("exponent of the sizes of attacks, and its band"),
        "strength": N_("strength of the partly adaptive attacker"),
        "unconventional": N_("share of unconventional attacks"),
        "return_period": N_("years of the loss to plan for"),
        "rate": N_("attempts a year"),
        "likelihood": N_("likelihood that a measure leaves"),
        "consequence": N_("loss that a measure leaves"),
    },
    "setting": {
        "organisation": N_("Whose sites these are"),
        "owner": N_("Who answers for actions"),
        "incidents_until": N_("Incidents are complete up to"),
        "criteria.loss": N_("Loss a year of one site that is tolerated"),
        "criteria.people": N_("People behind weak protection, from"),
        "money.budget": N_("Budget for protection"),
        "money.retention": N_("Loss of a year that you can pay yourselves"),
        "assumptions.comparable": N_("Places like a site in its area"),
        "assumptions.usual_rate": N_("Incidents a year where none are known"),
        "assumptions.success_unprotected": N_("Chance of success without any protection"),
        "assumptions.success_protected": N_("Chance of success with all protection"),
        "assumptions.return_period": N_("Years of the loss to plan for"),
    },
}
