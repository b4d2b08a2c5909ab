"""The three-phase programme: understand, assess and manage the risk to one's own sites."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manara.risk.programme.actions import change_action, write_actions
    from manara.risk.programme.assessment import Assessed, assess_programme, phase_one, phase_two
    from manara.risk.programme.editing import change_settings
    from manara.risk.programme.folder import Folder, Settings, check_log, make
    from manara.risk.programme.opinions import Opinions, read_opinions
    from manara.risk.programme.questionnaire import (
        Assessment,
        Protection,
        protection,
        questions,
    )
    from manara.risk.programme.register import Register, make_register
    from manara.risk.programme.screening import Screened, screen
    from manara.risk.programme.sites import Site, read_sites, write_sites
    from manara.risk.programme.workbooks import put_lines, read_workbook, write_workbook

__all__ = [
    "Assessed",
    "Assessment",
    "Folder",
    "Opinions",
    "Protection",
    "Register",
    "Screened",
    "Settings",
    "Site",
    "assess_programme",
    "change_action",
    "change_settings",
    "check_log",
    "make",
    "make_register",
    "phase_one",
    "phase_two",
    "protection",
    "put_lines",
    "questions",
    "read_opinions",
    "read_sites",
    "read_workbook",
    "screen",
    "write_actions",
    "write_sites",
    "write_workbook",
]
#: What works a programme out takes long to load, and keeping its files needs none of it.
_HOMES = {
    "Assessed": "assessment",
    "Assessment": "questionnaire",
    "Folder": "folder",
    "Opinions": "opinions",
    "Protection": "questionnaire",
    "Register": "register",
    "Screened": "screening",
    "Settings": "folder",
    "Site": "sites",
    "assess_programme": "assessment",
    "change_action": "actions",
    "change_settings": "editing",
    "check_log": "folder",
    "make": "folder",
    "make_register": "register",
    "phase_one": "assessment",
    "phase_two": "assessment",
    "protection": "questionnaire",
    "put_lines": "workbooks",
    "questions": "questionnaire",
    "read_opinions": "opinions",
    "read_sites": "sites",
    "read_workbook": "workbooks",
    "screen": "screening",
    "write_actions": "actions",
    "write_sites": "sites",
    "write_workbook": "workbooks",
}


def __getattr__(name: str) -> Any:
    """Return a name of this package, loaded when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
