"""Writes the landing files: formats, parts, control totals, and the dirt in them.

The same rows make the same bytes.
"""

import datetime as dt
import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from quality_checks.contracts import Contract, list_landing_sources, list_targets
from simulation.files import replace_file, write_frame
from simulation.retailer.dirt import DIRT_SCHEMA, soil

FORMATS: dict[str, str] = {
    "pos_sales": "parquet",
    "stock": "parquet",
    "transfers": "parquet",
    "purchase_orders": "parquet",
    "browsing": "parquet",
    "item_locations": "parquet",
    "lanes": "parquet",
    "in_transit": "parquet",
    "stockout_hours": "parquet",
    "returns": "csv.gz",
    "receipts": "csv.gz",
    "online_orders": "csv.gz",
    "node_capacities": "csv",
    "node_refusals": "csv",
    "shipping_rates": "csv",
    "substitutes": "csv",
    "substitution_outcomes": "csv",
    "weather": "csv.gz",
    "prices": "csv.gz",
    "adjustments": "csv",
    "stock_counts": "csv",
    "products": "csv",
    "locations": "csv",
    "suppliers": "csv",
    "item_suppliers": "csv",
    "promotions": "csv",
    "events": "csv",
    "supplier_events": "csv",
    "supplier_returns": "csv",
}
"""The format in which each source comes."""

ALWAYS_SENT = ("pos_sales", "returns", "receipts")
"""Sources that send a file every day, if only a header: a missing one means trouble."""

CONTROLLED = "pos_sales"


@dataclass(frozen=True)
class LateMasters:
    """Items whose product master comes late: sku to the business date of the file it is in."""

    arrivals: Mapping[str, dt.date]


@dataclass
class LandingFiles:
    """Writes files below `out / "landing"` and keeps the list of broken rows.

    Attributes:
        out: output folder.
        seed: seed of the dirt.
        dirty_rate: share of rows broken, 0 for none.
        late: items whose rows stay unknown until their master comes.
        withheld: (source, date) of files that are not written.
        postponed: (source, date) of files whose rows come with the next date, as its part 2.
        rows: rows written by source.
        files: files written.
        dirt: rows of the dirt list.
    """

    out: Path
    seed: int
    dirty_rate: float
    late: LateMasters
    withheld: frozenset[tuple[str, dt.date]]
    postponed: frozenset[tuple[str, dt.date]]
    rows: Counter[str] = field(default_factory=Counter)
    files: int = 0
    dirt: list[tuple[str, int, str, str, int | None, dt.date | None]] = field(default_factory=list)

    def send(self, source: str, date: dt.date, frame: pl.DataFrame, part: str = "") -> None:
        """Write the rows of a source that are known when `date` closed.

        Args:
            source: landing source.
            date: business date.
            frame: rows with the contract's columns, of which omissible ones may be left out; empty
                ones make no file, except of sources that are always sent.
            part: sequence in the file's name, if the day comes in several files.

        Raises:
            KeyError: no such source.
            polars.exceptions.PolarsError: a column is missing or of the wrong type.
        """
        if (source, date) in self.withheld or (frame.is_empty() and source not in ALWAYS_SENT):
            return
        if (source, date) in self.postponed:
            date, part = date + dt.timedelta(days=1), "2"
        contract = _CONTRACTS[source]
        sequence = f"_{part}" if part else ""
        name = f"{source}/{date.isoformat()}{sequence}.{FORMATS[source]}"
        if frame.is_empty():
            frame = pl.DataFrame(schema=_SCHEMAS[source])
        untold = contract.omissible - {*frame.columns}
        schema = pl.Schema({n: kept for n, kept in _SCHEMAS[source].items() if n not in untold})
        frame = frame[schema.names()]
        if frame.schema != schema:
            frame = frame.cast(schema)
        frame = self._soiled(frame, contract, name, date)
        write_frame(frame, self.out / "landing" / name)
        if source == CONTROLLED:
            total = int(frame["quantity"].sum())
            control = {"rows": frame.height, "sums": {"quantity": total}}
            path = self.out / "landing" / f"{name}.control.json"
            replace_file(path, (json.dumps(control) + "\n").encode())
        self.rows[source] += frame.height
        self.files += 1

    def _soiled(
        self, frame: pl.DataFrame, contract: Contract, name: str, date: dt.date
    ) -> pl.DataFrame:
        spare = self._unknown(frame, contract, name, date)
        if self.dirty_rate == 0:
            return frame
        rng = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        frame, broken = soil(frame, contract, self.dirty_rate, rng, spare=spare)
        self.dirt += [(name, row, column, kind, twin, None) for row, column, kind, twin in broken]
        return frame

    def _unknown(
        self, frame: pl.DataFrame, contract: Contract, name: str, date: dt.date
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Note the rows of items whose master is still to come, and return their indices."""
        waiting = [sku for sku, arrives in self.late.arrivals.items() if date < arrives]
        named = [column for column, target in list_targets(contract.references) if target == _ITEM]
        if not waiting or not named:
            return np.zeros(0, dtype=np.int64)
        found: dict[int, str] = {}
        for column in named:
            for row in frame[column].is_in(waiting).arg_true().to_list():
                found.setdefault(row, column)
        index = np.array(sorted(found), dtype=np.int64)
        for row in index.tolist():
            cleared = self.late.arrivals[frame[found[row]][row]]
            self.dirt.append((name, row + 1, found[row], "unknown_key", None, cleared))
        return index

    def dirt_list(self) -> pl.DataFrame:
        """Every broken row; see `DIRT_SCHEMA`."""
        return pl.DataFrame(self.dirt, schema=DIRT_SCHEMA, orient="row").sort("file", "row")


_ITEM = ("products", "sku")
_CONTRACTS = list_landing_sources()
_SCHEMAS = {name: contract.schema for name, contract in _CONTRACTS.items()}
