"""`Warehouse`: what assets, checks and the command line may do with the DuckDB file."""

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from quality_checks.contracts import CONTRACTS, VIEW_SCHEMA, VIEWS, Contract
from warehouse.as_of import as_of, known, set_aside
from warehouse.assortment import select_known
from warehouse.connection import OpenFile, fetch_frame, transaction
from warehouse.load_report import LoadReport
from warehouse.queries import OF_DAYS, run_query
from warehouse.read_copy import prepare_copy
from warehouse.tables import (
    create_tables,
    drop_old_slices,
    may_change_unmarked,
    refuse_other_columns,
    replace_slice,
)
from warehouse.tracing import Wanted, trace_rows
from warehouse.unknown_keys import select_unknown

_FILES = CONTRACTS["files"]
_RELEASED_LATER = (
    "SELECT file_id, count(*) AS later FROM intake.quarantine "
    "WHERE status = 'released' AND released_on > ? GROUP BY file_id"
)
"""Rows of each file that were taken after a business date, as they had waited in quarantine."""


SkuRange = tuple[str, str]
"""First and last sku of a part of the assortment."""


def _of_later_days(closed_until: date) -> str:
    """Condition that a file is none of which every row happened after a day."""
    end = (closed_until + timedelta(days=1)).isoformat()
    return "".join(
        f" AND f.file_id NOT IN (SELECT file_id FROM {CONTRACTS[source].table} "
        f"WHERE business_date >= DATE '{end}' "
        f"GROUP BY file_id HAVING min({day}) >= DATE '{end}')"
        for source, day in OF_DAYS.items()
        if CONTRACTS[source].stage == "landing"
    )


