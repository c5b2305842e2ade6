"""Nights of the replay played twice: with all that was decided, and with some of it taken out.

The main line plays the shipped plan day by day. On chosen evenings it is copied, a few lines of one
kind of action are taken out of the decision of the copy, at random and at most one of an item, and
the copy goes on with the shipped plan on its own: what was taken out may be proposed again the next
night. Demand, returns and suppliers are the same for both (common random numbers), so that what an
item earns on the main line less what it earns on the copy is what the line was worth.

The difference is summed until the effect has died out: `SETTLED_DAYS` from the evening, and as many
after the lead time of a purchase. What is on hand, under way or on order then counts at cost, so
that neither more nor less of it is a gain. Items share limits, DCs' hands and pooled forecasts, so
that the items of which nothing was taken out differ as well: that is the noise of the figures.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
import polars as pl

from quality_checks.contracts import PlanningPolicy
from simulation.promises.actions import KINDS, TRAITS, list_actions, select_lines
from simulation.promises.spread import find_share_covered
from simulation.replay import (
    TERMS,
    Bools,
    Decision,
    EveningView,
    Floats,
    Ints,
    LineCosts,
    NightPlan,
    PlannedChanges,
    PlannedMoves,
    PlannedOrders,
    ReplayWorld,
    charge_lines,
    play_evening,
    sum_groups,
)
from simulation.retailer import make_generator

BURN_IN = 56
"""Days that the shipped plan plays before its first night is looked at."""

NIGHTS_APART = 14
"""Days from a night to the next one of a kind; nights of moves shift through the week besides."""

SETTLED_DAYS = {
    "allocation": 21, "transfer": 42, "purchase": 42, "purchase_change": 42, "expedite": 42,
}  # fmt: skip
"""Days after which a line makes no difference any more; of what is ordered, after it has come.

