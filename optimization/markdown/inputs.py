"""Frames of the price plan as seasons."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from optimization.markdown.answers import answer_prices
from optimization.markdown.ladders import count_weeks, list_prices
from optimization.markdown.seasons import Season
from optimization.value import FloatArray
from quality_checks.contracts import MarkdownRules, SeasonItems, SeasonWeeks, find_frame

KEY = ["sku", "zone"]


class ItemSeason(NamedTuple):
    """An item in a zone, and what is left of its season.

    Attributes:
        row: of frame `season_items`.
        season: what is left.
        planned_week: week of the fall that the price list has; -1 without one.
        planned_rung: rung that it leads to.
    """

    row: dict[str, Any]
    season: Season
    planned_week: int
    planned_rung: int


def build_seasons(
    items: pl.DataFrame, weeks: pl.DataFrame, rules: MarkdownRules, *, first_day: dt.date
) -> Iterator[ItemSeason]:
    """Build the season of every item in a zone that has weeks ahead, sorted by key.

    Args:
        items: frame `season_items`.
        weeks: frame `season_weeks`.
        rules: of policy.
        first_day: of the first week.

    Raises:
        ValueError: a frame breaks its contract.
    """
    known = find_frame(SeasonItems).read(items).sort(KEY)
    ahead = find_frame(SeasonWeeks).read(weeks).sort(*KEY, "week")
    of_item = ahead.partition_by(KEY, as_dict=True, maintain_order=True)
    for row in known.iter_rows(named=True):
        found = of_item.get((row["sku"], row["zone"]))
        if found is not None:
            yield _build(row, found, rules, first_day)


def _build(
    row: dict[str, Any], weeks: pl.DataFrame, rules: MarkdownRules, first_day: dt.date
) -> ItemSeason:
    mean, variance, base = (
        weeks[name].to_numpy().astype(float) for name in ("mean", "variance", "base_price")
    )
    prices = list_prices(
        row["price"], row["list_price"], row["floor_price"], row["planned_price"], rules
    )  # fmt: skip
    answer = answer_prices(
        mean, variance, base, prices, slope=row["slope"], slope_sd=row["slope_sd"]
    )
    returned = row["return_rate"]
    again = row["resalable_share"] * row["salvage"] - row["return_cost"]
    season = Season(
        mean=answer.mean,
        variance=answer.variance,
        chance=answer.chance,
        told=np.full(len(mean), rules.told_in_a_week),
        prices=prices,
        proceeds=(1 - returned) * prices + returned * again,
        keeping=np.full(len(mean), row["keeping_cost"]),
        salvage=row["salvage"],
        stock=row["stock"],
        locks=count_weeks(rules.least_days_between_steps),
        lock=row["locked_weeks"],
        below=_find_bar(row),
    )
    week, rung = _find_plan(row, prices, len(mean), first_day)
    return ItemSeason(row, season, week, rung)


def _find_bar(row: dict[str, Any]) -> float:
    """The price below which alone tonight's price would be a reduction."""
    if row["prior_held"]:
        return 0.0
    return float("inf") if row["prior_price"] is None else float(row["prior_price"])


def _find_plan(
    row: dict[str, Any], prices: FloatArray, weeks: int, first_day: dt.date
) -> tuple[int, int]:
    """Week and rung of the fall that the price list has; -1 and 0 without one in the season."""
    if row["planned_on"] is None or row["planned_price"] is None:
        return -1, 0
    week = max((row["planned_on"] - first_day).days // 7, 0)
    rung = np.flatnonzero(prices == row["planned_price"])
    return (week, int(rung[0])) if week < weeks and rung.any() else (-1, 0)
