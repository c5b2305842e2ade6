"""A kind of action as a package outside the project adds it: the tests copy this file into one."""

import polars as pl

from governance.kinds import Commitment, Form, Kind, Plan, register_kind
from quality_checks.contracts import Table, column, result


@result("consignment_plan", "plans", key=("supplier", "sku", "destination"))
class ConsignmentPlan(Table):
    """Goods to take in that the supplier owns until they sell, for a fee."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the destination.")
    supplier: str = column("Supplier.")
    sku: str = column("Item.")
    destination: str = column("Node that receives.")
    quantity: int = column("Units.", unit="units", ge=1)
    packs: int = column("The same in packs.", ge=1)
    fee: float = column("Fee for a unit.", unit="currency", ge=0)
    due_on: pl.Date = column("Day it should be there.")
    margin_kept: float = column("Expected margin kept.", unit="currency")
    gain_chance: float = column("Probability that it gains.", ge=0, le=1)
    urgency_days: float = column("Days to stock-out without it.", nullable=True, ge=0)
    agreement: str = column("Agreement with the supplier.")
    reason: str = column("Reason code.")
    binding: str = column("What limited the quantity.")
    rejected: str = column("Best rejected alternative.")


class Agreement(Table):
    """What only a consignment has."""

    agreement: str = column("Agreement with the supplier.", str_matches="^A")


def terms(plan, _context):
    return plan.with_columns(
        origin=pl.lit(None, pl.String),
        unit_value="fee",
        margin_given_up=pl.lit(0.0),
        forced_cost=pl.lit(0.0),
        holding_cost=pl.lit(0.0),
        moving_cost=pl.lit(0.0),
    )


CONSIGNMENT = Kind(
    name="consignment",
    singular="consignment",
    plural="goods on consignment",
    forms={
        "": Form(
            headline="Take in {quantity} of {sku} for {destination} under {agreement}",
            commits=Commitment(spends=True, inbound=1),
        )
    },
    file="consignments",
    columns=Agreement,
    keys=("agreement", "sku", "destination"),
    roles=("planner", "procurement"),
    sources=frozenset({"suppliers"}),
    ends=("destination",),
    reasons={"supplier_offers": "The supplier offers to bear the risk."},
    plan=Plan(table=ConsignmentPlan, terms=terms),
)

register_kind(CONSIGNMENT)
