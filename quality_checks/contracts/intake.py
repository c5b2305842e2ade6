"""The intake's own books: which files came, and which rows could not be taken."""

import polars as pl

from quality_checks.contracts.base import Table, Timestamp, column, result

MOST_BROKEN = 0.05
"""Share of the rows of a file: where more are broken, the extract itself is at fault."""

HANDFUL = 5
"""Rows: one broken row of a dozen is bad luck, not a broken extract."""


@result("files", "intake", key=("file_id",))
class Files(Table):
    """Every file ever seen in the landing folder, and what became of it."""

    file_id: int = column("Number in order of loading.", ge=1)
    source: str = column("Landing source.")
    business_date: pl.Date = column("Business date in the file's name.")
    sequence: str = column("Part in the file's name; empty for the only one.")
    file_name: str = column("Path below the landing folder.")
    sha256: str = column("Content hash.")
    size: int = column("Size; with `modified` it tells an unchanged file cheaply.", unit="bytes")
    modified: int = column("Modification time.", unit="ns since 1970")
    status: str = column(
        "What became of it; `repeated` is the content of another part of the day, sent again.",
        isin=["loaded", "replaced", "refused", "repeated"],
    )
    rows: int = column("Rows in the file; missing where it could not be read.", nullable=True)
    loaded_rows: int = column("Rows taken.", ge=0)
    quarantined_rows: int = column("Rows set aside.", ge=0)
    first_date: pl.Date = column("Earliest day of a row taken.", nullable=True)
    last_date: pl.Date = column("Latest day of a row taken.", nullable=True)
    known_on: pl.Date = column("First business date whose plan may use it.")
    replaced_on: pl.Date = column("Business date whose load replaced it.", nullable=True)
    loaded_on: pl.Date = column("Business date whose load looked at it.")
    message: str = column("Why it was refused.", nullable=True)


@result("quarantine", "intake", key=("file_id", "row"))
class Quarantine(Table):
    """Rows set aside, each with the reason; nothing is dropped in silence."""

    file_id: int = column("File.", ge=1)
    source: str = column("Landing source.")
    business_date: pl.Date = column("Business date of the file.")
    file_name: str = column("Path below the landing folder.")
    row: int = column("Row in the file, 1 for the first below the header.", ge=1)
    field: str = column("Column at fault; several are joined by a comma.")
    reason: str = column(
        "Kind of fault; `sold_twice` is a sale that another receipt tells of, which counts.",
        isin=[
            "wrong_type",
            "missing_value",
            "out_of_bounds",
            "duplicate_key",
            "unknown_key",
            "sold_twice",
        ],
    )
    message: str = column("The fault in words.")
    payload: str = column("The row as it came, as JSON.")
    status: str = column("Whether it still waits.", isin=["waiting", "released", "replaced"])
    known_on: pl.Date = column("Business date whose load set it aside.")
    released_on: pl.Date = column("Business date whose load took it in.", nullable=True)


@result("loads", "intake", key=("source",))
class Loads(Table):
    """Business dates whose run looked for files of a source, also where none had come."""

    source: str = column("Landing source.")
    business_date: pl.Date = column("Business date of the run.")


@result("day_fingerprints", "intake", key=("name",))
class DayFingerprints(Table):
    """What each day of history was built from; it is built again when that changes."""

    business_date: pl.Date = column("Day that was built.")
    name: str = column("Daily table that it belongs to.")
    fingerprint: str = column("Hash of the files with rows of the day, as they were known.")


@result("slice_marks", "intake", key=("name",))
class SliceMarks(Table):
    """What each slice of a result table holds, as a hash: two that hold the same have the same."""

    business_date: pl.Date = column("Business date of the slice.")
    name: str = column("Result table.")
    mark: str = column("Rows, and a hash of all of them whatever their order.")


@result("asset_inputs", "intake", key=("asset",), retain=2)
class AssetInputs(Table):
    """What the slices of an asset were made from, as a hash; they stand while it is the same."""

    business_date: pl.Date = column("Business date of the slices.")
    asset: str = column("Tables that are made together, joined by a plus sign.")
    inputs: str = column("Hash of what the asset reads, of policies, code and model.")
    slices: str = column("Marks of what was made of it.")


@result("read_marks", "intake", key=("asset", "place", "sku"), retain=2)
class ReadMarks(Table):
    """What an asset was given when its slices were made; given the same, it would give the same."""

    business_date: pl.Date = column("Business date of the slices.")
    asset: str = column("Tables that are made together, joined by a plus sign.")
    place: int = column("Which of its reads, from 1 on in their order; 0 for all of them.", ge=0)
    sku: str = column("Item of which all reads are marked together; empty for a read of the rest.")
    mark: int = column("Hash of the rows, whatever their order.")
    premises: str = column("Hash of the policies, code and model by which the slices were made.")


@result("run_times", "intake", key=("run", "stage"), retain=400)
class RunTimes(Table):
    """How long each run of plans took from the first new file to its last step, by stage."""

    business_date: pl.Date = column("Business date that was planned.")
    run: str = column("Id of the run.")
    job: str = column("What ran: a night, a cycle by day, or an export.")
    started_at: Timestamp = column("When its first step began, in UTC.")
    stage: str = column(
        "Stage of the assets that were made; `waited` from the first file that no run before could "
        "have seen, of the first run the last file, to the first step; `between` steps."
    )
    seconds: float = column("How long it took.", unit="s", ge=0)
