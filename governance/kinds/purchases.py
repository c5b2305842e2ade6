"""What is asked of suppliers: new orders, changes of open ones, and speed."""

from typing import Final

import polars as pl

from governance.context import ActionContext
from governance.kinds.kind import TERMS, Commitment, Form, Kind, Plan, Together
from governance.kinds.reasons import BELOW_TARGET
from governance.kinds.sources import PRICES, STOCK_AND_DEMAND, SUPPLY
from quality_checks.contracts import (
    CHANGE_FORMS,
    ChangePlan,
    ExpeditePlan,
    PurchasePlan,
    Table,
    column,
    column_of,
    name_documents,
)

_ROLES: Final = ("planner", "buyer", "procurement", "finance")
_SOURCES: Final = STOCK_AND_DEMAND | PRICES | SUPPLY


def _order_terms(plan: pl.DataFrame, _: ActionContext) -> pl.DataFrame:
    """Terms of a purchase order: due on the day asked for, at the supplier's price."""
    return plan.with_columns(
        origin=pl.lit(None, pl.String),
        due_on="requested_on",
        unit_value="unit_price",
        moving_cost=pl.lit(0.0),
    )


def _restate_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Orders by the terms of the supplier that is asked instead, as lines of its document."""
    asked, order_day = pl.col("overridden_supplier").is_not_null(), pl.col("business_date")
    other = name_documents(order_day + pl.duration(days=1), "overridden_supplier", "destination")
    return rows.with_columns(
        document=pl.when(asked).then(other).otherwise("document"),
        minimum_order_value=pl.when(asked).then("offered_minimum").otherwise("minimum_order_value"),
        overridden_unit_value=pl.when(asked).then("offered_price"),
    )


class OrderDocument(Table):
    """The order that a line is part of, and the least value at which its supplier takes it."""

    document: str = column("Order of which it is a line.", str_length={"min_value": 1})
    minimum_order_value: float = column(
        "Least value of the order; missing without one.", unit="currency", nullable=True, ge=0
    )


PURCHASE_ORDER: Final = Kind(
    name="purchase_order",
    singular="purchase order",
    plural="purchase orders",
    forms={
        "": Form(
            headline="Buy {quantity} of {sku} from {supplier} for {destination} by {due_on}",
            commits=Commitment(spends=True, inbound=1),
        )
    },
    file="purchase_orders",
    in_every_batch=True,
    overridable=("quantity", "due_on", "supplier"),
    restate=_restate_order,
    columns=OrderDocument,
    together=Together("document", "minimum_order_value"),
    roles=_ROLES,
    sources=_SOURCES | {"price_breaks"},
    ends=("destination",),
    reasons=BELOW_TARGET
    | {
        "supplier_minimum": "The quantity was raised to the supplier's minimum or multiple.",
        "supplier_minimum_value": "The quantity was raised so that the order reaches the "
        "supplier's least value.",
        "price_break": "The quantity was raised to a lower price.",
        "remaining_life": "The quantity was cut to what sells before its life ends.",
        "other_supplier": "Another supplier than the preferred one is worth its price.",
        "service_floor": "A service floor or a presentation minimum asks for units that value "
        "does not.",
    },
    plan=Plan(table=PurchasePlan, terms=_order_terms),
)


class OrderLine(Table):
    """The open order line that an action is about."""

    po: str = column("Purchase order.", str_length={"min_value": 1})
    po_line: int = column("Line of the order.", ge=1)


class OrderChange(OrderLine):
    """What changes of an open order line; `quantity` is the units that it changes for."""

    form: str = column("What changes.", isin=CHANGE_FORMS)
    open_units: int = column(
        "Units of the line not yet received; missing in changes that left before a line could be "
        "split.",
        unit="units",
        nullable=True,
        ge=1,
    )
    rest_on: pl.Date = column_of(ChangePlan, "rest_on")


def _change_terms(plan: pl.DataFrame, _: ActionContext) -> pl.DataFrame:
    """Terms of a change: its worth is that of the units that it is about."""
    return plan.with_columns(
        origin=pl.lit(None, pl.String),
        unit_value="unit_price",
        moving_cost="fee",
        forced_cost=pl.lit(0.0),
    )


def _expedite_terms(plan: pl.DataFrame, _: ActionContext) -> pl.DataFrame:
    """Terms of an expedite: the goods are ordered already, so what is spent is the fee."""
    return plan.with_columns(
        origin=pl.lit(None, pl.String),
        unit_value=pl.col("fee") / pl.col("quantity"),
        moving_cost="fee",
        forced_cost=pl.lit(0.0),
    )


_CALLED_OFF: Final = Commitment(inbound=-1, shown_by="answer")
_LINE: Final = "line {po_line} of order {po}: {quantity} of {sku} from {supplier} for {destination}"

PURCHASE_CHANGE: Final = Kind(
    name="purchase_change",
    singular="change of a purchase order",
    plural="changes of purchase orders",
    forms={
        "pull_in": Form(headline=f"Pull in {_LINE} to {{due_on}}"),
        "push_out": Form(headline=f"Push out {_LINE} to {{due_on}}"),
        "cut": Form(headline=f"Cut {_LINE}", commits=_CALLED_OFF),
        "cancel": Form(headline=f"Cancel {_LINE}", commits=_CALLED_OFF),
        "split": Form(
            headline=f"Split {_LINE} to {{due_on}}, the rest of {{open_units}} on {{rest_on}}"
        ),
    },
    terms=TERMS
    | {"margin_given_up": "gives up {} on what may be short", "moving_cost": "costs {} in fees"},
    file="purchase_changes",
    columns=OrderChange,
    keys=("po", "po_line", "form"),
    roles=_ROLES,
    sources=_SOURCES,
    ends=("destination",),
    reasons=BELOW_TARGET
    | {
        "above_target": "Stock and inbound are above the order-up-to level.",
        "due_too_late": "The stock runs out before the order is due.",
        "needed_later": "The stock lasts beyond the day the order is due.",
    },
    plan=Plan(table=ChangePlan, terms=_change_terms),
)

EXPEDITE: Final = Kind(
    name="expedite",
    singular="expedite",
    plural="expedites",
    forms={
        "": Form(
            headline="Expedite {quantity} of {sku} from {supplier} for {destination} to {due_on}",
            commits=Commitment(spends=True),
        )
    },
    terms=TERMS | {"moving_cost": "costs {} to speed up"},
    file="expedites",
    columns=OrderLine,
    keys=("po", "po_line"),
    roles=_ROLES,
    sources=_SOURCES,
    ends=("destination",),
    reasons={"due_too_late": "The stock runs out before the order is due."},
    plan=Plan(table=ExpeditePlan, terms=_expedite_terms),
)
