"""The window that stock must last: until the goods of the next order are there.

A node that a DC replenishes answers for its own demand. A node that a supplier replenishes
answers for its echelon, that is itself and all it supplies: the classical serial echelon view
(Clark and Scarf, Optimal Policies for a Multi-Echelon Inventory Problem, Management Science 6,
1960), in which goods once bought are shared out later.

A window ends with the life of its item: it is cut on the last day on sale, and what would be sold
before the launch does not count.
"""

import datetime as dt
from collections.abc import Collection

import polars as pl

from forecasting.distribution import sum_echelon_demand, sum_window_demand
from optimization.levels.calendars import lane_arrivals
from optimization.levels.open_demand import SumDemand, add_open_demand, count_position
from optimization.levels.outlook import Outlook
from optimization.levels.remaining_life import add_life_demand

_KEYS = ["sku", "location"]
_ACTIVE = pl.col("status") == "active"


def build_local_windows(
    pairs: pl.DataFrame,
    outlook: Outlook,
    *,
    first_day: dt.date,
    waiting_kinds: Collection[str],
) -> pl.DataFrame:
    """Build the windows of pairs that a DC replenishes, with their own demand.

    Args:
        pairs: rows of the contract PlanningPairs.
        outlook: demand, receipts and seasons.
        first_day: day on which the plan orders, the first of the forecast.
        waiting_kinds: kinds of location whose customers wait for what is out of stock.

    Returns:
        Active `pairs` with a supply_location, and echelon (False); protection_days from
        `first_day`; run_down (the item leaves the range before the next order would arrive),
        arrives_in_time (what is ordered now arrives before that), launched (the item is on sale in
        the window); demand_mean (units), demand_variance (units^2), daily_demand (units a day);
        shortfall_mean and shortfall_variance (zero: a DC ships what it says); open_life_mean and
        open_life_variance (missing: what is left at an exit is the echelon's); lost (unmet demand
        is lost), and the columns that `add_open_demand` and `add_life_demand` add. The figures are
        missing where the lead time or the forecast is.
    """
    fed = pairs.filter(_ACTIVE, pl.col("supply_location").is_not_null())
    timed = lane_arrivals(fed, first_day).with_columns(echelon=pl.lit(value=False))
    cut = _cut_at_exit(timed, first_day)

    demand = outlook.sum_demand_from(first_day)

    def sum_demand(windows: pl.DataFrame) -> pl.DataFrame:
        return sum_window_demand(demand, windows)

    held = _with_demand(cut, sum_demand(_windows(cut))).with_columns(
        shortfall_mean=pl.lit(0.0),
        shortfall_variance=pl.lit(0.0),
        open_life_mean=pl.lit(None, pl.Float64),
        open_life_variance=pl.lit(None, pl.Float64),
        lost=~pl.col("kind").is_in(list(waiting_kinds)),
        arrival_days="lead_time_mean",
        owned_units=count_local_units(),
    )
    return _projected(held, outlook.receipts, sum_demand, first_day)


