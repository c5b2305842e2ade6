"""What stands in for an assortment that nobody ever sent: pairs that a stock record was sent for.

A retailer's first plan needs no master of its own for it. What is put in place stands among the
assumptions, so that every action that rests on it says so.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from quality_checks.contracts import CONTRACTS, Contract
from warehouse.as_of import as_of
from warehouse.tables import column_list

STAND_INS: Mapping[str, Sequence[str]] = {"item_locations": ("stock", "lanes")}
"""Source -> sources that stand in for it where no file of it ever came."""

_ASSUMED = (
    "pairs with a stock record, in class B, without shelf limits; supplied by the nearest DC that "
    "has a lane to them and a record of the item, else by the supplier: no file was ever sent"
)


def select_known(
    connection: duckdb.DuckDBPyConnection, contract: Contract, business_date: date
) -> str:
    """SELECT of a landed table as of a date (see `as_of`), with what stands in for it.

    Args:
        connection: the warehouse.
        contract: a landing source.
        business_date: as of when.
    """
    selected = as_of(contract, business_date)
    if contract.name not in {*STAND_INS, "assumptions"} or _was_sent(connection, business_date):
        return selected
    stands_in = _ASSORTMENT if contract.name in STAND_INS else _ASSUMPTION
    sources = {
        name: as_of(CONTRACTS[name], business_date) for name in ("stock", "lanes", "locations")
    }
    views = ", ".join(f"{name} AS ({query})" for name, query in sources.items())
    columns = column_list([*contract.columns, "business_date"])
    region = ", region" if contract.name in STAND_INS else ""
    return (
        f"SELECT * FROM ({selected}) UNION ALL BY NAME "
        f"(WITH {views} SELECT {columns}{region} FROM ({stands_in}))"
    )


def _was_sent(connection: duckdb.DuckDBPyConnection, business_date: date) -> bool:
    """Whether any file of the assortment came by a date, were it one that was refused."""
    # Stated in the text, as a parameter would import pandas, which takes longer than a look may.
    day = f"DATE '{business_date.isoformat()}'"
    found = connection.execute(
        "SELECT 1 FROM intake.files WHERE source = 'item_locations' "
        f"AND business_date <= {day} AND known_on <= {day} LIMIT 1"
    )
    return found.fetchone() is not None


_ASSORTMENT = """
SELECT s.sku, s.location, 'active' AS status, 0 AS presentation_min, NULL::BIGINT AS shelf_max,
    'B' AS service_class, f.origin AS supply_location, s.business_date, s.region
FROM stock s LEFT JOIN (
    SELECT n.destination, d.sku, arg_min(n.origin, (n.transit_days, n.origin)) AS origin
    FROM lanes n JOIN locations l ON l.location = n.origin AND l.kind = 'dc'
    JOIN stock d ON d.location = n.origin
    WHERE n.allowed GROUP BY ALL
) f ON f.destination = s.location AND f.sku = s.sku
"""

_ASSUMPTION = f"""
SELECT 'item_locations' AS source, '*' AS field, '{_ASSUMED}' AS method,
    max(business_date) AS business_date
FROM stock HAVING count(*) > 0
"""
