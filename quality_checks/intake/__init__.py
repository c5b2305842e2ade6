"""From a landed file to contract rows and quarantined rows: pure functions on files.

`landed` finds the files, `csv_file` and `parquet_file` read them as they came, `header` and
`control` decide whether a file stands as a whole, `parsing`, `bounds` and `duplicates` find the
rows at fault, and `examine` puts it together. Nothing here knows the warehouse: what history
holds, which keys are known and what is stored is decided by the caller.
"""

from quality_checks.intake.dates import MAIN_SOURCES, NewestDate, find_newest_date
from quality_checks.intake.dirt import HANDFUL, MOST_BROKEN, judge_dirt
from quality_checks.intake.examine import examine_files
from quality_checks.intake.fingerprints import (
    find_first_sales_day,
    fingerprint_days,
    fingerprint_inputs,
    split_days,
)
from quality_checks.intake.landed import LandedFile, find_landed, hash_content, measure_file

__all__ = [
    "HANDFUL",
    "MAIN_SOURCES",
    "MOST_BROKEN",
    "LandedFile",
    "NewestDate",
    "examine_files",
    "find_first_sales_day",
    "find_landed",
    "find_newest_date",
    "fingerprint_days",
    "fingerprint_inputs",
    "hash_content",
    "judge_dirt",
    "measure_file",
    "split_days",
]
