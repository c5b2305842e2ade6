"""What rests on a supplier, and what would be lost if it stopped delivering today."""

import polars as pl

from forecasting.distribution import aggregate_groups
from quality_checks.contracts import (
    EVERYWHERE,
    Concentration,
    SupplierExposure,
    find_contract,
)

_SINGLE = (pl.col("valid_suppliers") == 1).sum().cast(pl.Int64)


def measure_concentration(items: pl.DataFrame) -> pl.DataFrame:
    """Measure how much of each category, and of all, rests on each supplier.

    Args:
        items: rows of the contract SourcedItems.

    Returns:
        The columns of the contract Concentration but business_date.
    """
    items = items.sort("sku")
    both = pl.concat([items, items.with_columns(category=pl.lit(EVERYWHERE))])
    cost, margin = pl.col("daily_cost"), pl.col("daily_margin")
    sole = pl.col("valid_suppliers") == 1
    summed = aggregate_groups(
        both,
        ["supplier", "category"],
        items=pl.len().cast(pl.Int64),
        single_sourced_items=_SINGLE,
        items_without_terms=(pl.col("valid_suppliers") == 0).sum().cast(pl.Int64),
        unknown_items=cost.is_null().sum().cast(pl.Int64),
        daily_cost=_add(cost),
        single_sourced_cost=_add(pl.when(sole).then(cost)),
        daily_margin=_add(margin),
    )
    wholes = aggregate_groups(both, "category", cost=_add(cost), margin=_add(margin))
    shares = {
        f"{name}_share": pl.when(pl.col(name) > 0).then(pl.col(f"daily_{name}") / pl.col(name))
        for name in ("cost", "margin")
    }
    return _in_contract(
        summed.join(wholes, on="category").with_columns(**shares), Concentration
    ).sort("supplier", "category")


def measure_exposure(items: pl.DataFrame) -> pl.DataFrame:
    """Measure how long items of each supplier last, and how long another delivery takes.

    A supplier survives until items that earn half of its margin have run out, and has recovered
    when others, or itself, deliver those that earn half of it (Simchi-Levi, Schmidt and Wei 2014,
    Harvard Business Review 92, 96-101; Simchi-Levi et al. 2015, Interfaces 45, 375-390). What is
    exposed is the margin of the days between both, item by item: one that lasts makes up for none
    that does not.

    Args:
        items: rows of the contract SourcedItems. Those of which stock, demand, margin or lead time
            are not known are counted and left out.

    Returns:
        The columns of the contract SupplierExposure but business_date, sorted by supplier.
    """
    judged = items.filter(
        pl.all_horizontal(
            pl.col("survive_days", "recover_days", "daily_margin", "exposed_margin").is_not_null()
        )
    ).sort("supplier", "sku")
    counted = items.group_by("supplier", maintain_order=True).agg(
        items=pl.len().cast(pl.Int64), single_sourced_items=_SINGLE
    )
    summed = aggregate_groups(
        judged,
        "supplier",
        judged_items=pl.len().cast(pl.Int64),
        exposed_items=(pl.col("exposed_margin") > 0).sum().cast(pl.Int64),
        daily_margin=pl.col("daily_margin").sum(),
        first_out_days=pl.col("survive_days").min(),
        margin_exposed=pl.col("exposed_margin").sum(),
    )
    halves = [
        _find_half(judged, days).rename({days: name})
        for days, name in (("survive_days", "survive_days"), ("recover_days", "recover_days"))
    ]
    found = counted.join(summed, on="supplier", how="left")
    for half in halves:
        found = found.join(half, on="supplier", how="left")
    counts = pl.col("judged_items", "exposed_items").fill_null(0)
    return _in_contract(found.with_columns(counts), SupplierExposure).sort("supplier")


def _find_half(items: pl.DataFrame, days: str) -> pl.DataFrame:
    """Days by which items that earn half the margin of a supplier have run out, or are back."""
    margin = pl.col("daily_margin")
    # Half is reached up to rounding of the sums.
    reached = margin.cum_sum() >= margin.sum() / 2 * (1 - 1e-9)
    return aggregate_groups(
        items.sort("supplier", days, "sku"), "supplier", pl.col(days).filter(reached).first()
    )


def _add(what: pl.Expr) -> pl.Expr:
    """The sum of what is known; missing where nothing is."""
    return pl.when(what.is_not_null().any()).then(what.sum())


def _in_contract(
    frame: pl.DataFrame, model: type[Concentration | SupplierExposure]
) -> pl.DataFrame:
    return frame.select(find_contract(model).made_schema.names())
