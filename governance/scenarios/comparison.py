"""What a scenario comes to beside the plan that it was made from."""

import polars as pl

_KEYS = ["area", "figure", "name", "unit"]


def compare_figures(live: pl.DataFrame, scenario: pl.DataFrame) -> pl.DataFrame:
    """Set the figures of a plan beside those of a scenario.

    Args:
        live: rows of the view PlanFigures, of the plan that was changed.
        scenario: the same, of what came of it.

    Returns:
        area, figure, name, unit; live and scenario, the values, missing where there is none;
        change, missing where one of them is; sorted by the first three.
    """
    joined = live.rename({"value": "live"}).join(
        scenario.rename({"value": "scenario"}), on=_KEYS, how="full", coalesce=True
    )
    return joined.with_columns(change=(pl.col("scenario") - pl.col("live")).round(2)).sort(
        "area", "figure", "name"
    )
