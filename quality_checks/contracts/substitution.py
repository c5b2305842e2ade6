"""Substitutes for lines of customers' orders: every one considered, and what is to be sent."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.landing import OnlineOrders, Substitutes
from quality_checks.contracts.sourcing import VERDICTS, OrderSourcing, SourcingOptions

SUBSTITUTION_FORMS = ["offer", "send"]
"""The customer is asked first, or it is sent to him unasked."""

CLOSENESS = ["other_colour", "other_size", "same_style", "alike", "same_category", "other"]
"""How close two items are: of one style and size, of one style and colour, of one style, of one
category and size, of one category, or none of these."""


class AcceptedChance(Table):
    """How surely a customer takes an item in place of the one that he ordered."""

    closeness: str = column("How close the two items are.", isin=CLOSENESS)
    answers: int = column("Answers of customers to the two.", ge=0)
    like_answers: int = column("Answers to items as close as the two are.", ge=0)
    dearer_answers: int = column(
        "Answers to items that cost more than the one ordered, any two.", ge=0
    )
    equal_chance: float = column(
        "Chance that the customer takes it if he pays no more for it than for the item ordered.",
        ge=0,
        le=1,
    )
    price_slope: float = column(
        "Fall of the log-odds that he takes it by the log of what he pays over the price of the "
        "item ordered, where that is more.",
        ge=0,
    )


class SubstituteTerms(AcceptedChance):
    """What a substitute for a line earns and costs; all of it if it is sent and kept."""

    unit_price: float = column("What the customer pays for a unit of it.", unit="currency", ge=0)
    chance: float = column("Chance that the customer takes it at that price.", ge=0, le=1)
    margin_change: float = column(
        "What its units earn, at that price less cost, beyond those ordered, whose margin counts "
        "as 0 where it is below 0 or unknown.",
        unit="currency",
    )
    shipping_cost: float = column_of(SourcingOptions, "shipping_cost")
    parcel_cost: float = column(
        "Price of a parcel of its own, weight left out.",
        unit="currency",
        ge=0,
    )
    split_penalty: float = column(
        "What a further parcel costs besides, where the order has other lines to its place.",
        unit="currency",
        ge=0,
    )
    handling_cost: float = column_of(SourcingOptions, "handling_cost")
    refusal_cost: float = column_of(SourcingOptions, "refusal_cost")
    late_cost: float = column_of(SourcingOptions, "late_cost")
    markdown_avoided: float = column_of(SourcingOptions, "markdown_avoided")
    unit_value: float = column("Share of what its units are worth to the node.", unit="currency")
    returned_value: float = column(
        "Of that what is there again where the customer declines: what the units alone are worth, "
        "times that chance.",
        unit="currency",
    )
    declined_cost: float = column(
        "What a customer costs who declines: asking him, or taking the units back.",
        unit="currency",
        ge=0,
    )


@result(
    "substitution_options",
    "plans",
    key=("order_id", "line", "substitute", "location", "ship_on"),
    retain=15,
)
class SubstitutionOptions(SubstituteTerms):
    """Every substitute, node and day for a line that no node serves by its promise.

    Units that lines share are valued as if all other lines stay as they are decided.
    """

    business_date: pl.Date = column("Business date.")
    order_id: str = column_of(OnlineOrders, "order_id")
    line: int = column_of(OnlineOrders, "line")
    sku: str = column_of(OnlineOrders, "sku", description="Item that was ordered.")
    substitute: str = column_of(Substitutes, "substitute")
    form: str = column(
        "Whether the customer is asked first, or it is sent.", isin=SUBSTITUTION_FORMS
    )
    location: str = column("Node that would ship it.")
    ship_on: pl.Date = column("Day on which it would be shipped.")
    arrives_on: pl.Date = column("Day on which the customer would have it.")
    carrier: str = column_of(OrderSourcing, "carrier")
    unit_value: float = column_of(SourcingOptions, "unit_value")
    returned_value: float = column_of(SubstituteTerms, "returned_value", nullable=True)
    otherwise: float = column(
        "What the line costs without a substitute: never shipped, or shipped after its promise.",
        unit="currency",
    )
    cost: float = column(
        "What is expected of it all, declining counted; missing where a term is.",
        unit="currency",
        nullable=True,
    )
    verdict: str = column("What became of it.", isin=VERDICTS)


@result("substitution_plan", "plans", key=("order_id", "order_line"))
class SubstitutionPlan(SubstituteTerms):
    """Substitutes that are offered or sent for lines that no node serves by their promise."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the node.")
    order_id: str = column_of(OnlineOrders, "order_id")
    order_line: int = column_of(OnlineOrders, "line")
    ordered_sku: str = column("Item that the customer ordered.")
    sku: str = column("Item that is sent.")
    origin: str = column("Node that ships.")
    destination: str = column_of(OrderSourcing, "destination")
    collect_at: str = column_of(OnlineOrders, "collect_at")
    form: str = column_of(SubstitutionOptions, "form")
    carrier: str = column_of(OrderSourcing, "carrier")
    quantity: int = column("Units to ship.", unit="units", ge=1)
    packs: int = column("The same; customers' lines go by single units.", ge=1)
    ship_on: pl.Date = column("Day on which it is shipped.")
    arrives_on: pl.Date = column("Day on which the customer has it.")
    otherwise: float = column_of(SubstitutionOptions, "otherwise")
    cost: float = column("What is expected of it all, declining counted.", unit="currency")
    gain_chance: float = column(
        "Probability that the customer takes it, the node ships it and it comes in time.",
        ge=0,
        le=1,
    )
    urgency_days: float = column("Days until the promise.", unit="days", ge=0)
    reason: str = column("Reason code.")
    binding: str = column("What kept it from a substitute that costs less.")
    rejected: str = column("Best rejected alternative.")
