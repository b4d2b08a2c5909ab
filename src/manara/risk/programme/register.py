"""The risk register: every step of ISO 31000 for every site, every number with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from manara.risk.programme.actions import Action, made_actions, read_actions, told
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.entries import Risk, entry
from manara.risk.programme.folder import ACTIONS
from manara.risk.programme.speech import Speech, speech


@dataclass(frozen=True, slots=True)
class Register:
    """The register of a programme.

    Attributes:
        risks: one for each site, gravest first.
        actions: measures, gaps and the checklist.
    """

    risks: tuple[Risk, ...]
    actions: tuple[Action, ...]


def make_register(found: Assessed, voice: Speech | None = None) -> Register:
    """Return the register of a programme, with what people wrote into its list of actions.

    Args:
        found: the programme worked out.
        voice: the language; English if None.

    Raises:
        FormatError: that list cannot be read.
    """
    voice = voice or speech()
    kept = read_actions(found.folder.file(ACTIONS))
    actions = {one.action: one for one in made_actions(found)} | kept
    shown = tuple(told(one, voice) for one in actions.values())
    risks = tuple(entry(found, one, shown, voice) for one in found.one.screened)
    return Register(risks, shown)
