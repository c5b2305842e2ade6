"""Sums that the UI shows beside a table: none of them is stored, and nothing is planned by them."""

import polars as pl


def tabulate_actions(proposals: pl.DataFrame) -> pl.DataFrame:
    """Actions, units, value and benefit by kind.

    Args:
        proposals: `Proposals` rows.
    """
    return (
        proposals.group_by("kind")
        .agg(pl.len().alias("actions"), pl.col("quantity", "value", "benefit").sum().round(2))
        .sort("kind")
    )


def tabulate_routes(routed: pl.DataFrame) -> pl.DataFrame:
    """Actions by where policy and people sent them, and the rule that did.

    Args:
        routed: `Routed` rows.
    """
    keys = ("route", "status", "rule")
    return routed.group_by(keys).agg(pl.len().alias("actions")).sort(keys)


def tabulate_case_actions(linked: pl.DataFrame) -> pl.DataFrame:
    """Actions of cases by playbook, kind and what they are to the case.

    Args:
        linked: `CaseActions` rows.
    """
    keys = ("playbook", "kind", "part")
    return (
        linked.group_by(keys)
        .agg(
            cases=pl.col("case_id").n_unique(),
            actions=pl.len(),
            benefit=pl.col("benefit").sum().round(2),
        )
        .sort(keys)
    )


def tabulate_cases(cases: pl.DataFrame) -> pl.DataFrame:
    """Cases by playbook and state, with their money.

    Args:
        cases: `Cases` rows.
    """
    amounts = ("money_at_risk", "benefit_waiting", "benefit_approved", "exposure_change")
    keys = ("playbook", "state")
    return (
        cases.group_by(keys)
        .agg(pl.len().alias("cases"), *(pl.col(name).sum().round(2) for name in amounts))
        .sort(keys)
    )


def tabulate_batches(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines, units and value of each batch by kind.

    Args:
        lines: `ExportLines` rows.
    """
    return (
        lines.group_by("batch", "kind")
        .agg(pl.len().alias("lines"), pl.col("quantity").sum(), pl.col("value").sum().round(2))
        .sort("batch", "kind")
    )


def tabulate_counts(plan: pl.DataFrame) -> pl.DataFrame:
    """Stock counts by reason, with how likely their records are wrong and what they gain.

    Args:
        plan: `CountPlan` rows.
    """
    return (
        plan.group_by("reason")
        .agg(
            pl.len().alias("counts"),
            pl.col("wrong_chance").mean(),
            pl.col("margin_kept", "count_cost").sum(),
        )
        .sort("reason")
    )


def tabulate_steps(explanations: pl.DataFrame) -> pl.DataFrame:
    """Steps of explanations by their part.

    Args:
        explanations: `Explanations` rows.
    """
    return explanations.group_by("part").agg(steps=pl.len()).sort("part")


def tabulate_price_bases(values: pl.DataFrame) -> pl.DataFrame:
    """Pairs and their mean margin by the rule that found their price.

    Args:
        values: `SaleValues` rows.
    """
    return (
        values.group_by("basis")
        .agg(pl.len().alias("pairs"), pl.col("sale_margin").mean())
        .sort("basis")
    )


def tabulate_projection(projected: pl.DataFrame) -> pl.DataFrame:
    """Units that come, leave, sell, stay and are lost on each day, over all pairs.

    Args:
        projected: `ProjectedStock` rows; those of weeks, which few pairs have, are left out.
    """
    units = ("receipts", "planned_in", "planned_out", "demand", "closing", "lost")
    by_day = projected.filter(pl.col("days") == 1).sort("day", maintain_order=True)
    return by_day.group_by("day", maintain_order=True).agg(pl.col(units).sum().round(1))


def tabulate_buffers(buffers: pl.DataFrame) -> pl.DataFrame:
    """Units there, kept back and offered by channel and by what set the buffer.

    Args:
        buffers: `ChannelBuffers` rows.
    """
    return (
        buffers.group_by("channel", "binding", maintain_order=True)
        .agg(
            pl.len().alias("item_locations"),
            pl.col("available", "buffer", "offered").sum(),
            pl.col("there_chance").mean(),
        )
        .sort("channel", "binding")
    )


def tabulate_return_rates(rates: pl.DataFrame) -> pl.DataFrame:
    """Mean rate of return and resalable share by channel, an item as much as another.

    Args:
        rates: `ReturnRates` rows.
    """
    return (
        rates.group_by("channel")
        .agg(pl.col("return_rate", "resalable_share").mean().round(4))
        .sort("channel")
    )


def tabulate_seasons(seasons: pl.DataFrame, *, weeks: int) -> pl.DataFrame:
    """The first weeks of the first item of each category.

    Args:
        seasons: `SeasonFactors` rows, by item and week.
        weeks: how many of an item.
    """
    chosen = seasons.group_by("category", maintain_order=True).agg(pl.col("sku").first())
    told = seasons.join(chosen.select("sku"), on="sku", how="semi", maintain_order="left")
    return told.group_by("sku", maintain_order=True).head(weeks)


def sum_moved_units(
    sold: pl.DataFrame, returned: pl.DataFrame, expected: pl.DataFrame
) -> pl.DataFrame:
    """Sum what sold, came back and is expected back of each item and channel.

    Args:
        sold: sku, channel, units.
        returned: sku, channel, units, resalable.
        expected: `ReturnsForecast` rows.

    Returns:
        sku, channel, sold, returned, resalable, expected: units, each missing where another row of
        the item has it; `tabulate_returns` reads them.
    """
    keys = ["sku", "channel"]
    moved = [
        expected.group_by(keys).agg(expected=pl.col("mean").sum()),
        sold.group_by(keys).agg(sold=pl.col("units").sum()),
        returned.group_by(keys).agg(pl.col("resalable").sum(), returned=pl.col("units").sum()),
    ]
    return pl.concat(moved, how="diagonal")
