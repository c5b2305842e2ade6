"""Items whose price may fall tonight: those that leave the range soon, and those in surplus."""

import datetime as dt
import math

import polars as pl

from forecasting.distribution import aggregate_groups
from optimization.levels import count_owned_units
from optimization.markdown.prior_prices import find_prior_prices
from optimization.markdown.zones import PAIR, ZONED, find_zone_prices, name_family, name_zone
from quality_checks.contracts import DAYS_PER_YEAR, EVERYWHERE, MarkdownRules, PlanningPolicy

_WEEK = 7
_FEW = 1e-6
"""Units a day that all sell at least, so that stock has somewhere to go."""

_MOST = 0.5
"""Share of a zone's item-locations from which on a caution of theirs is its own."""


def select_sellers(
    pairs: pl.DataFrame,
    demand: pl.DataFrame,
    moves: pl.DataFrame,
    rules: MarkdownRules,
    *,
    first_day: dt.date,
) -> pl.DataFrame:
    """Select the item-locations that sell an item whose season is weighed.

    Args:
        pairs: the columns of the contract PlanningPairs, with those of SaleValues that plans read.
        demand: frame `daily_demand`.
        moves: frame `moved_units`, of tonight's transfers.
        rules: of policy.
        first_day: day on which a price may change.

    Returns:
        Active `pairs` that sell, with zone, family (of items that have one price), season_end,
        leaves (the item leaves the range then), daily (mean demand a day, units) and owned (units
        there and coming; of a node that supplies it, its part by demand; missing where the stock of
        either is unknown).
    """
    daily = aggregate_groups(demand, PAIR, daily=pl.col("mean").mean())
    active = (
        pairs.filter(status="active")
        .join(daily, on=PAIR, how="left", maintain_order="left")
        .join(_net_moves(moves), on=PAIR, how="left", maintain_order="left")
        .with_columns(
            name_zone(rules),
            name_family(rules),
            own=count_owned_units() + pl.col("moved").fill_null(0),
        )
        .drop("moved")
    )
    sellers = _share_supply(active)
    season = pl.lit(first_day + dt.timedelta(days=rules.season_days - 1))
    leaves = pl.col("exit_date").is_between(pl.lit(first_day), season)
    # What has one price is in surplus together, or a size would be weighed without the others.
    family = ["department", "family", pl.col("exit_date").is_null()]
    cover = pl.col("owned").sum().over(family) / pl.col("daily").sum().over(family)
    surplus = pl.col("exit_date").is_null() & (cover > rules.surplus_cover_days)
    last = pl.lit(first_day + dt.timedelta(days=rules.surplus_cover_days - 1))
    return (
        sellers.with_columns(leaves=leaves.fill_null(value=False))
        .filter(pl.col("leaves") | surplus.fill_null(value=False))
        .with_columns(season_end=pl.when("leaves").then("exit_date").otherwise(last))
    )


def _net_moves(moves: pl.DataFrame) -> pl.DataFrame:
    """sku, location, moved: units of tonight's transfers that come, less those that leave."""
    return (
        pl.concat(
            [
                moves.select("sku", location="destination", moved="quantity"),
                moves.select("sku", location="origin", moved=-pl.col("quantity")),
            ]
        )
        .group_by(PAIR, maintain_order=True)
        .agg(pl.col("moved").sum())
    )


def _share_supply(active: pl.DataFrame) -> pl.DataFrame:
    """Sellers with owned: their own units, and their part of those of the node that feeds them.

    The parts are whole and sum up; what is left of the division goes to those that sell most.
    """
    fed = active.filter(pl.col("kind") != "dc")
    supply = active.filter(pl.col("kind") == "dc").select(
        "sku",
        supply_location="location",
        supplied=pl.col("own").clip(lower_bound=0),
        blind=pl.col("own").is_null(),
    )
    feeder = ["sku", "supply_location"]
    joined = fed.join(supply, on=feeder, how="left", maintain_order="left").with_columns(
        pl.col("supplied").fill_null(0), pl.col("blind").fill_null(value=False)
    )
    weight = pl.when(pl.col("own").is_not_null()).then(pl.col("daily").fill_null(0.0) + _FEW)
    share = (weight / weight.sum().over(feeder)).fill_null(0.0)
    whole = (pl.col("supplied") * share).floor().cast(pl.Int64)
    sold_most = weight.rank("ordinal", descending=True).over(feeder)
    over = pl.col("supplied") - whole.sum().over(feeder)
    part = whole + (sold_most <= over).fill_null(value=False).cast(pl.Int64)
    owned = pl.when(~pl.col("blind")).then(pl.col("own") + part)
    return joined.with_columns(owned=owned).drop("supplied", "own", "blind")