class Warehouse:
    """The DuckDB file at `path`, open while a call needs it.

    Args:
        path: the DuckDB file.
        deadline_seconds: how long a call waits while another process has the file.
        idle_seconds: how long the file stays open after a call, for the next one; whoever asks for
            that calls `close` at the end.
        read_only: whether nothing is written; processes that only read share the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        deadline_seconds: float = 120.0,
        idle_seconds: float = 0.0,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self._deadline = deadline_seconds
        self._file = OpenFile(path, idle_seconds=idle_seconds, read_only=read_only)
        self._prepare = refuse_other_columns if read_only else create_tables
        self._has_tables = False

    def close(self) -> None:
        """Close the file, where it is still open for the next call."""
        self._file.close()

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._file.use(deadline_seconds=self._deadline) as connection:
            if not self._has_tables:
                self._prepare(connection)
                self._has_tables = True
            yield connection

    def load(self, landing: Path, source: str, business_date: date) -> LoadReport:
        """Load new and changed files of a landing source; see `loading.load_source`."""
        # Readers of files are slow to import, and most processes read tables only.
        from warehouse.loading import load_source  # noqa: PLC0415

        with self._open() as connection:
            return load_source(connection, landing, source, business_date)

    def known(self, source: str, business_date: date) -> pl.DataFrame:
        """A landing source as of `business_date`, or what stands in for it, sorted by key."""
        contract = CONTRACTS[source]
        with self._open() as connection:
            frame = fetch_frame(connection, select_known(connection, contract, business_date))
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

    def read(
        self, contract: Contract, business_date: date, *, skus: SkuRange | None = None
    ) -> pl.DataFrame:
        """The slice of a result table, sorted by key; empty when it was never written.

        Args:
            contract: a result table.
            business_date: the slice.
            skus: first and last sku of those that are read; all by default.
        """
        day = f"DATE '{business_date.isoformat()}'"
        within = "" if skus is None else " AND sku BETWEEN ? AND ?"
        with self._open() as connection:
            frame = fetch_frame(
                connection,
                f"SELECT * FROM {contract.table} WHERE business_date = {day}{within}",
                skus,
            )
        return frame.select(contract.columns).sort(contract.key)

    def read_marks(self, names: Collection[str], business_date: date) -> pl.DataFrame:
        """What slices of result tables up to a business date hold, as hashes, by name and date.

        Args:
            names: result tables that are replaced by slices or by days, not in parts.
            business_date: the last of the slices.

        Returns:
            Columns of the contract `slice_marks`; no row for a slice without any.
        """
        marks = CONTRACTS["slice_marks"]
        with self._open() as connection:
            frame = connection.execute(
                f"SELECT * FROM {marks.table} WHERE name IN (SELECT unnest(?)) "
                "AND business_date <= ? ORDER BY name, business_date",
                [sorted(names), business_date],
            ).pl()
        return frame.select(marks.columns)

    def mark_sources(
        self, business_date: date, *, closed_until: date | None = None
    ) -> dict[str, str]:
        """What each landing source is made of as of a business date, as a hash of its files.

        A file counts with its content and the rows that were taken of it by then.

        Args:
            business_date: as of when.
            closed_until: a file of sales or returns that tells of later days alone does not count;
                each does by default.
        """
        with self._open() as connection:
            later = "" if closed_until is None else _of_later_days(closed_until)
            return dict(
                connection.execute(
                    "SELECT f.source, count(*) || ' ' || sum(hash(f.file_name, f.sha256, f.status, "
                    "f.loaded_rows - coalesce(q.later, 0))::HUGEINT) "
                    f"FROM {_FILES.table} f LEFT JOIN ({_RELEASED_LATER}) q USING (file_id) "
                    f"WHERE {known(business_date)} AND f.status <> 'refused'{later} "
                    "GROUP BY f.source",
                    [business_date],
                ).fetchall()
            )

    def list_arrived(self, landing: Path, business_date: date) -> list[str]:
        """Landing sources of which a file up to a business date is new, changed or misnamed."""
        from warehouse.loading import find_arrived_sources  # noqa: PLC0415  # slow to import

        with self._open() as connection:
            return find_arrived_sources(connection, landing, business_date)

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
        closed_until: date | None = None,
        **variables: date | float | str,
    ) -> pl.DataFrame:
        """The result of `sql/<name>.sql`, in which `known_<source>` is a source as of the date.

        Args:
            name: the SQL file.
            business_date: also the SQL variable of that name.
            frames: tables that the SQL reads besides, by name.
            closed_until: last day of which sales and returns are seen; all by default.
            variables: further SQL variables.
        """
        with self._open() as connection:
            return run_query(connection, name, business_date, frames or {}, variables, closed_until)

    def read_view(self, name: str) -> pl.DataFrame:
        """A view of the read copy, sorted by key; other files have none.

        Args:
            name: of a view, one of `VIEWS`.

        Raises:
            LookupError: there is no such view.
        """
        view = VIEWS.get(name)
        if view is None:
            raise LookupError(f"there is no view {name!r}")
        with self._open() as connection:
            frame = fetch_frame(connection, f"SELECT * FROM {VIEW_SCHEMA}.{name}")
        return frame.select(view.columns).sort(view.key)

    def replace_days(self, contract: Contract, days: Sequence[date], frame: pl.DataFrame) -> None:
        """Put rows in place of what a daily table held of some days, in one transaction.

        Args:
            contract: a result table.
            days: business dates; every row of `frame` is of one of them.
            frame: columns of the contract.

        Raises:
            pandera.errors.SchemaErrors: a value breaks the contract; nothing is written.
        """
        with self._open() as connection:
            replace_slice(connection, contract, days, contract.conform(frame))

    def replace_part(
        self, contract: Contract, days: Sequence[date], part: Mapping[str, str], frame: pl.DataFrame
    ) -> None:
        """Put rows in place of those of some days in which columns have the values of `part`.

        Args:
            contract: a result table.
            days: business dates.
            part: column -> value; every row of `frame` has them.
            frame: columns of the contract.

        Raises:
            ValueError: slices of the table carry marks, which would tell of other rows.
        """
        if not may_change_unmarked(contract):
            raise ValueError(f"{contract.table} is not replaced in parts: its slices are marked")
        stored = contract.conform(frame)
        named = "".join(f' AND "{name}" = ?' for name in part)
        held = f"FROM {contract.table} WHERE business_date IN (SELECT unnest(?)){named}"
        values = [list(days), *part.values()]
        with self._open() as connection:
            # A change waits for the disk, and on a new date there is nothing to take away.
            if (
                stored.is_empty()
                and not connection.execute(f"SELECT 1 {held} LIMIT 1", values).fetchone()
            ):
                return
            with transaction(connection):
                connection.execute(f"DELETE {held}", values)
                connection.register("new_part", stored)
                connection.execute(f"INSERT INTO {contract.table} BY NAME SELECT * FROM new_part")
                drop_old_slices(connection, contract, days)

    def read_until(self, contract: Contract, business_date: date) -> pl.DataFrame:
        """Every slice of a result table up to a business date, sorted by date and key."""
        with self._open() as connection:
            day = f"DATE '{business_date.isoformat()}'"
            frame = fetch_frame(
                connection, f"SELECT * FROM {contract.table} WHERE business_date <= {day}"
            )
        return frame.select(contract.columns).sort("business_date", *contract.key)

    def has_after(self, contract: Contract, business_date: date) -> bool:
        """Whether a later business date holds any row of a result table."""
        with self._open() as connection:
            query = f"SELECT 1 FROM {contract.table} WHERE business_date > ? LIMIT 1"
            return connection.execute(query, [business_date]).fetchone() is not None

    def newest(self, contract: Contract) -> date | None:
        """The newest business date that holds any row of a result table; None where none does."""
        with self._open() as connection:
            query = f"SELECT max(business_date) FROM {contract.table}"
            row = connection.execute(query).fetchone()
        return row[0] if row else None

    def ledger(self, business_date: date) -> pl.DataFrame:
        """Files of all sources known as of a business date: columns of the contract `files`.

        Rows that were released from quarantine later do not count as loaded.
        """
        with self._open() as connection:
            return connection.execute(
                "SELECT f.* REPLACE (f.loaded_rows - coalesce(q.later, 0) AS loaded_rows) "
                f"FROM {_FILES.table} f LEFT JOIN ({_RELEASED_LATER}) q USING (file_id) "
                f"WHERE {known(business_date)} "
                "ORDER BY f.file_id",
                [business_date],
            ).pl()

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

    def overtaken(self, source: str, business_date: date) -> pl.DataFrame:
        """Keys of a state whose newest row waits in quarantine, so that an older one is in force.

        Returns:
            The key as it came, file_name, row, field, message of the row that waits, and
            in_force_since, the date of the file that the older one came in; sorted.
        """
        contract = CONTRACTS[source]
        if contract.mode != "state":
            return pl.DataFrame()
        keys = {name: f"trim(q.payload->>'{name}')" for name in contract.key}
        same = " AND ".join(f'CAST(t."{name}" AS VARCHAR) = {key}' for name, key in keys.items())
        named = ", ".join(f'{key} AS "{name}"' for name, key in keys.items())
        with self._open() as connection:
            return connection.execute(
                f'SELECT {named}, q.file_name, q."row", q.field, q.message, '
                "t.business_date AS in_force_since "
                f"FROM {CONTRACTS['quarantine'].table} q "
                f"JOIN ({as_of(contract, business_date)}) t ON {same} "
                f"WHERE q.source = ? AND {set_aside('q.', business_date)} "
                "AND (q.business_date > t.business_date "
                "OR q.business_date = t.business_date AND q.reason <> 'duplicate_key') "
                "ORDER BY ALL",
                [source],
            ).pl()

    def trace(
        self, source: str, business_date: date, *, every: Wanted, some: Wanted
    ) -> pl.DataFrame:
        """Landed rows as of a date that hold given values, each with its file; see `trace_rows`."""
        with self._open() as connection:
            return trace_rows(connection, CONTRACTS[source], business_date, every=every, some=some)

    def unknown_mentions(self, source: str, business_date: date) -> pl.DataFrame:
        """What rows of the files of a run name that no other source knows.

        Returns:
            Each field and message with the first file of it and its rows, by file and field.
        """
        contract = CONTRACTS[source]
        schema = {"file_name": pl.String, "field": pl.String, "message": pl.String, "rows": int}
        rows = self._rows_read(contract, business_date)
        unknown = select_unknown(contract, contract.mentions, rows)
        if unknown is None:
            return pl.DataFrame(schema=schema)
        with self._open() as connection:
            return connection.sql(
                "SELECT min(f.file_name) AS file_name, u.field, u.message, count(*) AS rows "
                f"FROM ({unknown}) u JOIN intake.files f USING (file_id) "
                "GROUP BY u.field, u.message ORDER BY ALL"
            ).pl()

    def misfit_times(self, source: str, business_date: date, *, days: int) -> pl.DataFrame:
        """Rows of the files of a run that are of another day than most rows of their file.

        Args:
            source: landing source.
            business_date: of the run.
            days: before the file's date up to which a row is no surprise.

        Returns:
            file_name, field, day and its rows, of files of which most rows fit.
        """
        contract = CONTRACTS[source]
        found = [
            f"""
            SELECT f.file_name, '{name}' AS field, s."{name}"::DATE AS day,
                s."{name}"::DATE BETWEEN f.business_date - {days} AND f.business_date AS fits,
                count(*) AS rows
            FROM {self._rows_read(contract, business_date)} s JOIN intake.files f USING (file_id)
            GROUP BY ALL
            """
            for name in contract.happened
        ]
        if not found:
            schema = {"file_name": pl.String, "field": pl.String, "day": pl.Date, "rows": int}
            return pl.DataFrame(schema=schema)
        with self._open() as connection:
            return connection.sql(
                f"SELECT file_name, field, day, rows FROM ({' UNION ALL '.join(found)}) "
                "QUALIFY NOT fits AND sum(rows) FILTER (fits) OVER (PARTITION BY file_name, field) "
                "> sum(rows) FILTER (NOT fits) OVER (PARTITION BY file_name, field) ORDER BY ALL"
            ).pl()

    def _rows_read(self, contract: Contract, business_date: date) -> str:
        """Subquery of the landed rows of the date's files, and of others that its run read."""
        day = f"DATE '{business_date.isoformat()}'"
        return (
            f"(SELECT * FROM {contract.table} WHERE file_id IN (SELECT file_id FROM intake.files "
            f"WHERE source = '{contract.name}' AND status = 'loaded' "
            f"AND (business_date = {day} OR loaded_on = {day})))"
        )

    def publish_copy(self) -> Path:
        """Copy the warehouse for readers, so that they never keep the live file open.

        The copy has comments and views besides; see `read_copy`.
        """
        copy = name_copy(self.path)
        partial = copy.with_name(f".{copy.name}.partial")
        with self._open() as connection:
            connection.execute("CHECKPOINT")
            shutil.copyfile(self.path, partial)
        prepare_copy(partial)
        partial.replace(copy)
        return copy


def name_copy(path: Path) -> Path:
    """Where the copy for readers of the warehouse at `path` is."""
    return path.with_name(f"{path.stem}-read{path.suffix}")


def unique(contract: Contract, frame: pl.DataFrame) -> None:
    """Raise ValueError where two neighbours of a frame sorted by key share it."""
    repeated = frame.filter(
        pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in contract.key)
    )
    if len(repeated):
        example = repeated.select(contract.key).row(0, named=True)
        msg = f"{contract.name}: {len(repeated)} rows share a key, such as {example}"
        raise ValueError(msg)
