"""What the newest plan says, as decisions stand now; narrowed, sorted and paged for readers."""

from workbench.reading.desks import Desks, read_plan_mark
from workbench.reading.listing import Choice, Listing
from workbench.reading.listings import LISTINGS, WORKLIST
from workbench.reading.plan import PlanReplacedError
from workbench.reading.reader import BeyondChargesError, Plan
from workbench.reading.rows import (
    Ask,
    Prepared,
    RowPage,
    read_ask,
    select_fitting,
    select_page,
    sum_groups,
    sum_rows,
)
from workbench.reading.sheet import DEFERRED

__all__ = [
    "DEFERRED",
    "LISTINGS",
    "WORKLIST",
    "Ask",
    "BeyondChargesError",
    "Choice",
    "Desks",
    "Listing",
    "Plan",
    "PlanReplacedError",
    "Prepared",
    "RowPage",
    "read_ask",
    "read_plan_mark",
    "select_fitting",
    "select_page",
    "sum_groups",
    "sum_rows",
]
