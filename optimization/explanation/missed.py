"""The cheaper choice that a customer's line misses, and the limit that keeps it from it."""

import polars as pl

from optimization.explanation.steps import Source, Step
from optimization.sourcing import find_missed_choices

_LINE = {"order_id": "order_id", "order_line": "line"}
_LIMITS = "plans.order_limit_prices"
_LIMIT = "stage={stage};location={missed_location};limit={limit};scope={limit_scope}"

_MISSED_FOR = {
    "capacity": "which has no hands left that day",
    "stock": "which has too few units left",
    "after_promise": "from where it comes too late",
    "refused_before": "which has refused the line",
}
"""What keeps a line from a choice that costs less, by the verdict on it."""

_LIMIT_WORDS = {
    "lines": "lines that {} can ship on {}",
    "units": "units that {} can ship on {}",
    "stock": "units that {} can ship of {}",
}
"""What a limit allows, by its node and its scope."""

LIMIT_UNITS = {"lines": "lines", "units": "units", "stock": "units"}
"""The unit of a limit."""


def with_missed_choice(
    lines: pl.DataFrame, considered: pl.DataFrame, limits: pl.DataFrame, stage: str
) -> pl.DataFrame:
    """Add the cheapest choice that costs less than the one made, and the limit in its way.

    Args:
        lines: order_id, order_line, sku (what is shipped), quantity and chosen_cost (currency).
        considered: the columns of the contract SourcingOptions or SubstitutionOptions.
        limits: the columns of the contract OrderLimitPrices.
        stage: of these limits.

    Returns:
        `lines` with what `missed_steps` reads, missing where nothing costs less.
    """
    chosen = lines.select(**{name: own for own, name in _LINE.items()}, chosen_cost="chosen_cost")
    missed = find_missed_choices(considered, chosen).select(
        missed_cost="cost",
        missed_for="verdict",
        missed_location="location",
        missed_on="ship_on",
        missed_item="substitute" if "substitute" in considered.columns else pl.lit(None, pl.String),
        **_LINE,
    )
    told = lines.join(missed, on=[*_LINE], how="left", validate="1:1", maintain_order="left")
    told = told.with_columns(
        pl.col("missed_item").fill_null(pl.col("sku")),
        chosen_cost=pl.when(pl.col("missed_cost").is_not_null()).then("chosen_cost"),
        missed_words=pl.col("missed_for").replace_strict(
            _MISSED_FOR, default=None, return_dtype=pl.String
        ),
        stage=pl.lit(stage),
    )
    full = _find_full_limits(told, limits)
    return told.join(
        full, on=[*_LINE], how="left", validate="1:1", maintain_order="left"
    ).with_columns(
        missed_saving=pl.col("chosen_cost") - pl.col("missed_cost"),
        limit_left=pl.col("limit_capacity") - pl.col("limit_used"),
    )


def _find_full_limits(lines: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    """The limit that leaves too little for each line where it misses; the dearest of two.

    Returns:
        order_id, order_line, limit, limit_scope, limit_words, limit_unit, limit_capacity,
        limit_used, limit_price.
    """
    of_stock = pl.col("limit") == "stock"
    scope = pl.when(of_stock).then("missed_item").otherwise(pl.col("missed_on").cast(pl.String))
    asked = pl.when(limit="lines").then(1).otherwise("quantity")
    words = pl.coalesce(
        pl.when(limit=limit).then(pl.format(text, "missed_location", "limit_scope"))
        for limit, text in _LIMIT_WORDS.items()
    )
    return (
        lines.filter(pl.col("missed_for").is_in(["capacity", "stock"]))
        .select(*_LINE, "quantity", "stage", "missed_for", "missed_location", "missed_on",
                "missed_item")
        .join(
            limits.rename({"scope": "limit_scope", "location": "missed_location"}),
            on=["stage", "missed_location"],
            maintain_order="left",
        )
        .filter(
            of_stock == (pl.col("missed_for") == "stock"),
            pl.col("limit_scope") == scope,
            pl.col("used") + asked > pl.col("capacity"),
        )
        .sort(*_LINE, "price", "limit", descending=[False, False, True, False], nulls_last=True)
        .unique([*_LINE], keep="first", maintain_order=True)
        .select(
            *_LINE,
            "limit",
            "limit_scope",
            limit_words=words,
            limit_unit=pl.col("limit").replace_strict(LIMIT_UNITS, return_dtype=pl.String),
            limit_capacity="capacity",
            limit_used="used",
            limit_price="price",
        )
    )  # fmt: skip


def missed_steps(chosen: Source, missed: Source) -> list[Step]:
    """The cheaper choice that a line misses: what it would save, and the limit in its way.

    Args:
        chosen: where the cost of the choice made is stated.
        missed: where that of the cheaper one is.
    """

    def stated(name: str, unit: str, words: str, column: str) -> Step:
        return Step(name, unit, words, Source(_LIMITS, _LIMIT, column))

    return [
        Step("chosen_cost", "currency", "that it costs from {origin}", chosen),
        Step(
            "missed_cost",
            "currency",
            "that {missed_item} would cost on {missed_on} from {missed_location}, {missed_words}",
            missed,
        ),
        Step(
            "missed_saving",
            "currency",
            "that the cheaper choice would save",
            formula="chosen_cost - missed_cost",
        ),
        stated("limit_capacity", "{limit_unit}", "{limit_words}", "capacity"),
        stated("limit_used", "{limit_unit}", "of it that the plan uses", "used"),
        Step(
            "limit_left",
            "{limit_unit}",
            "of it left: fewer than the line asks for",
            formula="limit_capacity - limit_used",
        ),
        stated("limit_price", "currency", "shadow price: what one more of it would save", "price"),
    ]
