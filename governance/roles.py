"""The closed list of roles in which people decide; each kind of action names those that may."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Role:
    """A role in which a person decides.

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
        )
    }
)
"""Every role by name."""
