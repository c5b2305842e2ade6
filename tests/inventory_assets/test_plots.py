"""Pictures say what they show, in which unit, and which line is which, without a legend."""

import base64
import re
from datetime import date, timedelta

import polars as pl
import pytest

from inventory_assets.pictures import (
    plot_accuracy,
    plot_capital,
    plot_demand,
    plot_levels,
    plot_trade_off,
)

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(20)]


def rows(days, **facts):
    return pl.DataFrame([{"date": day, "business_date": day, **facts} for day in days])


def demand(past=DAYS[:15], ahead=DAYS[15:]):
    history = rows(past, sales=4.0, demand=5.0)
    return plot_demand(history, rows(ahead, mean=5.0, variance=9.0))


def accuracy(days=DAYS):
    one = {"actual": 10.0, "forecast": 11.0, "naive_error": 6.0, "region": "R"}
    return plot_accuracy(
        pl.concat(
            [
                rows(days, absolute_error=error, category=name, **one)
                for name, error in (("a", 2.0), ("b", 4.0))
            ]
        )
    )


def levels(days=DAYS):
    one = {"actual": 10.0}
    sums = [
        rows(days, level=level, absolute_error=error, **one)
        for level, error in (("total", 1.0), ("sku_region", 1.1))
    ]
    return plot_levels(pl.concat(sums))


def trade_off():
    points = [("A", False, "0.9", 100.0, 0.9), ("A", False, "plan", 150.0, 0.95)]
    names = ("service_class", "echelon", "aim", "stock_value", "fill_rate")
    return plot_trade_off(pl.DataFrame(points, schema=names, orient="row"))


def capital():
    figures = [("as_is", 900.0, 400.0), ("with_proposals", 800.0, 380.0)]
    frame = pl.DataFrame(figures, schema=["plan", "exposure_value", "stock_value"], orient="row")
    return plot_capital(frame.with_columns(ends_on=pl.lit(DAYS[0])))


def drawn(picture):
    """The SVG of a picture, and the texts in it."""
    data = re.fullmatch(
        r"!\[(.*)\]\(data:image/svg\+xml;base64,(.*)\)", picture.md_str, flags=re.DOTALL
    )
    svg = base64.b64decode(data[2]).decode()
    return svg, [text.strip() for text in re.findall(r"<!--(.*?)-->", svg, flags=re.DOTALL)]


@pytest.mark.parametrize(
    ("picture", "said", "band"),
    [
        (demand, ["sold", "demand, stock-outs undone", "units a day"], True),
        (accuracy, ["missed by the same", "share of units sold", "20%"], True),
        (levels, ["total", "sku by region", "share of units sold"], False),
        (capital, ["stock and orders,", "tonight's plan", "currency"], False),
        (trade_off, ["class A", "mean stock at cost, currency", "share of demand served"], False),
    ],
)
def test_a_picture_names_what_it_draws(picture, said, band):
    svg, texts = drawn(picture())
    title = picture().md_str.split("](")[0].removeprefix("![")
    told = " | ".join([*texts, title])
    assert [text for text in said if text not in told] == []
    assert title in texts
    assert 'id="legend' not in svg
    assert ("FillBetweenPolyCollection" in svg) == band
    assert picture().md_str == picture().md_str


def test_names_of_lines_do_not_lie_on_each_other():
    svg, _ = drawn(levels())
    heights = [
        float(height)
        for name in ("total", "sku by region")
        for height in re.findall(rf"<!-- {name} -->\s*<g[^>]*translate\([\d.]+ ([\d.]+)\)", svg)
    ]
    assert abs(heights[0] - heights[1]) > 10


def test_pictures_of_nothing_are_drawn():
    empty = rows(DAYS[:1], sales=1.0, demand=1.0, mean=1.0, variance=1.0).clear()
    assert "svg" in plot_demand(empty, empty).md_str
