"""From an exception to a case: its playbook, the actions that answer it, and how it stands."""

from governance.cases.alerts import describe_money, raise_alerts
from governance.cases.alternatives import find_withdrawn, find_worse_options, select_choices
from governance.cases.linking import link_actions
from governance.cases.matching import match_playbooks, name_case
from governance.cases.options import compare_options
from governance.cases.playbooks import Playbook, Playbooks, load_playbooks, parse_playbooks
from governance.cases.progress import CaseBook, follow_cases
from governance.cases.rehearsal import PastDate, Rehearsal, rehearse_playbooks

__all__ = [
    "CaseBook",
    "PastDate",
    "Playbook",
    "Playbooks",
    "Rehearsal",
    "compare_options",
    "describe_money",
    "find_withdrawn",
    "find_worse_options",
    "follow_cases",
    "link_actions",
    "load_playbooks",
    "match_playbooks",
    "name_case",
    "parse_playbooks",
    "raise_alerts",
    "rehearse_playbooks",
    "select_choices",
]
