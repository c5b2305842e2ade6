"""The price of an item at a place on a day, by what is announced, as far as receipts bear it out.

Of a day the first of these that says something holds:

1. **Price list**: its lowest price for the day (`markdown` where it lowers the price of an item
   that leaves the range).
2. **List price**, if it is at least the unit cost.
3. **Realised price**: where the list price is missing, or below cost, what customers paid lately:
   here, shrunk to the item elsewhere, shrunk to the category's price over cost.
4. **Category's ratio**: that price over cost alone, where the item sold nothing lately.

The largest discount of the promotions of the day comes off 1 and 2 (3 holds what was taken off
already). A promotion without an end is a markdown under way. Offers are known a few weeks ahead:
on a day later than that without any, the item sells at the category's usual share of the list
price, as last year's promotions and markdowns left it.

Documents are held against receipts. Where customers paid another price than was announced for the
same days, by `DISAGREES` or more, the announced price is corrected by the ratio of the two, shrunk
like 3, but not to more than the list price: receipts that come with tax would lift every price.
A price below `LEAST_OF_COST` of the unit cost, such as zero or a cent, is no price. Neither is an
entry above `MOST_OF_BASE` of what the item sells for without it, nor a list price of which
customers pay less than `LEAST_PAID`: what a point in the wrong place makes of a price.
"""

import datetime as dt

import polars as pl

from forecasting.distribution import aggregate_groups
from quality_checks.contracts import KNOWN_AHEAD_DAYS

LEAST_OF_COST = 0.1
"""Share of the unit cost below which a price is taken for a mistake."""

MOST_OF_BASE = 3.0
"""Multiple of the price without offers above which an entry of the price list is a mistake."""

LEAST_PAID = 1 / 8
"""Share of the list price that customers pay below which the list price is taken for a mistake.

The last step of a clearance leaves a fifth or more; a point in the wrong place a tenth.
"""

PRIOR_UNITS = 10.0
"""Units sold by which a price or ratio is shrunk to that of the level above."""

DISAGREES = 0.1
"""Share by which what is paid may differ from what is announced."""

NEVER_ENDS_DAYS = 180
"""Days after which a promotion is one without an end."""

FLAGS = (
    "no_list_price",
    "list_price_not_believed",
    "list_price_below_cost",
    "offer_not_believed",
    "promotion_without_end",
    "paid_below_announced",
    "paid_above_announced",
)
"""What may be wrong with the price of a day."""


def find_base_prices(
    pairs: pl.DataFrame, paid: pl.DataFrame, categories: pl.DataFrame
) -> pl.DataFrame:
    """Find what each pair sells for without any offer, and what it usually sells for.

    Args:
        pairs: pair, sku, category, unit_cost, unit_price (the list price) and exit_date.
        paid: pair, units and net_value of the last weeks.
        categories: frame `category_prices`.

    Returns:
        In the order of `pairs`: pair, sku, unit_cost, leaves (whether the item has an exit),
        listed (whether the list price holds), base (currency; missing where nothing says), basis,
        usual (share of the list price; missing where nothing sold) and the flags of list prices.
    """
    cost, listed = pl.col("unit_cost"), pl.col("unit_price")
    known = (
        _with_category(pairs, categories)
        .join(_sums(paid), on="pair", how="left", maintain_order="left")
        .with_columns(pl.col("units", "net_value").fill_null(0.0))
    )
    prior, units, paid_here = cost * pl.col("over_cost"), pl.col("units"), pl.col("net_value")
    of_item, paid_in_all = units.sum().over("sku"), paid_here.sum().over("sku")
    elsewhere = _shrink(of_item - units, paid_in_all - paid_here, prior)
    # Without any sale to compare with, the item's own receipts are all there is.
    alone = pl.when(of_item > 0).then(paid_in_all / of_item)
    realised = _shrink(units, paid_here, elsewhere).fill_null(alone)
    least = LEAST_OF_COST * cost
    realised = pl.when(realised >= least).then(realised)
    # What nobody has paid yet may have a margin that its category has not.
    inflated = ((of_item > 0) & (realised < LEAST_PAID * listed)).fill_null(value=False)
    holds = (listed >= cost).fill_null(value=False) & ~inflated
    unlisted = (
        pl.when(of_item > 0).then(pl.lit("realised_price")).otherwise(pl.lit("category_ratio"))
    )
    return known.select(
        "pair",
        "sku",
        "unit_cost",
        leaves=pl.col("exit_date").is_not_null(),
        listed=holds,
        base=pl.when(holds).then(listed).otherwise(realised),
        basis=pl.when(holds).then(pl.lit("list_price")).otherwise(unlisted),
        usual=pl.col("of_list").clip(0, 1),
        no_list_price=(listed <= 0).fill_null(value=True),
        list_price_not_believed=inflated | ((listed > 0) & (listed < least)).fill_null(value=False),
        list_price_below_cost=((listed >= least) & (listed < cost)).fill_null(value=False),
    )


