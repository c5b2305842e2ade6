"""`Warehouse`: what assets, checks and the command line may do with the DuckDB file."""

import hashlib
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from quality_checks.checks import Outcome
from quality_checks.contracts import CONTRACTS, Contract, landing_sources
from warehouse.as_of import as_of, known, newest
from warehouse.connection import open_warehouse, transaction
from warehouse.loading import LoadReport, load_source
from warehouse.tables import create_tables, replace_slice

_SQL = Path(__file__).parent / "sql"


class PlanVersion(NamedTuple):
    """A version of a business date's plan, and the hashes of what it was made from."""

    plan_version: int
    plan_hash: str
    input_hash: str
    policy_hash: str
    code_version: str
    model_version: str


class Warehouse:
    """The DuckDB file at `path`, opened anew for each call.

    Args:
        path: the DuckDB file.
        deadline_seconds: how long a call waits while another process has the file.
    """

    def __init__(self, path: Path, *, deadline_seconds: float = 120.0) -> None:
        self.path = path
        self._deadline = deadline_seconds
        self._has_tables = False

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with open_warehouse(self.path, deadline_seconds=self._deadline) as connection:
            if not self._has_tables:
                create_tables(connection)
                self._has_tables = True
            yield connection

    def load(self, landing: Path, source: str, business_date: date) -> LoadReport:
        """Load new and changed files of a landing source; see `loading.load_source`."""
        with self._open() as connection:
            return load_source(connection, landing, source, business_date)

    def known(self, source: str, business_date: date) -> pl.DataFrame:
        """A landing source as of `business_date`: its columns, sorted by key."""
        contract = CONTRACTS[source]
        with self._open() as connection:
            frame = connection.sql(as_of(contract, business_date)).pl()
        return frame.select(contract.columns).sort(contract.key)

    def write(self, contract: Contract, business_date: date, frame: pl.DataFrame) -> pl.DataFrame:
        """Replace the slice of a result table, and return it as it was stored.

        Args:
            contract: a result table.
            business_date: the slice; added to `frame` as a column.
            frame: the other columns of the contract, in any order.

        Raises:
            pandera.errors.SchemaErrors: a value breaks the contract; nothing is written.
        """
        slice_ = contract.conform(frame.with_columns(pl.lit(business_date).alias("business_date")))
        unique(contract, slice_)
        with self._open() as connection:
            replace_slice(connection, contract, [business_date], slice_)
        return slice_

    def read(self, contract: Contract, business_date: date) -> pl.DataFrame:
        """The slice of a result table, sorted by key; empty when it was never written."""
        with self._open() as connection:
            frame = connection.execute(
                f"SELECT * FROM {contract.table} WHERE business_date = ?", [business_date]
            ).pl()
        return frame.select(contract.columns).sort(contract.key)

    def has(self, contract: Contract, business_date: date) -> bool:
        """Whether the slice of a result table holds any row."""
        with self._open() as connection:
            query = f"SELECT 1 FROM {contract.table} WHERE business_date = ? LIMIT 1"
            return connection.execute(query, [business_date]).fetchone() is not None

    def query(
        self,
        name: str,
        business_date: date,
        *,
        frames: Mapping[str, pl.DataFrame] | None = None,
        **variables: date | int | str,
    ) -> pl.DataFrame:
        """The result of `sql/<name>.sql`, in which `known_<source>` is a source as of the date.

        Args:
            name: the SQL file.
            business_date: also the SQL variable of that name.
            frames: tables that the SQL reads besides, by name.
            variables: further SQL variables.
        """
        with self._open() as connection:
            return _run(connection, name, business_date, frames or {}, variables)

    def rebuild_days(
        self, contract: Contract, business_date: date, *, days_kept: int
    ) -> list[date]:
        """Bring a daily table up to date for every day whose landed rows changed.

        `sql/<name>.sql` gives the rows of the days in `rebuilt_days`. What a
        day was built from is kept as a fingerprint, so that a day is built once, and again only
        when a file with rows of it came, was replaced or released.

        Returns:
            The days that were rebuilt.
        """
        rebuilt: list[date] = []
        with self._open() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS inventory.day_fingerprints "
                "(name VARCHAR, business_date DATE, fingerprint VARCHAR, "
                "PRIMARY KEY (name, business_date))"
            )
            first_day = _first_sales_day(connection, business_date, days_kept)
            current = _fingerprints(connection, first_day, business_date)
            stored = dict(
                connection.execute(
                    "SELECT business_date, fingerprint FROM inventory.day_fingerprints "
                    "WHERE name = ?",
                    [contract.name],
                ).fetchall()
            )
            stale = {day: mark for day, mark in current.items() if stored.get(day) != mark}
            for days in _stretches(connection, sorted(stale)):
                _rebuild(connection, contract, business_date, days, stale)
                rebuilt += days
        return rebuilt

    def input_hash(self, business_date: date) -> str:
        """Hash of every landed file known as of `business_date`, and of what was released."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT source, file_name, sha256, loaded_rows FROM intake.files "
                f"WHERE status <> 'refused' AND {known(business_date)} ORDER BY ALL"
            ).fetchall()
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    def plan_version(  # what a plan is made from
        self,
        business_date: date,
        input_hash: str,
        policy_hash: str,
        code_version: str,
        model_version: str,
    ) -> pl.DataFrame:
        """Rows of `plan_versions` with the version of these inputs, policies, code, model in force.

        What was exported before is not part of it: a plan nets its own exports by version, so
        that the same version makes the same plan however often it runs.
        """
        contract = CONTRACTS["plan_versions"]
        parts = f"{input_hash}{policy_hash}{code_version}{model_version}"
        plan_hash = hashlib.sha256(parts.encode()).hexdigest()
        versions = self.read(contract, business_date)
        if plan_hash not in versions["plan_hash"].to_list():
            new = {
                "business_date": business_date,
                "plan_version": len(versions) + 1,
                "plan_hash": plan_hash,
                "input_hash": input_hash,
                "policy_hash": policy_hash,
                "code_version": code_version,
                "model_version": model_version,
                "current": True,
            }
            versions = versions.vstack(pl.DataFrame([new], schema=contract.schema))
        return versions.with_columns(current=pl.col("plan_hash") == plan_hash)

    def current_version(self, business_date: date) -> PlanVersion:
        """The plan version in force.

        Raises:
            LookupError: the business date has no plan yet.
        """
        versions = self.read(CONTRACTS["plan_versions"], business_date).filter("current")
        if versions.is_empty():
            raise LookupError(f"{business_date} has no plan yet: materialize plans/plan_versions")
        row = versions.row(0, named=True)
        return PlanVersion(**{name: row[name] for name in PlanVersion.__annotations__})

    def planned_after(self, business_date: date) -> bool:
        """Whether a later business date has a plan."""
        with self._open() as connection:
            query = "SELECT 1 FROM plans.plan_versions WHERE business_date > ? LIMIT 1"
            return connection.execute(query, [business_date]).fetchone() is not None

    def blocking_failures(self, business_date: date, stages: Collection[str]) -> list[str]:
        """Blocking checks of the stages' assets that failed, in words."""
        outcomes = self.read(CONTRACTS["check_outcomes"], business_date)
        failed = outcomes.filter(
            "blocking",
            ~pl.col("passed"),
            pl.col("asset").str.split(".").list.first().is_in(list(stages)),
        )
        return [f"{row['asset']} {row['check']}: {row['message']}" for row in failed.to_dicts()]

    def exported(self, business_date: date) -> pl.DataFrame:
        """Every exported line of business dates up to this one, sorted by key."""
        contract = CONTRACTS["export_lines"]
        with self._open() as connection:
            frame = connection.execute(
                f"SELECT * FROM {contract.table} WHERE business_date <= ?", [business_date]
            ).pl()
        return frame.select(contract.columns).sort("business_date", *contract.key)

    def files(self, source: str, business_date: date) -> pl.DataFrame:
        """The ledger of a source's files up to `business_date`, refused ones too."""
        with self._open() as connection:
            return connection.execute(
                "SELECT * FROM intake.files WHERE source = ? AND business_date <= ? "
                "ORDER BY file_id",
                [source, business_date],
            ).pl()

    def newest_files(self, business_date: date) -> dict[str, date]:
        """Last business date known as of `business_date` of every source that ever came."""
        with self._open() as connection:
            return dict(
                connection.execute(
                    "SELECT source, max(business_date) FROM intake.files "
                    f"WHERE status = 'loaded' AND {known(business_date)} GROUP BY source"
                ).fetchall()
            )

    def waiting(self, source: str, business_date: date) -> pl.DataFrame:
        """Rows of a source that wait in quarantine, newest first."""
        with self._open() as connection:
            return connection.execute(
                "SELECT * FROM intake.quarantine "
                "WHERE status = 'waiting' AND source = ? AND known_on <= ? "
                'ORDER BY business_date DESC, file_id DESC, "row"',
                [source, business_date],
            ).pl()

    def record_outcomes(
        self,
        contract: Contract,
        business_date: date,
        outcomes: Sequence[Outcome],
        files: Sequence[Path | None],
    ) -> None:
        """Keep what the checks of a table found, in place of what they found before."""
        kept = CONTRACTS["check_outcomes"]
        rows = [
            {
                "business_date": business_date,
                "asset": contract.table,
                "check": outcome.check.name,
                "passed": outcome.passed,
                "blocking": outcome.check.blocking,
                "message": outcome.message,
                "failing_rows": len(outcome.failing),
                "failing_file": None if file is None else file.as_posix(),
            }
            for outcome, file in zip(outcomes, files, strict=True)
        ]
        frame = kept.conform(pl.DataFrame(rows, schema=kept.schema))
        with self._open() as connection, transaction(connection):
            connection.execute(
                f"DELETE FROM {kept.table} WHERE business_date = ? AND asset = ?",
                [business_date, contract.table],
            )
            connection.register("new_outcomes", frame)
            connection.execute(f"INSERT INTO {kept.table} SELECT * FROM new_outcomes")

    def publish_copy(self) -> Path:
        """Copy the warehouse beside itself for readers, who so never hold the live file."""
        copy = self.path.with_name(f"{self.path.stem}-read{self.path.suffix}")
        partial = copy.with_name(f".{copy.name}.partial")
        with self._open() as connection:
            connection.execute("CHECKPOINT")
            shutil.copyfile(self.path, partial)
        partial.replace(copy)
        return copy


