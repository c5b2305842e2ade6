"""The one place where history is cut to what was known: SQL for a landed table as of a date.

Every landed row says from which business date on it was known, and on which it was replaced by a
file sent again. A plan for D sees exactly the rows known by D and not replaced by D, so running D
again later gives the same bytes.
"""

from datetime import date

from inventory_assets.warehouse.tables import column_list, region_column
from quality_checks.contracts import Contract


def known(business_date: date) -> str:
    """Condition on a landed row or a file: known by `business_date`, not replaced by then."""
    day = f"DATE '{business_date.isoformat()}'"
    return (
        f"(business_date <= {day} AND known_on <= {day} "
        f"AND (replaced_on IS NULL OR replaced_on > {day}))"
    )


def as_of(contract: Contract, business_date: date) -> str:
    """SELECT of a landed table as of a date: its columns, `business_date` and `region`.

    Events: every known row. State: the newest known row of each key; a later part of a day is
    newer than an earlier one.
    """
    columns = [name for name in contract.columns if name != "business_date"]
    extra = ["business_date"] + (["region"] if region_column(contract) else [])
    select = (
        f"SELECT {column_list([*columns, *extra])} FROM {contract.table} "
        f"WHERE {known(business_date)}"
    )
    if contract.mode == "events":
        return select
    return (
        f"{select} QUALIFY row_number() OVER (PARTITION BY {column_list(contract.key)} "
        "ORDER BY business_date DESC, try_cast(sequence AS BIGINT) DESC NULLS LAST, "
        "sequence DESC, file_id DESC) = 1"
    )