def _with_category(pairs: pl.DataFrame, categories: pl.DataFrame) -> pl.DataFrame:
    """Add over_cost and of_list: what a category sells for over cost and over list price.

    Each is shrunk to that of all categories; missing where nothing sold at all.
    """
    sums = categories.sort("category")
    units, paid = pl.col("units"), pl.col("net_value")
    below = {"over_cost": "cost_value", "of_list": "list_value"}
    everywhere = {
        name: pl.lit(
            float(sums["net_value"].sum()) / float(sums[against].sum()) if sums.height else None
        )
        for name, against in below.items()
    }
    shrunk = sums.select(
        "category",
        **{
            name: _shrink(units, units * paid / pl.col(against), everywhere[name])
            for name, against in below.items()
        },
    )
    return (
        pairs.select("pair", "sku", "category", "unit_cost", "unit_price", "exit_date")
        .join(shrunk, on="category", how="left", maintain_order="left")
        .with_columns(pl.col(name).fill_null(everywhere[name]) for name in below)
    )


def _sums(paid: pl.DataFrame) -> pl.DataFrame:
    """Units and money of each pair over its days."""
    return aggregate_groups(
        paid.sort("pair", "date"),
        "pair",
        pl.col("units").sum().cast(pl.Float64),
        pl.col("net_value").sum(),
    )


def _shrink(units: pl.Expr, total: pl.Expr, prior: pl.Expr) -> pl.Expr:
    """The mean of a total over units, shrunk to a prior mean by `PRIOR_UNITS`."""
    return (total + PRIOR_UNITS * prior) / (units + PRIOR_UNITS)


