"""What the warehouse would give the night's functions, from what a policy sees."""

import numpy as np
import polars as pl

from forecasting.night import Assortment
from quality_checks.contracts import PlanningPairs, find_contract
from simulation.replay.decision import EveningView
from simulation.replay.night_supply import KnownSupply

_COLUMNS = [name for name in find_contract(PlanningPairs).columns if name != "business_date"]


def planning_pairs(seen: EveningView, supply: KnownSupply, recent_days: int) -> pl.DataFrame:
    """Known pairs in the columns of the contract PlanningPairs, without business_date, by key.

    Args:
        seen: what is known.
        supply: lead times, yields and terms.
        recent_days: days for which a pair that moved sideways sends nothing.
    """
    masters, day = seen.masters, seen.day
    known = masters.by_key[((masters.announced <= day) & (masters.exit > day))[masters.by_key]]
    status = np.where(masters.blocked, "blocked", "active")
    nothing = pl.lit(0, pl.Int64)
    pairs = masters.fed_pairs.hstack(supply.lead_times)[known].with_columns(
        pl.Series("status", status[known]),
        pl.Series("on_hand", seen.on_hand[known]),
        pl.Series("available", seen.on_hand[known]),
        pl.Series("in_transit", seen.in_transit[known]),
        pl.Series("on_order", seen.on_order[known]),
        pl.Series("recently_moved", (seen.moved > day - recent_days)[known]),
        reserved=nothing,
        damaged=nothing,
        proposed_inbound=nothing,
        proposed_outbound=nothing,
        snapshot_date=pl.lit(masters.date(day)),
        supplier_closed_from=pl.lit(None, pl.Date),
        supplier_closed_to=pl.lit(None, pl.Date),
    )
    return pairs.select(_COLUMNS)


def sales_history(seen: EveningView, days: int, horizon_days: int) -> pl.DataFrame:
    """Sales of the last days, as the query `sales_window` gives them, sorted by key.

    Only closes are known, not the hours without stock.
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
