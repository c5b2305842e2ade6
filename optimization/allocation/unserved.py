"""Why a DC sends nothing to a pair that is short of its level, in codes of the closed list."""

import polars as pl

_BELOW_FIRST_PACK = "_below_first_pack"
"""What the problem of a pair ends with whose limit is too small for its first pack."""

_REASON_OF_BINDING = {
    "value": "not_worth_its_cost",
    "shipment_cost": "shipment_not_worth_its_cost",
    "ring_fence": "ring_fence",
    "dc_supply": "dc_supply_taken",
}
"""What keeps the first pack of a pair from being sent -> reason; every other is a full limit."""


def name_unserved(
    pairs: pl.DataFrame, outcomes: pl.DataFrame, left_out: pl.DataFrame
) -> pl.DataFrame:
    """sku, location, reason, limit, next_worth of pairs that get nothing although they are short.

    Args:
        pairs: all receivers with case_pack, and wanted_packs, fitting_packs and first (packs),
            open (whether their lane ships today), available (units of their DC).
        outcomes: of those that compete, sent (packs), binding, next_net (currency).
        left_out: sku, location, problem.
    """
    keys = ["sku", "location"]
    found = (
        pairs.drop("problem")
        .join(left_out, on=keys, how="left")
        .join(outcomes.select(*keys, "sent", "binding", "next_net"), on=keys, how="left")
    )
    short = (pl.col("wanted_packs") > 0) | pl.col("problem").is_not_null()
    nothing_sent = pl.col("sent").fill_null(0) == 0
    too_small = pl.col("problem").str.ends_with(_BELOW_FIRST_PACK)
    full = ~pl.col("binding").is_in(list(_REASON_OF_BINDING))
    return (
        found.filter(short & nothing_sent)
        .with_columns(
            reason=pl.when(too_small)
            .then(pl.lit("limit_below_first_pack"))
            .otherwise(pl.coalesce("problem", _reason())),
            limit=pl.when(too_small)
            .then(pl.col("problem").str.strip_suffix(_BELOW_FIRST_PACK))
            .when(pl.col("problem").is_null() & full)
            .then("binding"),
            next_worth="next_net",
        )
        .select(*keys, "reason", "limit", "next_worth")
    )


def _reason() -> pl.Expr:
    """Why a pair without a problem gets nothing."""
    dc_empty = pl.col("available") < pl.col("first") * pl.col("case_pack")
    return (
        # A lane that ships would bring nothing either.
        pl.when(~pl.col("open") & dc_empty)
        .then(pl.lit("dc_empty"))
        .when(~pl.col("open"))
        .then(pl.lit("no_lane_today"))
        .when(pl.col("fitting_packs") < pl.col("first"))
        .then(pl.lit("shelf_below_pack"))
        .when(pl.col("binding").is_null())
        .then(pl.lit("line_below_least"))
        .when((pl.col("binding") == "dc_supply") & dc_empty)
        .then(pl.lit("dc_empty"))
        .otherwise(
            pl.col("binding").replace_strict(
                _REASON_OF_BINDING, default="limit_full", return_dtype=pl.String
            )
        )
    )
