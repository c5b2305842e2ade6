"""A landing folder for tests: one supplier, two items, two stores and a DC, a few rows a file."""

import gzip
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
import polars as pl

from inventory_assets.framework import Inputs
from inventory_assets.framework import Retailer as Resource
from inventory_assets.framework.inputs import Declared
from inventory_assets.inventory.rebuilding import rebuild_days
from inventory_assets.project import PROJECT
from quality_checks.contracts import CONTRACTS, list_landing_sources
from quality_checks.intake import fingerprint_inputs
from warehouse import LoadReport, Warehouse, find_tables_read

START = date(2025, 9, 1)
"""Business date of the masters."""


def day(number: int) -> date:
    """The business date `number` days after the masters came."""
    return START + timedelta(days=number)


def at(number: int, hour: int = 12) -> datetime:
    return datetime.combine(day(number), time(hour))


_DEFAULTS = {
    "suppliers": {"supplier": "V1", "name": "Vendor", "origin": "IT"},
    "products": {
        "style": "style",
        "department": "fashion",
        "category": "shirts",
        "season": "basic",
        "unit_cost": 4.0,
        "list_price": 10.0,
        "currency": "EUR",
        "case_pack": 1,
        "volume": 1.0,
        "launch_date": date(2024, 1, 1),
        "supplier": "V1",
    },
    "locations": {
        "kind": "store",
        "region": "north",
        "city": "city",
        "priority": 1,
        "ships_online": False,
        "open_weekdays": "1111111",
    },
    "item_locations": {
        "status": "active",
        "presentation_min": 1,
        "service_class": "A",
        "supply_location": "DC1",
    },
    "pos_sales": {
        "line": 1,
        "sku": "A",
        "location": "S1",
        "channel": "store",
        "fulfilment_location": "S1",
        "quantity": 1,
        "net_value": 10.0,
        "list_value": 10.0,
    },
    "returns": {
        "sku": "A",
        "location": "S1",
        "channel": "store",
        "quantity": 1,
        "disposition": "resalable",
    },
    "stock": {"sku": "A", "location": "S1", "reserved": 0, "damaged": 0},
    "purchase_orders": {
        "line": 1,
        "supplier": "V1",
        "sku": "A",
        "destination": "DC1",
        "ordered_on": START,
        "requested_on": START + timedelta(days=30),
        "delivered_quantity": 0,
        "unit_price": 4.0,
        "status": "open",
    },
    "transfers": {
        "line": 1,
        "sku": "A",
        "origin": "DC1",
        "destination": "S1",
        "shipped_on": START,
        "expected_on": START + timedelta(days=2),
    },
    "in_transit": {
        "line": 1,
        "sku": "A",
        "supplier": "V1",
        "destination": "DC1",
        "po_line": 1,
        "shipped_on": START,
        "expected_on": START + timedelta(days=20),
        "status": "shipped",
    },
}


