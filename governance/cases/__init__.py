"""From an exception to a case: its playbook, the actions that answer it, and how it stands."""

from governance.cases.alternatives import find_withdrawn, find_worse_options, select_choices
from governance.cases.linking import link_actions
from governance.cases.matching import match_playbooks, name_case
from governance.cases.playbooks import Playbook, Playbooks, load_playbooks

__all__ = [
    "Playbook",
    "Playbooks",
    "find_withdrawn",
    "find_worse_options",
    "link_actions",
    "load_playbooks",
    "match_playbooks",
    "name_case",
    "select_choices",
]
