"""How a document is named that lines leave in together: by the keys that its lines share."""

import polars as pl


def name_documents(day: pl.Expr, *keys: str) -> pl.Expr:
    """Name the document of each row: its day and keys joined by slashes.

    A slash in a key is written as in an address, so that no two documents have one name.

    Args:
        day: on which it leaves, a date.
        keys: columns that its lines share.
    """
    written = [
        pl.col(key)
        .str.replace_all("%", "%25", literal=True)
        .str.replace_all("/", "%2F", literal=True)
        for key in keys
    ]
    return pl.concat_str(day.cast(pl.String), *written, separator="/")
