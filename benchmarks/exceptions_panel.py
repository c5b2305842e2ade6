"""A seeded panel of what signals read, with faults of known kind and time in it.

Demand of cells: a level that drifts, a week, weather of a region, errors of a cell that last, and
counts that scatter more than Poisson. Levels, scatter and how long errors last are spread as those
of 323 cells (city and category) of FreshRetailNet-50K: a standard deviation of 1.6 of the logarithm
of the level, errors of 11 to 58 % (5th to 95th percentile), correlated by 0 to 0.5 from day to day.
The forecast learns from the past alone, and states a variance that is too small. Money at risk of
nodes and suppliers: heavy tails, days without any, and levels that differ by hundreds between
subjects.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.anomalies import read_cells
from optimization.exceptions import sum_signals
from quality_checks.contracts import SignalRows, find_frame

FloatArray = npt.NDArray[np.float64]

FIRST_DAY = date(2026, 1, 1)
DAYS, QUIET_DAYS = 210, 84
"""Days of a panel, and those at its beginning on which nothing is wrong: a past to learn from."""

_APART = 14
"""Days between two faults of one category."""

_LEARNED = 7
"""Days from which a forecast is made."""

ITEM_LOCATIONS = 3000
_CATEGORIES, _REGIONS, _SUPPLIERS = 6, 4, 20
_ONLINE = ("ecom", "marketplace")
_SUBJECTS = {
    "stock_out": [f"S{node:02}|C{category}" for node in range(10) for category in range(6)],
    "backlog": [f"S{node:02}" for node in range(10)],
    "supplier_delay": [f"SUP{number:02}" for number in range(_SUPPLIERS)],
}
MONEY_KINDS = tuple(_SUBJECTS)
DEMAND_KINDS = ("demand_above", "demand_below", "demand_shift")


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        kind: of exception that it should open.
        subjects: what it is about; of a shift, the cell above and the cell below.
        first, last: numbers of its days.
    """

    kind: str
    subjects: tuple[str, ...]
    first: int
    last: int

    @property
    def categories(self) -> set[str]:
        """Categories whose demand it changes."""
        demand = self.kind in DEMAND_KINDS
        return {subject.partition("|")[0] for subject in self.subjects} if demand else set()


@dataclass(frozen=True)
class SignalPanel:
    """A panel.

    Attributes:
        cells: by day, subject, observed and expected units and variance; missing days have no row.
        money: by day, kind, subject and money.
        faults: what is wrong in it.
    """

    cells: pl.DataFrame
    money: pl.DataFrame
    faults: list[Fault]

    def read_day(self, day: int) -> pl.DataFrame:
        """What the signals read on a day: the columns of the frame `read_signals`."""
        on = FIRST_DAY + timedelta(days=day)
        seen = self.cells.filter(day=day)
        both = [seen.with_columns(kind=pl.lit(kind)) for kind in DEMAND_KINDS[:2]]
        of_day = self.money.filter(day=day)
        nothing = pl.lit(None, pl.String)
        rows = of_day.filter(pl.col("money") > 0).select(
            *("kind", "subject"),
            *(nothing.alias(c) for c in ("region", "department", "category", "channel")),
            *(nothing.alias(c) for c in ("supplier", "document")),
            sku=pl.lit("-"),
            location=pl.lit("-"),
            side=pl.lit("short"),
            units_at_risk=pl.lit(None, pl.Float64),
            money_at_risk="money",
        )
        read = sum_signals(
            of_day.select("kind", "subject"), rows.select(find_frame(SignalRows).columns), on
        )
        return pl.concat([read_cells(pl.concat(both), on), read])


def build_panel(seed: int) -> SignalPanel:
    """Draw a panel and its faults."""
    rng = np.random.default_rng(seed)
    cells = [
        f"C{category}|{place}"
        for category in range(_CATEGORIES)
        for place in (*(f"R{region}|store" for region in range(_REGIONS)),
                      *(f"R0|{channel}" for channel in _ONLINE))
    ]  # fmt: skip
    faults = _draw_faults(rng, cells)
    mean = _draw_means(rng, cells)
    factor = np.ones_like(mean)
    for fault in faults:
        span = slice(fault.first, fault.last + 1)
        up, down = np.exp(rng.uniform(0.22, 0.92)), np.exp(-rng.uniform(0.22, 0.92))
        for place, subject in enumerate(fault.subjects):
            if fault.kind in DEMAND_KINDS:
                goes_up = fault.kind == "demand_above" or (
                    fault.kind == "demand_shift" and place == 0
                )
                factor[cells.index(subject), span] *= up if goes_up else down
    # Counts of 1.5 times the variance of Poisson.
    sold = rng.poisson(rng.gamma(2 * mean * factor, 0.5)).astype(float)
    known = _draw_known(rng, sold)
    return SignalPanel(_forecast(sold, known, cells), _draw_money(rng, faults), faults)


