"""What moves between nodes: trips with what each gains, and what one more of a limit is worth."""

from typing import Any
from urllib.parse import urlencode

import polars as pl
from fastapi import APIRouter
from starlette.responses import Response

from workbench.pictures import Place, Trip, draw_trips
from workbench.reading import Plan
from workbench.visits import Signed

router = APIRouter()

_DEAREST = 20


@router.get("/transfers")
def show_transfers(visit: Signed) -> Response:
    """Show the trips of the plan by region, as a map and as a table."""
    plan = visit.take_plan()
    trips = plan.read_view("trips_planned").sort(
        "benefit", "origin", "destination", descending=[True, False, False]
    )
    regions = trips["region"].unique().sort().to_list()
    most = max(trips["benefit"], default=0.0)
    context: dict[str, Any] = {
        "title": "Transfers",
        "plan": plan,
        "currency": plan.currency,
        "sums": _sum_trips(plan, trips),
        "regions": [
            (region, _draw_region(region, place, trips.filter(region=region), most, plan.currency))
            for place, region in enumerate(regions)
        ],
        "trips": trips.to_dicts(),
    }
    return visit.show("transfers.html", context)


@router.get("/allocation")
def show_allocation(visit: Signed) -> Response:
    """Show the limits that lines share, what one more of each is worth, and who gets nothing."""
    plan = visit.take_plan()
    limits = plan.read_view("limits_priced")
    worth = limits.filter(pl.col("price") > 0).sort(
        *("price", "plan", "limit", "scope", "part"), descending=[True, *[False] * 4]
    )
    context: dict[str, Any] = {
        "title": "Allocation",
        "plan": plan,
        "currency": plan.currency,
        "worth": worth.head(_DEAREST).to_dicts(),
        "priced": worth.height,
        "kinds": _sum_limits(limits),
        "budgets": plan.read_view("budgets_left").to_dicts(),
        "capacities": plan.read_table("capacity_use")
        .filter(pl.col("beyond_units") > 0)
        .head(_DEAREST)
        .to_dicts(),
        "unserved": _count_unserved(plan),
    }
    return visit.show("allocation.html", context)


def _sum_trips(plan: Plan, trips: pl.DataFrame) -> dict[str, Any]:
    """Sums of all trips; the benefit as their lines state it, to the cent, as all pages do."""
    lines = plan.read_view("planned_actions").filter(kind="transfer")
    sums = trips.select(pl.len().alias("trips"), pl.col("quantity", "moving_cost").sum())
    return {**sums.row(0, named=True), "benefit": float(lines["benefit"].sum())}


def _draw_region(region: str, place: int, trips: pl.DataFrame, most: float, currency: str) -> str:
    """The trips of a region of which both ends are known, as wide as those of others."""
    ends = ("origin", "destination")
    where = [f"{end}_{what}" for end in ends for what in ("latitude", "longitude")]
    drawn = [_make_trip(row, currency) for row in trips.drop_nulls(where).to_dicts()]
    return draw_trips(f"trips-{place}", f"Trips to locations of {region}", drawn, most)


def _make_trip(row: dict[str, Any], currency: str) -> Trip:
    """A trip with where its ends lie, and the worklist narrowed to what it carries."""
    origin, destination = (
        Place(row[end], row[f"{end}_latitude"], row[f"{end}_longitude"])
        for end in ("origin", "destination")
    )
    lines = {"kind": "transfer", "origin": origin.name, "destination": destination.name}
    return Trip(
        origin,
        destination,
        row["benefit"],
        f"{row['origin_name']} to {row['destination_name']}: {row['quantity']:,} units gain "
        f"{row['benefit']:,.2f} {currency}",
        f"/worklist?{urlencode(lines)}",
    )


def _sum_limits(limits: pl.DataFrame) -> list[dict[str, Any]]:
    """How many limits of a kind there are, how many hold something back, and how full they get."""
    kinds = limits.group_by("plan", "limit", "measure").agg(
        limits=pl.len(),
        priced=(pl.col("price") > 0).sum(),
        fullest=pl.col("used_share").max(),
        price=pl.col("price").max(),
    )
    return kinds.sort("plan", "limit", "measure").to_dicts()


def _count_unserved(plan: Plan) -> list[dict[str, Any]]:
    """How many item-locations get nothing, by reason."""
    rows = plan.read_view("pairs_unserved")
    counted = rows.group_by("reason").agg(pairs=pl.len(), most=pl.col("next_worth").max())
    return counted.sort("pairs", "reason", descending=[True, False]).to_dicts()