What a DC sends could have gone a few days later, which three weeks settle; a transfer goes where
the DC may have nothing for longer. All that is played beyond is noise.
"""

LATENESS = 1.3
"""Contract lead times after which a purchase has come."""

LONGEST_BRANCH = 140
"""Days after an evening that a branch lasts at most; what has not died out by then stays in."""

SHARE = 0.75
"""Share of the items with lines of which one is taken out; the others show the noise."""

LEAST_STAKE = 1.0
"""Root mean square of a benefit, currency, below which lines are drawn alike."""

_OF_SPREAD = ("outcomes", "unit_worth")

_DECIMALS = 6
"""Of realised benefits: the last bits of sums of the same figures are no difference."""


@dataclass(frozen=True)
class Removal:
    """What is taken out of the decision of an evening.

    Attributes:
        lines: of one kind, rows as `list_actions` gives them, with item (number of the sku), taken
            (whether the line is taken out), stands_for (lines that it then speaks for) and window
            (days until the effect has died out).
    """

    lines: pl.DataFrame

    @property
    def days(self) -> int:
        """Days to play until all effects have died out."""
        longest = self.lines.filter("taken")["window"].max()
        return longest if isinstance(longest, int) else 0

    def leave(self, decision: Decision, costs: LineCosts) -> tuple[Decision, LineCosts]:
        """What is left of a decision and of the costs of its lines."""
        kept = ~self.lines["taken"].to_numpy()
        match self.lines["kind"][0]:
            case "allocation":
                moves = PlannedMoves(*(column[kept] for column in decision.replenishment))
                left = costs.replenishment[kept]
                return replace(decision, replenishment=moves), costs._replace(replenishment=left)
            case "transfer":
                moves = PlannedMoves(*(column[kept] for column in decision.transfers))
                left = costs.transfers[kept]
                return replace(decision, transfers=moves), costs._replace(transfers=left)
            case "purchase_change" | "expedite" as kind:
                changes = _leave_changes(decision.changes, kept, kind)
                return replace(decision, changes=changes), costs
            case _:
                orders = PlannedOrders(*(column[kept] for column in decision.purchases))
                return replace(decision, purchases=orders), costs


def _leave_changes(changes: PlannedChanges, kept: Bools, kind: str) -> PlannedChanges:
    """Changes without some of a kind: a decision has changes of orders first, then expedites."""
    others = np.ones(changes.order.size - kept.size, dtype=np.bool_)
    first, last = (kept, others) if kind == "purchase_change" else (others, kept)
    rows = np.concatenate([first, last])
    return PlannedChanges(*(column[rows] for column in changes))


@dataclass(frozen=True)
class Branch:
    """A copy of the main line with lines taken out of one evening.

    Attributes:
        day: of the evening, days since the first.
        removal: what was taken out.
        earned: currency by day after the evening, term of `TERMS` and item.
    """

    day: int
    removal: Removal
    earned: Floats

    @property
    def end(self) -> int:
        """Days of the main line that it is compared with."""
        return self.day + self.removal.days


def count_days(nights: int) -> int:
    """Days that a scenario must have after the evening before the first."""
    return BURN_IN + NIGHTS_APART * (nights + 1) + LONGEST_BRANCH


class Planner(Protocol):
    """What plans the nights of both: the `Pipeline`, or another that states what its lines gain."""

    def plan(self, seen: EveningView) -> NightPlan:
        """The lines of a night."""

    def copy(self) -> Self:
        """The same planner, with what it remembers."""


def compare_nights(  # noqa: PLR0913  # a retailer, and which of its nights are looked at how
    evening: ReplayWorld,
    planner: Planner,
    policy: PlanningPolicy,
    *,
    nights: int,
    seed: int,
    kinds: Collection[str] = KINDS,
    whole: bool = False,
    share: float = SHARE,
    progress: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Play a plan day by day, and again without some lines of chosen nights.

    Args:
        evening: before the first day that the plan plays; it stays as it is. `count_days` says how
            many days its scenario should have left; branches that do not fit are not played.
        planner: plans the nights; it stays as it is.
        policy: what stock and moves cost.
        nights: of each kind of action.
        seed: of what is taken out.
        kinds: of action that are looked at.
        whole: all lines of an item and kind are taken out together, instead of one.
        share: of the items with lines of which any is taken out.
        progress: is told what is played.

    Returns:
        A row for each item that anything was taken out of, or that was left alone, of each branch:
        night (its day), kind, sku, taken (lines taken out, 0 for none), stands_for (lines that
        they speak for), style, quantity (units) and stated, unit_worth (currency) and confidence of
        what was taken out, realised (currency) over window (days), covered (share: see
        `find_share_covered`), the same by term of `TERMS`, and origin, destination, binding and
        `TRAITS`.
        What describes one line is missing where several or none were taken out.

    Raises:
        ValueError: no night had a line that could be taken out.
    """
    tell = progress or (lambda _: None)
    world, planner, items = evening.copy(), planner.copy(), Items(evening)
    days = evening.scenario.days - 1 - evening.day
    due = {kind: [_due(kind, night) for night in range(nights)] for kind in KINDS if kind in kinds}
    earned: list[Floats] = []
    branches: list[Branch] = []
    while len(earned) < days and (
        any(due.values()) or len(earned) < max((branch.end for branch in branches), default=0)
    ):
        seen = world.seen()
        plan = planner.plan(seen)
        decision = plan.decision(seen)
        costs = charge_lines(decision, evening.scenario.masters, policy)
        passed = len(earned)
        for kind, evenings in due.items():
            lines = select_lines(kind, plan)
            if lines.is_empty() or not evenings or passed < evenings[0]:
                continue
            evenings.pop(0)
            removal = draw_removal(
                items.number(list_actions(kind, plan, world)),
                most_days=min(days - passed, LONGEST_BRANCH),
                share=share,
                whole=whole,
                rng=make_generator(seed, f"promised {kind}", world.day),
            )
            tell(f"day {passed}: {removal.lines['taken'].sum()} of {lines.height} {kind} lines out")
            if removal.days == 0:
                continue
            branch = (world.copy(), planner.copy(), *removal.leave(decision, costs))
            rest = play_on(*branch, policy, days=removal.days, items=items)
            branches.append(Branch(passed, removal, rest))
        earned.append(items.sum(play_evening(world, decision, costs, policy)))
    if not branches:
        raise ValueError("no night had a line that could be taken out")
    main = np.stack(earned)
    return pl.concat((_compare(main, branch, items) for branch in branches), how="diagonal")


def _due(kind: str, night: int) -> int:
    """Days from which the first evening with lines of a kind is looked at."""
    shift = night % 7 if kind in {"allocation", "transfer"} else 0
    return BURN_IN + NIGHTS_APART * night + shift


