"""What a unit sold is expected to earn: the price on the days on which it would sell, less returns.

A unit that is sent or ordered tonight sells once it has arrived, and until the goods of the next
order are there. Its price is the mean over these days, weighted by expected demand, of the price
that `announced_prices` finds for each day. A node that supplies others earns what the pairs it
feeds earn, each on the days on which goods sent on would sell there. With r the chance that a unit
comes back, s the share of those that can be sold again, c its cost and h the handling,

    margin = (1 - r) (price - c) - r (1 - s) c - r h        currency a unit sold.
"""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from forecasting.distribution import TAIL_DAYS, aggregate_groups
from optimization.frames import Plan, cast_to_contract
from optimization.value.announced_prices import (
    FLAGS,
    find_base_prices,
    find_daily_prices,
    find_paid_ratios,
)
from quality_checks.contracts import (
    AnnouncedOffers,
    CategoryPrices,
    Economics,
    PaidSales,
    PairReturns,
    SaleValues,
    find_frame,
)

LEAST_SALE_DAYS = 7
"""Days over which a price is averaged at least: what arrives does not sell in a day."""

LEAST_WEIGHT = 1e-9
"""Weight of a day without expected demand, so that a price is found where nothing will sell."""

NAMED_FROM = 0.5
"""Share of the demand of a node from which on what is wrong with a price is named there."""

CAUTIONS = (*FLAGS, "returns_not_known", "sells_below_cost", "left_range_with_stock", "no_price")
"""Codes of what is wrong with the value of a sale, in the order in which they are named."""

EARNED = ("selling_price", "return_rate", "resalable_share", "return_cost", "sale_margin")
"""What plans are told of a sale."""

_PAIR = ["sku", "location"]


@dataclass(frozen=True)
class SaleRecords:
    """What documents and receipts say of prices and returns, known on the business date.

    Attributes:
        offers: frame `announced_offers`, those of the last four weeks included.
        paid: frame `paid_sales`, of the last four weeks.
        categories: frame `category_prices`.
        returns: frame `pair_returns`; pairs that it lacks are named.
    """

    offers: pl.DataFrame
    paid: pl.DataFrame
    categories: pl.DataFrame
    returns: pl.DataFrame

    def of_pairs(self, pairs: pl.DataFrame) -> "SaleRecords":
        """The records, checked, with the number of the pair in `pair` instead of its keys."""
        number = pairs.select(*_PAIR, "pair")

        def numbered(frame: pl.DataFrame) -> pl.DataFrame:
            return frame.join(number, on=_PAIR, maintain_order="left").drop(_PAIR)

        return SaleRecords(
            offers=numbered(find_frame(AnnouncedOffers).read(self.offers)),
            paid=numbered(find_frame(PaidSales).read(self.paid)),
            categories=find_frame(CategoryPrices).read(self.categories),
            returns=numbered(find_frame(PairReturns).read(self.returns)),
        )


def compute_sale_margin(cost: str = "unit_cost") -> pl.Expr:
    """Expected margin of a sale net of returns, currency; below 0 where a sale loses.

    The columns read are selling_price, return_cost and `cost` (currency), return_rate and
    resalable_share.

    Args:
        cost: column of what a unit costs.
    """
    price, paid, rate = pl.col("selling_price"), pl.col(cost), pl.col("return_rate")
    lost = rate * ((1 - pl.col("resalable_share")) * paid + pl.col("return_cost"))
    return (1 - rate) * (price - paid) - lost


