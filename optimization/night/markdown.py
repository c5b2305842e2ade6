"""Which prices fall in a night, and which falls that are planned wait."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from optimization.levels import Outlook
from optimization.markdown import (
    PricePlan,
    list_markdown_rooms,
    plan_markdowns,
    select_season_items,
    select_sellers,
    sum_season_weeks,
)
from quality_checks.contracts import MarkdownRules, PlanningPolicy, SeasonPlaces, find_frame


@dataclass(frozen=True)
class PriceInputs:
    """All that the prices of a night are planned from.

    Attributes:
        items: frame `season_items`.
        weeks: frame `season_weeks`.
        places: frame `season_places`.
        rooms: frame `markdown_rooms`.
        rules: of policy.
        first_day: day on which a price may change.
        left_out: the columns of UnpricedSeasons without business_date.
        offers: frame `announced_offers`, of the year before.
    """

    items: pl.DataFrame
    weeks: pl.DataFrame
    places: pl.DataFrame
    rooms: pl.DataFrame
    rules: MarkdownRules
    first_day: dt.date
    left_out: pl.DataFrame
    offers: pl.DataFrame


def gather_price_inputs(  # noqa: PLR0913  # what a night knows of prices
    *,
    pairs: pl.DataFrame,
    outlook: Outlook,
    values: pl.DataFrame,
    responses: pl.DataFrame,
    prices: pl.DataFrame,
    offers: pl.DataFrame,
    products: pl.DataFrame,
    moves: pl.DataFrame,
    exported: pl.DataFrame,
    policy: PlanningPolicy,
    business_date: dt.date,
) -> PriceInputs:
    """Put together the items whose season is weighed, and what their prices hang on.

    Args:
        pairs: the columns of the contract PlanningPairs, with those of SaleValues that plans read.
        outlook: demand of every day after `business_date`, at the prices that are announced for it,
            and seasons.
        values: the columns of the contract SaleValues.
        responses: the columns of the contract PriceResponses.
        prices: the columns of the contract Prices.
        offers: frame `announced_offers`, of the year before; asked for where policy counts
            reductions from past prices.
        products: the columns of the contract Products.
        moves: the columns of the contract TransfersPlan.
        exported: the columns of the contract ExportLines, of earlier business dates, that stand.
        policy: its rules of markdowns, and what stock costs.
        business_date: the day that closed; prices change on the next.
    """
    first_day, rules = business_date + dt.timedelta(days=1), policy.markdown
    sellers = select_sellers(pairs, outlook.demand, moves, rules, first_day=first_day).join(
        values.select("sku", "location", "cautions"),
        on=["sku", "location"],
        how="left",
        maintain_order="left",
    )
    items, left_out = select_season_items(
        sellers,
        prices,
        offers,
        responses,
        products.select("sku", "brand"),
        policy,
        business_date=business_date,
    )
    weeks = sum_season_weeks(items, sellers, outlook, first_day=first_day)
    key = ["sku", "zone"]
    unseen = (
        items.filter(pl.col("stock") > 0)
        .join(weeks, on=key, how="anti")
        .select("region", *key, problem=pl.lit("no_forecast"))
    )
    return PriceInputs(
        items=items.join(weeks, on=key, how="semi", maintain_order="left"),
        weeks=weeks,
        places=sellers.select(*find_frame(SeasonPlaces).schema),
        rooms=list_markdown_rooms(rules, exported, products, first_day=first_day),
        rules=rules,
        first_day=first_day,
        left_out=pl.concat([left_out, unseen]).sort(key),
        offers=offers,
    )


def plan_prices(inputs: PriceInputs, moves: pl.DataFrame) -> PricePlan:
    """Mark down what is worth more at a lower price, and put off what sells as it is.

    Args:
        inputs: what the prices are planned from, once goods have moved.
        moves: the columns of the contract SeasonMoves, of tonight.

    Raises:
        ValueError: a frame breaks its contract.
    """
    return plan_markdowns(
        inputs.items,
        inputs.weeks,
        moves,
        inputs.rooms,
        inputs.rules,
        first_day=inputs.first_day,
    )
