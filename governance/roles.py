"""The closed list of roles; each kind of action names those in which it is decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Role:
    """A role that somebody has.

    Attributes:
        name: name used in policies, decisions and kinds of action.
        description: what the role answers for.
    """

    name: str
    description: str


ROLES: Mapping[str, Role] = MappingProxyType(
    {
        role.name: role
        for role in (
            Role("planner", "Answers for the plan as a whole."),
            Role("allocator", "Answers for where stock is."),
            Role("buyer", "Answers for what is bought."),
            Role("procurement", "Answers for suppliers and their terms."),
            Role("finance", "Answers for money spent and given up."),
            Role("merchandiser", "Answers for prices and the range."),
            Role("supply_manager", "Answers for how suppliers deliver."),
            Role("data_engineer", "Answers for what lands and how it is read."),
            Role("auditor", "Reads the record, and decides nothing."),
            Role("administrator", "Answers for who may do what."),
        )
    }
)
"""Every role by name."""