def join_sale_values(pairs: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Pairs with selling_price, return_rate, resalable_share, return_cost and sale_margin.

    Args:
        pairs: sku, location and more.
        values: the columns of the contract SaleValues; what it lacks is missing.
    """
    return pairs.join(
        values.select(*_PAIR, *EARNED), on=_PAIR, how="left", maintain_order="left", validate="1:1"
    )


def value_sales(
    pairs: pl.DataFrame,
    forecast: pl.DataFrame,
    records: SaleRecords,
    economics: Economics,
    *,
    first_day: dt.date,
) -> Plan:
    """Value a sale of every pair.

    Items are independent of each other but for the records by category, so pairs may come in
    ranges of skus. An item that has left the range sells no more: it is valued at what
    exit_loss_share leaves of its cost.

    Args:
        pairs: the columns of the contract PlanningPairs.
        forecast: frame `daily_demand`, of every day from `first_day` on.
        records: what is known of prices and returns.
        economics: cost of a return, and the loss on what is left at an exit.
        first_day: day on which plans ship and order.

    Returns:
        lines: the columns of SaleValues without business_date. left_out: sku, location, problem
        (no_price): active pairs of which nothing says what they may sell for.

    Raises:
        ValueError: a frame of the records breaks its contract.
    """
    known = pairs.sort(_PAIR).with_row_index("pair")
    own = records.of_pairs(known)
    days = _weigh(_sale_days(known, first_day), forecast, known, first_day)
    priced = _price(days, known, own, first_day)
    valued = known.join(priced, on="pair", how="left", maintain_order="left")
    lines = _complete(valued, economics, first_day)
    left_out = lines.filter(pl.col("selling_price").is_null(), pl.col("status") == "active")
    return Plan(
        cast_to_contract(lines, SaleValues),
        left_out.select(*_PAIR, problem=pl.lit("no_price")),
    )


def _sale_days(known: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """Days on which the goods of each pair would sell: pair, member, offset.

    `member` is where they sell, the pair itself or one that it feeds, and `offset` counts from
    `first_day`.
    """
    sells = pl.col("kind") != "dc"
    fed = known.filter(pl.col("supply_location").is_not_null(), pl.col("status") == "active")
    nodes = known.select("sku", "pair", "location", node_lead="lead_time_mean",
                         node_review="review_days")  # fmt: skip
    below = fed.select(
        "sku", "supply_location", "launch_date", "exit_date", member="pair",
        lead="lead_time_mean",
    ).join(
        nodes, left_on=["sku", "supply_location"], right_on=_PAIR, maintain_order="left",
    )  # fmt: skip
    lead = pl.col("lead").fill_null(0.0) + pl.col("node_lead").fill_null(0.0)
    feeding = below.select(
        "pair", "member", "launch_date", "exit_date", start=lead,
        end=lead + pl.col("node_review").fill_null(0.0),
    )  # fmt: skip
    # A DC sells by what it feeds; one that feeds nobody is valued as if it sold itself.
    alone = sells | ~pl.col("pair").is_in(feeding["pair"].unique(maintain_order=True).implode())
    lead = pl.col("lead_time_mean").fill_null(0.0)
    itself = known.filter(alone).select(
        "pair", "launch_date", "exit_date", member="pair", start=lead,
        end=lead + pl.col("review_days").fill_null(0.0),
    )  # fmt: skip
    windows = pl.concat([itself.select(feeding.columns), feeding]).with_columns(
        wait=(pl.col("launch_date") - pl.lit(first_day)).dt.total_days().clip(0).fill_null(0),
        life=(pl.col("exit_date") - pl.lit(first_day)).dt.total_days() + 1,
    )
    start = pl.max_horizontal(pl.col("start").floor().cast(pl.Int64), "wait")
    end = pl.max_horizontal(pl.col("end").ceil().cast(pl.Int64), start + LEAST_SALE_DAYS)
    # What would arrive after the exit is valued by the last days on sale.
    last = pl.min_horizontal(end, pl.col("life").clip(1))
    first = (
        pl.when(last < end).then(pl.min_horizontal(start, last - LEAST_SALE_DAYS)).otherwise(start)
    )
    return (
        windows.select("pair", "member", offset=pl.int_ranges(first.clip(0), last))
        .explode("offset")
        .sort("pair", "member", "offset")
    )


def _weigh(
    days: pl.DataFrame, forecast: pl.DataFrame, known: pl.DataFrame, first_day: dt.date
) -> pl.DataFrame:
    """Add `weight`: demand expected of the member on the day, like its last days beyond them."""
    keyed = (
        forecast.select(*_PAIR, "date", "mean")
        .join(known.select(*_PAIR, member="pair"), on=_PAIR)
        .select("member", "mean", offset=(pl.col("date") - pl.lit(first_day)).dt.total_days())
        .sort("member", "offset")
    )
    last = pl.col("offset").max()
    tails = aggregate_groups(
        keyed,
        "member",
        last=last,
        tail=pl.col("mean").filter(pl.col("offset") > last - TAIL_DAYS).mean(),
    )
    beyond = pl.when(pl.col("offset") > pl.col("last")).then("tail")
    return (
        days.join(keyed, on=["member", "offset"], how="left", maintain_order="left")
        .join(tails, on="member", how="left", maintain_order="left")
        .with_columns(weight=pl.coalesce("mean", beyond, 0.0).clip(LEAST_WEIGHT))
        .drop("mean", "last", "tail")
    )


def _price(
    days: pl.DataFrame, known: pl.DataFrame, records: SaleRecords, first_day: dt.date
) -> pl.DataFrame:
    """Means over the days of each pair: prices, returns, the rule behind most of it, and flags."""
    base = find_base_prices(known, records.paid, records.categories)
    ratios = find_paid_ratios(base, records.paid, records.offers)
    asked = days.select(pair="member", date=pl.lit(first_day) + pl.duration(days="offset"))
    prices = find_daily_prices(asked, base, records.offers, ratios, first_day=first_day)
    returned = known.select("pair").join(
        records.returns, on="pair", how="left", maintain_order="left"
    )
    rows = pl.concat([days.drop("offset"), prices.drop("pair")], how="horizontal").join(
        returned, left_on="member", right_on="pair", how="left", maintain_order="left"
    )
    weight, rate = pl.col("weight"), pl.col("return_rate")

    def mean(value: pl.Expr, weights: pl.Expr = weight) -> pl.Expr:
        there = value.is_not_null()
        return (value * weights).filter(there).sum() / weights.filter(there).sum()

    means = aggregate_groups(
        rows,
        "pair",
        first=pl.col("date").min(),
        until=pl.col("date").max(),
        selling_price=_found(mean(pl.col("price"))),
        announced_price=_found(mean(pl.col("announced"))),
        return_rate=_found(mean(rate)),
        resalable_share=_found(mean(pl.col("resalable_share"), weight * rate.clip(LEAST_WEIGHT))),
        **{flag: mean(pl.col(flag).cast(pl.Float64)) >= NAMED_FROM for flag in FLAGS},
    )
    by_rule = (
        aggregate_groups(
            rows.filter(pl.col("basis").is_not_null()).sort("pair", "basis"),
            ["pair", "basis"],
            weight=weight.sum(),
        )
        .sort("pair", "weight", "basis", descending=[False, True, False])
        .unique("pair", keep="first", maintain_order=True)
    )
    paid = aggregate_groups(
        records.paid.sort("pair", "date"),
        "pair",
        realised_price=pl.col("net_value").sum() / pl.col("units").sum(),
    )
    return means.join(by_rule.drop("weight"), on="pair", how="left", maintain_order="left").join(
        paid, on="pair", how="left", maintain_order="left"
    )


def _found(mean: pl.Expr) -> pl.Expr:
    """A mean, missing where it is of nothing."""
    return pl.when(mean.is_finite()).then(mean)


def _complete(valued: pl.DataFrame, economics: Economics, first_day: dt.date) -> pl.DataFrame:
    """Add returns where none are known, the margin, and what is wrong; value what has left."""
    left = (pl.col("exit_date") < first_day).fill_null(value=False)
    salvage = pl.col("unit_cost") * (1 - economics.exit_loss_share)
    return (
        valued.with_columns(
            list_price="unit_price",
            sells_from="first",
            sells_to="until",
            selling_price=pl.when(left).then(salvage).otherwise("selling_price"),
            basis=pl.when(left).then(pl.lit("salvage")).otherwise("basis"),
            returns_not_known=pl.col("return_rate").is_null(),
            return_rate=pl.when(left).then(0.0).otherwise(pl.col("return_rate").fill_null(0.0)),
            resalable_share=pl.col("resalable_share").fill_null(1.0),
            return_cost=pl.lit(economics.return_handling_cost),
        )
        .with_columns(sale_margin=compute_sale_margin())
        .with_columns(
            sells_below_cost=(pl.col("selling_price") < pl.col("unit_cost")) & ~left,
            left_range_with_stock=left & (pl.col("on_hand") > 0),
            no_price=pl.col("selling_price").is_null(),
        )
        .with_columns(
            cautions=pl.concat_str(
                (pl.when(pl.col(code)).then(pl.lit(code)) for code in CAUTIONS),
                separator=";",
                ignore_nulls=True,
            )
        )
    )
