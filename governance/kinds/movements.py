"""What moves between nodes and to customers: allocation, transfers, sourcing, substitution."""

from datetime import timedelta
from typing import Final

import polars as pl

from governance.context import ActionContext
from governance.kinds.kind import END_NODES, TERMS, Commitment, Form, Kind, Plan
from governance.kinds.reasons import BELOW_TARGET, OWED
from governance.kinds.sources import CARRIAGE, CUSTOMERS, PRICES, STOCK_AND_DEMAND
from governance.refusals import require_values
from quality_checks.contracts import (
    SEASON_WORTH,
    SUBSTITUTION_FORMS,
    Allocation,
    OrderSourcing,
    SubstitutionPlan,
    Table,
    TransfersPlan,
    column,
    column_of,
)

_ROLES: Final = ("planner", "allocator")
_SOURCES: Final = STOCK_AND_DEMAND | PRICES | {"lanes"}
_MOVES: Final = Commitment(inbound=1, outbound=1)


def _movement_terms(plan: pl.DataFrame, context: ActionContext) -> pl.DataFrame:
    """Terms of a movement, at cost of the item.

    Goods leave on the day after the business date and are due after the lane's transit days.

    Raises:
        ValueError: a lane is not in the context.
    """
    lanes = context.lanes.select("origin", "destination", "transit_days")
    timed = plan.join(lanes, on=["origin", "destination"], how="left", validate="m:1")
    require_values(timed, "transit_days", END_NODES, "not in lanes")
    leaves_on = context.business_date + timedelta(days=1)
    return timed.with_columns(
        supplier=pl.lit(None, pl.String),
        due_on=pl.lit(leaves_on) + pl.duration(days=pl.col("transit_days")),
        unit_value="unit_cost",
        margin_kept="value_gained",
        margin_given_up="value_lost",
        holding_cost=pl.lit(0.0),
    )


ALLOCATION: Final = Kind(
    name="allocation",
    singular="allocation",
    plural="allocations",
    forms={
        "": Form(
            headline="Send {quantity} of {sku} from {origin} to {destination} by {due_on}",
            commits=_MOVES,
        )
    },
    file="allocations",
    in_every_batch=True,
    overridable=("quantity", "due_on", "origin"),
    roles=_ROLES,
    sources=_SOURCES,
    ends=END_NODES,
    reasons=BELOW_TARGET
    | OWED
    | {
        "below_presentation_min": "The shelf is below its presentation minimum, or below the level "
        "that people ask for at least.",
        "launch": "The item launches there: the shelf must still look full once it sells.",
        "leaving_range": "The item leaves the range: what is left goes to where it still sells.",
        "unbreakable_pack": "The pack covers more days than policy calls reasonable, cannot be "
        "broken, and is worth more than it costs.",
    },
    plan=Plan(table=Allocation, terms=_movement_terms),
)

TRANSFER: Final = Kind(
    name="transfer",
    singular="transfer",
    plural="transfers",
    forms={
        "": Form(
            headline="Move {quantity} of {sku} from {origin} to {destination} by {due_on}",
            commits=_MOVES,
        )
    },
    file="transfers",
    in_every_batch=True,
    overridable=("quantity", "due_on", "origin"),
    roles=_ROLES,
    sources=_SOURCES,
    ends=END_NODES,
    reasons={
        "surplus_to_shortage": "A unit is worth more at the receiver than at the sender.",
        "clearance": "The item leaves the range: what is left goes to where it still sells.",
        SEASON_WORTH: "The rest of the season is worth more in the receiver's price zone than at "
        "any price in the sender's.",
    },
    plan=Plan(table=TransfersPlan, terms=_movement_terms),
)


class CustomerLine(Table):
    """The line of a customer's order that an action is about."""

    order_id: str = column("Customer's order.", str_length={"min_value": 1})
    order_line: int = column("Line of the order.", ge=1)


class SourcedLine(CustomerLine):
    """The line, and how it is shipped."""

    carrier: str = column_of(OrderSourcing, "carrier")
    ship_on: pl.Date = column_of(OrderSourcing, "ship_on")
    collect_at: str = column_of(OrderSourcing, "collect_at")


class Substitute(CustomerLine):
    """What is sent in place of what the customer ordered; `sku` is what is sent."""

    ordered_sku: str = column("Item that the customer ordered.", str_length={"min_value": 1})
    form: str = column("How it is done.", isin=SUBSTITUTION_FORMS)
    carrier: str = column_of(SubstitutionPlan, "carrier")
    ship_on: pl.Date = column_of(SubstitutionPlan, "ship_on")
    collect_at: str = column_of(SubstitutionPlan, "collect_at")
    unit_price: float = column_of(SubstitutionPlan, "unit_price")


