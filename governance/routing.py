"""Routes proposals: policy first, then what people decided.

Policy
    The first rule that matches decides. It judges the larger of the proposed and the overridden
    quantity, with what left as earlier parts of the action, so that neither an override nor a split
    slips a large action beneath a threshold. With automation off, every auto becomes review, as
    does the rest of an action of which people changed an earlier part. Autos are taken by benefit
    while the limits and the day's budget last; one that no longer fits goes to review and smaller
    ones after it may still fit (see `limits`).

People
    A rejection by anyone who may decide the kind wins. A review is approved when every required
    role has an approval, each by another person (see `decisions`), or any of them, or all in order,
    as the rule says, and as many people as it asks for (see `approvals`). An override sets the
    quantity and is the approval of its own role; it restarts the others, which were given for
    another quantity. An approval that names a quantity holds up to that quantity only. Nobody
    approves what is blocked.

Cases
    Of alternatives inside a case one option goes ahead. What would go by itself waits for people
    while another option gains more; once something of an option has left or is approved, the
    others are withdrawn, for as long as that stands.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Final, NamedTuple

import polars as pl

from governance.approvals import find_missing_roles
from governance.cases import find_withdrawn, find_worse_options, select_choices
from governance.decisions import find_deferrals, standing
from governance.lapses import find_lapsed
from governance.limits import find_over_limits
from governance.money import round_to_cents
from governance.names import fold_names
from governance.policy import DEFAULT_RULE, ActionPolicy, Outcome, Rule, When
from governance.switches import Scope, select_stopped
from governance.term_faults import find_void
from governance.terms import Terms, restate_terms
from quality_checks.contracts import (
    CaseActions,
    Decisions,
    ExportLines,
    PlanLines,
    Proposals,
    Routed,
    find_contract,
)

AUTOMATION_OFF: Final = ":automation_off"
OTHER_GAINS_MORE: Final = ":other_gains_more"
PART_OVERRIDDEN: Final = ":part_overridden"
OVERRIDDEN: Final = ":overridden"
OVERRIDE_VOID: Final = ":override_void"
"""Suffixes of the rule's name where an auto became review."""


class _Settled(NamedTuple):
    """How actions stand, and which of them are withdrawn for what."""

    decided: pl.DataFrame
    withdrawn: dict[str, str]


def route_actions(  # noqa: PLR0913  # what is decided, by whom, and what it excludes
    proposals: pl.DataFrame,
    policy: ActionPolicy,
    decisions: pl.DataFrame,
    *,
    stopped: Collection[Scope] = (),
    sent: pl.DataFrame | None = None,
    case_actions: pl.DataFrame | None = None,
    left: Collection[str] = (),
    lines: pl.DataFrame | None = None,
    terms: Terms | None = None,
) -> pl.DataFrame:
    """Route every proposal, as a `Routed` frame.

    Args:
        proposals: a `Proposals` frame of one business date.
        policy: the action policy.
        decisions: a `Decisions` frame; decisions on other actions do not matter.
        stopped: scopes for which operators have turned automation off. Switches can only turn it
            off: off in either the policy or here is off.
        sent: an `ExportLines` frame of what lower versions of the plan have handed out, which uses
            up budget and limits of the day; nothing where it is missing.
        case_actions: a `CaseActions` frame of the proposals, and of what has left with earlier
            plans, which says what is an alternative to what; none where it is missing.
        left: ids of actions that have left.
        lines: a `PlanLines` frame of earlier versions of the plan, by which approvals lapse; none
            does where it is missing.
        terms: of other suppliers and prices, by which overrides of these are valued and of which
            one that they do not allow any more counts no longer; where they are missing, such an
            override is valued as proposed.

    Raises:
        ValueError: proposals are of several business dates or repeat an action.
    """
    proposed = find_contract(Proposals).conform(proposals)
    given = find_contract(Decisions).conform(decisions)
    if proposed.is_empty():
        return find_contract(Routed).empty()
    _check(proposed)
    earlier = find_contract(PlanLines).empty() if lines is None else lines
    lapsed = find_lapsed(given, proposed, earlier, policy.approvals_lapse_beyond)
    votes = standing(given, proposed).join(lapsed, on="decision_id", how="anti")
    void = find_void(votes, proposed, terms)
    votes = votes.join(void, on="decision_id", how="anti", maintain_order="left")
    judged = _with_override(proposed, votes, terms or Terms.empty())
    cases = find_contract(CaseActions).empty() if case_actions is None else case_actions
    ruled = _with_route(_with_exceptions(judged, cases), policy)
    choices = select_choices(cases, proposed, left)
    ruled = _to_review(ruled, _is_overridden_before(given, proposed), PART_OVERRIDDEN)
    alone = pl.col("overridden").is_not_null() & (pl.col("least_people") > 1)
    ruled = _to_review(ruled, alone, OVERRIDDEN)
    ruled = _to_review(ruled, pl.col("action_id").is_in(void["action_id"].to_list()), OVERRIDE_VOID)
    off = select_stopped([*stopped, *_list_switched_off(policy)])
    ruled = _to_review(ruled, off, AUTOMATION_OFF)
    ruled = _hold_worse_options(ruled, choices, votes)
    gone = find_contract(ExportLines).empty() if sent is None else sent
    gone = _with_region(gone, earlier)

    def settle(idle: Collection[str]) -> _Settled:
        decided = _decided(_within_limits(ruled, policy, gone, votes, idle), votes)
        return _Settled(decided, find_withdrawn(choices, _name_standing(decided)))

    stands = _withdraw(*_settle_limits(settle))
    told = _with_lapsed(stands, lapsed)
    return find_contract(Routed).conform(_with_deferrals(told, find_deferrals(given, proposed)))