def build_echelon_windows(
    pairs: pl.DataFrame,
    outlook: Outlook,
    *,
    first_day: dt.date,
    waiting_kinds: Collection[str],
) -> pl.DataFrame:
    """Build the windows of pairs that a supplier replenishes, with those of their echelon.

    The echelon of a node is itself and the active pairs it supplies whose stock is known: demand
    whose stock nobody knows would otherwise be bought twice. The window is the node's own, and the
    mean of lead time and review on the lanes below it.

    Units that suppliers leave short count as drained like demand. Of what is on its way only the
    share counts that is expected to come, so that it is short of nothing; what demand and a
    deviation of it ask for beyond it, a review's worth at least, is about what is ordered tonight,
    of which the share y comes, of mean Y and deviation s:

        shortfall_mean = max(demand_mean + sqrt(demand_variance) - position,
                             demand of review_days) (1 / Y - 1)
        shortfall_variance = (s / Y)^2 demand_mean * (demand of review_days)

    The variance is that of all orders of the window, of a review's demand each, since those that
    are on their way may be short, too (stochastically proportional yield; Yano and Lee, Lot Sizing
    with Random Yields, Operations Research 43, 1995). All of it is ordered tonight where the
    position is not known.

    Args:
        pairs: rows of the contract PlanningPairs; a supplier without any yield on record is taken
            to deliver in full.
        outlook: demand and receipts; of the members' only what comes to the node itself counts with
            its day, what is on its way between them is there.
        first_day: day on which the plan orders, the first of the forecast.
        waiting_kinds: kinds of location whose customers wait for what is out of stock.

    Returns:
        Active `pairs` without a supply_location, and the columns that `build_local_windows` adds,
        with echelon True; open_life_mean and open_life_variance are of demand until the exit of an
        item that is on sale beyond the window (units, units^2; missing for others, and where the
        life of tonight's goods ends before). The stock
        projected is that of the echelon: units on hand, in transit, on order and proposed, less
        reserved and damaged; unknown where the node's own is. What is ordered tonight is there once
        it has come through the lanes below.
    """
    nodes = pairs.filter(_ACTIVE, pl.col("supply_location").is_null())
    members = _members(pairs, nodes).with_columns(_wait_days(first_day))
    below = (
        members.filter(pl.col("location") != pl.col("node"))
        .group_by("sku", "node", maintain_order=True)
        .agg(
            days_below=(pl.col("lead_time_mean") + pl.col("review_days")).mean(),
            transit_below=pl.col("lead_time_mean").mean(),
        )
    )
    stock = members.group_by("sku", "node", maintain_order=True).agg(
        count_owned_units().sum().alias("echelon_stock")
    )
    nodes = nodes.join(
        below.join(stock, on=["sku", "node"], how="full", coalesce=True),
        left_on=_KEYS,
        right_on=["sku", "node"],
        how="left",
        maintain_order="left",
    )
    timed = nodes.with_columns(
        echelon=pl.lit(value=True),
        next_arrival_days=pl.col("next_receipt_days") + pl.col("days_below").fill_null(0.0),
        arrival_days=pl.col("lead_time_mean") + pl.col("transit_below").fill_null(0.0),
    )
    cut = _cut_at_exit(timed, first_day)

    demand = outlook.sum_demand_from(first_day)

    def sum_demand(windows: pl.DataFrame) -> pl.DataFrame:
        return sum_echelon_demand(demand, windows, members)

    life = sum_demand(_lives(cut, first_day))
    held = (
        _with_demand(cut, sum_demand(_windows(cut)))
        .join(
            life.select(*_KEYS, life_mean="mean", life_variance="variance"),
            on=_KEYS,
            how="left",
            maintain_order="left",
        )
        .with_columns(
            lost=~pl.col("kind").is_in(list(waiting_kinds)),
            owned_units=pl.when(pl.col("on_hand").is_not_null()).then(pl.col("echelon_stock")),
        )
        .drop("days_below", "transit_below", "echelon_stock")
    )
    counted = count_position(held, outlook.receipts, first_day=first_day)
    short = counted.with_columns(*_shortfall()).drop("inventory_position")
    known = _projected(short, outlook.receipts, sum_demand, first_day)
    return known.with_columns(_open_life()).drop("life_mean", "life_variance")


