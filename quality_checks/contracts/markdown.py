"""Prices of what is left of a season: what to mark down, and what to hold."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.demand import PriceResponses
from quality_checks.contracts.landing import Products


class ZonedItem(Table):
    """An item in a price zone: the places in which it has one price."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the zone; * for all.")
    sku: str = column("Item.")
    zone: str = column("Price zone: a node, a region, or * for everywhere.")


class PricedItem(ZonedItem):
    """An item in a price zone, and the items of its department that have one price with it."""

    department: str = column_of(Products, "department")
    family: str = column(
        "Items priced together, as policy has it: a style and colour, a style, or the item."
    )


OPTIONS = ["hold", "markdown", "planned", "no_markdown", "transfer"]
"""What may become of the price of an item in a zone."""


@result("markdown_options", "plans", key=("sku", "zone", "option", "new_price"), retain=15)
class MarkdownOptions(PricedItem):
    """All that was weighed for the price of each item in a zone, over the rest of its season.

    `hold` keeps the price for a week, `markdown` lowers it now, `planned` follows the price list,
    each with the best prices after it; `no_markdown` keeps the price to the end; `transfer` moves
    units to the zone in which they are worth most, with the best prices for what stays.
    """

    option: str = column("What is done.", isin=OPTIONS)
    new_price: float = column("Price that it leads to.", unit="currency", ge=0)
    starts_on: pl.Date = column("Day from which that price holds.")
    worth: float = column(
        "Expected proceeds and salvage, less what stock costs; of a transfer with what it gains "
        "over both zones; missing of a price that the lowest of the days before forbids.",
        unit="currency",
        nullable=True,
    )
    worth_unmoved: float = column(
        "Of a transfer, the same with the best prices and nothing moved; else missing.",
        unit="currency",
        nullable=True,
    )
    family_worth: float = column(
        "The same of all items priced together, as all take it; missing where they cannot, where "
        "the price list does so this week, where it is forbidden, and of a transfer, which an item "
        "makes by itself.",
        unit="currency",
        nullable=True,
    )
    sold: float = column(
        "Units expected to sell; missing where only the worth was asked.",
        unit="units",
        nullable=True,
        ge=0,
    )
    left: float = column(
        "Units expected to be left at the end; missing likewise.",
        unit="units",
        nullable=True,
        ge=0,
    )
    proceeds: float = column(
        "Of what sells, net of returns; missing likewise.", unit="currency", nullable=True
    )
    moved: int = column("Units that are moved away.", unit="units", ge=0)
    moved_to: str = column("Zone that they are moved to.", nullable=True)
    markdown_money: float = column(
        "What the price falls by tonight, times the stock.", unit="currency", ge=0
    )
    verdict: str = column("Chosen, or why not.")


SEASON_WORTH = "season_worth"
"""Reason of a transfer that is made for what the rest of the season is worth there."""

MOVE_LIMITS = [
    "no_lane",
    "lane_days",
    "zone_takes",
    "zone_sends",
    "sender_need",
    "receiver_room",
    "lane_capacity",
    "outbound_capacity",
    "receiving_capacity",
    "handling_capacity",
    "receiving_volume",
    "lane_volume",
    "trip_gain",
    "value",
]
"""What may keep units from moving to a zone where the rest of the season makes more of them."""


@result("season_moves", "plans", key=("sku", "zone"), retain=15)
class SeasonMoves(ZonedItem):
    """What units of each item are worth over the rest of its season, zone by zone, and what moves.

    Items that are weighed in two zones or more, before prices are set. Worth is with the best
    prices of each zone; the lines that move are in `transfers_plan`, with the reason season_worth.
    """

    stock: int = column("Units there and coming, before anything moves.", unit="units", ge=0)
    net_units: int = column("Units that come tonight; below 0 those that leave.", unit="units")
    worth_before: float = column(
        "Expected proceeds and salvage of the stock, less what it costs.", unit="currency"
    )
    worth_after: float = column("The same once the units have moved.", unit="currency")
    step_price: float = column(
        "Price that it would have tonight if nothing moved; missing where that is the one in "
        "force.",
        unit="currency",
        nullable=True,
        gt=0,
    )
    wanted_zone: str = column(
        "Zone to which a move out of this one gains most, by what a unit costs on its cheapest "
        "lane; missing where no move gains.",
        nullable=True,
    )
    wanted_units: int = column("Units of that move, 0 without one.", unit="units", ge=0)
    wanted_gain: float = column("What that move would gain over both zones.", unit="currency", ge=0)
    gain: float = column(
        "What the units that leave gain: their worth there less their worth here and all costs.",
        unit="currency",
        ge=0,
    )
    moved_to: str = column(
        "Zones that units leave for, joined by a semicolon; missing where none leave.",
        nullable=True,
    )
    limit: str = column(
        "What keeps that move from being made, or from being made whole; missing where nothing "
        "does.",
        nullable=True,
        isin=MOVE_LIMITS,
    )