def _check(proposals: pl.DataFrame) -> None:
    dates = proposals["business_date"].unique().sort()
    if len(dates) > 1:
        raise ValueError(f"proposals are of several business dates: {dates[0]} to {dates[-1]}")
    repeated = proposals.filter(pl.col("action_id").is_duplicated())
    if not repeated.is_empty():
        raise ValueError(f"proposals repeat action {repeated['action_id'][0]}")


def _with_override(proposals: pl.DataFrame, votes: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Add the quantity in force and what it spends, and judge by what leaves in all its parts."""
    overrides = (
        votes.filter(pl.col("decision") == "override")
        .sort("decided_at", "decision_id")
        .unique("action_id", keep="last", maintain_order=True)
        .select(
            "action_id",
            stated="quantity",
            overridden_at="decided_at",
            overridden_due_on="due_on",
            overridden_origin="origin",
            overridden_supplier="supplier",
            overridden_price="price",
            override_code="reason_code",
        )
    )
    largest = pl.max_horizontal("quantity", "overridden")
    dearest = pl.max_horizontal("unit_value", "overridden_unit_value")
    own_value = pl.max_horizontal("value", round_to_cents(largest * dearest))
    joined = proposals.join(overrides, on="action_id", how="left", validate="1:1").with_columns(
        # One that changes something else is of the quantity that was proposed.
        overridden=pl.when(pl.col("overridden_at").is_not_null()).then(
            pl.coalesce("stated", "quantity")
        )
    )
    return restate_terms(joined, terms).with_columns(
        as_proposed="quantity",
        in_force=pl.coalesce("overridden", "quantity"),
        origin=pl.coalesce("overridden_origin", "origin"),
        supplier=pl.coalesce("overridden_supplier", "supplier"),
        own_value=own_value,
        own_quantity=largest,
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


def _with_exceptions(judged: pl.DataFrame, case_actions: pl.DataFrame) -> pl.DataFrame:
    """Add the kinds of exception of the cases that an action is of; missing where it is of none."""
    found = case_actions.group_by("action_id", maintain_order=True).agg(
        exceptions=pl.col("exception").unique().sort()
    )
    return judged.join(found, on="action_id", how="left", validate="1:1", maintain_order="left")


def _with_region(sent: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Add region and category, as the plan that a line left with told them of its action."""
    told = lines.select("action_id", "plan_version", "region", "category")
    return sent.join(
        told, on=["action_id", "plan_version"], how="left", validate="m:1", maintain_order="left"
    )


def _with_route(judged: pl.DataFrame, policy: ActionPolicy) -> pl.DataFrame:
    """Add rule, route, roles, needs and least_people: what is blocked for all, else by region."""
    outcomes: dict[str, Outcome] = {rule.name: rule for rule in policy.all_rules}
    outcomes[DEFAULT_RULE] = policy.default
    today = judged["business_date"][0]
    of_all = [rule for rule in policy.rules if rule.holds_on(today)]
    blocks = [rule.name for rule in of_all if rule.route == "blocked"]
    of_region = [
        pl.when(pl.col("region") == part.region).then(_first_of(part.rules, today))
        for part in policy.regional
    ]
    table = pl.DataFrame(
        {
            "rule": list(outcomes),
            "route": [outcome.route for outcome in outcomes.values()],
            "roles": [";".join(outcome.roles) for outcome in outcomes.values()],
            "needs": [outcome.needs for outcome in outcomes.values()],
            "least_people": [outcome.least_people for outcome in outcomes.values()],
        }
    )
    return (
        judged.with_columns(for_all=_first_of(of_all, today))
        .with_columns(
            rule=pl.when(pl.col("for_all").is_in(blocks))
            .then("for_all")
            .otherwise(pl.coalesce(*of_region, "for_all", pl.lit(DEFAULT_RULE)))
        )
        .join(table, on="rule", how="left", validate="m:1")
    )


def _first_of(rules: Iterable[Rule], today: date) -> pl.Expr:
    """Name of the first rule that holds and matches; missing where none does."""
    hits = [
        pl.when(_matches(rule.when)).then(pl.lit(rule.name))
        for rule in rules
        if rule.holds_on(today)
    ]
    return pl.coalesce(*hits, pl.lit(None, pl.String))


def _list_switched_off(policy: ActionPolicy) -> list[Scope]:
    """What the policy switches off: all, or regions."""
    regions = [Scope(region=part.region) for part in policy.regional if not part.automation]
    return regions if policy.automation else [Scope()]


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
        elif name == "exception":
            conditions.append(
                pl.col("exceptions").list.set_intersection(list(wanted)).list.len() > 0
            )
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


def _settle_limits(settle: Callable[[Collection[str]], _Settled]) -> _Settled:
    """Decide with limits of which what is withdrawn uses up nothing.

    What it leaves room for may go then, and withdraw more. Where that would bring back what was not
    counted, all is counted, so that never more goes than a limit allows.
    """
    counted = settle(())
    again = settle(counted.withdrawn) if counted.withdrawn else counted
    return again if counted.withdrawn.keys() <= again.withdrawn.keys() else counted


def _within_limits(
    ruled: pl.DataFrame,
    policy: ActionPolicy,
    sent: pl.DataFrame,
    votes: pl.DataFrame,
    idle: Collection[str],
) -> pl.DataFrame:
    """Send to review what no longer fits into a limit or the budget, and say which it is.

    What people have rejected does not go, nor what is idle since it is withdrawn: both use up
    nothing.
    """
    goes = ruled.join(_rejections(votes), on="action_id", how="anti").filter(
        ~pl.col("action_id").is_in(list(idle))
    )
    over = find_over_limits(goes, policy, sent)
    stopped = pl.col("over").is_not_null()
    return (
        ruled.join(over, on="action_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(
            route=pl.when(stopped).then(pl.lit("review")).otherwise("route"),
            rule=pl.when(stopped).then(pl.format("{}:{}", "rule", "over")).otherwise("rule"),
        )
        .drop("over")
    )


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
    by_action = by_action.with_columns(missing=find_missing_roles(by_action))
    missing = pl.col("missing")
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


def _with_lapsed(stands: pl.DataFrame, lapsed: pl.DataFrame) -> pl.DataFrame:
    """Add whose approvals have lapsed."""
    whose = lapsed.group_by("action_id", maintain_order=True).agg(
        lapsed=pl.col("author").sort().str.join(";")
    )
    return stands.join(whose, on="action_id", how="left", validate="1:1", maintain_order="left")


def _with_deferrals(stands: pl.DataFrame, deferrals: pl.DataFrame) -> pl.DataFrame:
    """Add until when a decision about what waits is put off."""
    waits = pl.col("status") == "waiting"
    return stands.join(
        deferrals, on="action_id", how="left", validate="1:1", maintain_order="left"
    ).with_columns(deferred_until=pl.when(waits).then("deferred_until"))


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
    """What approves the quantity in force, how many people, and who decided, by action."""
    known = ruled.select(
        "action_id", "in_force", "overridden_at", proposed="as_proposed", required="roles"
    )
    approving = votes.filter(pl.col("decision").is_in(["approve", "override"])).join(
        known, on="action_id", validate="m:1"
    )
    stated = pl.coalesce("quantity", "proposed")
    counts = (
        ((pl.col("decision") == "override") & (stated == pl.col("in_force")))
        | ((pl.col("decision") == "approve") & (pl.col("quantity") >= pl.col("in_force")))
        | ((pl.col("decision") == "approve") & pl.col("quantity").is_null())
    )
    fresh = (pl.col("decided_at") >= pl.col("overridden_at")).fill_null(value=True)
    asked = pl.col("required").str.split(";").list.contains(pl.col("role"))
    return (
        approving.filter(counts.fill_null(value=False) & fresh)
        .with_columns(speaker=fold_names(pl.col("author")))
        .group_by("action_id", maintain_order=True)
        .agg(
            approvals=pl.struct("role", "decision", "decided_at").filter(asked),
            people=pl.col("speaker").filter(asked | (pl.col("decision") == "override")).n_unique(),
            approved_at=pl.col("decided_at").max(),
            approving=pl.col("author")
            .filter(asked | (pl.col("decision") == "override"))
            .unique()
            .sort()
            .str.join(";"),
        )
    )
