"""Routes proposals: policy first, then what people decided.

Policy
    The first rule that matches decides. It judges the larger of the proposed and the overridden
    quantity, with what left as earlier parts of the action, so that neither an override nor a split
    slips a large action beneath a threshold. With automation off, every auto becomes review, as
    does the rest of an action of which people changed an earlier part. Autos that spend are taken
    by benefit while the day's budget lasts; one that no longer fits goes to review and smaller ones
    after it may still fit.

People
    A rejection by anyone who may decide the kind wins. A review is approved when every required
    role has an approval, each by another person (see `decisions`). An override sets the quantity
    and is the approval of its own role; it restarts the others, which were given for another
    quantity. An approval that names a quantity holds up to that quantity only. Nobody approves
    what is blocked.

Cases
    Of alternatives inside a case one option goes ahead. What would go by itself waits for people
    while another option gains more; once something of an option has left or is approved, the
    others are withdrawn, for as long as that stands.
"""

from collections.abc import Collection
from typing import Final

import polars as pl

from governance.cases import find_withdrawn, find_worse_options, select_choices
from governance.decisions import standing
from governance.kinds import add_commitments
from governance.money import round_to_cents
from governance.policy import DEFAULT_RULE, ActionPolicy, Outcome, When
from governance.switches import Scope, select_stopped
from quality_checks.contracts import CaseActions, Decisions, Proposals, Routed, find_contract

AUTOMATION_OFF: Final = ":automation_off"
OVER_BUDGET: Final = ":over_budget"
OTHER_GAINS_MORE: Final = ":other_gains_more"
PART_OVERRIDDEN: Final = ":part_overridden"
"""Suffixes of the rule's name where an auto became review."""


def route_actions(  # noqa: PLR0913  # what is decided, by whom, and what it excludes
    proposals: pl.DataFrame,
    policy: ActionPolicy,
    decisions: pl.DataFrame,
    *,
    stopped: Collection[Scope] = (),
    budget_spent: float = 0.0,
    case_actions: pl.DataFrame | None = None,
    left: Collection[str] = (),
) -> pl.DataFrame:
    """Route every proposal, as a `Routed` frame.

    Args:
        proposals: a `Proposals` frame of one business date.
        policy: the action policy.
        decisions: a `Decisions` frame; decisions on other actions do not matter.
        stopped: scopes for which operators have turned automation off. Switches can only turn it
            off: off in either the policy or here is off.
        budget_spent: what earlier plan versions of the business date spent already.
        case_actions: a `CaseActions` frame of the proposals, and of what has left with earlier
            plans, which says what is an alternative to what; none where it is missing.
        left: ids of actions that have left.

    Raises:
        ValueError: proposals are of several business dates or repeat an action.
    """
    proposed = find_contract(Proposals).conform(proposals)
    given = find_contract(Decisions).conform(decisions)
    if proposed.is_empty():
        return find_contract(Routed).empty()
    _check(proposed)
    votes = standing(given, proposed)
    judged = _with_override(proposed, votes)
    ruled = _with_route(judged, policy)
    choices = select_choices(
        find_contract(CaseActions).empty() if case_actions is None else case_actions,
        proposed,
        left,
    )
    ruled = _to_review(ruled, _is_overridden_before(given, proposed), PART_OVERRIDDEN)
    off = select_stopped(stopped if policy.automation else [Scope()])
    ruled = _to_review(ruled, off, AUTOMATION_OFF)
    ruled = _hold_worse_options(ruled, choices, votes)
    ruled = _within_budget(ruled, policy.budget.auto_purchases - budget_spent)
    decided = _decided(ruled, votes)
    return find_contract(Routed).conform(
        _withdraw(decided, find_withdrawn(choices, _name_standing(decided)))
    )


def _check(proposals: pl.DataFrame) -> None:
    dates = proposals["business_date"].unique().sort()
    if len(dates) > 1:
        raise ValueError(f"proposals are of several business dates: {dates[0]} to {dates[-1]}")
    repeated = proposals.filter(pl.col("action_id").is_duplicated())
    if not repeated.is_empty():
        raise ValueError(f"proposals repeat action {repeated['action_id'][0]}")


