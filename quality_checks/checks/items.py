"""Check of any calculation: did it go well for every item."""

from collections.abc import Mapping

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

ITEMS_CALCULATED = Check(
    "items_calculated",
    "No item broke the calculation; one that does is set aside, and the rest is calculated.",
    remedy="Look at the item's rows for what is out of the ordinary; `error` says what broke.",
)


def judge_items(broken: Mapping[str, str]) -> Outcome:
    """Outcome for the items that were set aside, each with the error that it caused."""
    rows = pl.DataFrame(
        sorted(broken.items()), schema={"sku": pl.String, "error": pl.String}, orient="row"
    )
    names = ", ".join(rows["sku"].head(5))
    return ITEMS_CALCULATED.found(rows, f"{len(rows)} items broke the calculation: {names}")
