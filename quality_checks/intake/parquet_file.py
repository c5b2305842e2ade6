"""Read a parquet file as it came, in the types it has."""

from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from quality_checks.intake.parsing import day_limits, in_range
from quality_checks.intake.refusal import FileRefusedError
from quality_checks.intake.size import refuse_too_large

_LONGEST_DECIMAL = 38


def read_parquet(path: Path) -> pl.DataFrame:
    """The rows of a parquet file, with categories and bytes that hold UTF-8 as text.

    A column with days before year 1 or after 9999 becomes text, with those as bare numbers.

    Raises:
        FileRefusedError: the file is empty, truncated, damaged or not parquet.
    """
    try:
        if path.stat().st_size == 0:
            raise FileRefusedError("the file is empty (0 bytes)")
        return _plain(_read_frame(path))
    except pl.exceptions.PanicException as error:  # no Exception: it would end the run
        raise FileRefusedError(f"a column has a type that cannot be read: {error}") from error
    except (
        OSError,
        ValueError,
        NotImplementedError,
        pa.ArrowException,
        pl.exceptions.PolarsError,
    ) as error:
        message = f"the file is not parquet, or truncated or damaged: {error}"
        raise FileRefusedError(message) from error


def _read_frame(path: Path) -> pl.DataFrame:
    with pq.ParquetFile(path) as file:
        refuse_too_large(rows=file.metadata.num_rows)
        table = file.read(use_threads=False)
    names = table.column_names
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise FileRefusedError(f"column {repeated[0]!r} stands more than once", rows=table.num_rows)
    # Polars trusts what Arrow hands over: damaged offsets, text or metadata would crash it.
    table.validate(full=True)
    bare = pa.Table.from_arrays([_narrow(values) for values in table.columns], names=names)
    return cast("pl.DataFrame", pl.from_arrow(bare))


def _narrow(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals of 256 bits in 128, which polars has, or as text where they are longer."""
    if not pa.types.is_decimal256(values.type):
        return values
    try:
        return values.cast(pa.decimal128(_LONGEST_DECIMAL, values.type.scale))
    except pa.ArrowInvalid:
        return values.cast(pa.string())


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    changed = [plain for values in frame if (plain := _plain_column(values)) is not values]
    return frame.with_columns(changed) if changed else frame


def _plain_column(values: pl.Series) -> pl.Series:
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        return values.cast(pl.String)
    if isinstance(values.dtype, pl.Binary):
        try:
            return values.cast(pl.String)
        except pl.exceptions.PolarsError as error:
            message = f"column {values.name!r} holds bytes that are not UTF-8 text"
            raise FileRefusedError(message, rows=len(values)) from error
    if isinstance(values.dtype, pl.Date | pl.Datetime):
        return _with_odd_days_as_numbers(values)
    return values


def _with_odd_days_as_numbers(values: pl.Series) -> pl.Series:
    """Turn days that polars cannot write as text into numbers, so that a message can show them."""
    numbers = values.to_physical()
    first, last = day_limits(values.dtype)
    # In a small file the extremes cost a fraction of what a mask costs.
    earliest, latest = (cast("int | None", extreme) for extreme in (numbers.min(), numbers.max()))
    if earliest is None or latest is None or first <= earliest <= latest <= last:
        return values
    fine = in_range(values).fill_null(value=True)
    return values.set(~fine, None).cast(pl.String).zip_with(fine, numbers.cast(pl.String))
