"""What units are worth to the pairs that give and take them, recomputed from demand."""

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.feasibility.findings import CENT, LINE, report

VALUED = (
    "open_demand_mean",
    "open_demand_variance",
    "sold_before",
    "underage_cost",
    "overage_cost",
    "surplus_step",
    "surplus_most",
    "value_level",
)


def value_lines(lines: pl.DataFrame, pairs: pl.DataFrame, end: str) -> pl.DataFrame:
    """Add what a line's units are worth to the pair at one end: gained or lost, currency.

    The k-th unit of a pair is worth underage P(D >= k) - overage P(D < k), D being the units sold
    before and the open demand, and above the level less min((k - level) step, most). What the pair
    gains or loses in all is shared by its units, whatever line they are on.
    """
    gains = end == "destination"
    name, keys = ("gained" if gains else "lost"), ["sku", end]
    last = pl.col("inventory_position") + (pl.col("moved") if gains else 0)
    owners = pairs.select("sku", pl.col("location").alias(end), "inventory_position", *VALUED)
    units = (
        lines.group_by(keys, maintain_order=True)
        .agg(moved=pl.col("quantity").sum())
        .join(owners, on=keys)
        .filter(pl.col("moved") > 0, pl.col("inventory_position").is_not_null())
        .with_columns(unit=pl.int_ranges(last - pl.col("moved") + 1, last + 1))
        .explode("unit")
    )
    units = add_unit_worth(units)
    each = (
        units.select(*keys, each="worth")
        .group_by(keys, maintain_order=True)
        .agg(pl.col("each").mean())
    )
    return (
        lines.join(each, on=keys, how="left")
        .with_columns((pl.col("each") * pl.col("quantity")).alias(name))
        .drop("each")
    )


def add_unit_worth(units: pl.DataFrame) -> pl.DataFrame:
    """Add what unit number `unit` of each pair's position is worth to it, currency.

    Args:
        units: unit, and the columns of VALUED.
    """
    mean, variance = (units[column].to_numpy() for column in VALUED[:2])
    asked = (units["unit"] - units["sold_before"]).to_numpy()
    sold = pl.lit(pl.Series(find_chance_of_sale(mean, variance, asked)))
    above = (pl.col("unit") - pl.col("value_level")).clip(lower_bound=0)
    surplus = pl.min_horizontal(above * pl.col("surplus_step"), "surplus_most")
    earned = (pl.col("underage_cost") + pl.col("overage_cost")) * sold
    return units.with_columns(worth=earned - pl.col("overage_cost") - surplus)


def find_right_chance() -> pl.Expr:
    """Chance that nothing is missing of a record that may have gone short, by its odds."""
    short = (pl.col("short_rate") * pl.col("days_uncounted")).exp() - 1
    return 1 / (1 + pl.when("not_found").then("unfound_odds").otherwise(1.0) * short)


def find_chance_of_sale(
    mean: npt.NDArray[np.float64], variance: npt.NDArray[np.float64], unit: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """P(D >= unit): negative binomial where the variance exceeds the mean, else Poisson."""
    from scipy import stats  # noqa: PLC0415  # slow import

    chance = np.asarray(stats.poisson.sf(unit - 1, mean), dtype=np.float64)
    wide = (mean > 0) & (variance > mean)
    m, v = mean[wide], variance[wide]
    chance[wide] = stats.nbinom.sf(unit[wide] - 1, m**2 / (v - m), m / v)
    return chance


def worth_problems(lines: pl.DataFrame, name: str) -> pl.DataFrame:
    """Lines that state another value than their units have."""
    stated, worth = pl.col(f"value_{name}"), pl.col(name)
    rule = (
        (stated - worth).abs() > CENT,
        pl.format(f"{name} {{}}", worth.round(2)),
        stated.round(2),
    )
    return report(lines.filter(pl.col("quantity") > 0), LINE, {"stated_value": rule})
