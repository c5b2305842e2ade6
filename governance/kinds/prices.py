"""What changes what customers pay: markdowns, and markdowns that are put off."""

from typing import Final

import polars as pl

from governance.kinds.kind import TERMS, Commitment, Form, Kind
from governance.kinds.reasons import LEAVES_RANGE
from governance.kinds.sources import PRICES, STOCK_AND_DEMAND
from quality_checks.contracts import Table, column

_ROLES: Final = ("planner", "buyer", "merchandiser", "finance")
_SOURCES: Final = STOCK_AND_DEMAND | PRICES
_REPRICES: Final = Commitment(reprices=True)


class PriceStep(Table):
    """The price before and after a markdown; `quantity` is the units on hand that it is for."""

    old_price: float = column("Price of a unit until then.", unit="currency", gt=0)
    new_price: float = column("Price of a unit from then on.", unit="currency", ge=0)


class Deferral(Table):
    """The markdown that is put off to the day it is due."""

    planned_on: pl.Date = column("Day that the markdown was planned for.")
    new_price: float = column("Price that was planned.", unit="currency", ge=0)


MARKDOWN: Final = Kind(
    name="markdown",
    singular="markdown",
    plural="markdowns",
    forms={
        "": Form(
            headline=(
                "Mark down {quantity} of {sku} at {destination} from {old_price:.2f} "
                "to {new_price:.2f} on {due_on}"
            ),
            commits=_REPRICES,
        )
    },
    terms=TERMS | {"margin_given_up": "gives up {} on what would have sold anyway"},
    file="markdowns",
    columns=PriceStep,
    roles=_ROLES,
    sources=_SOURCES,
    ends=("destination",),
    reasons=LEAVES_RANGE,
)

MARKDOWN_DEFERRAL: Final = Kind(
    name="markdown_deferral",
    singular="deferral of a markdown",
    plural="deferrals of markdowns",
    forms={
        "": Form(
            headline="Hold the markdown of {quantity} of {sku} at {destination} to {due_on}",
            commits=_REPRICES,
        )
    },
    terms=TERMS | {"margin_given_up": "risks {} on what may not sell in time"},
    file="markdown_deferrals",
    columns=Deferral,
    roles=_ROLES,
    sources=_SOURCES,
    ends=("destination",),
    reasons={"sells_at_this_price": "The stock sells in time without the markdown."},
)
