"""A kind of action as a package outside the project adds it: the tests copy this file into one."""

import polars as pl

from governance.kinds import Commitment, Form, Kind, Plan, register_kind
from governance.kinds.kind import TERMS
from optimization.explanation import OF_ACTION, Explained, Source, Step, register_explanation
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


def explain_consignments(night):
    """Every unit that the agreement offers, for the fee of each."""
    lines, key = night.lines("consignment"), ["sku", "destination"]
    offered = night.plans["consignment"].select(*key, "fee", offered="quantity", agreed="agreement")
    row = "sku={sku};destination={destination}"

    def proposed(name, unit, formula=None):
        source = Source("actions.proposals", OF_ACTION, name)
        return Step(name, unit, name.replace("_", " "), source, formula)

    def stated(name, unit, words, column):
        return Step(name, unit, words, Source("plans.consignment_plan", row, column))

    benefit = "margin_kept - margin_given_up - holding_cost - moving_cost"
    return Explained(
        lines.join(offered, on=key, how="left", validate="1:1", maintain_order="left"),
        [
            (
                "quantity",
                [
                    stated("offered", "units", "that {supplier} offers under {agreed}", "quantity"),
                    proposed("quantity", "units", "offered"),
                ],
            ),
            (
                "benefit",
                [
                    stated("fee", "currency", "fee of a unit", "fee"),
                    *(proposed(name, "currency") for name in TERMS),
                    proposed("benefit", "currency", benefit),
                ],
            ),
        ],
    )


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
register_explanation(CONSIGNMENT.name, explain_consignments)
