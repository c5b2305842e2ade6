"""Pictures and tables that the UI shows beside an asset's figures."""

import base64
import io

import dagster as dg
import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecasting.distribution import quantile

mpl.rcParams["svg.hashsalt"] = "plenish"  # the same picture is the same bytes
HISTORY_DAYS = 56
"""Days of the past that a picture shows."""

_BAND = (0.1, 0.9)


def _picture(figure: Figure, alternative: str) -> dg.MarkdownMetadataValue:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    return dg.MetadataValue.md(f"![{alternative}](data:image/svg+xml;base64,{data})")


def plot_demand(history: pl.DataFrame, forecast: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Units a day over all pairs: sales, estimated demand, forecast.

    Args:
        history: `Unconstrained` rows.
        forecast: `Forecast` rows.
    """
    past = (
        history.group_by("date")
        .agg(pl.col("sales", "demand").sum())
        .sort("date")
        .tail(HISTORY_DAYS)
    )
    ahead = forecast.group_by("date").agg(pl.col("mean").sum()).sort("date")
    figure, axes = _demand_axes(past, ahead)
    axes.legend()
    return _picture(figure, "Sales, demand and forecast, units a day")


def plot_total(history: pl.DataFrame, total: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Units a day over all pairs: sales, estimated demand, forecast with the band of 80 %.

    Args:
        history: date, sales, demand: sums over all pairs, missing where nothing is known.
        total: `ForecastLevels` rows of the level `total`.
    """
    ahead = total.sort("date")
    figure, axes = _demand_axes(history.sort("date"), ahead)
    low, high = (quantile(ahead["mean"], ahead["variance"], p) for p in _BAND)
    axes.fill_between(
        ahead["date"], low, high, label="80 %, pairs independent", color="tab:orange", alpha=0.25
    )
    axes.legend()
    return _picture(figure, "Total sales, demand and forecast with a band, units a day")


def _demand_axes(past: pl.DataFrame, ahead: pl.DataFrame) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(past["date"], past["sales"], label="sales", color="0.6")
    axes.plot(past["date"], past["demand"], label="demand, stock-outs undone", color="tab:blue")
    axes.plot(ahead["date"], ahead["mean"], label="forecast", color="tab:orange")
    axes.set_ylabel("units a day")
    axes.set_ylim(bottom=0)
    return figure, axes


def plot_accuracy(accuracy: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """WAPE of ours and of the naive forecast, and our bias, by day forecast.

    Args:
        accuracy: `ForecastAccuracy` rows of several business dates.
    """
    by_day = (
        accuracy.group_by("business_date")
        .agg(
            wape=pl.col("absolute_error").sum() / pl.col("actual").sum(),
            naive=pl.col("naive_error").sum() / pl.col("actual").sum(),
            bias=pl.col("forecast").sum() / pl.col("actual").sum() - 1,
        )
        .sort("business_date")
    )
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    days = by_day["business_date"]
    axes.plot(days, by_day["wape"], label="WAPE", color="tab:orange", marker=".")
    axes.plot(days, by_day["naive"], label="WAPE of the naive forecast", color="0.6", marker=".")
    axes.plot(days, by_day["bias"], label="bias", color="tab:blue", marker=".")
    axes.axhline(0, color="0.8", linewidth=0.8)
    axes.set_ylabel("share of units sold")
    axes.legend()
    return _picture(figure, "WAPE and bias of forecasts up to a week ahead, by day")


def plot_levels(accuracy: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """WAPE by level and day forecast.

    Args:
        accuracy: `LevelAccuracy` rows of several business dates, of all pairs.
    """
    by_day = (
        accuracy.group_by("level", "business_date")
        .agg(wape=pl.col("absolute_error").sum() / pl.col("actual").sum())
        .sort("level", "business_date")
    )
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    for (level,), rows in by_day.group_by("level", maintain_order=True):
        axes.plot(rows["business_date"], rows["wape"], label=str(level), marker=".")
    axes.set_ylabel("WAPE")
    axes.set_ylim(bottom=0)
    if not by_day.is_empty():
        axes.legend()
    return _picture(figure, "WAPE of forecasts up to a week ahead, by level and day")


def tabulate_accuracy(accuracy: pl.DataFrame, by: str = "lead_days") -> pl.DataFrame:
    """Tabulate accuracy by days of lead, or by another column.

    Args:
        accuracy: `ForecastAccuracy` or `LevelAccuracy` rows.
        by: the column.
    """
    count = "series" if "series" in accuracy.columns else "pairs"
    return (
        accuracy.group_by(by)
        .agg(
            (pl.col("absolute_error").sum() / pl.col("actual").sum()).round(4).alias("WAPE"),
            (pl.col("forecast").sum() / pl.col("actual").sum() - 1).round(4).alias("bias"),
            (pl.col("pinball_loss").sum() / pl.col(count).sum()).round(4).alias("pinball"),
            (pl.col("covered_80").sum() / pl.col(count).sum()).round(4).alias("coverage 80 %"),
            (1 - pl.col("compared_error").sum() / pl.col("naive_error").sum())
            .round(4)
            .alias("value added to naive"),
        )
        .sort(by)
    )


def tabulate_models(forecast: pl.DataFrame) -> pl.DataFrame:
    """Pairs, units a day and the width of a day by the model that made the forecast.

    Args:
        forecast: `Forecast` rows.
    """
    days = pl.col("date").n_unique()
    return (
        forecast.group_by("model")
        .agg(
            pl.struct("sku", "location").n_unique().alias("pairs"),
            (pl.col("mean").sum() / days).round(1).alias("units a day"),
            (pl.col("variance").sqrt().sum() / pl.col("mean").sum())
            .round(2)
            .alias("deviation over mean"),
        )
        .sort("pairs", "model", descending=[True, False])
    )


def tabulate_launches(launches: pl.DataFrame) -> pl.DataFrame:
    """Launch, places and units a day of each item that is planned before the forecast reaches it.

    Args:
        launches: `LaunchForecast` rows.
    """
    days = pl.col("date").n_unique()
    return (
        launches.group_by("sku", "model")
        .agg(
            pl.col("date").min().alias("launch"),
            pl.col("location").n_unique().alias("locations"),
            (pl.col("mean").sum() / days).round(1).alias("units a day"),
        )
        .sort("launch", "sku", "model")
    )


def tabulate_bindings(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines, units and worth of an allocation by what keeps its lines from being larger.

    Args:
        lines: `Allocation` rows.
    """
    net = pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost")
    return (
        lines.group_by("binding")
        .agg(pl.len().alias("lines"), pl.col("quantity").sum().alias("units"), worth=net.sum())
        .sort("binding")
    )


def tabulate_levels(targets: pl.DataFrame) -> pl.DataFrame:
    """Pairs and units by what set their order-up-to level.

    Args:
        targets: `Targets` rows.
    """
    return (
        targets.group_by("echelon", "binding")
        .agg(pl.len().alias("pairs"), pl.col("order_up_to").sum().alias("units"))
        .sort("echelon", "binding")
    )


def plot_trade_off(points: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Fill rate against the value of stock by class, and the levels in force as stars.

    Args:
        points: `TradeOff` rows.
    """
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, echelon in zip(panels, (False, True), strict=True):
        of_kind = points.filter(pl.col("echelon") == echelon)
        for number, ((name,), rows) in enumerate(
            of_kind.sort("service_class").group_by("service_class", maintain_order=True)
        ):
            steps = rows.filter(pl.col("aim") != "plan").sort("stock_value")
            chosen = rows.filter(pl.col("aim") == "plan")
            for shown, mark in ((steps, ".-"), (chosen, "*")):
                axes.plot(
                    shown["stock_value"],
                    shown["fill_rate"],
                    mark,
                    color=f"C{number}",
                    label=name if mark == ".-" else None,
                )
        axes.set_title("fed by a supplier, with all below" if echelon else "fed by a DC")
        axes.set_xlabel("mean stock at cost")
    panels[0].set_ylabel("share of demand served")
    if not points.is_empty():
        panels[0].legend(title="class")
    return _picture(figure, "Fill rate against the value of stock by class; a star is the plan")


def tabulate_returns(units: pl.DataFrame) -> pl.DataFrame:
    """What came back of what was sold, by category and channel; where most is expected first.

    Args:
        units: category, channel, sold, returned, resalable, expected: units of items, missing
            where another row of the item has them.
    """
    keys = ["category", "channel"]
    return (
        units.group_by(keys)
        .agg(pl.col("sold", "returned", "resalable", "expected").sum())
        .filter(pl.col("returned") > 0)
        .with_columns(
            (pl.col("returned") / pl.col("sold")).round(4).alias("rate"),
            (pl.col("resalable") / pl.col("returned")).round(4).alias("resalable share"),
            pl.col("expected").round(1),
        )
        .sort("expected", *keys, descending=[True, False, False])
        .select(*keys, "sold", "returned", "rate", "resalable share", "expected")
    )


def tabulate_reasons(left_out: pl.DataFrame) -> pl.DataFrame:
    """Item-locations that a plan leaves out, by why.

    Args:
        left_out: sku, location, reason.
    """
    return (
        left_out.group_by("reason")
        .agg(pl.len().alias("item-locations"))
        .sort(pl.col("item-locations"), pl.col("reason"), descending=[True, False])
    )
