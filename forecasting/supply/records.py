"""What was known of suppliers and ways on a day: the share of their lines that went wrong.

Lateness drifts, so a line counts half as much for each half-life that it lies back, and of the n
lines of one order each counts 1 / sqrt(n), since they share their fate. A share is shrunk to that
of the wider group, from all lines down to supplier and destination.
"""

from typing import NamedTuple

import polars as pl

RECENT, USUAL = 180, 730
"""Half-lives in days, of what is recent and of what is usual."""

PRIOR_LINES = 5.0
"""Lines that the wider group's share weighs against a group's own."""

_FIRST_CASES, _FIRST_LINES = 0.5, 10.0
"""What was seen before any line: half a case in ten lines."""


class Group(NamedTuple):
    """Lines that have something in common.

    Attributes:
        columns: what they have in common.
        wider: group to whose share theirs is shrunk.
    """

    columns: tuple[str, ...]
    wider: str | None = None


GROUPS = {
    "all": Group(()),
    "supplier": Group(("supplier",), "all"),
    "destination": Group(("destination",), "all"),
    "mode": Group(("mode",), "all"),
    "origin": Group(("origin",), "all"),
    "item": Group(("item",), "all"),
    "category": Group(("category",), "all"),
    "supplier_mode": Group(("supplier", "mode"), "supplier"),
    "lane": Group(("supplier", "destination"), "supplier"),
}
"""Each wider group comes before those that are shrunk to it."""


def weigh_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Add weight: that of a line among those of its order."""
    return lines.with_columns(weight=pl.len().over("order").cast(pl.Float64).pow(-0.5))


def measure_records(seen: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Measure the record of every group that a line belongs to, as it was on a day.

    Args:
        seen: columns of the groups, weight, case (whether it went wrong) and seen_on, the
            day from which that was known.
        asked: columns of the groups, and judged_on, the day whose record is asked for.

    Returns:
        For each row of `asked`, in its order, the share of cases of each group and half-life. How
        many lines tell it is not among them: trees would take few lines for an early day.
    """
    # Counted from a day of the data, ages stay small enough for powers of two.
    first = (seen["seen_on"] if seen.height else asked["judged_on"]).min()
    found: dict[str, pl.Series] = {}
    for half_life in (RECENT, USUAL):
        for name, group in GROUPS.items():
            sums = _sum_cases(seen, asked, group.columns, half_life, first)
            wider = found[f"{group.wider}_{half_life}"] if group.wider else None
            prior = _FIRST_CASES / _FIRST_LINES if wider is None else wider
            weight = _FIRST_LINES if wider is None else PRIOR_LINES
            share = (sums["cases"] + weight * prior) / (sums["lines"] + weight)
            found[f"{name}_{half_life}"] = share
    return pl.DataFrame(found)


def _sum_cases(
    seen: pl.DataFrame,
    asked: pl.DataFrame,
    columns: tuple[str, ...],
    half_life: int,
    first: object,
) -> pl.DataFrame:
    """Cases and lines of the group of each asked row, known by its day, faded to that day."""
    key = pl.concat_str(
        pl.lit(""), *(pl.col(name).fill_null("") for name in columns), separator="\n"
    )

    def age(day: str) -> pl.Expr:
        return (pl.col(day) - pl.lit(first)).dt.total_days() / half_life

    grown = pl.col("weight") * pl.lit(2.0).pow(age("seen_on"))
    known = (
        seen.select("seen_on", "case", key=key, grown=grown)
        .group_by("key", "seen_on", maintain_order=True)
        .agg(cases=(pl.col("grown") * pl.col("case")).sum(), lines=pl.col("grown").sum())
        .sort("key", "seen_on")
        .with_columns(pl.col("cases", "lines").cum_sum().over("key"))
        .sort("seen_on", "key")
    )
    fade = pl.lit(2.0).pow(-age("judged_on"))
    return (
        asked.select("judged_on", key=key)
        .with_row_index("row")
        .sort("judged_on", "row")
        .join_asof(known, left_on="judged_on", right_on="seen_on", by="key", check_sortedness=False)
        .sort("row")
        .select((pl.col("cases", "lines") * fade).fill_null(0.0))
    )
