"""What the warehouse would give the night's functions, from what a policy sees."""

import numpy as np
import polars as pl

from forecasting.night import Assortment, PastWeeks
from quality_checks.contracts import PlanningPairs, find_contract
from simulation.replay.decision import EveningView
from simulation.replay.night_supply import KnownSupply
from simulation.replay.scenario import WEEK

_COLUMNS = find_contract(PlanningPairs).made_schema.names()


def planning_pairs(
    seen: EveningView, supply: KnownSupply, ordered: pl.DataFrame, recent_days: int
) -> pl.DataFrame:
    """Known pairs in the columns of the contract PlanningPairs, without business_date, by key.

    Args:
        seen: what is known.
        supply: lead times, yields and terms.
        ordered: order lines that have not come, the columns of ReceiptsAhead.
        recent_days: days for which a pair that moved sideways sends nothing.
    """
    masters, day = seen.masters, seen.day
    on_order = np.zeros(masters.size, dtype=np.int64)
    at = masters.numbers(ordered["sku"], ordered["location"])
    np.add.at(on_order, at, ordered["expected_units"].to_numpy())
    known = masters.by_key[((masters.announced <= day) & (masters.exit > day))[masters.by_key]]
    status = np.where(masters.blocked, "blocked", "active")
    nothing = pl.lit(0, pl.Int64)
    pairs = masters.fed_pairs.hstack(supply.lead_times)[known].with_columns(
        pl.Series("status", status[known]),
        pl.Series("on_hand", seen.on_hand[known]),
        pl.Series("available", seen.on_hand[known]),
        pl.Series("in_transit", seen.in_transit[known]),
        pl.Series("on_order", on_order[known]),
        pl.Series("recently_moved", (seen.moved > day - recent_days)[known]),
        # The replay's prices fall everywhere, by regions or by locations.
        price_zone=pl.lit(None, pl.String),
        # Nobody plays the people who change levels.
        level_change=pl.lit(None, pl.String),
        own_presentation_min=pl.col("presentation_min"),
        reserved=nothing,
        damaged=nothing,
        proposed_inbound=nothing,
        proposed_outbound=nothing,
        snapshot_date=pl.lit(masters.date(day)),
    )
    return pairs.select(_COLUMNS)


def sales_history(seen: EveningView, days: int, horizon_days: int) -> pl.DataFrame:
    """Sales of the last days, as the query `sales_window` gives them, sorted by key.

    Only closes are known, not the hours without stock, and no receipts, by which bulk sales are
    told.
    """
    masters, last = seen.masters, seen.day
    first = max(0, last - days + 1)
    chosen = (masters.announced <= last) & (masters.launch <= last + horizon_days)
    chosen &= (masters.exit >= last) & ~masters.blocked & (masters.pairs["kind"] != "dc").to_numpy()
    pair = masters.by_key[chosen[masters.by_key]]
    day = np.arange(first, last + 1)
    kept = (day[None, :] >= masters.launch[pair, None]) | (day == last)
    row, column = np.nonzero(kept)
    at = day[column], pair[row]
    opens = masters.opens[at[0], masters.location[at[1]]]
    on_sale = at[0] >= masters.launch[at[1]]
    sold = pl.Series(seen.sold[at].astype(np.int64)).set(pl.Series(~(opens & on_sale)), None)
    return masters.pairs.select("region", "sku", "location")[at[1]].with_columns(
        date=masters.dates(at[0]),
        sales=sold,
        out_of_stock=pl.Series(seen.empty[at] & on_sale),
        stockout_hours=pl.lit(None, pl.Int64),
        closed=pl.Series(~opens),
    )


def assortment(seen: EveningView) -> Assortment:
    """What masters say of pairs on sale or announced, the items as `new_items` queries them."""
    masters, day = seen.masters, seen.day
    chosen = (masters.announced <= day) & (masters.exit >= day)
    chosen &= ~masters.blocked & (masters.pairs["kind"] != "dc").to_numpy()
    items = masters.fed_pairs[np.flatnonzero(chosen)].select(
        "region", "sku", "location", "like_sku", "launch_date"
    )
    return Assortment(items, masters.attributes, masters.nodes)


YEARS = 2
"""Years of sales by week that seasons are learnt from."""

_YEAR_WEEKS = 52
_NO_EVENTS = pl.DataFrame(schema={"name": pl.String, "date": pl.Date, "share": pl.Float64})


def long_past(seen: EveningView) -> PastWeeks:
    """All that has been seen, by week, as the query `item_weeks` gives it, and the events.

    Bulk sales are not told apart, here as in `sales_history`.
    """
    masters, day = seen.masters, seen.day
    known = masters.attributes.join(
        masters.pairs.select("sku").filter(pl.Series(masters.announced <= day)).unique(),
        on="sku",
        how="semi",
    )
    events = _NO_EVENTS
    if masters.events is not None:
        told = masters.events.filter(pl.col("announced_on") <= masters.date(day))
        events = told.select(_NO_EVENTS.columns)
    return PastWeeks(_item_weeks(seen), known, events)


def _item_weeks(seen: EveningView) -> pl.DataFrame:
    masters, day = seen.masters, seen.day
    weeks = min(YEARS * _YEAR_WEEKS, (day + 1) // WEEK)
    first = day + 1 - weeks * WEEK
    rows = slice(first, day + 1)
    starts = first + WEEK * np.arange(weeks)[:, None]
    # Whole weeks on sale only: half a week of a launch would be a low one.
    whole = (starts >= masters.launch) & (starts + WEEK - 1 <= masters.exit)
    in_stock = masters.opens[rows][:, masters.location] & ~seen.empty[rows]
    if masters.promoted is not None:
        in_stock &= ~masters.promoted[rows]
    sold = np.where(in_stock, seen.sold[rows], 0)
    shape = weeks, WEEK, masters.size
    units = np.where(whole, sold.reshape(shape).sum(axis=1), 0).astype(np.float64)
    days = np.where(whole, in_stock.reshape(shape).sum(axis=1), 0).astype(np.float64)
    usual = np.zeros_like(units)
    block = np.arange(weeks)[::-1] // _YEAR_WEEKS
    for year in range(YEARS):
        at = block == year
        total, of = units[at].sum(axis=0), days[at].sum(axis=0)
        usual[at] = days[at] * np.divide(total, of, out=np.zeros_like(total), where=of > 0)
    number = masters.pairs["location"].rank("dense").cast(pl.Int64)
    pairs = masters.pairs.select("sku", half=number % 2)
    code = pairs.select(pl.struct("sku", "half").rank("dense").cast(pl.Int64) - 1).to_series()
    groups = pairs.with_columns(code=code).unique("code", keep="first").sort("code")
    sums = []
    for values in (units, usual):
        summed = np.zeros((groups.height, weeks))
        np.add.at(summed, code.to_numpy(), values.T)
        sums.append(pl.Series(summed.ravel()))
    at = np.tile(np.arange(weeks), groups.height)
    return (
        groups[np.repeat(np.arange(groups.height), weeks)]
        .select(
            "sku",
            "half",
            week=masters.dates(first + WEEK * at),
            units=sums[0],
            usual=sums[1],
        )
        .filter(pl.col("usual") > 0)
    )
