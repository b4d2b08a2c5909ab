"""The three-phase programme: understand, assess and manage the risk to one's own sites."""

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
from manara.risk.programme.register import Register, change_action, make_register, write_actions
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
