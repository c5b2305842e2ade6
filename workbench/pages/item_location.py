"""One item at one location: what sold, what is expected, how stock runs, and what is planned.

Its level is changed there for some days: what that makes of it is shown before it is saved.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

import polars as pl
from fastapi import APIRouter, Form
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from governance import EVER
from governance.level_changes import ROLES_OF_LEVELS, LevelChange
from workbench.lines import describe_rows
from workbench.pages.decision_form import Perhaps
from workbench.pair import PairRows, draw_demand, draw_stock, draw_weather, read_pair
from workbench.reading import Plan
from workbench.trying import TriedLevel, list_changes_of, rehearse_level_change
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_AHEAD = 20
_LONGEST_REASON = 500


@router.get("/item-location")
def show_item_location(visit: Signed, sku: str, location: str) -> Response:
    """Show an item at a location.

    Raises:
        LookupError: the assortment of the plan has no such pair.
    """
    plan = visit.take_plan()
    return _show(visit, plan, read_pair(plan, visit.bench.desks, sku, location))


class LevelForm(BaseModel):
    """The fields of the form by which a level is changed.

    Attributes:
        step: try it, or save it.
        sku: item.
        location: node.
        change: what sort of change.
        factor: of a factor.
        minimum: units of a minimum.
        starts_on: first day.
        ends_on: last day.
        role: in which it is made.
        reason: why.
        tried: id of the change whose effect was shown, where it is saved.
    """

    step: Literal["try", "save"]
    sku: str
    location: str
    change: Literal["factor", "minimum", "freeze"]
    factor: Perhaps[float] = None
    minimum: Perhaps[int] = None
    starts_on: date
    ends_on: date
    role: str
    reason: Annotated[str, Field(max_length=_LONGEST_REASON)] = ""
    tried: str = ""

    @property
    def facts(self) -> dict[str, object]:
        """What is given of the change; the figure of another sort of change is left out."""
        given = self.model_dump(exclude={"step", "tried"}, exclude_none=True)
        other = {"factor", "minimum"} - {self.change}
        return {name: value for name, value in given.items() if name not in other}


@router.post("/item-location/levels")
def change_level(visit: OwnForm, form: Annotated[LevelForm, Form()]) -> Response:
    """Show what a change would make of the level, or record and land it.

    Raises:
        LookupError: the assortment of the plan has no such pair.
    """
    plan, bench = visit.take_plan(), visit.bench
    pair = read_pair(plan, bench.desks, form.sku, form.location)
    levels, author = bench.office.levels, visit.who.name
    facts, named = {**form.facts, "author": author}, (form.sku, form.location)
    try:
        change = plan.use_for_pair(
            *named, lambda copy: levels.state(copy, facts, author, visit.now)
        )
        if form.step == "try":
            tried = rehearse_level_change(plan, bench.desks, pair, change)
            return _show(visit, plan, pair, form=form, tried=tried)
        _refuse_untried(change, form.tried)
        said = plan.use_for_pair(
            *named, lambda copy: levels.save(copy, change, visit.who.token, visit.now)
        )
    except ValidationError as error:
        faults = (fault["msg"].removeprefix("Value error, ") for fault in error.errors())
        return _show(visit, plan, pair, form=form, fault="; ".join(faults))
    except ValueError as error:
        # A denial is an event, too.
        said = " ".join(filter(None, (str(error), bench.office.publish_head(visit.now))))
        return _show(visit, plan, pair, form=form, fault=said)
    fault = bench.office.publish_head(visit.now)
    return _show(visit, plan, pair, said=said, fault=fault)


def _refuse_untried(change: LevelChange, tried: str) -> None:
    """Refuse to save what was not shown.

    Raises:
        ValueError: nothing was tried, or another change.
    """
    if change.change_id != tried:
        raise ValueError("It is saved once what it does was shown: show that first")


def _show(  # noqa: PLR0913  # what came of a form stands beside what is shown anyway
    visit: Visit,
    plan: Plan,
    pair: PairRows,
    *,
    form: LevelForm | None = None,
    tried: TriedLevel | None = None,
    said: str = "",
    fault: str = "",
) -> Response:
    actions = _list_actions(visit, plan, pair)
    context: dict[str, Any] = {
        "title": f"{pair.sku} at {pair.location}",
        "plan": plan,
        "pair": pair,
        "demand": draw_demand(pair, plan.business_date),
        "weather": draw_weather(pair),
        "stock": draw_stock(pair, tried.level_then if tried else None),
        "actions": actions,
        "days": _list_days(pair.projection),
        "occasions": _list_occasions(pair, plan.business_date),
        "changes": list_changes_of(visit.bench.desks, pair),
        "decisions": _list_decisions(visit, plan, pair, actions),
        "roles": [role for role in visit.who.roles if role in ROLES_OF_LEVELS],
        "first_day": plan.business_date + timedelta(days=1),
        "form": form,
        "tried": tried,
        "said": said,
        "fault": fault,
    }
    return visit.show("item_location.html", context, status=400 if fault and not said else 200)


def _list_occasions(pair: PairRows, today: date) -> list[dict[str, Any]]:
    """Promotions and events that hold today or are to come, by their first day."""
    rows = pair.occasions.filter(
        pl.col("occasion") != "temperature",
        pl.col("ends_on").is_null() | (pl.col("ends_on") > today),
    )
    return rows.sort("starts_on", "occasion", "name").head(_AHEAD).to_dicts()


def _list_decisions(
    visit: Visit, plan: Plan, pair: PairRows, actions: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Decisions of people about the pair's actions, of this plan and of those that have left."""
    ends = (pl.col("destination") == pair.location) | (pl.col("origin") == pair.location)
    left = plan.read_table("export_lines").filter(ends, sku=pair.sku)["action_id"].to_list()
    known = {*left, *(line["action_id"] for line in actions)}
    decided = visit.bench.office.store.decisions(EVER).filter(pl.col("action_id").is_in(known))
    return decided.sort("decided_at", "decision_id", descending=True).to_dicts()


def _list_actions(visit: Visit, plan: Plan, pair: PairRows) -> list[dict[str, Any]]:
    """Actions of the plan that bring or take the item here, by the day on which they are due."""
    desks = visit.bench.desks
    ends = (pl.col("destination") == pair.location) | (pl.col("origin") == pair.location)
    rows = desks.read_sheet(plan).frame.filter(pl.col("sku") == pair.sku, ends)
    with desks.lock:
        return describe_rows(rows.sort("due_on", "action_id"), desks.open_desk(plan))


def _list_days(projection: pl.DataFrame) -> list[tuple[date, dict[str, Any]]]:
    return [(row["day"], row) for row in projection.to_dicts()]
