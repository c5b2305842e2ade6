"""The action policy: which actions go by themselves, which need whom, which never.

Rules are tried in order and the first that matches decides; `default` decides what no rule
matches. All conditions of a rule must hold. The automation switch sends everything that would go
by itself to review, and so does a spent budget.
"""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from governance.kinds import KINDS, may_decide
from governance.policy_files import load_model
from governance.roles import ROLES
from quality_checks.contracts import PolicyModel, SourceName, require_known_word

Route = Literal["auto", "review", "blocked"]


def list_words(value: object) -> object:
    """Take a single word for a list of one, and a list as it comes for a tuple."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Words = Annotated[tuple[str, ...], BeforeValidator(list_words), Field(min_length=1)]
RoleName = Annotated[
    str, BeforeValidator(lambda word: require_known_word(word, frozenset(ROLES), "a role"))
]
KindName = Annotated[
    str,
    BeforeValidator(lambda word: require_known_word(word, frozenset(KINDS), "a kind of action")),
]
Kinds = Annotated[tuple[KindName, ...], BeforeValidator(list_words), Field(min_length=1)]
Roles = Annotated[tuple[RoleName, ...], BeforeValidator(list_words)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

DEFAULT_RULE: Final = "default"


class When(PolicyModel):
    """Conditions on an action; all that are given must hold, and a missing value meets none.

    `above` and `below` exclude the bound itself. Amounts are in the currency of the actions.
    """

    kind: (
        Annotated[tuple[KindName, ...], BeforeValidator(list_words), Field(min_length=1)] | None
    ) = None
    region: Words | None = None
    category: Words | None = None
    supplier: Words | None = None
    origin: Words | None = None
    destination: Words | None = None
    late_input: (
        Annotated[tuple[SourceName, ...], BeforeValidator(list_words), Field(min_length=1)] | None
    ) = None
    unsure_input: (
        Annotated[tuple[SourceName, ...], BeforeValidator(list_words), Field(min_length=1)] | None
    ) = None
    value_above: float | None = None
    value_below: float | None = None
    quantity_above: int | None = None
    quantity_below: int | None = None
    benefit_below: float | None = None
    forced_cost_above: float | None = Field(default=None, ge=0)
    confidence_below: float | None = Field(default=None, gt=0, le=1)
    urgency_below: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        for low, high, name in (
            (self.value_above, self.value_below, "value"),
            (self.quantity_above, self.quantity_below, "quantity"),
        ):
            if low is not None and high is not None and low >= high:
                raise ValueError(f"{name}_above {low} and {name}_below {high} can never both hold")
        return self


class Outcome(PolicyModel):
    """What happens to an action.

    Attributes:
        route: auto goes by itself, review waits for people, blocked never goes.
        roles: who must approve, all of them; for auto, who does when automation is off or the
            budget is spent; empty for blocked.
    """

    route: Route
    roles: Roles = ()

    @model_validator(mode="after")
    def _roles_fit_route(self) -> Self:
        if self.route == "blocked" and self.roles:
            raise ValueError("a blocked action has no roles: nobody can approve it")
        if self.route != "blocked" and not self.roles:
            raise ValueError(f"roles are missing: who reviews it? (route {self.route})")
        if len(set(self.roles)) < len(self.roles):
            raise ValueError("a role is given twice")
        return self


class Rule(Outcome):
    """Conditions and what happens to an action that meets them."""

    name: Name
    when: When

    @model_validator(mode="after")
    def _roles_may_decide(self) -> Self:
        if self.name == DEFAULT_RULE:
            raise ValueError(f"the name {DEFAULT_RULE!r} belongs to the default")
        _check_roles(self.roles, self.when.kind or tuple(KINDS))
        return self


class Budget(PolicyModel):
    """The most that actions may spend without review on one business date."""

    auto_purchases: float = Field(ge=0)


class ActionPolicy(PolicyModel):
    """The action policy; see the module docstring."""

    automation: bool
    budget: Budget
    rules: Annotated[tuple[Rule, ...], BeforeValidator(list_words)]
    default: Outcome

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"rules: two rules are named {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _default_roles_may_decide(self) -> Self:
        _check_roles(self.default.roles, tuple(KINDS), "default: ")
        return self


def load_policy(path: Path) -> ActionPolicy:
    """The action policy in the YAML file `path`.

    Raises:
        PolicyError: the file is missing or breaks the grammar; names file, rule and field.
    """
    return load_model(path, ActionPolicy)


def _check_roles(roles: tuple[str, ...], kinds: tuple[str, ...], prefix: str = "") -> None:
    for role in roles:
        forbidden = [kind for kind in kinds if not may_decide(role, kind)]
        if forbidden:
            raise ValueError(f"{prefix}role {role!r} may not decide {', '.join(forbidden)}")