def _draw_faults(rng: np.random.Generator, cells: list[str]) -> list[Fault]:
    """About one fault of each kind in four weeks, no two of a category's demand at a time."""
    faults: list[Fault] = []
    for kind in (*DEMAND_KINDS, *MONEY_KINDS):
        day = QUIET_DAYS + int(rng.integers(0, 14))
        while day < DAYS - 21:
            last = day + int(rng.integers(5, 22))
            chosen = _choose(rng, kind, cells)
            at_once = [f for f in faults if f.first <= last + 14 and day <= f.last + 14]
            categories = {s.partition("|")[0] for s in chosen}
            taken = {
                s.partition("|")[0] for f in at_once if f.kind in DEMAND_KINDS for s in f.subjects
            }
            if kind in MONEY_KINDS or not categories & taken:
                faults.append(Fault(kind, chosen, day, last))
            day = last + int(rng.integers(7, 21))
    return faults


def _choose(rng: np.random.Generator, kind: str, cells: list[str]) -> tuple[str, ...]:
    if kind in MONEY_KINDS:
        return (str(rng.choice(_SUBJECTS[kind])),)
    first = str(rng.choice(cells))
    if kind != "demand_shift":
        return (first,)
    others = [c for c in cells if c != first and c.partition("|")[0] == first.partition("|")[0]]
    return (first, str(rng.choice(others)))


def _lasting(rng: np.random.Generator, rows: int, days: int, memory: FloatArray) -> FloatArray:
    """Errors of unit variance that last: autoregressive of order 1."""
    drawn = rng.standard_normal((rows, days))
    for day in range(1, days):
        drawn[:, day] = memory * drawn[:, day - 1] + np.sqrt(1 - memory**2) * drawn[:, day]
    return drawn


def _draw_means(rng: np.random.Generator, cells: list[str]) -> FloatArray:
    """Expected units of each cell by day, faults aside."""
    days = np.arange(DAYS)
    base = rng.normal(3.3, 1.6, (len(cells), 1))
    drift = np.cumsum(rng.normal(0, 0.006, (len(cells), DAYS)), axis=1)
    week = 0.35 * np.sin(2 * np.pi * (days + rng.integers(0, 2)) / 7)
    scatter = np.exp(rng.normal(np.log(0.14), 0.6, (len(cells), 1)))
    own = scatter * _lasting(rng, len(cells), DAYS, rng.uniform(0, 0.5, len(cells)))
    weather = 0.05 * _lasting(rng, _REGIONS, DAYS, np.full(_REGIONS, 0.6))
    region = np.array([int(cell.split("|")[1][1:]) for cell in cells])
    return np.asarray(np.exp(base + drift + week + own + weather[region]))


def _draw_known(rng: np.random.Generator, sold: FloatArray) -> FloatArray:
    """Days of which a cell's sales came: now and then none of it come for some days."""
    known = np.ones(sold.shape, dtype=bool)
    for _ in range(20):
        row, day = rng.integers(len(sold)), rng.integers(0, DAYS)
        known[row, day : day + rng.integers(1, 5)] = False
    return known


def _forecast(sold: FloatArray, known: FloatArray, cells: list[str]) -> pl.DataFrame:
    """What each day sold beside a forecast from the days before: level and week, smoothed."""
    level, week = sold[:, :_LEARNED].mean(axis=1), np.ones((len(sold), 7))
    rows = []
    for day in range(_LEARNED, DAYS):
        expected = np.maximum(level * week[:, day % 7], 0.05)
        there = known[:, day]
        rows.append(
            pl.DataFrame(
                {
                    "day": day,
                    "subject": cells,
                    "observed": sold[:, day],
                    "expected": expected,
                    "variance": expected + (0.1 * expected) ** 2,
                }
            ).filter(pl.Series(there))
        )
        ratio = sold[:, day] / np.maximum(level, 0.05)
        moved = 0.2 * (ratio - week[:, day % 7])
        week[:, day % 7] += np.where(there, np.clip(moved, -0.3, 0.3), 0)
        level *= np.where(there, 1 + 0.06 * (sold[:, day] / expected - 1).clip(-1, 2), 1)
    return pl.concat(rows)


def _draw_money(rng: np.random.Generator, faults: list[Fault]) -> pl.DataFrame:
    """Money at risk by day, kind and subject, faults included."""
    frames = []
    for kind, subjects in _SUBJECTS.items():
        usual = rng.normal(4.0, 1.5, (len(subjects), 1))
        lasting = 0.7 * _lasting(rng, len(subjects), DAYS, np.full(len(subjects), 0.8))
        scatter = 0.35 * rng.standard_t(4, (len(subjects), DAYS))
        money = np.exp(usual + lasting + scatter)
        money[rng.random(money.shape) < rng.uniform(0.05, 0.5, (len(subjects), 1))] = 0.0
        for fault in faults:
            if fault.kind == kind:
                row, span = subjects.index(fault.subjects[0]), slice(fault.first, fault.last + 1)
                at_risk = np.exp(usual[row] + rng.uniform(1.1, 3.2))
                money[row, span] += at_risk * np.exp(
                    0.3 * rng.standard_normal(fault.last + 1 - fault.first)
                )
        frames.append(
            pl.DataFrame(
                {
                    "day": np.tile(np.arange(DAYS), len(subjects)),
                    "kind": kind,
                    "subject": np.repeat(subjects, DAYS),
                    "money": money.ravel(),
                }
            )
        )
    return pl.concat(frames).filter(pl.col("day") >= _LEARNED)
