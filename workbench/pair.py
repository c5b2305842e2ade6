"""What the read copy has of one item at one location, and its two charts."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from forecasting.distribution import find_quantile
from workbench.office import ToldItemLocation
from workbench.pictures import Band, Chart, Line, Mark, Span, Step, draw_chart
from workbench.reading import Desks, Plan

_BANDS: Final = ((0.1, 0.9, "wide", "80 % of days"), (0.25, 0.75, "narrow", "50 % of days"))


@dataclass(frozen=True)
class PairRows:
    """An item at a location.

    Attributes:
        sku: the item.
        location: the node.
        item: row of the view items; missing where the plan has no name.
        place: row of the view places, likewise.
        stock: what is there, what it aims at and must show.
        told: what the command line tells of it.
        history: what sold and was wanted by day.
        forecast: what is expected by day.
        projection: how stock runs by day and week.
        receipts: what is on its way, by day and document.
        occasions: promotions, events and temperatures, with their first and last day.
        drivers: what moves the forecast of the next week, in units; none where that is not known.
    """

    sku: str
    location: str
    item: dict[str, Any] | None
    place: dict[str, Any] | None
    stock: dict[str, Any] | None
    told: ToldItemLocation
    history: pl.DataFrame
    forecast: pl.DataFrame
    projection: pl.DataFrame
    receipts: pl.DataFrame
    occasions: pl.DataFrame
    drivers: pl.DataFrame


def read_pair(plan: Plan, desks: Desks, sku: str, location: str) -> PairRows:
    """Read all that is shown of an item at a location.

    Raises:
        LookupError: the assortment of the plan has no such pair.
    """
    tell = desks.office.tellers.item_location
    with desks.lock:
        desk = desks.open_desk(plan)
        told = plan.use_for_pair(
            sku, location, lambda warehouse: tell(warehouse, desk, sku, location)
        )
    if told is None:
        day = plan.business_date
        raise LookupError(f"There is no {sku} at {location} in the assortment of {day}.")
    return PairRows(
        sku=sku,
        location=location,
        item=_take_row(plan.read_view("items").filter(pl.col("sku") == sku)),
        place=_take_row(plan.read_view("places").filter(pl.col("location") == location)),
        stock=_take_row(plan.query_chosen("shown_stock", sku=sku, location=location)),
        told=told,
        history=plan.query_chosen("shown_days", sku=sku, location=location),
        forecast=plan.query_chosen("shown_forecast", sku=sku, location=location),
        projection=plan.query_chosen("shown_projection", sku=sku, location=location),
        receipts=plan.query_chosen("receipts_of_pairs", sku=sku, location=location),
        occasions=plan.query_chosen("shown_occasions", sku=sku, location=location),
        drivers=plan.read_table("forecast_drivers")
        .filter(pl.col("units") != 0, sku=sku, location=location)
        .sort("units", "driver", descending=[True, False]),
    )


def draw_demand(pair: PairRows, today: date) -> str:
    """Draw what sold, what was wanted, and what is expected with its spread."""
    history, forecast = pair.history, pair.forecast
    sold = _list_points(history, "date", "sales")
    wanted = _list_points(history, "date", "demand")
    expected = _list_points(forecast, "date", "mean")
    means = forecast["mean"].to_list()
    ahead = f"{sum(means) / len(means):.2f} units a day expected" if means else "no forecast"
    said = f"{_tell_sold(history)}; {ahead} over the {forecast.height} days ahead."
    return draw_chart(
        Chart(
            name="demand",
            title="Demand by day: sold, wanted with stock-outs undone, and expected",
            unit="units a day",
            said=said,
            today=today,
            parts=[
                *_make_spans(pair.occasions),
                *_make_bands(forecast),
                Mark("sold", "sold", sold),
                Line("wanted, stock-outs undone", "wanted", wanted),
                Line("expected", "expected", expected),
            ],
        )
    )


def _tell_sold(history: pl.DataFrame) -> str:
    """Units sold on the days of which that is known, and how many others there are."""
    known = history.filter(pl.col("sales").is_not_null())
    unknown = history.height - known.height
    if known.is_empty():
        return f"sales are unknown for all {unknown} days"
    undone = known.filter("censored").height
    said = (
        f"{known['sales'].sum():,} units sold in {known.height} days, of which {undone} were "
        "partly or wholly without stock"
    )
    return f"{said}; sales are unknown for {unknown} more" if unknown else said


def draw_weather(pair: PairRows) -> str:
    """Draw the temperature of the days that the chart of demand has."""
    days = [*pair.history["date"], *pair.forecast["date"]]
    told = pair.occasions.filter(occasion="temperature")
    if not days or told.is_empty():
        return ""
    shown = told.filter(pl.col("starts_on").is_between(min(days), max(days)))
    known: list[float] = shown["value"].drop_nulls().to_list()
    said = f"{min(known):.0f} to {max(known):.0f} degrees" if known else "not known"
    return draw_chart(
        Chart(
            name="weather",
            title="Temperature by day: observed, and forecast ahead",
            unit="°C",
            said=f"Temperature: {said}.",
            parts=[Line("temperature", "wanted", _list_points(shown, "starts_on", "value"))],
        )
    )


def draw_stock(pair: PairRows, changed_level: int | None = None) -> str:
    """Draw how stock runs with the plan carried out, against level and presentation minimum.

    Args:
        pair: the item at its location.
        changed_level: level that somebody tries; missing where nobody does.
    """
    projection, stock = pair.projection, pair.stock or {}
    levels = [
        Step(name, style, float(stock[column]))
        for name, style, column in (
            ("order-up-to level", "level", "order_up_to"),
            ("presentation minimum", "minimum", "presentation_min"),
        )
        if stock.get(column) is not None
    ]
    if changed_level is not None:
        levels.append(Step("level with the change", "changed", float(changed_level)))
    closes = projection["closing"].to_list()
    said = f"at least {min(closes):,.1f} units at any close" if closes else "no projection"
    aims = "; ".join(f"{step.name} {step.value:,.0f} units" for step in levels)
    return draw_chart(
        Chart(
            name="stock",
            title="Expected stock at the close of each day, tonight's plan carried out",
            unit="units",
            said=f"Expected stock: {said}. {aims}.",
            parts=[
                Mark("receipts", "receipts", _list_points(projection, "day", "receipts")),
                Mark("planned", "planned", _list_points(projection, "day", "planned_in")),
                *levels,
                Line("stock", "stock", _list_points(projection, "day", "closing")),
            ],
        )
    )


def _make_spans(occasions: pl.DataFrame) -> list[Span]:
    """Promotions and events, each with what it is."""
    promotions = [
        (row["starts_on"], row["ends_on"], _tell_promotion(row))
        for row in occasions.filter(occasion="promotion").to_dicts()
    ]
    others = occasions.filter(~pl.col("occasion").is_in(["promotion", "temperature"]))
    events = [
        (row["starts_on"], row["ends_on"], f"{row['name']} ({row['occasion']})")
        for row in others.to_dicts()
    ]
    return [Span("events", "event", events), Span("promotions", "promotion", promotions)]


def _tell_promotion(row: dict[str, Any]) -> str:
    off = "" if row["value"] is None else f": {100 * row['value']:.0f} % off"
    return f"Promotion {row['name']}{off}, {row['starts_on']} to {row['ends_on']}"


def _make_bands(forecast: pl.DataFrame) -> list[Band]:
    if forecast.is_empty():
        return []
    mean, variance = forecast["mean"], forecast["variance"]
    bands = []
    for low, high, style, name in _BANDS:
        lower, upper = (find_quantile(mean, variance, share) for share in (low, high))
        points = list(zip(forecast["date"], map(float, lower), map(float, upper), strict=True))
        bands.append(Band(name, style, points))
    return bands


def _list_points(rows: pl.DataFrame, day: str, value: str) -> list[tuple[date, float | None]]:
    return list(rows.select(day, pl.col(value).cast(pl.Float64)).iter_rows())


def _take_row(rows: pl.DataFrame) -> dict[str, Any] | None:
    return rows.row(0, named=True) if rows.height else None