def sum_echelon_days(
    pairs: pl.DataFrame, outlook: Outlook, ends: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """Sum the demand of echelons from the first day up to several days.

    Args:
        pairs: rows of the contract PlanningPairs.
        outlook: demand, receipts and seasons.
        ends: frame `demand_ends`, from `first_day` on, of nodes that a supplier replenishes, as
            many rows for each.
        first_day: the first day of the forecast.

    Returns:
        Frame `echelon_demand`, with location for destination: sku, location, days, mean (units) and
        variance (units^2), sorted by the first three; 0 where nothing is forecast.
    """
    nodes = pairs.filter(_ACTIVE, pl.col("supply_location").is_null())
    members = _members(pairs, nodes.join(ends, on=_KEYS, how="semi")).with_columns(
        _wait_days(first_day)
    )
    windows = ends.sort(*_KEYS, "days").with_columns(
        wait_days=pl.lit(0, pl.Int64),
        lead_time_sd=pl.lit(0.0),
        place=pl.int_range(pl.len()).over(_KEYS),
    )
    demand = outlook.sum_demand_from(first_day)
    sums = [
        sum_echelon_demand(demand, at.drop("place"), members).join(
            at.select(*_KEYS, "days"), on=_KEYS, maintain_order="right", how="right"
        )
        for _, at in windows.group_by("place", maintain_order=True)
    ]
    if not sums:
        return windows.select(*_KEYS, "days", mean="lead_time_sd", variance="lead_time_sd")
    return (
        pl.concat(sums)
        .select(*_KEYS, "days", pl.col("mean", "variance").fill_null(0.0))
        .sort(*_KEYS, "days")
    )


def list_member_shares(
    pairs: pl.DataFrame, outlook: Outlook, windows: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """List what the locations below nodes ask for of their echelon's demand, and have for it.

    Args:
        pairs: rows of the contract PlanningPairs.
        outlook: demand, receipts and seasons.
        windows: frame `demand_ends`, from `first_day` on, once a node that a supplier replenishes:
            of which the demand is shared.
        first_day: the first day of the forecast.

    Returns:
        Frame `member_stock`, with node for destination: sku, node, location, share (0 to 1) and
        units, that each has or has coming, at least 0; sorted by the first three. A location
        without a forecast asks for nothing.
    """
    nodes = pairs.filter(_ACTIVE, pl.col("supply_location").is_null())
    asked = windows.select("sku", "days", node="location")
    members = (
        _members(pairs, nodes.join(windows, on=_KEYS, how="semi"))
        .with_columns(_wait_days(first_day), lead_time_sd=pl.lit(0.0))
        .join(asked, on=["sku", "node"], maintain_order="left")
    )
    told = members.select(*_KEYS, "days", "lead_time_sd", "wait_days")
    sums = sum_window_demand(outlook.sum_demand_from(first_day), told)
    mean, every = pl.col("mean").fill_null(0.0), ["sku", "node"]
    return (
        members.join(sums, on=_KEYS, how="left", maintain_order="left")
        .with_columns(whole=mean.sum().over(every))
        .filter(pl.col("location") != pl.col("node"))
        .select(
            *every,
            "location",
            share=pl.when(pl.col("whole") > 0).then(mean / pl.col("whole")).otherwise(0.0),
            units=count_owned_units().clip(lower_bound=0),
        )
        .sort(*every, "location")
    )


def _open_life() -> list[pl.Expr]:
    """Demand until the exit without what is lost or gone before; no less than the open demand."""
    drained = pl.col("life_mean") + pl.col("shortfall_mean")
    served = drained - pl.col("lost_before") - pl.col("sold_before")
    # What spoils before the exit is not left at it.
    stays = pl.col("life_mean").is_null() | pl.col("life_demand_mean").is_not_null()
    least = pl.max_horizontal(served, "open_demand_mean")
    return [
        pl.when(~stays).then(least).alias("open_life_mean"),
        pl.when(~stays)
        .then(pl.col("life_variance") + pl.col("shortfall_variance"))
        .alias("open_life_variance"),
    ]


def _projected(
    pairs: pl.DataFrame, receipts: pl.DataFrame, sum_demand: SumDemand, first_day: dt.date
) -> pl.DataFrame:
    opened = add_open_demand(pairs, receipts, sum_demand, first_day=first_day)
    return add_life_demand(opened, receipts, sum_demand, first_day=first_day).drop(
        "wait_days", "arrival_days", "owned_units"
    )


def _members(pairs: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """The members of each node's echelon, one row each, with the node in `node`."""
    own = nodes.with_columns(node=pl.col("location"))
    fed = pairs.filter(
        pl.col("supply_location").is_not_null(),
        _ACTIVE,
        pl.col("on_hand").is_not_null(),
    ).with_columns(node=pl.col("supply_location"))
    return pl.concat([own, fed])


def count_owned_units() -> pl.Expr:
    """Count a pair's units, on hand and coming, less those that are promised or cannot be sold."""
    return (
        pl.col("on_hand")
        - pl.col("reserved")
        - pl.col("damaged")
        + pl.col("in_transit")
        + pl.col("on_order")
        + pl.col("proposed_inbound")
        - pl.col("proposed_outbound")
    )


def count_local_units() -> pl.Expr:
    """Count what a pair that a DC feeds can sell, has coming, or has proposed."""
    return (
        pl.col("available") + pl.col("in_transit") + pl.col("on_order") + pl.col("proposed_inbound")
    )


def _shortfall() -> list[pl.Expr]:
    delivered, spread = pl.col("yield_mean").fill_null(1.0), pl.col("yield_sd").fill_null(0.0)
    mean = pl.col("demand_mean")
    an_order = pl.col("daily_demand") * pl.col("review_days")
    wanted = mean + pl.col("demand_variance").sqrt()
    missing = (wanted - pl.col("inventory_position")).fill_null(wanted)
    tonight = pl.min_horizontal(pl.max_horizontal(missing, an_order), wanted)
    return [
        (tonight * (1 / delivered - 1)).alias("shortfall_mean"),
        ((spread / delivered).pow(2) * mean * an_order).alias("shortfall_variance"),
    ]


def _wait_days(first_day: dt.date) -> pl.Expr:
    """Whole days from `first_day` until an item is on sale; 0 without a launch date."""
    until_launch = (pl.col("launch_date") - pl.lit(first_day)).dt.total_days()
    return until_launch.clip(lower_bound=0).fill_null(0).alias("wait_days")


def _cut_at_exit(pairs: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """Set protection_days: until the next arrival, or the item's last day on sale."""
    days_on_sale = (pl.col("exit_date") - pl.lit(first_day)).dt.total_days() + 1.0
    run_down = (days_on_sale < pl.col("next_arrival_days")).fill_null(value=False)
    return (
        pairs.with_columns(
            _wait_days(first_day),
            protection_days=pl.when(run_down).then(days_on_sale).otherwise("next_arrival_days"),
            run_down=run_down,
            arrives_in_time=~(pl.col("lead_time_mean") >= days_on_sale).fill_null(value=False),
        )
        .with_columns(
            launched=(pl.col("wait_days") < pl.col("protection_days")).fill_null(value=True)
        )
        .drop("next_arrival_days")
    )


def _windows(pairs: pl.DataFrame) -> pl.DataFrame:
    """Windows of the pairs whose supply is known, as `sum_window_demand` reads them."""
    return pairs.filter(pl.col("protection_days") > 0, pl.col("lead_time_sd").is_not_null()).select(
        *_KEYS,
        "wait_days",
        days="protection_days",
        # The end of the range is a date: no lead time moves it.
        lead_time_sd=pl.when("run_down").then(0.0).otherwise("lead_time_sd"),
    )


def _lives(pairs: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """Windows from `first_day` to the exit of items that are still on sale after their window."""
    days = (pl.col("exit_date") - pl.lit(first_day)).dt.total_days() + 1.0
    return pairs.filter(~pl.col("run_down"), pl.col("exit_date").is_not_null()).select(
        *_KEYS, "wait_days", days=days, lead_time_sd=pl.lit(0.0)
    )


def _with_demand(pairs: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    found = demand.select(
        *_KEYS, pl.col("mean").alias("demand_mean"), pl.col("variance").alias("demand_variance")
    )
    return pairs.join(found, on=_KEYS, how="left", maintain_order="left").with_columns(
        daily_demand=pl.col("demand_mean") / pl.col("protection_days")
    )
