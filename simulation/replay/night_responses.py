"""How demand answers to prices, as the night learns it from the days that a policy has seen.

`list_priced_days` is what the query `priced_days` makes of a warehouse. Only closes are known, so
that a day without stock and without a sale was without stock all day; bulk sales are not told.
"""

import datetime as dt
import hashlib

import numpy as np
import polars as pl

from forecasting.price_response import LEARNT_DAYS, SILENT_DAYS, estimate_price_responses
from quality_checks.contracts import PlanningPolicy
from simulation.replay.decision import EveningView
from simulation.replay.night_prices import find_listed_share
from simulation.replay.scenario import WEEK, Bools, Floats, Ints, ScenarioMasters

TEACHING_ITEMS = 40
"""Items of a category that teach its response, besides those whose season is weighed: as many as
the asset of the night takes."""


def learn_responses(seen: EveningView, policy: PlanningPolicy) -> pl.DataFrame:
    """Learn how the demand of items answers to their price.

    Args:
        seen: what is known.
        policy: days of a season.

    Returns:
        The columns of the contract PriceResponses without business_date.
    """
    return estimate_price_responses(list_priced_days(seen, policy), seen.masters.attributes)


def list_priced_days(seen: EveningView, policy: PlanningPolicy) -> pl.DataFrame:
    """Frame `priced_days`: what places sold of items at which price, sorted by its key.

    Args:
        seen: what is known.
        policy: days of a season.
    """
    masters = seen.masters
    days = np.arange(max(0, seen.day + 1 - LEARNT_DAYS), seen.day + 1)
    pair = np.flatnonzero(
        _teaches(seen, policy.markdown.season_days) & (masters.launch <= seen.day)
    )
    open_days = masters.opens[days][:, masters.location[pair]] & _on_sale(seen, days, pair)
    sold = seen.sold[days][:, pair].astype(np.float64)
    in_stock = open_days & ~(seen.empty[days][:, pair] & (sold == 0))
    usual = _usual_sales(seen, days, pair, sold, in_stock)
    place = _name_places(masters)[pair]
    taken = _find_promotions(seen, days, pair)
    price = _find_paid_share(seen, days, pair, taken)
    row, column = np.nonzero(usual)
    cells = masters.pairs.select("sku", "style", "category")[pair[column]].with_columns(
        place=place[column],
        date=masters.dates(days[row]),
        price=pl.Series(price[row, column]),
        promoted=pl.Series(taken[row, column] > 0),
        units=pl.Series(sold[row, column]),
        usual=pl.Series(usual[row, column]),
    )
    return (
        cells.group_by("sku", "style", "category", "place", "date", maintain_order=True)
        .agg(pl.col("price").first(), pl.col("promoted").any(), pl.col("units", "usual").sum())
        .sort("sku", "place", "date")
    )


def _teaches(seen: EveningView, season_days: int) -> Bools:
    """Pairs of some items of each category, by a number drawn from their name, and of leavers."""
    masters = seen.masters
    today = masters.date(seen.day)
    ends = pl.col("exit_date")
    chosen = (
        masters.attributes.filter(
            pl.col("list_price") > 0,
            pl.col("launch_date") <= today,
            (ends >= today).fill_null(value=True),
        )
        .with_columns(
            drawn=pl.col("sku").map_elements(
                lambda sku: hashlib.md5(sku.encode(), usedforsecurity=False).hexdigest(),
                return_dtype=pl.String,
            )
        )
        .sort("category", "drawn", "sku")
        .with_columns(number=pl.int_range(pl.len()).over("category"))
        .filter(
            (pl.col("number") < TEACHING_ITEMS)
            | (ends <= today + dt.timedelta(days=season_days)).fill_null(value=False)
        )
    )
    sells = masters.pairs["kind"] != "dc"
    return (sells & masters.pairs["sku"].is_in(chosen["sku"].implode())).to_numpy()


def _on_sale(seen: EveningView, days: Ints, pair: Ints) -> Bools:
    """Whether each pair was on sale on a day, up to some weeks after the last one on which it sold.

    To stop at that one would leave out the days without a sale after it, and so tell more of the
    last price than it brought.
    """
    sold = seen.sold[days][:, pair] > 0
    last = np.where(sold.any(axis=0), days[-1] - np.argmax(sold[::-1], axis=0) + SILENT_DAYS, -1)
    started = days[:, None] >= seen.masters.launch[pair]
    return np.asarray(started & (days[:, None] <= last))


def _usual_sales(
    seen: EveningView, days: Ints, pair: Ints, sold: Floats, in_stock: Bools
) -> Floats:
    """What each pair in stock sells on such a weekday, [day, pair]; 0 while it is not."""
    masters = seen.masters
    rate = _ratio(np.where(in_stock, sold, 0).sum(axis=0), in_stock.sum(axis=0))
    weekdays = _weekday_factors(seen, days)[:, masters.location[pair]]
    of_day = weekdays[np.array([masters.weekday(int(day)) for day in days])]
    return np.where(in_stock, rate * of_day, 0.0)


def _weekday_factors(seen: EveningView, days: Ints) -> Floats:
    """What locations sell on a weekday over what they sell on any open day, [weekday, location]."""
    masters, nodes = seen.masters, len(seen.masters.locations)
    units = np.stack(
        [np.bincount(masters.location, row, minlength=nodes) for row in seen.sold[days]]
    )
    opens = masters.opens[days]
    mean = _ratio((units * opens).sum(axis=0), opens.sum(axis=0))
    weekday = np.array([masters.weekday(int(day)) for day in days])
    factors = np.zeros((WEEK, nodes))
    for number in range(WEEK):
        of_it = weekday == number
        own = _ratio((units * opens)[of_it].sum(axis=0), opens[of_it].sum(axis=0))
        factors[number] = _ratio(own, mean)
    return factors


def _name_places(masters: ScenarioMasters) -> pl.Series:
    """The places that change prices together: the stores of a region, and each other location."""
    region = pl.when(pl.col("kind") == "store").then("region").otherwise("location")
    return masters.pairs.select(region.alias("place")).to_series()


def _find_paid_share(seen: EveningView, days: Ints, pair: Ints, taken: Floats) -> Floats:
    """What was asked of customers over the list price, promotions taken off, [day, pair]."""
    if seen.entries is None:
        return np.asarray(seen.price[days][:, pair] / seen.masters.list_price[pair])
    return find_listed_share(seen, days, pair) * (1 - taken)


def _find_promotions(seen: EveningView, days: Ints, pair: Ints) -> Floats:
    """The largest share that a promotion takes off on each day, [day, pair]; 0 without one."""
    masters = seen.masters
    taken = np.zeros((days.size, pair.size))
    if masters.offers is None:
        return taken
    first, last = masters.date(int(days[0])), masters.date(int(days[-1]))
    keys = masters.pairs.select("sku", "location")[pair].with_columns(
        column=pl.int_range(pair.size)
    )
    told = (
        masters.offers.filter("promoted", pl.col("date").is_between(first, last))
        .join(keys, on=["sku", "location"], maintain_order="left")
        .select("column", "price", row=(pl.col("date") - first).dt.total_days())
    )
    at = told["row"].to_numpy(), told["column"].to_numpy()
    np.maximum.at(taken, at, 1 - told["price"].to_numpy())
    return taken


def _ratio(part: Floats, whole: Floats | Ints) -> Floats:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
