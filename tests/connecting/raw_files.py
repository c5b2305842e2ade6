"""A data folder for tests: raw files as systems write them, and mappings that read them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from connecting.making import Made, make_landing
from quality_checks.contracts import list_landing_sources
from warehouse import Warehouse

DAY = date(2025, 9, 30)

POS = """
files: "Umsatz_{date:%Y%m%d}.csv"
folder: kasse
read:
  encoding: windows-1252
  separator: ";"
  header: 3
  numbers: {decimal: ",", thousands: ".", minus: behind}
  times: "%d.%m.%Y %H:%M"
  empty: ["-"]
keep:
  - {column: Menge, sign: positive}
leave_out:
  - {column: Bon, values: [Summe]}
columns:
  receipt: {from: [Filiale, Bon], join: "-"}
  line: Pos
  timestamp: {from: [Datum, Uhrzeit]}
  sku: {from: Artikel, zero_fill: 5}
  location: Filiale
  channel: {constant: store}
  fulfilment_location: Filiale
  quantity: {from: Menge, factor_by: {column: ME, factors: {ST: 1, KAR: 12}}}
  net_value: {from: Betrag, factor: 1/1.19}
  list_value: {from: Betrag, factor: 1/1.19}
"""

POS_HEAD = "Umsatzliste Filialen;;\r\nStand 30.09.2025;;\r\n"
POS_NAMES = "Filiale;Bon;Pos;Datum;Uhrzeit;Artikel;Bezeichnung;Menge;ME;Betrag\r\n"

STORE = {
    "location": "007",
    "kind": "store",
    "region": "north",
    "city": "Kiel",
    "priority": 1,
    "ships_online": False,
    "open_weekdays": "1111111",
}
ITEM = {
    "sku": "00123",
    "style": "Hemd",
    "department": "Mode",
    "category": "Hemden",
    "season": "basic",
    "unit_cost": 8.0,
    "list_price": 20.0,
    "currency": "EUR",
    "case_pack": 1,
    "volume": 1.0,
    "launch_date": date(2024, 1, 1),
    "supplier": "V",
}
TERMS = {
    "sku": "00123",
    "supplier": "V",
    "contract_lead_time_days": 5,
    "minimum_order_quantity": 1,
    "order_multiple": 1,
    "unit_price": 8.0,
    "currency": "EUR",
    "preferred": True,
    "valid_from": date(2024, 1, 1),
}


@dataclass
class Connected:
    """A data folder that is connected by mappings."""

    root: Path

    def map(self, name: str, text: str) -> Path:
        path = self.root / "mappings" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def drop(self, name: str, text: str, encoding: str = "windows-1252") -> Path:
        """Put a raw file where its system would."""
        path = self.root / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding))
        return path

    def sell(self, day: date, *lines: str) -> Path:
        """Drop a day's sales of the till."""
        content = POS_HEAD + POS_NAMES + "".join(f"{line}\r\n" for line in lines)
        return self.drop(f"kasse/Umsatz_{day:%Y%m%d}.csv", content)

    def make(self, source: str) -> Made:
        return make_landing(self.root, source)

    def landed(self, source: str, name: str) -> pl.DataFrame:
        return pl.read_csv(self.root / "landing" / source / name, infer_schema=False)

    def land(self, source: str, day: date, *rows: dict[str, object]) -> Path:
        """Put a landing file there as a system that knows the contract would."""
        contract = list_landing_sources()[source]
        full = [{**dict.fromkeys(contract.columns), **row} for row in rows]
        path = self.root / "landing" / source / f"{day}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = pl.DataFrame(full, schema=contract.schema)
        frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S")
        return path

    def land_masters(self, day: date = DAY) -> None:
        """One supplier with terms, one item, one store."""
        self.land("suppliers", day, {"supplier": "V", "name": "Vendor", "origin": "DE"})
        self.land("locations", day, STORE)
        self.land("products", day, ITEM)
        self.land("item_suppliers", day, TERMS)

    def names(self, source: str) -> list[str]:
        folder = self.root / "landing" / source
        return sorted(path.name for path in folder.glob("[!.]*"))

    def load(self, day: date = DAY, sources: Collection[str] | None = None) -> Warehouse:
        """Make and load all sources, or some, as a run of `day` does."""
        warehouse = Warehouse(self.root / "warehouse" / "plenish.duckdb")
        for source in sources or list_landing_sources():
            self.make(source)
            warehouse.load(self.root / "landing", source, day)
        return warehouse
