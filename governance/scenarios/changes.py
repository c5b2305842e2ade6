"""What a scenario changes: the planning policy, and rows of masters as they would land."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import polars as pl

from governance.planning import parse_planning_policy
from governance.policy_edits import Path, set_policy_values
from governance.policy_files import parse_policy
from governance.scenarios.scenario import ScenarioChanges, ScenarioError
from quality_checks.contracts import EVERYWHERE, find_contract
from quality_checks.contracts import Lanes as LanesTable
from quality_checks.contracts import Locations as LocationsTable
from quality_checks.contracts import Suppliers as SuppliersTable

_PLANNING: Final = "planning.yaml"
_FLOORS: Final = ("economics", "service_floor")
_BUDGETS: Final = ("purchasing", "department_budget")
_SHOWN: Final = 5


def change_planning(text: str, scenario: ScenarioChanges) -> str:
    """Change a planning policy as a scenario says, and leave all else in it as it is written.

    Args:
        text: of `planning.yaml` in force.
        scenario: what is changed.

    Returns:
        A text of `planning.yaml`.

    Raises:
        PolicyError: what would come of it is no planning policy.
    """
    told = parse_policy(text, _PLANNING)
    stated: dict[Path, object] = {
        (*_FLOORS, name, "at_least"): least for name, least in scenario.service.items()
    }
    stated |= {
        (*_BUDGETS, budget.department, budget.month): budget.value for budget in scenario.budgets
    }
    expected = told.get("expectations", {}) if isinstance(told, Mapping) else {}
    if scenario.demand:
        factors = [factor.model_dump() for factor in scenario.demand]
        stated["expectations", "demand"] = [*expected.get("demand", ()), *factors]
    stated |= {
        ("expectations", "supplier_days", name): days
        for name, days in scenario.supplier_days.items()
    }
    stated |= {tuple(name.split(".")): value for name, value in scenario.policy.items()}
    changed = set_policy_values(text, _PLANNING, stated)
    parse_planning_policy(changed)
    return changed


def change_masters(
    scenario: ScenarioChanges, known: Mapping[str, pl.DataFrame], business_date: date
) -> dict[str, pl.DataFrame]:
    """Change the rows of masters that a scenario speaks of.

    Args:
        scenario: what is changed.
        known: rows of the contracts Suppliers, Locations, Lanes and Products by name of the source.
        business_date: of the plan; an outage begins on the day after.

    Returns:
        Source -> changed rows of its contract; sources of which nothing changes are left out.

    Raises:
        ScenarioError: it names what does not exist, or an outage is over.
    """
    _refuse_unknown(scenario, known)
    begins = business_date + timedelta(days=1)
    over = [outage.supplier for outage in scenario.outages if outage.until < begins]
    if over:
        raise ScenarioError(f"the outage of {over[0]} would end before it begins, on {begins}")
    changed = {
        "suppliers": _change_rows(
            known["suppliers"].select(find_contract(SuppliersTable).columns),
            {
                (outage.supplier,): {"closed_from": begins, "closed_to": outage.until}
                for outage in scenario.outages
            },
            ("supplier",),
        ),
        "locations": _change_rows(
            known["locations"].select(find_contract(LocationsTable).columns),
            {
                (node.location,): {
                    "outbound_capacity": node.sends,
                    "receiving_capacity": node.receives,
                }
                for node in scenario.nodes
            },
            ("location",),
        ),
        "lanes": _change_rows(
            known["lanes"].select(find_contract(LanesTable).columns),
            {(lane.origin, lane.destination): {"capacity": lane.units} for lane in scenario.lanes},
            ("origin", "destination"),
        ),
    }
    return {source: rows for source, rows in changed.items() if rows.height}


def _change_rows(
    rows: pl.DataFrame,
    changes: Mapping[tuple[str, ...], Mapping[str, object]],
    key: tuple[str, ...],
) -> pl.DataFrame:
    """Those rows that changes name by their key, with the values that are stated in their place."""
    changed = [
        {**row, **{name: value for name, value in stated.items() if value is not None}}
        for row in rows.iter_rows(named=True)
        if (stated := changes.get(tuple(row[name] for name in key))) is not None
    ]
    return pl.DataFrame(changed, schema=rows.schema)


def _refuse_unknown(scenario: ScenarioChanges, known: Mapping[str, pl.DataFrame]) -> None:
    """Refuse changes of what does not exist, which would change nothing.

    Raises:
        ScenarioError: with names that do exist.
    """
    items, places, lanes = known["products"], known["locations"], known["lanes"]
    suppliers = [*scenario.supplier_days, *(outage.supplier for outage in scenario.outages)]
    _refuse("category", [one.category for one in scenario.demand], items["category"])
    _refuse("region", [one.region for one in scenario.demand], places["region"])
    _refuse("department", [one.department for one in scenario.budgets], items["department"])
    _refuse("supplier", suppliers, known["suppliers"]["supplier"])
    _refuse("location", [one.location for one in scenario.nodes], places["location"])
    ways = lanes["origin"] + " to " + lanes["destination"]
    _refuse("lane", [f"{one.origin} to {one.destination}" for one in scenario.lanes], ways)


def _refuse(what: str, named: list[str], there: pl.Series) -> None:
    unknown = sorted({*named} - {EVERYWHERE, *there.drop_nulls()})
    if unknown:
        some = ", ".join(there.drop_nulls().unique().sort().head(_SHOWN))
        raise ScenarioError(f"there is no {what} {unknown[0]!r}; there is {some}")
