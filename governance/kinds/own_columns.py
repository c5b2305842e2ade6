"""Columns that only one kind of action has: text in shared tables, columns in its file."""

import polars as pl

from governance.kinds.kind import Kind

PRICE_DECIMALS = 4
"""Decimals of money that a kind states of its own, as of unit values in a batch."""


def pack_details(frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Adds `details`: the kind's own columns as one JSON object, missing where it has none.

    What an ERP reads of money has as many decimals as a unit value has.

    Returns:
        The same rows with details.

    Raises:
        polars.exceptions.PolarsError: an own column is missing or cannot be cast.
        pandera.errors.SchemaErrors: a value breaks the kind's table model.
    """
    own = _checked(frame, kind)
    if own.width == 0:
        return frame.with_columns(details=pl.lit(None, pl.String))
    own = own.with_columns(pl.col(name).round(PRICE_DECIMALS) for name in _list_prices(kind))
    details = own.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return frame.with_columns(details=details)


def unpack_details(frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Puts the kind's own columns in place of `details`.

    Returns:
        The same rows with the kind's own columns.

    Raises:
        polars.exceptions.PolarsError: `details` is not JSON.
        pandera.errors.SchemaErrors: a value breaks the kind's table model.
    """
    if not kind.own_schema:
        return frame.drop("details")
    details = pl.col("details").str.json_decode(pl.Struct(kind.own_schema)).alias("own")
    own = frame.select(details.struct.unnest())
    return frame.drop("details").with_columns(_checked(own, kind).get_columns())


def _list_prices(kind: Kind) -> list[str]:
    stated = kind.columns.stated_columns if kind.columns else {}
    return [
        name
        for name, column in stated.items()
        if column.dtype == pl.Float64 and column.metadata.get("unit") == "currency"
    ]


def _checked(frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    own = frame.select(pl.col(name).cast(dtype) for name, dtype in kind.own_schema.items())
    if kind.columns is not None:
        kind.columns.validate(own)
    return own
