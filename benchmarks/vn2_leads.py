"""Weeks ahead of VN2's series by lead: a flat level, and the same with what a year says.

`flat` is an exponentially weighted mean of each series' weeks in stock, carried on; `ours` is that
level times the factors of `forecasting.outlook`, learnt from the weeks up to the origin. Scored are
weeks in stock, single series and items over all stores.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.outlook import estimate_outlook
from simulation.importers import Challenge, read_vn2

Floats = npt.NDArray[np.float64]

LEADS = {"weeks 1-4": slice(0, 4), "weeks 5-8": slice(4, 8), "weeks 9-12": slice(8, 12)}
AHEAD, YEAR, EVERY = 12, 52, 4
YEARS = 2
"""Years of weeks that are learnt from, as the night does."""

KEPT = 0.8
"""Weight of a week relative to the next one in the level."""

NO_EVENTS = pl.DataFrame(schema={"name": pl.String, "date": pl.Date, "share": pl.Float64})


def measure(data: Path) -> dict[str, Any]:
    """Errors by lead over all origins four weeks apart from one year of history on."""
    challenge = read_vn2(data)
    weeks = len(challenge.weeks)
    found: dict[str, Any] = {"benchmark": "vn2 leads", "origins": 0}
    errors: dict[tuple[str, str, str], list[float]] = {}
    for origin in range(YEAR - 1, weeks - AHEAD, EVERY):
        found["origins"] += 1
        for key, figures in _measure_origin(challenge, origin).items():
            sums = errors.setdefault(key, [0.0, 0.0, 0.0])
            errors[key] = [before + figure for before, figure in zip(sums, figures, strict=True)]
    for (level, lead, name), (missed, off, sold) in errors.items():
        scores = {"wape": round(missed / sold, 4), "bias": round(off / sold, 4)}
        found.setdefault(level, {}).setdefault(lead, {})[name] = scores
    return found


def _measure_origin(
    challenge: Challenge, origin: int
) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    seen = slice(max(0, origin + 1 - YEARS * YEAR), origin + 1)
    sales = np.where(challenge.in_stock, challenge.sales, 0.0)
    age = np.arange(origin, -1, -1)
    known, until = challenge.in_stock[:, : origin + 1], slice(0, origin + 1)
    weight = known @ KEPT**age
    level = np.divide(sales[:, until] @ KEPT**age, weight, out=0 * weight, where=weight > 0)
    as_of = challenge.weeks[origin] + dt.timedelta(days=6)
    product = challenge.groups["Product"]
    outlook = estimate_outlook(
        _item_weeks(challenge, sales, seen), _items(challenge), NO_EVENTS, as_of=as_of, horizon=7
    )
    factors = outlook.factors["factor"].to_numpy().reshape(-1, YEAR)[:, :AHEAD]
    flat = np.repeat(level[:, None], AHEAD, axis=1)
    ahead = slice(origin + 1, origin + 1 + AHEAD)
    scored, actual = challenge.in_stock[:, ahead], sales[:, ahead]
    result = {}
    for name, mean in (("flat", flat), ("ours", flat * factors[product])):
        for kind, group in (("series", np.arange(len(level))), ("items", product)):
            made, sold = (_sums(group, values * scored) for values in (mean, actual))
            for lead, at in LEADS.items():
                error = made[:, at] - sold[:, at]
                result[kind, lead, name] = (
                    float(np.abs(error).sum()),
                    float(error.sum()),
                    float(sold[:, at].sum()),
                )
    return result


def _sums(group: npt.NDArray[np.int64], values: Floats) -> Floats:
    sums = np.zeros((int(group.max()) + 1, values.shape[1]))
    np.add.at(sums, group, values)
    return sums


def _name(codes: npt.NDArray[np.int64]) -> pl.Series:
    return pl.Series([f"{code:06d}" for code in codes])


def _items(challenge: Challenge) -> pl.DataFrame:
    """Items in the order of their codes; nothing is known of launches and exits."""
    groups = challenge.groups
    names = {"sku": "Product", "style": "Product", "department": "Department"}
    columns = {name: _name(groups[of]) for name, of in names.items()}
    never = pl.lit(None, pl.Date)
    return (
        pl.DataFrame({**columns, "category": _name(groups["ProductGroup"])})
        .unique("sku", keep="first")
        .sort("sku")
        .with_columns(launch_date=never, exit_date=never)
    )


def _item_weeks(challenge: Challenge, sales: Floats, seen: slice) -> pl.DataFrame:
    known, units = challenge.in_stock[:, seen], sales[:, seen]
    count, weeks = units.shape
    usual = np.zeros_like(units)
    block = np.arange(weeks)[::-1] // YEAR
    for year in range(YEARS):
        at = block == year
        days = known[:, at].sum(axis=1)
        mean = np.divide(units[:, at].sum(axis=1), days, out=np.zeros(count), where=days > 0)
        usual[:, at] = known[:, at] * mean[:, None]
    return (
        pl.DataFrame(
            {
                "sku": np.repeat(_name(challenge.groups["Product"]).to_numpy(), weeks),
                "half": np.repeat(challenge.groups["Store"] % 2, weeks),
                "week": list(challenge.weeks[seen]) * count,
                "units": units.ravel(),
                "usual": usual.ravel(),
            }
        )
        .group_by("sku", "half", "week", maintain_order=True)
        .agg(pl.col("units", "usual").sum())
        .filter(pl.col("usual") > 0)
        .sort("sku", "half", "week")
    )
