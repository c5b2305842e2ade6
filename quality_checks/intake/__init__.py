"""From a landed file to contract rows and quarantined rows: pure functions on files.

`landed` finds the files, `origin` says what those that were made from raw ones tell of them,
`csv_file` and `parquet_file` read them as they came, `header` and
`control` decide whether a file stands as a whole, `parsing`, `bounds` and `duplicates` find the
rows at fault, and `examine` puts it together. Nothing here knows the warehouse: what history
holds, which keys are known and what is stored is decided by the caller.
"""

from quality_checks.intake.csv_file import open_stream
from quality_checks.intake.dates import MAIN_SOURCES, NewestDate, find_newest_date, is_still_open
from quality_checks.intake.dirt import judge_dirt
from quality_checks.intake.examine import examine_files
from quality_checks.intake.fingerprints import (
    SUBSTITUTED_DAYS,
    find_first_sales_day,
    fingerprint_days,
    fingerprint_inputs,
    split_days,
)
from quality_checks.intake.landed import (
    LandedFile,
    drop_unfinished,
    find_landed,
    hash_content,
    measure_content,
    measure_file,
)
from quality_checks.intake.origin import RAW_FAULTS, RAW_FILE, RAW_LINE, write_raw_faults
from quality_checks.intake.parquet_file import read_parquet
from quality_checks.intake.refusal import FileRefusedError

__all__ = [
    "MAIN_SOURCES",
    "RAW_FAULTS",
    "RAW_FILE",
    "RAW_LINE",
    "SUBSTITUTED_DAYS",
    "FileRefusedError",
    "LandedFile",
    "NewestDate",
    "drop_unfinished",
    "examine_files",
    "find_first_sales_day",
    "find_landed",
    "find_newest_date",
    "fingerprint_days",
    "fingerprint_inputs",
    "hash_content",
    "is_still_open",
    "judge_dirt",
    "measure_content",
    "measure_file",
    "open_stream",
    "read_parquet",
    "split_days",
    "write_raw_faults",
]
