"""What a sale earns, as the warehouse would find it from what a policy sees.

Offers are those that were announced by the evening, receipts are past sales at the prices of their
days, and return rates are those that the retailer knows of its items and channels.
"""

import numpy as np
import polars as pl

from optimization.value import SaleRecords, value_sales
from quality_checks.contracts import (
    AnnouncedOffers,
    MarkdownRules,
    PairReturns,
    PlanningPolicy,
    find_frame,
)
from simulation.replay.decision import EveningView
from simulation.replay.price_list import find_listed
from simulation.replay.scenario import NEVER, Floats, Ints, PriceEntries

PAID_DAYS, YEAR_DAYS = 28, 365
"""Days of receipts that announced prices are held against, and that say what a category sells for:
those of the warehouse's queries."""

_PAIR = ["sku", "location"]


def find_sale_values(
    pairs: pl.DataFrame, ahead: pl.DataFrame, seen: EveningView, policy: PlanningPolicy
) -> pl.DataFrame:
    """Find what a sale of each pair earns, in the columns of the contract SaleValues.

    Args:
        pairs: the columns of the contract PlanningPairs.
        ahead: frame `daily_demand`, of the days after the one that closed.
        seen: what is known.
        policy: what a return costs.
    """
    return value_sales(
        pairs,
        ahead,
        sale_records(seen),
        policy.economics,
        first_day=seen.masters.date(seen.day + 1),
    ).lines


def sale_records(seen: EveningView) -> SaleRecords:
    """Announced offers, receipts and return rates that are known when a day has closed."""
    masters = seen.masters
    returns = find_frame(PairReturns).empty() if masters.returns is None else masters.returns
    return SaleRecords(_offers(seen, PAID_DAYS), _paid(seen), _categories(seen), returns)


def list_past_offers(seen: EveningView, rules: MarkdownRules) -> pl.DataFrame:
    """List what set prices in the year before; nothing where policy counts from no past price.

    Args:
        seen: what is known.
        rules: of policy.

    Returns:
        Frame `announced_offers`.
    """
    if not rules.prior_prices:
        return find_frame(AnnouncedOffers).empty()
    return _offers(seen, YEAR_DAYS).filter(pl.col("starts_on") <= seen.masters.date(seen.day))


def _offers(seen: EveningView, back: int) -> pl.DataFrame:
    """Offers announced so far, of the last days and ahead, each day of one as one of its own."""
    masters = seen.masters
    listed = masters.pairs.select(*_PAIR, "unit_price")
    share, promoted = pl.col("price"), pl.col("promoted")
    none = pl.DataFrame(
        schema={"sku": pl.String, "location": pl.String, "date": pl.Date, "price": pl.Float64,
                "promoted": pl.Boolean, "announced_on": pl.Date}
    )  # fmt: skip
    told = (none if masters.offers is None else masters.offers).filter(
        pl.col("announced_on") <= masters.date(seen.day),
        pl.col("date") > masters.date(seen.day - back),
    )
    # A list that changes is the one that is in force, and not the one that masters began with.
    of_list = [] if seen.entries is None else [_entries(seen, back)]
    kept = told if seen.entries is None else told.filter("promoted")
    days = kept.join(listed, on=_PAIR, maintain_order="left").select(
        *_PAIR,
        starts_on="date",
        ends_on="date",
        price=pl.when(~promoted).then(share * pl.col("unit_price")),
        discount=pl.when(promoted).then((1 - share).clip(0, 1)),
    )
    return pl.concat([days, *of_list], how="diagonal")


def _entries(seen: EveningView, back: int) -> pl.DataFrame:
    """Entries of the price list of the last days and of those to come, announced so far."""
    told = pl.col("ends_on") > seen.masters.date(seen.day - back)
    return (
        list_known_prices(seen)
        .select(*_PAIR, "price", starts_on="valid_from", ends_on="valid_to")
        .filter(told.fill_null(value=True))
    )