def select_season_items(  # noqa: PLR0913, PLR0917  # all that a price hangs on
    sellers: pl.DataFrame,
    prices: pl.DataFrame,
    offers: pl.DataFrame,
    responses: pl.DataFrame,
    brands: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    business_date: dt.date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put together what is known of each item in a price zone.

    Args:
        sellers: what `select_sellers` gives, with cautions of their prices.
        prices: the columns of the contract Prices.
        offers: frame `announced_offers`, of the year before.
        responses: the columns of the contract PriceResponses.
        brands: sku and brand of the contract Products.
        policy: its rules of markdowns, what stock costs, and what is lost on what is left.
        business_date: the day that closed.

    Returns:
        Frame `season_items`, and the columns of UnpricedSeasons without business_date: items in a
        zone of which something that is needed is not known.
    """
    first_day, rules, economics = _next(business_date), policy.markdown, policy.economics
    slipped = pl.col("cautions").str.split(";").list.contains("list_price_not_believed")
    # Steps and floors of a list price with its point in the wrong place would bar every fall.
    known = sellers.filter(pl.col("owned").is_not_null()).with_columns(
        unit_price=pl.when(~slipped.fill_null(value=False).any().over("sku")).then("unit_price")
    )
    everywhere = pl.when((pl.col("zone") == EVERYWHERE) | (pl.col("regions") > 1)).then(
        pl.lit(EVERYWHERE)
    )
    limit = pl.col("brand").replace_strict(rules.brand_limits, default=1.0, return_dtype=pl.Float64)
    lost = (
        pl.when("leaves").then(economics.exit_loss_share).otherwise(economics.markdown_loss_share)
    )
    rate = economics.carrying_rate_per_year / DAYS_PER_YEAR * _WEEK
    wait = (
        pl.lit(rules.least_days_between_steps)
        - (pl.lit(first_day) - pl.col("lowered_on")).dt.total_days()
    )
    listed = pl.when(pl.col("unit_price") > 0).then("unit_price")
    zones = (
        aggregate_groups(
            known,
            ZONED,
            pl.col("department", "family", "unit_cost", "unit_price").first(),
            pl.col("season_end", "leaves").first(),
            pl.col("return_rate", "resalable_share", "return_cost").mean(),
            region=pl.col("region").first(),
            regions=pl.col("region").n_unique(),
            stock=pl.col("owned").clip(lower_bound=0).sum(),
        )
        .join(_find_cautions(known), on=ZONED, how="left", maintain_order="left")
        .join(
            find_zone_prices(known, prices, business_date=business_date),
            on=ZONED, how="left", maintain_order="left",
        )
        .join(
            find_prior_prices(known, offers, rules, business_date=business_date),
            on=ZONED, how="left", maintain_order="left",
        )
        .with_columns(**_count_from())
        .join(responses.select("sku", "slope", "slope_sd"), on="sku", how="left",
              maintain_order="left")
        .join(brands, on="sku", how="left", maintain_order="left")
        .with_columns(
            region=everywhere.otherwise("region"),
            list_price=listed,
            floor_price=pl.max_horizontal(
                pl.col("unit_cost") * rules.least_price_of_cost,
                pl.coalesce(listed, "price") * (1 - limit),
                "prior_floor",
            ),
            salvage=pl.col("unit_cost") * (1 - lost),
            keeping_cost=pl.col("unit_cost") * rate,
            locked_weeks=(wait / _WEEK).ceil().clip(lower_bound=0).fill_null(0).cast(pl.Int64),
            cautions=pl.col("cautions").fill_null(""),
            **_drop_late_plans(),
        )
    )  # fmt: skip
    unknown = sellers.join(known, on=ZONED, how="anti").select(
        "region", *ZONED, problem=pl.lit("stock_unknown")
    )
    problem = (
        pl.when(pl.col("price").is_null()).then(pl.lit("no_price"))
        .when(pl.col("slope").is_null()).then(pl.lit("no_response"))
    )  # fmt: skip
    left_out = zones.select("region", *ZONED, problem=problem).drop_nulls("problem")
    sound = zones.filter(problem.is_null())
    return sound, pl.concat([unknown.unique(ZONED, maintain_order=True), left_out]).sort(ZONED)


def _next(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _drop_late_plans() -> dict[str, pl.Expr]:
    """Falls that come after the season are none of it."""
    within = pl.col("planned_on") <= pl.col("season_end")
    return {name: pl.when(within).then(name) for name in ("planned_on", "planned_price")}


def _count_from() -> dict[str, pl.Expr]:
    """The price that a reduction is counted from, and whether prices are held as it is unknown."""
    held = pl.col("prior_held").fill_null(value=False)
    in_force = pl.when("in_force").then("price")
    prior = pl.when(~held).then(pl.min_horizontal("lowest", in_force))
    return {
        "prior_price": prior,
        "prior_floor": prior * (1 - pl.col("most_off")),
        "prior_held": held,
    }


def _find_cautions(sellers: pl.DataFrame) -> pl.DataFrame:
    """sku, zone, cautions: codes that hold for most of a zone's item-locations."""
    codes = sellers.select(*ZONED, code=pl.col("cautions").str.split(";")).with_columns(
        size=pl.len().over(ZONED)
    )
    return (
        codes.explode("code")
        .filter(pl.col("code") != "")
        .group_by(*ZONED, "code", "size", maintain_order=True)
        .len()
        .filter(pl.col("len") >= _MOST * pl.col("size"))
        .sort(*ZONED, "code")
        .group_by(ZONED, maintain_order=True)
        .agg(cautions=pl.col("code").str.join(";"))
    )


def count_season_weeks(season_end: dt.date, first_day: dt.date) -> int:
    """Weeks, the last one perhaps short, until a season's end."""
    return max(math.ceil(((season_end - first_day).days + 1) / _WEEK), 1)
