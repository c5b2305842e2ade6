"""The action policy: which actions go by themselves, which need whom, which never.

Rules are tried in order and the first that matches decides; `default` decides what no rule
matches. All conditions of a rule must hold, and those with dates hold on these days alone. The
automation switch sends everything that would go by itself to review, and so do a spent budget and a
limit that is reached.

A region may have a file of its own, `regions/<any name>.yaml`: its rules are tried before those of
all regions, for actions of the region. What the rules of all regions block stays blocked.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from governance.kinds import KINDS, may_decide
from governance.policy_files import PolicyError, parse_model, read_policy
from governance.roles import ROLES
from quality_checks.contracts import EXCEPTION_KINDS, PolicyModel, SourceName, require_known_word

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
ExceptionKind = Annotated[
    str,
    BeforeValidator(
        lambda word: require_known_word(word, frozenset(EXCEPTION_KINDS), "a kind of exception")
    ),
]
Kinds = Annotated[tuple[KindName, ...], BeforeValidator(list_words), Field(min_length=1)]
Roles = Annotated[tuple[RoleName, ...], BeforeValidator(list_words)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

Day = Annotated[date, Field(strict=False)]
Needs = Literal["all", "any", "in_order"]
Vote = Literal["approve", "reject", "override", "defer", "comment"]

ACTIONS: Final = "actions.yaml"
REGIONS: Final = "regions"
"""File and folder of the action policy, in the folder of policies."""
DEFAULT_RULE: Final = "default"


class When(PolicyModel):
    """Conditions on an action; all that are given must hold, and a missing value meets none.

    `above` and `below` exclude the bound itself. Amounts are in the currency of the actions. An
    action has the exceptions of all open cases that it is of.
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
    exception: (
        Annotated[tuple[ExceptionKind, ...], BeforeValidator(list_words), Field(min_length=1)]
        | None
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
        roles: who must approve; for auto, who does when automation is off, or the budget or a limit
            is reached; empty for blocked.
        needs: all of the roles, any of them, or all in_order: each once those before it have.
        least_people: how many people must approve; an override counts as one. With 2, nobody lets
            go alone what they have changed, of what would go by itself, either.
    """

    route: Route
    roles: Roles = ()
    needs: Needs = "all"
    least_people: int = Field(default=1, ge=1, le=5)

    @model_validator(mode="after")
    def _roles_fit_route(self) -> Self:
        if self.route == "blocked" and self.roles:
            raise ValueError("a blocked action has no roles: nobody can approve it")
        if self.route != "blocked" and not self.roles:
            raise ValueError(f"roles are missing: who reviews it? (route {self.route})")
        if len(set(self.roles)) < len(self.roles):
            raise ValueError("a role is given twice")
        if self.needs != "all" and len(self.roles) < 2:  # noqa: PLR2004  # one has no order
            raise ValueError(f"needs {self.needs} is for two roles or more")
        return self


class Rule(Outcome):
    """Conditions and what happens to an action that meets them.

    Attributes:
        name: told with each action that it decides.
        when: the conditions.
        first_day: first business date on which it holds; from the first there is without it.
        last_day: last business date on which it holds; without end without it.
    """

    name: Name
    when: When
    first_day: Day | None = None
    last_day: Day | None = None

    def holds_on(self, business_date: date) -> bool:
        """Whether the rule is in effect on a business date."""
        after_first = self.first_day is None or self.first_day <= business_date
        return after_first and (self.last_day is None or business_date <= self.last_day)

    @model_validator(mode="after")
    def _holds_on_some_day(self) -> Self:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError(f"it ends on {self.last_day}, before it begins on {self.first_day}")
        return self

    @model_validator(mode="after")
    def _roles_may_decide(self) -> Self:
        if self.name == DEFAULT_RULE:
            raise ValueError(f"the name {DEFAULT_RULE!r} belongs to the default")
        _check_roles(self.roles, self.when.kind or tuple(KINDS))
        return self


class Budget(PolicyModel):
    """The most that actions may spend without review on one business date."""

    auto_purchases: float = Field(ge=0)


class Limit(PolicyModel):
    """The most that goes by itself; what no longer fits waits for people, the best going first.

    Attributes:
        name: told with each action that it stops.
        kind: kinds that count; all without it.
        each: what has the limit for itself, each supplier, say; all together without it. An action
            without one, such as a transfer without supplier, is not limited.
        per: a business date with all its plans, or one run alone.
        measure: what is counted: their value, their units, or the actions themselves.
        most: of it that goes, in currency, units or actions.
    """

    name: Name
    kind: Kinds | None = None
    each: Literal["supplier", "origin", "destination", "kind", "region", "category"] | None = None
    per: Literal["day", "run"] = "day"
    measure: Literal["value", "quantity", "actions"]
    most: float = Field(ge=0)


def _check_names(parts: Iterable[Rule | Limit], what: str) -> None:
    names = [part.name for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what}: two {what} are named {', '.join(twice)}")


class RegionalPolicy(PolicyModel):
    """What holds for actions of one region besides, and before, what holds for all.

    Attributes:
        region: as locations and actions name it.
        automation: off sends everything of the region to review.
        rules: tried before those of all regions.
    """

    region: str = Field(min_length=1)
    automation: bool = True
    rules: Annotated[tuple[Rule, ...], BeforeValidator(list_words)] = ()

    @model_validator(mode="after")
    def _is_of_its_region(self) -> Self:
        for rule in self.rules:
            if rule.when.region is not None:
                raise ValueError(f"rule {rule.name!r} has a region: all here are of {self.region}")
        return self


class ActionPolicy(PolicyModel):
    """The action policy; see the module docstring.

    Attributes:
        automation: off sends everything to review.
        budget: what may be spent without review.
        limits: of what goes by itself.
        rules: tried from the first on.
        default: for what no rule matches.
        reason_codes: code -> what it says; where there are some, an override and a rejection name
            one of them.
        approvals_lapse_beyond: share by which the units of an action, or the worth of one, may
            differ from those of the plan that was approved; approvals do not lapse without it.
        agents_alone: decisions that an agent makes alone; to each other a person has to consent.
        read_by_scope: whether whoever is in charge of some regions, categories or kinds of action
            reads in the workbench what is of these alone.
        regional: what the files of regions say.
    """

    automation: bool
    budget: Budget
    limits: Annotated[tuple[Limit, ...], BeforeValidator(list_words)] = ()
    rules: Annotated[tuple[Rule, ...], BeforeValidator(list_words)]
    default: Outcome
    reason_codes: dict[Name, Annotated[str, Field(pattern=r"\S")]] = Field(default_factory=dict)
    approvals_lapse_beyond: float | None = Field(default=None, ge=0)
    agents_alone: Annotated[tuple[Vote, ...], BeforeValidator(list_words)] = ("comment",)
    read_by_scope: bool = False
    regional: Annotated[tuple[RegionalPolicy, ...], BeforeValidator(list_words)] = ()

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """Every rule, those of regions first."""
        return (*(rule for part in self.regional for rule in part.rules), *self.rules)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _check_names(self.all_rules, "rules")
        _check_names(self.limits, "limits")
        regions = [part.region for part in self.regional]
        twice = sorted({region for region in regions if regions.count(region) > 1})
        if twice:
            raise ValueError(f"regions: {', '.join(twice)} has two files")
        return self

    @model_validator(mode="after")
    def _default_roles_may_decide(self) -> Self:
        _check_roles(self.default.roles, tuple(KINDS), "default: ")
        return self


def load_policy(path: Path) -> ActionPolicy:
    """The action policy in the YAML file `path` and in the files of regions beside it.

    Raises:
        PolicyError: a file is missing or breaks the grammar; names file, line, rule and field.
    """
    folder = path.parent
    names = [path.name, *list_action_files(folder)[1:]]
    return _parse_actions({str(folder / name): read_policy(folder / name) for name in names})


def list_action_files(folder: Path) -> list[str]:
    """List the files of the action policy in a folder of policies: that of all regions first.

    Raises:
        PolicyError: a file of a region ends in something else than .yaml, and would be passed over.
    """
    found = [path.name for path in (folder / REGIONS).glob("*") if not path.name.startswith(".")]
    other = sorted(name for name in found if not name.endswith(".yaml"))
    if other:
        raise PolicyError(f"{folder / REGIONS / other[0]}: a file of a region ends in .yaml")
    return [ACTIONS, *(f"{REGIONS}/{name}" for name in sorted(found))]


def parse_actions(texts: Mapping[str, str]) -> ActionPolicy:
    """The action policy that texts state: `actions.yaml`, and those of regions.

    Raises:
        PolicyError: one breaks the grammar; names file, line, rule and field.
    """
    return _parse_actions({ACTIONS: texts[ACTIONS], **texts})


def _parse_actions(texts: Mapping[str, str]) -> ActionPolicy:
    """The policy of all regions, which is the first, with those of each."""
    (name, text), *of_regions = texts.items()
    policy = parse_model(text, name, ActionPolicy)
    if policy.regional:
        raise PolicyError(f"{name}: regional: a region has a file of its own in {REGIONS}/")
    parts = tuple(parse_model(said, which, RegionalPolicy) for which, said in of_regions)
    try:
        return ActionPolicy.model_validate({**dict(policy), "regional": parts})
    except ValidationError as error:
        said = "; ".join(fault["msg"] for fault in error.errors())
        raise PolicyError(f"{name} with {REGIONS}/: {said}") from error


def _check_roles(roles: tuple[str, ...], kinds: tuple[str, ...], prefix: str = "") -> None:
    for role in roles:
        forbidden = [kind for kind in kinds if not may_decide(role, kind)]
        if forbidden:
            raise ValueError(f"{prefix}role {role!r} may not decide {', '.join(forbidden)}")
