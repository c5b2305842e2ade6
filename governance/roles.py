"""The closed list of roles, and which kinds of action each may decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quality_checks.contracts import KINDS


@dataclass(frozen=True)
class Role:
    """A role in which a person decides.

    Attributes:
        name: name used in policies and decisions.
        description: what the role answers for.
        kinds: kinds of action it may decide.
    """

    name: str
    description: str
    kinds: frozenset[str]


_PURCHASES = frozenset({"purchase_order", "expedite"})
_MOVEMENTS = frozenset({"allocation", "transfer", "sourcing"})
_MARKDOWNS = frozenset({"markdown", "markdown_deferral"})

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        role.name: role
        for role in (
            Role("planner", "Answers for the plan as a whole.", frozenset(KINDS)),
            Role("allocator", "Answers for where stock is.", _MOVEMENTS),
            Role("buyer", "Answers for what is bought.", _PURCHASES | _MARKDOWNS),
            Role("procurement", "Answers for suppliers and their terms.", _PURCHASES),
            Role("finance", "Answers for money spent and given up.", _PURCHASES | _MARKDOWNS),
            Role("merchandiser", "Answers for prices and the range.", _MARKDOWNS),
        )
    }
)
"""Every role by name."""


def may_decide(role: str, kind: str) -> bool:
    """Whether `role` is a role that may decide actions of `kind`."""
    return role in ROLES and kind in ROLES[role].kinds
