"""Check of planned changes of levels: each that is in force has a say somewhere, as last said."""

from datetime import date

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

CHANGES_HOLD = Check(
    "changes_hold",
    "Every change of levels that is to hold tomorrow holds for an item-location at least, by the "
    "last word on it.",
    remedy="`problem` says why it does not: enter its author, name what is in the assortment, or "
    "wait for the next business date: a factor and a freeze go by the level of an earlier one.",
)


def judge_level_changes(
    changes: pl.DataFrame, refused: pl.DataFrame, changed: pl.DataFrame, day: date
) -> Outcome:
    """Outcome for the changes of a day that hold nowhere, or not as the last word on them says.

    Args:
        changes: rows of the contract LevelChanges.
        refused: change_id and problem of those whose last word does not count.
        changed: `ChangedLevels` rows of the day.
        day: on whose orders and shipments they have a say.
    """
    held = (
        changed.select(pl.col("level_change").str.split(";").explode())
        .to_series()
        .unique(maintain_order=True)
    )
    nowhere = "It touches no item-location of the assortment, another was decided later, or no "
    nowhere += "plan was made before this one."
    idle = (
        changes.join(refused, on="change_id", how="left")
        .with_columns(held=pl.col("change_id").is_in(held.implode()))
        .filter(
            # What is refused says nothing of the days on which the word before it holds.
            pl.when("held")
            .then(pl.col("problem").is_not_null())
            .otherwise(pl.lit(day).is_between("starts_on", "ends_on"))
        )
        .select(
            *("change_id", "change", "sku", "location", "region", "category"),
            *("starts_on", "ends_on", "author", "reason"),
            problem=pl.col("problem").fill_null(nowhere),
        )
        .sort("change_id")
    )
    return CHANGES_HOLD.found(
        idle, f"{len(idle)} changes of levels hold nowhere, or not as last said"
    )