def unique(contract: Contract, frame: pl.DataFrame) -> None:
    """Raise ValueError where two neighbours of a frame sorted by key share it."""
    repeated = frame.filter(
        pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in contract.key)
    )
    if len(repeated):
        example = repeated.select(contract.key).row(0, named=True)
        msg = f"{contract.name}: {len(repeated)} rows share a key, such as {example}"
        raise ValueError(msg)


def _run(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    business_date: date,
    frames: Mapping[str, pl.DataFrame],
    variables: Mapping[str, date | int | str],
) -> pl.DataFrame:
    # Frames are sorted by key when they are stored; keeping rows in order only costs memory here.
    connection.execute("SET preserve_insertion_order = false")
    for source, contract in landing_sources().items():
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW known_{source} AS {as_of(contract, business_date)}"
        )
    stock = CONTRACTS["stock"]
    history = known(business_date)
    # Sales with the file that each row came in, which tells the part of the day that is there.
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW known_sales_files AS "
        f"SELECT * FROM {CONTRACTS['pos_sales'].table} WHERE {history}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW known_stock_history AS "
        f"SELECT * FROM {stock.table} WHERE {history}"
    )
    # The record that held before a day, by default the business date.
    first_day = variables.get("first_day", business_date)
    before = newest(stock, f"{history} AND business_date < DATE '{first_day}'")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW known_stock_before AS "
        f"SELECT * FROM {stock.table} WHERE {before}"
    )
    for table, frame in frames.items():
        connection.register(table, frame)
    for variable, value in {"business_date": business_date, **variables}.items():
        literal = f"DATE '{value.isoformat()}'" if isinstance(value, date) else repr(value)
        connection.execute(f"SET VARIABLE {variable} = {literal}")
    return connection.sql((_SQL / f"{name}.sql").read_text()).pl()