_URGENCY: Final = "promised in {:.0f} days"
_LEAVES: Final = Commitment(outbound=1, shown_by="answer")


def _sourcing_terms(plan: pl.DataFrame, _: ActionContext) -> pl.DataFrame:
    """Terms of a customer's line, at cost of the item.

    It keeps what doing nothing about the line would cost, and gives up what its units are worth to
    the node, the loss at their exit taken off.
    """
    shipping = (
        "shipping_cost",
        "parcel_cost",
        "split_penalty",
        "handling_cost",
        "refusal_cost",
        "late_cost",
    )
    return plan.with_columns(
        supplier=pl.lit(None, pl.String),
        due_on="arrives_on",
        margin_kept="otherwise",
        margin_given_up=pl.col("unit_value") - pl.col("markdown_avoided"),
        moving_cost=pl.sum_horizontal(shipping),
        holding_cost=pl.lit(0.0),
        forced_cost=pl.lit(0.0),
        unit_value="unit_cost",
    )


SOURCING: Final = Kind(
    name="sourcing",
    singular="sourcing of a customer's order",
    plural="sourcing of customers' orders",
    forms={
        "": Form(
            headline="Ship {quantity} of {sku} from {origin} for {destination} by {due_on}",
            commits=_LEAVES,
        )
    },
    terms=TERMS | {"moving_cost": "costs {} to ship"},
    urgency=_URGENCY,
    file="sourcing",
    addressee="oms",
    columns=SourcedLine,
    keys=("order_id", "order_line", "sku", "origin"),
    roles=_ROLES,
    sources=_SOURCES | CUSTOMERS | CARRIAGE,
    ends=("origin",),
    reasons={
        "cheapest_node": "The node serves the order at the least cost.",
        "cheaper_node": "The node serves it at less than the one it is allocated to, by more than "
        "the least gain of policy.",
        "node_cannot_ship": "The node it is allocated to cannot ship it on the day.",
    },
    plan=Plan(table=OrderSourcing, terms=_sourcing_terms),
)


def _substitution_terms(plan: pl.DataFrame, _: ActionContext) -> pl.DataFrame:
    """Terms of a substitute, at cost of what is sent.

    With the chance that the customer takes it, it keeps what the line costs without, and what it
    earns beyond the item ordered. It gives up what its units are worth to the node while they are
    held, less what comes back where he declines and the loss at their exit, and costs shipping and
    what a customer costs who declines.
    """
    chance = pl.col("chance")
    shipping = pl.sum_horizontal(
        "shipping_cost",
        "parcel_cost",
        "split_penalty",
        "handling_cost",
        "refusal_cost",
        "late_cost",
    )
    paid = pl.when(form="send").then(1.0).otherwise(chance)
    return plan.with_columns(
        supplier=pl.lit(None, pl.String),
        due_on="arrives_on",
        margin_kept=chance * (pl.col("otherwise") + pl.col("margin_change")),
        margin_given_up=pl.col("unit_value")
        - pl.col("returned_value")
        - chance * pl.col("markdown_avoided"),
        moving_cost=paid * shipping + (1 - chance) * pl.col("declined_cost"),
        holding_cost=pl.lit(0.0),
        forced_cost=pl.lit(0.0),
        unit_value="unit_cost",
    )


SUBSTITUTION: Final = Kind(
    name="substitution",
    singular="substitution",
    plural="substitutions",
    forms={
        form: Form(
            headline=(
                f"{word} {{quantity}} of {{sku}} in place of {{ordered_sku}} from {{origin}} "
                "for {destination} by {due_on}"
            ),
            commits=_LEAVES,
        )
        for form, word in (("offer", "Offer"), ("send", "Send"))
    },
    terms=TERMS | {"moving_cost": "costs {} to ship and ask"},
    urgency=_URGENCY,
    file="substitutions",
    addressee="oms",
    columns=Substitute,
    keys=("order_id", "order_line", "sku", "origin"),
    roles=(*_ROLES, "merchandiser"),
    sources=_SOURCES | CUSTOMERS | CARRIAGE | {"substitutes", "substitution_outcomes"},
    ends=("origin",),
    reasons={"no_node_in_time": "No node has the item that was ordered in time."},
    plan=Plan(table=SubstitutionPlan, terms=_substitution_terms),
)