class Items:
    """The items of a retailer, by number."""

    def __init__(self, world: ReplayWorld) -> None:
        sku = world.scenario.masters.pairs["sku"]
        self.skus = sku.unique().sort()
        self._of_pair: Ints = sku.rank("dense").cast(pl.Int64).to_numpy() - 1

    def sum(self, by_pair: Floats) -> Floats:
        """Currency by term and item."""
        return sum_groups(by_pair, self._of_pair, len(self.skus))

    def number(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Add the number of the item."""
        numbers = pl.DataFrame({"sku": self.skus}).with_row_index("item")
        joined = lines.join(numbers, on="sku", how="left", maintain_order="left")
        return joined.with_columns(pl.col("item").cast(pl.Int64))


def draw_removal(
    lines: pl.DataFrame,
    *,
    most_days: int,
    share: float,
    whole: bool,
    rng: np.random.Generator,
) -> Removal:
    """Draw which lines are taken out: of a share of the items one each, or all of them.

    Most money is in few lines, so a line is drawn with a chance in proportion to what it may earn
    or lose, the root mean square of its benefit, `LEAST_STAKE` at least, and stands for as many
    lines as that chance is below 1 (Horvitz and Thompson, Journal of the American Statistical
    Association 47, 1952).

    Args:
        lines: of one kind, as `list_actions` gives them, with item.
        most_days: that a branch can last; a line whose effect lasts longer stays.
        share: of the items.
        whole: take all lines of an item.
        rng: source of chance.
    """
    days = pl.col("kind").replace_strict(SETTLED_DAYS, return_dtype=pl.Int64)
    settled = (LATENESS * pl.col("lead_days")).ceil().cast(pl.Int64) + days
    lot = lines.select("item").unique().sort("item")
    lot = lot.with_columns(chosen=pl.Series(rng.random(lot.height) < share))
    # Of an item's lines that wait for times of these means the first is each with its chance.
    size = pl.max_horizontal("at_stake", LEAST_STAKE)
    wait = -(1 - pl.Series(rng.random(lines.height))).log()
    fitting = (
        lines.with_columns(window=settled)
        .join(lot, on="item", how="left", maintain_order="left")
        .with_columns(fits=pl.col("chosen") & (pl.col("window") <= most_days))
        .with_columns(size=pl.when("fits").then(size), wait=pl.when("fits").then(wait / size))
    )
    first = (pl.col("wait") == pl.col("wait").min().over("item")).fill_null(value=False)
    stands_for = 1.0 if whole else pl.col("size").sum().over("item") / pl.col("size")
    return Removal(
        fitting.with_columns(taken=pl.col("fits") if whole else first, stands_for=stands_for).drop(
            "chosen", "fits", "size", "wait"
        )
    )


def play_on(  # noqa: PLR0913  # a world and all that it goes on with
    world: ReplayWorld,
    planner: Planner,
    decision: Decision,
    costs: LineCosts,
    policy: PlanningPolicy,
    *,
    days: int,
    items: Items,
) -> Floats:
    """Play on from an evening.

    Args:
        world: on the evening; it is played on.
        planner: plans the evenings after it.
        decision: of the evening.
        costs: of its lines.
        policy: what stock and moves cost.
        days: played.
        items: of the retailer.

    Returns:
        What items earn, currency, [day, term, item].
    """
    masters = world.scenario.masters
    earned = np.zeros((days, len(TERMS), len(items.skus)))
    for day in range(days):
        if day > 0:
            seen = world.seen()
            decision = planner.plan(seen).decision(seen)
            costs = charge_lines(decision, masters, policy)
        earned[day] = items.sum(play_evening(world, decision, costs, policy))
    return earned


def _compare(main: Floats, branch: Branch, items: Items) -> pl.DataFrame:
    """What each item of a branch earned less without what was taken out."""
    lines, days = branch.removal.lines, branch.removal.days
    less = (main[branch.day : branch.day + days] - branch.earned).cumsum(axis=0)
    taken = _describe(lines.filter("taken"))
    alone = (
        pl.DataFrame({"sku": items.skus})
        .with_row_index("item")
        .with_columns(pl.col("item").cast(pl.Int64), taken=pl.lit(0, pl.Int64))
        .join(taken, on="item", how="anti")
        .with_columns(window=pl.lit(min(SETTLED_DAYS[lines["kind"][0]], days), pl.Int64))
    )
    rows = pl.concat([taken, alone], how="diagonal").filter(pl.col("window") > 0).sort("item")
    at = less[rows["window"].to_numpy() - 1, :, rows["item"].to_numpy()]
    realised = pl.Series("realised", at.sum(axis=1).round(_DECIMALS))
    return rows.drop("item", "outcomes").with_columns(
        pl.lit(branch.day, pl.Int64).alias("night"),
        pl.lit(lines["kind"][0]).alias("kind"),
        realised,
        _cover(rows.with_columns(realised)),
        *(pl.Series(name, at[:, column]) for column, name in enumerate(TERMS)),
    )


def _cover(rows: pl.DataFrame) -> pl.Series:
    """The share of the chances of what came that lies in the middle; missing without chances."""
    stated = rows.with_row_index("row").drop_nulls("outcomes")
    covered = np.full(rows.height, np.nan)
    if not stated.is_empty():
        covered[stated["row"].to_numpy()] = find_share_covered(
            np.stack(stated["outcomes"].to_list()),
            stated["realised"].to_numpy(),
            stated["unit_worth"].to_numpy(),
        )
    return pl.Series("covered", covered).fill_nan(None)


def _describe(taken: pl.DataFrame) -> pl.DataFrame:
    """A row an item of what was taken out; what says something of one line stands for one only."""
    single = pl.len() == 1
    of_line = ("origin", "destination", "binding", *_OF_SPREAD, "confidence", *TRAITS)
    return taken.group_by("item", maintain_order=True).agg(
        pl.col("sku").first(),
        pl.len().cast(pl.Int64).alias("taken"),
        pl.col("style").first(),
        pl.col("window").max(),
        pl.col("stands_for").first(),
        pl.col("quantity", "stated").sum(),
        *(pl.when(single).then(pl.col(name).first()).alias(name) for name in of_line),
    )