def _first_sales_day(
    connection: duckdb.DuckDBPyConnection, business_date: date, days_kept: int
) -> date:
    row = connection.execute(
        f"SELECT min(business_date) FROM intake.files WHERE {known(business_date)} "
        "AND source = 'pos_sales'"
    ).fetchone()
    first = row[0] if row and row[0] else business_date
    return max(first, business_date - timedelta(days=days_kept - 1))


_EVENT_INPUTS = ("pos_sales", "returns", "stockout_hours")


def _fingerprints(
    connection: duckdb.DuckDBPyConnection, first_day: date, last_day: date
) -> dict[date, str]:
    """What each day's rows were landed in: its own events, and every stock file up to it."""
    files = connection.execute(
        "SELECT source, business_date, first_date, last_date, sha256, loaded_rows "
        f"FROM intake.files WHERE {known(last_day)} AND loaded_rows > 0 "
        "AND source IN ('pos_sales', 'returns', 'stockout_hours', 'stock') ORDER BY file_id"
    ).fetchall()
    marks = {
        first_day + timedelta(days=n): hashlib.sha256()
        for n in range((last_day - first_day).days + 1)
    }
    stock = sorted(
        (day, sha256, rows) for source, day, *_, sha256, rows in files if source == "stock"
    )
    running, upcoming = hashlib.sha256(), 0
    for day, mark in marks.items():
        while upcoming < len(stock) and stock[upcoming][0] <= day:
            running.update(repr(stock[upcoming]).encode())
            upcoming += 1
        mark.update(running.digest())
    for source, _, first, last, sha256, rows in files:
        if source in _EVENT_INPUTS:
            content = repr((source, sha256, rows)).encode()
            for n in range((last - first).days + 1):
                if (day := first + timedelta(days=n)) in marks:
                    marks[day].update(content)
    return {day: mark.hexdigest() for day, mark in marks.items()}


