"""Pictures and tables that the UI shows beside an asset's figures."""

import base64
import io

import dagster as dg
import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure

mpl.rcParams["svg.hashsalt"] = "plenish"  # the same picture is the same bytes
_HISTORY_DAYS = 56


def _picture(figure: Figure, alternative: str) -> dg.MarkdownMetadataValue:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    return dg.MetadataValue.md(f"![{alternative}](data:image/svg+xml;base64,{data})")


def demand_plot(history: pl.DataFrame, forecast: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Units a day over all pairs: sales, estimated demand, forecast.

    Args:
        history: `Unconstrained` rows.
        forecast: `Forecast` rows.
    """
    past = (
        history.group_by("date")
        .agg(pl.col("sales", "demand").sum())
        .sort("date")
        .tail(_HISTORY_DAYS)
    )
    ahead = forecast.group_by("date").agg(pl.col("mean").sum()).sort("date")
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(past["date"], past["sales"], label="sales", color="0.6")
    axes.plot(past["date"], past["demand"], label="demand, stock-outs undone", color="tab:blue")
    axes.plot(ahead["date"], ahead["mean"], label="forecast", color="tab:orange")
    axes.set_ylabel("units a day")
    axes.set_ylim(bottom=0)
    axes.legend()
    return _picture(figure, "Sales, demand and forecast, units a day")


def accuracy_table(accuracy: pl.DataFrame) -> pl.DataFrame:
    """WAPE and bias by days of lead, over all regions and categories.

    Args:
        accuracy: `ForecastAccuracy` rows.
    """
    return (
        accuracy.group_by("lead_days")
        .agg(
            (pl.col("absolute_error").sum() / pl.col("actual").sum()).round(4).alias("WAPE"),
            (pl.col("forecast").sum() / pl.col("actual").sum() - 1).round(4).alias("bias"),
        )
        .sort("lead_days")
    )


def levels_table(targets: pl.DataFrame) -> pl.DataFrame:
    """Pairs and units by what set their order-up-to level.

    Args:
        targets: `Targets` rows.
    """
    return (
        targets.group_by("echelon", "binding")
        .agg(pl.len().alias("pairs"), pl.col("order_up_to").sum().alias("units"))
        .sort("echelon", "binding")
    )
