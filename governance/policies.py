"""The policies in force: what the files of a folder say, or said when they last were valid.

A file at fault stops no night: what it said when a plan was last made with it, as the audit chain
has it, stays in force, and the fault is told. Files of regions and `actions.yaml` are one policy,
so that a fault in one of them keeps all of them as they were.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Generic, TypeVar

from governance.cases import Playbooks, parse_playbooks
from governance.planning import parse_planning_policy
from governance.policy import ACTIONS, REGIONS, ActionPolicy, list_action_files, parse_actions
from governance.policy_files import PolicyError, hash_policies, read_policy
from quality_checks.contracts import PlanningPolicy

PLANNING: Final = "planning.yaml"
PLAYBOOKS: Final = "playbooks.yaml"

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class _InForce(Generic[Parsed]):
    """A policy in force: what its files say, and the fault of those that are passed over."""

    parsed: Parsed
    texts: Mapping[str, str]
    fault: str | None = None


@dataclass(frozen=True)
class Policies:
    """The policies in force of a folder; each file is read when it is first asked for.

    Attributes:
        folder: that has the files.
        recall: gives the texts that a plan was last made with, by name; empty where none was.
    """

    folder: Path
    recall: Callable[[], Mapping[str, str]]

    @property
    def actions(self) -> ActionPolicy:
        """Which actions go by themselves."""
        return self._actions.parsed

    @property
    def planning(self) -> PlanningPolicy:
        """What every plan uses."""
        return self._planning.parsed

    @property
    def playbooks(self) -> Playbooks:
        """Which exceptions open a case, and what may answer it."""
        return self._playbooks.parsed

    @property
    def texts(self) -> dict[str, str]:
        """What the files in force say, by name."""
        return {name: text for each in self._all for name, text in sorted(each.texts.items())}

    @property
    def faults(self) -> list[str]:
        """What is wrong with files that are passed over; none where all are in force."""
        return [each.fault for each in self._all if each.fault is not None]

    @property
    def digest(self) -> str:
        """Hash of all that is in force."""
        return hash_policies(self.texts)

    @property
    def _all(self) -> tuple[_InForce[ActionPolicy], _InForce[PlanningPolicy], _InForce[Playbooks]]:
        return self._actions, self._planning, self._playbooks

    @cached_property
    def _actions(self) -> _InForce[ActionPolicy]:
        return self._find(ACTIONS, lambda: list_action_files(self.folder), parse_actions)

    @cached_property
    def _planning(self) -> _InForce[PlanningPolicy]:
        return self._find(
            PLANNING, lambda: [PLANNING], lambda texts: parse_planning_policy(texts[PLANNING])
        )

    @cached_property
    def _playbooks(self) -> _InForce[Playbooks]:
        return self._find(
            PLAYBOOKS, lambda: [PLAYBOOKS], lambda texts: parse_playbooks(texts[PLAYBOOKS])
        )

    def _find(
        self,
        first: str,
        names: Callable[[], list[str]],
        parse: Callable[[Mapping[str, str]], Parsed],
    ) -> _InForce[Parsed]:
        """What the files say, or what was last planned with where they are at fault.

        Raises:
            PolicyError: they are at fault, and no plan was made with any.
        """
        try:
            texts = {name: read_policy(self.folder / name) for name in names()}
            return _InForce(parse(texts), texts)
        except PolicyError as error:
            kept = _select_group(self.recall(), first)
            if not kept:
                raise
            return _InForce(parse(kept), kept, str(error))


def _select_group(texts: Mapping[str, str], first: str) -> dict[str, str]:
    """The texts of one policy: a file, with those of regions where it is that of actions."""
    of_regions = f"{REGIONS}/" if first == ACTIONS else None
    return {
        name: text
        for name, text in texts.items()
        if name == first or (of_regions and name.startswith(of_regions))
    }