_STRETCH_ROWS = 4_000_000


def _stretches(connection: duckdb.DuckDBPyConnection, days: Sequence[date]) -> Iterator[list[date]]:
    """`days` cut into runs of neighbours, each of bounded sales rows, to bound memory."""
    rows = dict(
        connection.execute(
            "SELECT business_date, sum(loaded_rows) FROM intake.files "
            "WHERE source = 'pos_sales' AND status = 'loaded' GROUP BY business_date"
        ).fetchall()
    )
    run: list[date] = []
    held = 0
    for day in days:
        here = int(rows.get(day, 0))
        if run and (day - run[-1] > timedelta(days=1) or held + here > _STRETCH_ROWS):
            yield run
            run, held = [], 0
        run.append(day)
        held += here
    if run:
        yield run


def _rebuild(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    business_date: date,
    days: Sequence[date],
    fingerprints: Mapping[date, str],
) -> None:
    rows = _run(
        connection,
        contract.name,
        business_date,
        {"rebuilt_days": pl.DataFrame({"day": days})},
        {"first_day": days[0], "last_day": days[-1]},
    )
    replace_slice(connection, contract, days, contract.conform(rows))
    # Marked last: a process that dies before this line builds the days again.
    connection.executemany(
        "INSERT OR REPLACE INTO inventory.day_fingerprints VALUES (?, ?, ?)",
        [(contract.name, day, fingerprints[day]) for day in days],
    )