def list_known_prices(seen: EveningView) -> pl.DataFrame:
    """List the entries of the price list that are announced, in the columns of Prices.

    Raises:
        ValueError: the retailer's prices are not to be changed.
    """
    masters, known = seen.masters, _known_entries(seen)
    ends = known.end < NEVER
    last = masters.dates(np.where(ends, known.end, 0)).set(pl.Series(~ends), None)
    return masters.pairs.select(_PAIR)[known.pair].with_columns(
        valid_from=masters.dates(known.start), valid_to=last, price=pl.Series(known.price)
    )


def list_known_offers(seen: EveningView, first: int, last: int) -> pl.DataFrame:
    """List promotions and the price list that is in force from a day to another, announced so far.

    Args:
        seen: what is known; of a retailer who announces offers.
        first: day.
        last: day.

    Returns:
        The columns of the masters' `offers`: a row for each promotion, and each entry, of a day.

    Raises:
        ValueError: masters do not say what is announced.
    """
    masters = seen.masters
    if masters.offers is None:
        raise ValueError("nothing is announced at this retailer")
    days = pl.lit(masters.date(first)), pl.lit(masters.date(last))
    told = masters.offers.filter(
        pl.col("announced_on") <= masters.date(seen.day), pl.col("date").is_between(*days)
    )
    if seen.entries is None:
        return told
    known = _known_entries(seen)
    running = known.take((known.start <= last) & (known.end >= first))
    of_list = (
        masters.pairs.select(*_PAIR, "unit_price")[running.pair]
        .with_columns(
            date=pl.int_ranges(
                pl.Series(np.maximum(running.start, first)),
                pl.Series(np.minimum(running.end, last) + 1),
            ),
            price=pl.Series(running.price) / pl.col("unit_price"),
            promoted=pl.lit(value=False),
            whole_range=pl.lit(value=False),
            announced_on=masters.dates(running.announced),
        )
        .explode("date")
        .with_columns(date=pl.lit(masters.first) + pl.duration(days="date"))
    )
    # A list that changes is the one that is in force, and not the one that masters began with.
    return pl.concat([told.filter("promoted"), of_list.select(told.columns)])


def _known_entries(seen: EveningView) -> PriceEntries:
    """Entries of the price list that are announced."""
    entries = seen.entries
    if entries is None:
        raise ValueError("the prices of this retailer are not to be changed")
    return entries.take(entries.announced <= seen.day)


def find_listed_share(seen: EveningView, days: Ints, pair: Ints) -> Floats:
    """Find what the price list asked for pairs on past days over their list price, [day, pair].

    Raises:
        ValueError: the retailer's prices are not to be changed.
    """
    masters, entries = seen.masters, seen.entries
    if entries is None:
        raise ValueError("the prices of this retailer are not to be changed")
    rows = [find_listed(entries, int(day), masters.list_price)[pair] for day in days]
    return np.stack(rows) / masters.list_price[pair]


def _paid(seen: EveningView) -> pl.DataFrame:
    """What customers paid by day and pair over the last days."""
    masters, first = seen.masters, max(0, seen.day - PAID_DAYS + 1)
    row, pair = np.nonzero(seen.sold[first:])
    units = seen.sold[first:][row, pair].astype(np.int64)
    paid = units * seen.price[first:][row, pair].astype(np.float64)
    return masters.pairs.select(_PAIR)[pair].with_columns(
        date=masters.dates(first + row), units=pl.Series(units), net_value=pl.Series(paid)
    )


def _categories(seen: EveningView) -> pl.DataFrame:
    """What the items of each category sold for over the last year, against list price and cost."""
    masters, first = seen.masters, max(0, seen.day - YEAR_DAYS + 1)
    sold = seen.sold[first:].astype(np.float64)
    units = sold.sum(axis=0)
    sums = masters.pairs.select(
        "category",
        units=pl.Series(units),
        net_value=pl.Series((sold * seen.price[first:]).sum(axis=0)),
        list_value=pl.Series(units * masters.list_price),
        cost_value=pl.Series(units * masters.cost),
    )
    return (
        sums.filter(pl.col("units") > 0)
        .group_by("category", maintain_order=True)
        .agg(pl.all().sum())
        .sort("category")
    )
