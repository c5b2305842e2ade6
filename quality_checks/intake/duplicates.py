"""Rows of a batch that come twice: the first stands, the later ones are faults."""

from collections.abc import Sequence

import polars as pl

from quality_checks.contracts import Contract
from quality_checks.intake.cells import CELL_FAULTS, shown
from quality_checks.intake.landed import LandedFile

# No column of a contract starts with an underscore.
_SCOPE = "_scope"


def duplicate_faults(
    rows: pl.DataFrame, contract: Contract, files: Sequence[LandedFile]
) -> pl.DataFrame:
    """Cell faults of rows whose key an earlier row of the batch has.

    Events are unique over the whole batch. A state is sent anew on other business dates, and in a
    later part of a day when the day's figures are refreshed, so its key is unique within a file
    only.

    Args:
        rows: contract columns, `index`, `file_index` and `row`, in order of `index`.
        contract: whose key and mode count.
        files: files of the batch, by `file_index`.
    """
    again = _beside_first(_scoped(rows, contract), contract)
    return again.select(
        "index",
        field=pl.lit(",".join(contract.key)),
        reason=pl.lit("duplicate_key"),
        message=_message(again, contract, files),
    ).match_to_schema(CELL_FAULTS)


def _scoped(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """`rows` with the column of `_SCOPE`, within which the key is unique."""
    if contract.mode == "events":
        return rows.with_columns(pl.lit(0, dtype=pl.Int32).alias(_SCOPE))
    return rows.with_columns(pl.col("file_index").alias(_SCOPE))


def find_repeated(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Column `index` of the rows whose key an earlier row has, as for `duplicate_faults`."""
    scoped = _scoped(rows, contract).select("index", *_key(contract))
    return _split_later(scoped, contract)[1].select("index")


def _key(contract: Contract) -> list[str]:
    return [_SCOPE, *contract.key]


def _split_later(rows: pl.DataFrame, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """First and later rows of keys that come more than once."""
    key = _key(contract)
    # Rows whose hashes meet are few: only they are grouped, by their true keys.
    meeting = rows.filter(rows.select(key).hash_rows().is_duplicated())
    first = meeting.unique(key, keep="first", maintain_order=True)
    return first, meeting.join(first, on="index", how="anti", maintain_order="left")


def _beside_first(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Later rows of a key, beside the first one's columns with the suffix `_first`."""
    first, later = _split_later(rows, contract)
    return later.join(first, on=_key(contract), how="inner", suffix="_first", maintain_order="left")


def _message(again: pl.DataFrame, contract: Contract, files: Sequence[LandedFile]) -> pl.Series:
    names = pl.Series([file.path.name for file in files], dtype=pl.String)
    keys = [f"{name} " + shown(again[name], quoted=False) for name in contract.key]
    differences = [
        _difference(again, name) for name in contract.columns if name not in contract.key
    ]
    parts = pl.DataFrame(
        {
            "key": pl.select(pl.concat_str(keys, separator=" ")).to_series(),
            "file": names.gather(again["file_index_first"]),
            "row": again["row_first"],
            "with": pl.select(
                pl.concat_str(differences, separator=" and ", ignore_nulls=True)
            ).to_series(),
        }
    )
    ending = (
        pl.when(pl.col("with") == "")
        .then(pl.lit(", the same"))
        .otherwise(" with " + pl.col("with"))
    )
    return parts.select(
        pl.format("{} came before in {} row {}{}", "key", "file", "row", ending)
    ).to_series()


def _difference(again: pl.DataFrame, name: str) -> pl.Series:
    """How a column of a row differs from the first row of its key, null where it does not."""
    before, here = again[f"{name}_first"], again[name]
    words = f"{name} " + shown(before, quoted=False) + ", here " + shown(here, quoted=False)
    return words.set(before.eq_missing(here), None)
