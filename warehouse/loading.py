"""Load landed files into the warehouse: each once, all of it or none, nothing dropped in silence.

One transaction takes in one batch of files of one source, so a process that dies leaves the
batches before it loaded and the rest to be found again. What a file's rows were known from is
settled here, once: on time for a file that comes in its turn, the business date of the load for a
late file, a corrected file, or a row whose master came later.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from quality_checks.contracts import CONTRACTS, Contract, list_landing_sources
from quality_checks.intake import (
    LandedFile,
    examine_files,
    find_landed,
    hash_content,
    judge_dirt,
    measure_content,
    measure_file,
)
from warehouse.connection import transaction
from warehouse.doubled_sales import select_doubled, select_parted
from warehouse.load_report import LoadReport
from warehouse.tables import LOADED_WITH, column_list, column_types, region_column
from warehouse.unknown_keys import select_unknown

_BATCH_BYTES = 24_000_000
_BATCH_FILES = 500
_MOST_PARTS = 999_999
# A line sent again may state another time, but hardly one of another month; all of history is
# too much to search for every batch.
_DAYS_SEARCHED = 35
_MOST_FILES = 100_000_000
_FILES = CONTRACTS["files"]
_QUARANTINE = CONTRACTS["quarantine"]


@dataclass(frozen=True)
class _Arrival:
    """A file that is new or changed, with what the ledger must know of it."""

    file: LandedFile
    file_id: int
    sha256: str
    size: int
    modified: int
    known_on: date


def load_source(
    connection: duckdb.DuckDBPyConnection, landing: Path, source: str, business_date: date
) -> LoadReport:
    """Load every new or changed file of `source` dated up to `business_date`.

    Rows that wait in quarantine for an unknown key are tried again after the new files.
    """
    report = LoadReport(source)
    found, misnamed = find_landed(landing, source)
    report.misnamed += [refused.message for refused in misnamed]
    due = [file for file in found if file.business_date <= business_date]
    load = _Load(connection, landing, CONTRACTS[source], business_date, report)
    # What was the content of another part stands by itself once that part is sent anew.
    for _ in range(2):
        for batch in _batches(_arrivals(connection, landing, source, due, business_date)):
            load.take_in(batch)
    load.release()
    load.remember()
    return report


def find_arrived_sources(
    connection: duckdb.DuckDBPyConnection, landing: Path, business_date: date
) -> list[str]:
    """Find the landing sources that a load up to a business date would have something to say of."""
    arrived = []
    for source in list_landing_sources():
        found, misnamed = find_landed(landing, source)
        due = [file for file in found if file.business_date <= business_date]
        if misnamed or _arrivals(connection, landing, source, due, business_date):
            arrived.append(source)
    return arrived


def _arrivals(
    connection: duckdb.DuckDBPyConnection,
    landing: Path,
    source: str,
    files: Sequence[LandedFile],
    business_date: date,
) -> list[_Arrival]:
    """Files that are new, changed, or refused or repeated for a reason that holds no longer."""
    ledger = connection.execute(
        "SELECT f.business_date, f.sequence, f.file_name, f.size, f.modified, f.sha256, f.status, "
        "f.status = 'repeated' AND NOT EXISTS (SELECT 1 FROM intake.files l WHERE "
        "l.source = f.source AND l.business_date = f.business_date AND l.sha256 = f.sha256 "
        "AND l.status = 'loaded') FROM intake.files f WHERE f.source = ? "
        "QUALIFY row_number() OVER (PARTITION BY f.business_date, f.sequence "
        "ORDER BY f.file_id DESC) = 1",
        [source],
    ).fetchall()
    seen = {(day, sequence): rest for day, sequence, *rest in ledger}
    next_id, newest, looked = connection.execute(
        "SELECT (SELECT coalesce(max(file_id), 0) + 1 FROM intake.files), "
        "(SELECT max(business_date) FROM intake.files WHERE source = $source), "
        "(SELECT max(business_date) FROM intake.loads WHERE source = $source)",
        {"source": source},
    ).fetchone() or (1, None, None)
    arrivals: list[_Arrival] = []
    for file in files:
        size, modified = measure_file(file.path)
        known = seen.get((file.business_date, file.sequence))
        name, *stamp, sha256, status, alone = known or [None] * 6
        if not alone and (name, stamp) == (_name(landing, file), [size, modified]):
            continue
        content = hash_content(file.path)
        if not alone and status != "refused" and content == sha256:
            continue
        on_time = (
            known is None
            and (newest is None or file.business_date >= newest)
            and (looked is None or file.business_date > looked)
        )
        late = max(day for day in (business_date, newest, looked) if day is not None)
        known_on = file.business_date if on_time else late
        arrivals.append(_Arrival(file, next_id + len(arrivals), content, size, modified, known_on))
    return arrivals


def _name(landing: Path, file: LandedFile) -> str:
    return file.path.relative_to(landing).as_posix()


def _batches(arrivals: Sequence[_Arrival]) -> Iterator[list[_Arrival]]:
    batch: list[_Arrival] = []
    size = 0
    for arrival in arrivals:
        unpacked = measure_content(arrival.file.path)
        if batch and (len(batch) == _BATCH_FILES or size + unpacked > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(arrival)
        size += unpacked
    if batch:
        yield batch


@dataclass(frozen=True)
class _Load:
    """One load of one source; the tables `arrived`, `repeats`, `outdated`, `staged` are its own."""

    connection: duckdb.DuckDBPyConnection
    landing: Path
    contract: Contract
    business_date: date
    report: LoadReport

    @property
    def _today(self) -> str:
        return f"DATE '{self.business_date.isoformat()}'"

    @property
    def _row_date(self) -> str:
        return f'CAST("{self.contract.date}" AS DATE)' if self.contract.date else "business_date"

    def take_in(self, batch: list[_Arrival]) -> None:
        """Load one batch of files in one transaction."""
        examined = examine_files([arrival.file for arrival in batch], self.contract)
        refused = dict(examined.refused)
        with transaction(self.connection):
            arrived = self._arrived(batch, examined.row_counts, refused)
            self.connection.register("arrived", arrived)
            self.connection.register("examined_faults", examined.faults)
            self._mark_repeats()
            self._stage(examined.rows, arrived)
            self._quarantine_faults()
            self._keep_older()
            self._replace_older()
            self._quarantine_known_before()
            self._quarantine_doubled()
            self._insert_staged()
            self._write_ledger()
            counts = self.connection.execute(
                "SELECT count(*), coalesce(sum(loaded_rows), 0), "
                "coalesce(sum(quarantined_rows), 0) "
                "FROM intake.files WHERE file_id IN (SELECT file_id FROM arrived)"
            ).fetchone()
        files, loaded, quarantined = counts or (0, 0, 0)
        self.report.notes += [note for _, note in examined.notes]
        self.report.files += files
        self.report.loaded_rows += loaded
        self.report.quarantined_rows += quarantined
        kept = self.connection.execute("SELECT file_index, message FROM kept").fetchall()
        self.report.refused += [
            f"{_name(self.landing, batch[index].file)}: {text}"
            for index, text in [*refused.items(), *kept]
        ]

    def _arrived(
        self, batch: list[_Arrival], row_counts: Mapping[int, int], refused: Mapping[int, str]
    ) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "file_index": range(len(batch)),
                "file_id": [arrival.file_id for arrival in batch],
                "source": self.contract.name,
                "business_date": [arrival.file.business_date for arrival in batch],
                "sequence": [arrival.file.sequence for arrival in batch],
                "file_name": [_name(self.landing, arrival.file) for arrival in batch],
                "sha256": [arrival.sha256 for arrival in batch],
                "size": [arrival.size for arrival in batch],
                "modified": [arrival.modified for arrival in batch],
                "known_on": [arrival.known_on for arrival in batch],
                "rows": [row_counts.get(index) for index in range(len(batch))],
                "message": [refused.get(index) for index in range(len(batch))],
            },
            schema_overrides={"file_index": pl.Int32, "rows": pl.Int64, "message": pl.String},
        )

    def _mark_repeats(self) -> None:
        """Files that are the content of another part of their day, sent a second time."""
        self.connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE repeats AS
            SELECT a.file_index, any_value(f.file_name) AS first_name
            FROM arrived a JOIN (
                SELECT source, business_date, sha256, file_id, file_name FROM intake.files
                WHERE status = 'loaded'
                UNION ALL SELECT source, business_date, sha256, file_id, file_name FROM arrived
            ) f USING (source, business_date, sha256)
            WHERE f.file_id < a.file_id AND f.file_name <> a.file_name AND a.rows > 0
            GROUP BY a.file_index
            """
        )

    def _keep_older(self) -> None:
        """Files sent again of which so little can be used that what is there is worth more."""
        self.connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE kept AS
            SELECT a.file_index, a.file_id, 'of ' || a.rows || ' rows ' || q.broken || ' cannot be '
                || 'taken: what ' || f.file_name || ' brought before stays' AS message
            FROM arrived a JOIN intake.files f
            ON f.source = a.source AND f.business_date = a.business_date AND f.sequence = a.sequence
            JOIN (SELECT file_id, count(*) AS broken FROM intake.quarantine GROUP BY file_id) q
            ON q.file_id = a.file_id
            WHERE f.status = 'loaded' AND a.message IS NULL AND a.rows - q.broken < f.loaded_rows
                AND {judge_dirt("q.broken", "a.rows")}
            """
        )
        self.connection.execute(
            'INSERT INTO at_fault SELECT file_id, "row" FROM staged '
            "WHERE file_id IN (SELECT file_id FROM kept)"
        )

    def _replace_older(self) -> None:
        """Close what an earlier version of the same file brought, where the new one stands."""
        self.connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE outdated AS
            SELECT f.file_id, f.status, a.known_on FROM intake.files f JOIN arrived a
            ON f.source = a.source AND f.business_date = a.business_date AND f.sequence = a.sequence
            WHERE a.message IS NULL AND a.file_id NOT IN (SELECT file_id FROM kept)
            """
        )
        self.connection.execute(
            f"UPDATE {self.contract.table} t SET replaced_on = o.known_on "
            "FROM outdated o WHERE t.file_id = o.file_id"
        )
        self.connection.execute(
            "UPDATE intake.files f SET status = 'replaced', replaced_on = o.known_on "
            "FROM outdated o WHERE f.file_id = o.file_id AND o.status IN ('loaded', 'repeated')"
        )
        self.connection.execute(
            "UPDATE intake.quarantine SET status = 'replaced' "
            "WHERE status = 'waiting' AND file_id IN (SELECT file_id FROM outdated)"
        )

    def _stage(self, rows: pl.DataFrame, arrived: pl.DataFrame) -> None:
        """Rows that hold the contract, beside the file they came in; none is at fault so far.

        Joined here and handed over as Arrow: the same in SQL takes three times as long.
        """
        repeats = self.connection.sql("SELECT file_index FROM repeats").pl()
        files = arrived.join(repeats, on="file_index", how="anti").select(
            "file_index", "file_id", "business_date", "sequence", "known_on"
        )
        self._stage_rows(rows.join(files, on="file_index", maintain_order="left"))

    def _stage_rows(self, rows: pl.DataFrame) -> None:
        part = pl.col("sequence").cast(pl.Int64, strict=False).fill_null(0).clip(0, _MOST_PARTS)
        # A record cannot be newer than the moment at which it was read.
        held = pl.col("business_date")
        if self.contract.mode == "state":
            held = pl.min_horizontal(held, *(pl.col(n).dt.date() for n in self.contract.happened))
        recency = (
            held.cast(pl.Int32).cast(pl.Int64) * (_MOST_PARTS + 1) + part
        ) * _MOST_FILES + pl.col("file_id")
        self.connection.register("staged", rows.with_columns(recency=recency).to_arrow())
        self.connection.execute(
            'CREATE OR REPLACE TEMP TABLE at_fault (file_id BIGINT, "row" BIGINT)'
        )

    def _quarantine_faults(self) -> None:
        self.connection.execute(
            f"""
            INSERT INTO intake.quarantine ({column_list(_QUARANTINE.columns)})
            SELECT a.file_id, a.source, a.business_date, a.file_name, f."row", f.field, f.reason,
                f.message, f.payload, 'waiting', {self._today}, NULL
            FROM examined_faults f JOIN arrived a USING (file_index)
            WHERE a.file_index NOT IN (SELECT file_index FROM repeats)
            """
        )
        if (find := self._unknown_keys()) is not None:
            self._quarantine_staged("unknown_key", find)

    def _quarantine_known_before(self) -> None:
        if (find := self._known_before()) is not None:
            self._quarantine_staged("duplicate_key", find)

    def _quarantine_doubled(self) -> None:
        if self.contract is not CONTRACTS["pos_sales"]:
            return
        if (find := select_doubled(self.connection)) is not None:
            self._quarantine_staged("sold_twice", find)

    def _quarantine_staged(self, reason: str, find: str) -> None:
        """Set staged rows aside: `find` selects their file_id, row, field and message."""
        found = self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS SELECT * FROM ({find}) f "
            "WHERE NOT EXISTS (SELECT 1 FROM at_fault a WHERE a.file_id = f.file_id "
            'AND a."row" = f."row")'
        ).fetchone()
        if found is None or found[0] == 0:
            return
        fields_of_row = ", ".join(f"'{name}': s.\"{name}\"" for name in self.contract.columns)
        self.connection.execute(
            f"""
            INSERT INTO intake.quarantine ({column_list(_QUARANTINE.columns)})
            SELECT s.file_id, a.source, s.business_date, a.file_name, s."row",
                f.field, '{reason}', f.message || coalesce(' (' || s._origin || ')', ''),
                to_json({{{fields_of_row}}}), 'waiting',
                {self._today}, NULL
            FROM staged s JOIN found f ON f.file_id = s.file_id AND f."row" = s."row"
            JOIN arrived a ON a.file_id = s.file_id
            """
        )
        self.connection.execute('INSERT INTO at_fault SELECT file_id, "row" FROM found')

    def _insert_staged(self) -> None:
        """Staged rows without a fault into the landed table, each with its location's region."""
        columns = list(
            dict.fromkeys(
                [*self.contract.columns, *(name for name in LOADED_WITH if name != "replaced_on")]
            )
        )
        located = region_column(self.contract)
        region, join = "", ""
        if located is not None:
            region = ", l.region"
            join = (
                "LEFT JOIN (SELECT location, arg_max(region, business_date) AS region "
                f"FROM landing.locations WHERE business_date <= {self._today} GROUP BY location) l "
                f'ON l.location = s."{located}"'
            )
        names = [*columns, "region"] if located is not None else columns
        self.connection.execute(
            f"""
            INSERT INTO {self.contract.table} ({column_list(names)})
            SELECT {column_list(columns, "s.")}{region}
            FROM staged s {join}
            ANTI JOIN at_fault a ON a.file_id = s.file_id AND a."row" = s."row"
            """
        )

    def _write_ledger(self) -> None:
        self.connection.execute(
            f"""
            INSERT INTO intake.files ({column_list(_FILES.columns)})
            SELECT a.file_id, a.source, a.business_date, a.sequence, a.file_name, a.sha256, a.size,
                a.modified,
                CASE WHEN a.message IS NOT NULL OR k.message IS NOT NULL THEN 'refused'
                     WHEN r.first_name IS NOT NULL THEN 'repeated' ELSE 'loaded' END,
                a.rows, coalesce(s.loaded, 0), coalesce(q.quarantined, 0),
                s.first_date, s.last_date, a.known_on, NULL, {self._today},
                coalesce(a.message, k.message, 'same content as ' || r.first_name)
            FROM arrived a
            LEFT JOIN repeats r USING (file_index)
            LEFT JOIN (SELECT file_index, message FROM kept) k USING (file_index)
            LEFT JOIN (SELECT file_id, count(*) AS loaded, min({self._row_date}) AS first_date,
                max({self._row_date}) AS last_date FROM {self.contract.table}
                WHERE file_id IN (SELECT file_id FROM arrived) GROUP BY file_id) s USING (file_id)
            LEFT JOIN (SELECT file_id, count(*) AS quarantined FROM intake.quarantine
                GROUP BY file_id) q USING (file_id)
            """
        )

    def remember(self) -> None:
        """Note that the source was looked for: what comes later for the date is late."""
        self.connection.execute(
            "INSERT INTO intake.loads SELECT ?, ? WHERE NOT EXISTS "
            "(SELECT 1 FROM intake.loads WHERE source = ? AND business_date = ?)",
            [self.contract.name, self.business_date] * 2,
        )

    def release(self) -> None:
        """Take in rows that waited for a key which is known by now, or whose twin is gone."""
        waiting = self.connection.execute(
            "SELECT 1 FROM intake.quarantine "
            f"WHERE source = ? AND status = 'waiting' AND {self._may_be_released()} LIMIT 1",
            [self.contract.name],
        ).fetchone()
        if waiting is None:
            return
        with transaction(self.connection):
            self._read_waiting("waiting", self._may_be_released())
            self._stage_rows(self.connection.sql("SELECT * FROM waiting").pl())
            for find in (self._unknown_keys(), self._known_before(), self._waiting_twice()):
                if find is not None:
                    self.connection.execute(
                        f'INSERT INTO at_fault SELECT file_id, "row" FROM ({find})'
                    )
            self._leave_doubled()
            self._insert_staged()
            self.report.released_rows += self._settle_released()

    def _may_be_released(self) -> str:
        """Condition on waiting rows that may count by now."""
        known = "reason = 'unknown_key'"
        if self.contract is not CONTRACTS["pos_sales"]:
            return known
        return f'({known} OR (file_id, "row") IN ({select_parted()}))'

    def _read_waiting(self, name: str, condition: str) -> None:
        """Make a temporary table of rows that wait in quarantine, as they would be loaded today."""
        structure = ", ".join(
            f'"{column}": "{kind}"' for column, kind in column_types(self.contract).items()
        )
        self.connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE {name} AS
            SELECT {column_list(self.contract.columns, "q.loaded.")}, q.file_id,
                q.business_date, f.sequence, {self._today} AS known_on, q."row"
            FROM (SELECT *, json_transform_strict(payload, '{{{structure}}}') AS loaded
                  FROM intake.quarantine
                  WHERE source = '{self.contract.name}' AND status = 'waiting' AND {condition}) q
            JOIN intake.files f USING (file_id) WHERE f.status = 'loaded'
            """
        )

    def _leave_doubled(self) -> None:
        """Of sales that may be released, leave those that are the second of what was sold once."""
        if self.contract is not CONTRACTS["pos_sales"]:
            return
        self._read_waiting(
            "aside",
            "reason = 'sold_twice' AND (file_id, \"row\") NOT IN "
            '(SELECT file_id, "row" FROM waiting)',
        )
        if (find := select_doubled(self.connection, "aside")) is None:
            return
        # The other lines of a receipt that waits as a second one already.
        of_second = (
            "SELECT s.file_id, s.\"row\", 'receipt' AS field, min(q.message) AS message "
            "FROM staged s JOIN aside o ON o.location = s.location AND o.receipt = s.receipt "
            'JOIN intake.quarantine q ON q.file_id = o.file_id AND q."row" = o."row" GROUP BY ALL'
        )
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS SELECT * FROM ({find} UNION ALL {of_second}) f "
            'ANTI JOIN at_fault a ON a.file_id = f.file_id AND a."row" = f."row"'
        )
        self.connection.execute(
            "UPDATE intake.quarantine q SET reason = 'sold_twice', field = f.field, "
            "message = f.message FROM found f "
            'WHERE q.file_id = f.file_id AND q."row" = f."row"'
        )
        self.connection.execute('INSERT INTO at_fault SELECT file_id, "row" FROM found')

    def _settle_released(self) -> int:
        """Bring quarantine and ledger up to date with what was released; gives the rows."""
        self.connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE released AS
            SELECT w.* FROM waiting w
            ANTI JOIN at_fault a ON a.file_id = w.file_id AND a."row" = w."row"
            """
        )
        self.connection.execute(
            f"UPDATE intake.quarantine q SET status = 'released', released_on = {self._today} "
            'FROM released s WHERE q.file_id = s.file_id AND q."row" = s."row"'
        )
        self.connection.execute(
            f"""
            UPDATE intake.files f SET loaded_rows = f.loaded_rows + s.released,
                quarantined_rows = f.quarantined_rows - s.released,
                first_date = least(f.first_date, s.first_date),
                last_date = greatest(f.last_date, s.last_date)
            FROM (SELECT file_id, count(*) AS released, min({self._row_date}) AS first_date,
                max({self._row_date}) AS last_date FROM released GROUP BY file_id) s
            WHERE f.file_id = s.file_id
            """
        )
        count = self.connection.execute("SELECT count(*) FROM released").fetchone()
        return count[0] if count else 0

    def _unknown_keys(self) -> str | None:
        """SELECT of staged rows with a key that no master knows; None where nothing is referred."""
        return select_unknown(self.contract, self.contract.references, "staged")

    def _waiting_twice(self) -> str | None:
        """SELECT of staged events of which an earlier staged row has the key and no fault."""
        if self.contract.mode != "events":
            return None
        return (
            'SELECT s.file_id, s."row" FROM staged s ANTI JOIN at_fault a '
            'ON a.file_id = s.file_id AND a."row" = s."row" QUALIFY row_number() OVER '
            f"(PARTITION BY {column_list(self.contract.key, 's.')} "
            'ORDER BY s.file_id, s."row") > 1'
        )

    def _known_before(self) -> str | None:
        """SELECT of staged events whose key another file has brought; None where that cannot be."""
        if self.contract.mode != "events":
            return None
        window = "t.replaced_on IS NULL"
        if self.contract.date is not None:
            span = self.connection.execute(
                f'SELECT min("{self.contract.date}"), max("{self.contract.date}") FROM staged'
            ).fetchone()
            if span is None or span[0] is None:
                return None
            # Told to DuckDB: a day before 35 others may be none that Python knows.
            days = f"INTERVAL {_DAYS_SEARCHED} DAYS"
            window += (
                f" AND t.\"{self.contract.date}\" BETWEEN TIMESTAMP '{span[0]}' - {days} "
                f"AND TIMESTAMP '{span[1]}' + {days}"
            )
        present = f"FROM {self.contract.table} t WHERE {window}"
        if self.connection.execute(f"SELECT 1 {present} LIMIT 1").fetchone() is None:
            return None
        same = " AND ".join(f't."{name}" = s."{name}"' for name in self.contract.key)
        return (
            f"SELECT s.file_id, s.\"row\", '{','.join(self.contract.key)}' AS field, "
            "'the key came before in file ' || f.file_name AS message "
            f"FROM staged s JOIN (SELECT {column_list(self.contract.key)}, "
            f"min(file_id) AS before {present} GROUP BY ALL) t ON {same} "
            "JOIN intake.files f ON f.file_id = t.before"
        )