def find_paid_ratios(base: pl.DataFrame, paid: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Find by which share of the announced price customers paid, where the two disagree.

    Args:
        base: what `find_base_prices` gives.
        paid: pair, date, units, net_value.
        offers: pair, starts_on, ends_on, price, discount.

    Returns:
        pair, paid_ratio: pairs of which documents and receipts disagree.
    """
    announced = _announce(paid.select("pair", "date"), base, offers)["announced"]
    compared = paid.with_columns(expected=pl.col("units") * announced).filter(
        pl.col("expected") > 0
    )
    sums = aggregate_groups(
        compared.sort("pair", "date"),
        "pair",
        pl.col("units").sum().cast(pl.Float64),
        pl.col("net_value", "expected").sum(),
    )
    known = (
        base.select("pair", "sku")
        .join(sums, on="pair", how="left", maintain_order="left")
        .with_columns(pl.col("units", "net_value", "expected").fill_null(0.0))
    )

    # In units of what was announced, a sale says as much as another whatever its price.
    ratio = pl.col("net_value") / pl.col("expected")
    per_unit = pl.when(pl.col("expected") > 0).then(pl.col("units") * ratio).otherwise(0.0)
    counted = known.with_columns(paid_units=per_unit)
    units, as_paid = pl.col("units"), pl.col("paid_units")
    elsewhere = _shrink(
        units.sum().over("sku") - units, as_paid.sum().over("sku") - as_paid, pl.lit(1.0)
    )
    ratios = counted.select("pair", paid_ratio=_shrink(units, as_paid, elsewhere))
    return ratios.filter((pl.col("paid_ratio") - 1).abs() >= DISAGREES)


def find_daily_prices(
    days: pl.DataFrame,
    base: pl.DataFrame,
    offers: pl.DataFrame,
    ratios: pl.DataFrame,
    *,
    first_day: dt.date,
) -> pl.DataFrame:
    """Find the expected price of pairs on days.

    Args:
        days: pair, date.
        base: what `find_base_prices` gives.
        offers: pair, starts_on, ends_on, price, discount.
        ratios: what `find_paid_ratios` gives.
        first_day: the first day that plans look at.

    Returns:
        In the order of `days`: pair, date, announced and price (currency; missing where nothing
        says), basis and the columns of FLAGS.
    """
    found = _announce(days, base, offers).join(ratios, on="pair", how="left", maintain_order="left")
    known_until = first_day + dt.timedelta(days=KNOWN_AHEAD_DAYS - 1)
    later = (pl.col("date") > known_until) & pl.col("listed") & ~pl.col("offered")
    ratio, announced = pl.col("paid_ratio"), pl.col("announced")
    usual = later & pl.col("usual").is_not_null()
    corrected = announced.is_not_null() & ratio.is_not_null() & ~usual
    # Receipts that come with tax look like a price above the list price.
    most = pl.max_horizontal("announced", pl.when("listed").then("base"))
    paid = pl.min_horizontal(announced * ratio, pl.when(corrected & pl.col("listed")).then(most))
    price = (
        pl.when(usual)
        .then(announced * pl.min_horizontal("usual", ratio))
        .when(corrected)
        .then(paid)
        .otherwise(pl.coalesce("announced", "base"))
    )
    basis = (
        pl.when(price.is_null())
        .then(None)
        .when(usual)
        .then(pl.lit("usual_price"))
        .when(corrected)
        .then(pl.lit("realised_price"))
        .otherwise("basis")
    )
    return found.with_columns(
        price=price,
        basis=basis,
        paid_below_announced=(announced.is_not_null() & (ratio < 1)).fill_null(value=False),
        paid_above_announced=(announced.is_not_null() & (ratio > 1)).fill_null(value=False),
    ).select("pair", "date", "announced", "price", "basis", *FLAGS)


def _announce(days: pl.DataFrame, base: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Add what documents say of each day, in the order of `days`.

    `announced` is missing where neither the price list nor the list price says anything; `basis`
    then is that of `base`.
    """
    price, told = pl.col("price"), pl.col("basis") != "category_ratio"
    # Where nothing but its category says what the item sells for, no entry is above it.
    far_above = (told & (price > MOST_OF_BASE * pl.col("base"))).fill_null(value=False)
    believed = (price >= LEAST_OF_COST * pl.col("unit_cost")) & ~far_above
    lasts = (pl.col("ends_on") - pl.col("starts_on")).dt.total_days()
    endless = pl.col("discount").is_not_null() & (lasts > NEVER_ENDS_DAYS).fill_null(value=True)
    of_pair = offers.join(
        base.select("pair", "unit_cost", "base", "basis"), on="pair", maintain_order="left"
    ).select(
        "pair",
        "starts_on",
        "ends_on",
        entry=pl.when(believed).then("price"),
        discount="discount",
        refused=~believed.fill_null(value=True),
        endless=endless,
    )
    ends = pl.col("ends_on").fill_null(dt.date.max)
    largest = pl.col("discount") == pl.col("discount").max()
    of_day = (
        days.unique(["pair", "date"], maintain_order=True)
        .join(of_pair, on="pair", maintain_order="left")
        .filter(pl.col("date") >= pl.col("starts_on"), pl.col("date") <= ends)
        .group_by("pair", "date", maintain_order=True)
        .agg(
            pl.col("entry").min(),
            pl.col("discount").max(),
            endless=(pl.col("endless") & largest).any(),
            offer_not_believed=pl.col("refused").any(),
        )
    )
    listing = pl.coalesce("entry", pl.when("listed").then("base"))
    lowered = pl.col("entry") < pl.col("base")
    marked_down = pl.col("endless") | (pl.col("leaves") & lowered)
    taken_off = pl.col("discount").is_not_null() & listing.is_not_null()
    basis = (
        pl.when(taken_off & ~pl.col("endless"))
        .then(pl.lit("promotion"))
        .when(listing.is_not_null() & marked_down)
        .then(pl.lit("markdown"))
        .when(pl.col("entry").is_not_null())
        .then(pl.lit("price_list"))
        .otherwise("basis")
    )
    return (
        days.join(of_day, on=["pair", "date"], how="left", maintain_order="left")
        .join(base, on="pair", how="left", maintain_order="left")
        .with_columns(pl.col("endless", "offer_not_believed").fill_null(value=False))
        .with_columns(
            offered=pl.col("entry").is_not_null() | pl.col("discount").is_not_null(),
            announced=listing * (1 - pl.col("discount").fill_null(0.0)),
            basis=basis,
            promotion_without_end="endless",
        )
    )