class PriceAction(PricedItem):
    """What to do about the price of an item in a zone, against what would happen else."""

    family_size: int = column("Items priced together whose season is weighed.", ge=1)
    family_worth: float = column(
        "Expected proceeds and salvage of these, less what stock costs.", unit="currency"
    )
    due_on: pl.Date = column("Day from which the price holds.")
    season_end: pl.Date = column("Last day of the season.")
    quantity: int = column("Units that it is for: all that the zone has.", unit="units", ge=1)
    packs: int = column("The same: prices know no packs.", ge=1)
    list_price: float = column("List price; missing without one.", nullable=True, gt=0)
    old_price: float = column("Price in force.", unit="currency", gt=0)
    new_price: float = column("Price then.", unit="currency", gt=0)
    floor_price: float = column("Lowest price that policy allows.", unit="currency", ge=0)
    prior_price: float = column(
        "Lowest price of the days before, that the reduction is counted from; missing where policy "
        "has no such rule.",
        unit="currency",
        nullable=True,
        gt=0,
    )
    salvage: float = column("Worth of a unit left at the end.", unit="currency", ge=0)
    slope: float = column_of(PriceResponses, "slope")
    slope_sd: float = column_of(PriceResponses, "slope_sd")
    demand_held: float = column(
        "Demand expected until the end at the old price.", unit="units", ge=0
    )
    sold_as_is: float = column("Units expected to sell without it.", unit="units", ge=0)
    sold_then: float = column("Units expected to sell with it.", unit="units", ge=0)
    proceeds_as_is: float = column("Of what sells without it, net of returns.", unit="currency")
    proceeds_then: float = column("Of what sells with it, net of returns.", unit="currency")
    kept_as_is: float = column("Cost of stock without it.", unit="currency", ge=0)
    kept_then: float = column("Cost of stock with it.", unit="currency", ge=0)
    margin_kept: float = column("Expected margin that it keeps.", unit="currency", ge=0)
    margin_given_up: float = column("Expected margin that it gives up.", unit="currency", ge=0)
    holding_cost: float = column(
        "Expected cost of holding that it adds; below 0 where it saves some.", unit="currency"
    )
    gain_chance: float = column(
        "Probability that demand, and how it answers, let it gain, were no other price to come.",
        ge=0,
        le=1,
    )
    urgency_days: float = column(
        "Days to stock-out: missing, a price is not about running short.",
        unit="days",
        nullable=True,
        ge=0,
    )
    reason: str = column("Reason codes, joined by a semicolon.")
    binding: str = column("What kept the price from falling further, or sooner.")
    rejected: str = column("Best rejected alternative.")


@result("markdown_plan", "plans", key=("sku", "zone"))
class MarkdownPlan(PriceAction):
    """Items to mark down, by price zone, against holding the price for a week.

    Where the price list has a fall of the price to come, it is against that instead.
    """

    limit_price: float = column(
        "What one more of currency in its department's budget of markdowns would bring.", ge=0
    )


@result("deferral_plan", "plans", key=("sku", "zone"))
class DeferralPlan(PriceAction):
    """Falls of the price that the price list has and that are better put off."""

    planned_on: pl.Date = column("Day that the fall was planned for.")


@result("unpriced_seasons", "plans", key=("sku", "zone"), retain=15)
class UnpricedSeasons(ZonedItem):
    """Items at the end of their season, or in surplus, of which no price could be planned."""

    problem: str = column("Why.", isin=["no_price", "no_response", "stock_unknown", "no_forecast"])