def _with_override(proposals: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """Add the quantity in force and what it spends, and judge by what leaves in all its parts."""
    overrides = (
        votes.filter(pl.col("decision") == "override")
        .sort("decided_at", "decision_id")
        .unique("action_id", keep="last", maintain_order=True)
        .select("action_id", overridden="quantity", overridden_at="decided_at")
    )
    largest = pl.max_horizontal("quantity", "overridden")
    own_value = pl.max_horizontal("value", round_to_cents(largest * pl.col("unit_value")))
    return proposals.join(overrides, on="action_id", how="left", validate="1:1").with_columns(
        in_force=pl.coalesce("overridden", "quantity"),
        own_value=own_value,
        quantity=largest + pl.col("left_before"),
        value=own_value + round_to_cents(pl.col("left_before") * pl.col("unit_value")),
    )


def _is_overridden_before(decisions: pl.DataFrame, proposals: pl.DataFrame) -> pl.Expr:
    """Whether people changed an earlier part: the rest of it would undo what they decided."""
    parts = proposals.with_columns(part=pl.col("parts_before").str.split(";")).explode("part")
    earlier = parts.filter(pl.col("part") != "").select(
        "kind", "business_date", "quantity", "packs", rest="action_id", action_id="part"
    )
    changed = standing(decisions, earlier).filter(pl.col("decision") == "override")
    rest = earlier.join(changed, on="action_id", how="semi")["rest"]
    return pl.col("action_id").is_in(rest.to_list())


def _with_route(judged: pl.DataFrame, policy: ActionPolicy) -> pl.DataFrame:
    outcomes: dict[str, Outcome] = {rule.name: rule for rule in policy.rules}
    outcomes[DEFAULT_RULE] = policy.default
    matched = pl.coalesce(
        *(pl.when(_matches(rule.when)).then(pl.lit(rule.name)) for rule in policy.rules),
        pl.lit(DEFAULT_RULE),
    )
    table = pl.DataFrame(
        {
            "rule": list(outcomes),
            "route": [outcome.route for outcome in outcomes.values()],
            "roles": [";".join(outcome.roles) for outcome in outcomes.values()],
        }
    )
    return judged.with_columns(rule=matched).join(table, on="rule", how="left", validate="m:1")


def _matches(when: When) -> pl.Expr:
    """Whether an action meets every condition; a missing value meets none."""
    conditions = [pl.lit(value=True)]
    for name, wanted in when:
        if wanted is None:
            continue
        column, _, bound = name.rpartition("_")
        if name in {"late_input", "unsure_input"}:
            named = pl.col(f"{name}s").str.split(";")
            conditions.append(named.list.set_intersection(list(wanted)).list.len() > 0)
        elif bound == "above":
            conditions.append(pl.col(column) > wanted)
        elif bound == "below":
            measured = "urgency_days" if column == "urgency" else column
            conditions.append(pl.col(measured) < wanted)
        else:
            conditions.append(pl.col(name).is_in(list(wanted)))
    return pl.all_horizontal(condition.fill_null(value=False) for condition in conditions)


def _hold_worse_options(
    ruled: pl.DataFrame, choices: pl.DataFrame, votes: pl.DataFrame
) -> pl.DataFrame:
    """Let nothing go by itself while an alternative to it gains more."""
    standing = ruled.filter(pl.col("route") != "blocked").join(
        _rejections(votes), on="action_id", how="anti"
    )
    worse = find_worse_options(choices, standing)
    return _to_review(ruled, pl.col("action_id").is_in(worse), OTHER_GAINS_MORE)


def _within_budget(ruled: pl.DataFrame, budget: float) -> pl.DataFrame:
    """Let automatic actions that spend go while they fit into the budget, best benefit first."""
    spending = add_commitments(ruled.filter(route="auto")).filter("spends")
    spending = spending.sort("benefit", "action_id", descending=[True, False])
    left = round(budget * 100)
    over = []
    for action, value in spending.select("action_id", "own_value").iter_rows():
        round_to_cents = round(value * 100)
        if round_to_cents > left:
            over.append(action)
        else:
            left -= round_to_cents
    return _to_review(ruled, pl.col("action_id").is_in(over), OVER_BUDGET)


def _to_review(ruled: pl.DataFrame, which: pl.Expr, why: str) -> pl.DataFrame:
    turned = which & (pl.col("route") == "auto")
    return ruled.with_columns(
        route=pl.when(turned).then(pl.lit("review")).otherwise("route"),
        rule=pl.when(turned).then(pl.col("rule") + why).otherwise("rule"),
    )


def _decided(ruled: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """Adds status, approved quantity and who decided."""
    by_action = ruled.join(_rejections(votes), on="action_id", how="left", validate="1:1").join(
        _approvals(ruled, votes), on="action_id", how="left", validate="1:1"
    )
    required = pl.col("roles").str.split(";")
    missing = required.list.set_difference(pl.col("approving_roles").fill_null([]))
    status = (
        pl.when(route="blocked")
        .then(pl.lit("blocked"))
        .when(pl.col("rejecting").is_not_null())
        .then(pl.lit("rejected"))
        .when((pl.col("route") == "auto") | (missing.list.len() == 0))
        .then(pl.lit("approved"))
        .otherwise(pl.lit("waiting"))
    )
    by_policy = (pl.col("route") == "blocked") | (
        (pl.col("route") == "auto") & pl.col("overridden").is_null()
    )
    decided_by = (
        pl.when(status="rejected")
        .then("rejecting")
        .when(by_policy)
        .then(pl.lit("policy"))
        .otherwise("approving")
    )
    waits_for = (
        pl.when(status="waiting").then(missing.list.sort().list.join(";")).otherwise(pl.lit(""))
    )
    return (
        by_action.with_columns(status=status)
        .with_columns(
            approved_quantity=pl.when(status="approved").then("in_force"),
            decided_by=decided_by,
            missing_roles=waits_for,
        )
        .with_columns(roles=pl.when(route="review").then("roles").otherwise(pl.lit("")))
    )


def _name_standing(decided: pl.DataFrame) -> pl.DataFrame:
    """How each action stands, and when people approved it; missing where policy did."""
    by_people = pl.col("decided_by") != "policy"
    return decided.select(
        "action_id",
        "status",
        "approved_quantity",
        approved_at=pl.when(by_people).then("approved_at"),
    )


def _withdraw(decided: pl.DataFrame, withdrawn: dict[str, str]) -> pl.DataFrame:
    """Mark what is withdrawn, and by whose approval of what."""
    places = pl.DataFrame(
        {"action_id": list(withdrawn), "withdrawn_for": list(withdrawn.values())},
        schema={"action_id": pl.String, "withdrawn_for": pl.String},
    )
    deciders = decided.select(withdrawn_for="action_id", decider="decided_by")
    gone = pl.col("withdrawn_for").is_not_null()
    return (
        decided.join(places, on="action_id", how="left", validate="1:1")
        .join(deciders, on="withdrawn_for", how="left", validate="m:1")
        .with_columns(
            status=pl.when(gone).then(pl.lit("withdrawn")).otherwise("status"),
            approved_quantity=pl.when(~gone).then("approved_quantity"),
            decided_by=pl.when(gone).then("decider").otherwise("decided_by"),
            missing_roles=pl.when(gone).then(pl.lit("")).otherwise("missing_roles"),
        )
    )


def _rejections(votes: pl.DataFrame) -> pl.DataFrame:
    return (
        votes.filter(pl.col("decision") == "reject")
        .group_by("action_id", maintain_order=True)
        .agg(rejecting=pl.col("author").sort().str.join(";"))
    )


def _approvals(ruled: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """The roles that approve the quantity in force, and who decided, by action."""
    known = ruled.select("action_id", "in_force", "overridden_at", required="roles")
    approving = votes.filter(pl.col("decision").is_in(["approve", "override"])).join(
        known, on="action_id", validate="m:1"
    )
    counts = (
        ((pl.col("decision") == "override") & (pl.col("quantity") == pl.col("in_force")))
        | ((pl.col("decision") == "approve") & (pl.col("quantity") >= pl.col("in_force")))
        | ((pl.col("decision") == "approve") & pl.col("quantity").is_null())
    )
    fresh = (pl.col("decided_at") >= pl.col("overridden_at")).fill_null(value=True)
    asked = pl.col("required").str.split(";").list.contains(pl.col("role"))
    return (
        approving.filter(counts.fill_null(value=False) & fresh)
        .group_by("action_id", maintain_order=True)
        .agg(
            approving_roles=pl.col("role").unique().sort(),
            approved_at=pl.col("decided_at").max(),
            approving=pl.col("author")
            .filter(asked | (pl.col("decision") == "override"))
            .unique()
            .sort()
            .str.join(";"),
        )
    )