def frame(source: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of a source: what a row leaves out is as in `_DEFAULTS`, or missing."""
    contract = CONTRACTS[source]
    empty = dict.fromkeys(contract.columns)
    full = [{**empty, **_DEFAULTS.get(source, {}), **row} for row in rows]
    return pl.DataFrame(full, schema=contract.schema)


def sale(receipt: str, number: int, quantity: int = 1, **rest: object) -> dict[str, object]:
    """A line of `pos_sales` sold at noon of day `number`."""
    return {"receipt": receipt, "timestamp": at(number), "quantity": quantity, **rest}


def record(number: int, on_hand: int, **rest: object) -> dict[str, object]:
    """A row of `stock` read at the end of day `number`."""
    return {"snapshot_time": at(number, 23), "on_hand": on_hand, **rest}


NO_BULK = pl.DataFrame(
    schema={
        "sku": pl.String,
        "location": pl.String,
        "date": pl.Date,
        "units": pl.Int64,
        "counted": pl.Int64,
    }
)
"""The frame `bulk` of `sales_window` where no bulk sale is known."""


@dataclass
class Retailer:
    """A landing folder and the warehouse that it is loaded into."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @cached_property
    def _resource(self) -> Resource:
        policies = PROJECT / "data" / "policies"
        return Resource(data_folder=str(self.root), policies_folder=str(policies))

    @property
    def warehouse(self) -> Warehouse:
        """The file stays open between two uses, as in a night; close it before it is copied."""
        return self._resource.warehouse

    def path(self, source: str, number: int, part: str = "", ending: str = "csv") -> Path:
        name = f"{day(number)}_{part}" if part else f"{day(number)}"
        return self.landing / source / f"{name}.{ending}"

    def send(
        self,
        source: str,
        number: int,
        rows: list[dict[str, object]],
        part: str = "",
        ending: str = "csv",
    ) -> Path:
        """Write a file of `source` for day `number`, in place of one that is there."""
        path = self.path(source, number, part, ending)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = frame(source, rows)
        if ending == "parquet":
            content.write_parquet(path)
        else:
            text = content.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S").encode()
            path.write_bytes(gzip.compress(text, mtime=0) if ending == "csv.gz" else text)
        return path

    def load(self, source: str, number: int) -> LoadReport:
        """Load `source` in the run of day `number`."""
        return self.warehouse.load(self.landing, source, day(number))

    def load_all(self, number: int) -> None:
        for source in list_landing_sources():
            if (self.landing / source).exists():
                self.load(source, number)

    def inputs(self, number: int, *tables: str) -> Inputs:
        """What an asset that reads `tables` is given in the run of day `number`."""
        declared = Declared("test", frozenset(tables), frozenset({"day_fingerprints"}))
        return Inputs(day(number), declared, self._resource)

    def rebuild(self, name: str, number: int) -> list[date]:
        """Bring a daily table up to date in the run of day `number`; the days that were built."""
        return rebuild_days(self.inputs(number, name, *find_tables_read(name)), name)

    def input_hash(self, number: int) -> str:
        """Fingerprint of what the plan of day `number` may use."""
        return fingerprint_inputs(self.warehouse.ledger(day(number)))

    def known(self, source: str, number: int) -> pl.DataFrame:
        return self.warehouse.known(source, day(number))

    def receipts(self, number: int) -> dict[str, int]:
        """Units by receipt known as of day `number`."""
        return dict(self.known("pos_sales", number).select("receipt", "quantity").iter_rows())

    def files(self, source: str, number: int = 99) -> list[tuple[str, str, int, int]]:
        """(file name, status, rows loaded, rows in quarantine) in order of loading."""
        ledger = self.warehouse.files(source, day(number))
        columns = ("file_name", "status", "loaded_rows", "quarantined_rows")
        return [(Path(name).name, *rest) for name, *rest in ledger.select(columns).iter_rows()]

    def waiting(self, source: str, number: int = 99) -> list[tuple[str, int, str, str]]:
        """(file name, row, field, reason) of rows that wait in quarantine, newest first."""
        rows = self.warehouse.waiting(source, day(number))
        columns = ("file_name", "row", "field", "reason")
        return [(Path(name).name, *rest) for name, *rest in rows.select(columns).iter_rows()]


def put(shop: Retailer, table: str, number: int, **row: object) -> None:
    """A row of a result table of which only some columns matter, as of day `number`."""
    names = ", ".join(f'"{name}"' for name in ["business_date", *row])
    marks = ", ".join("?" * (len(row) + 1))
    with duckdb.connect(str(shop.warehouse.path)) as connection:
        query = f"INSERT INTO {CONTRACTS[table].table} ({names}) VALUES ({marks})"
        connection.execute(query, [day(number), *row.values()])


def write_masters(retailer: Retailer) -> None:
    """Items A and B in stores S1 and S2, which DC1 feeds."""
    retailer.send("suppliers", 0, [{}])
    retailer.send("products", 0, [{"sku": "A"}, {"sku": "B"}])
    stores = [{"location": "S1"}, {"location": "S2", "region": "south"}]
    retailer.send("locations", 0, [*stores, {"location": "DC1", "kind": "dc"}])
    pairs = [{"sku": sku, "location": store} for sku in "AB" for store in ("S1", "S2")]
    dc = [{"sku": sku, "location": "DC1", "supply_location": None} for sku in "AB"]
    retailer.send("item_locations", 0, [*pairs, *dc])
