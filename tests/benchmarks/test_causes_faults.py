"""Faults that are put into books take as many units off as they say, by the cause that they are."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from benchmarks.causes import trade_books
from benchmarks.causes_books import Books
from benchmarks.causes_faults import FAULTS
from optimization.causes import explain_stocks
from quality_checks.contracts import ExplainedDays, ExplainedLines, ExplainedStocks, find_frame

SINCE = dt.date(2025, 9, 1)
DAYS = [SINCE + dt.timedelta(days=number) for number in (1, 2, 3)]


def write_books():
    """A shelf of 12 at its level, from which 2 sell a day, as forecast."""
    day = {
        "location": "s", "forecast": 2.0, "variance": 2.0, "correlation": 0.0,
        "promoted_then": False, "promoted_now": False, "price_then": 1.0, "price_now": 1.0,
        "event": False,
    }  # fmt: skip
    nothing = np.zeros(3, dtype=np.int64)
    stock = {
        "sku": "a", "location": "s", "echelon": False, "since": SINCE, "until": DAYS[-1],
        "goods_due": True, "order_up_to": 12, "inventory_position": 12, "planned": 0, "released": 0,
        "counted": 0, "returns_expected": 0.0,
    }  # fmt: skip
    return Books(
        pair=0,
        stock=stock,
        days=[day | {"date": date} for date in DAYS],
        opening=12,
        arrived=nothing.copy(),
        returned=nothing.copy(),
        left=nothing.copy(),
        wanted=np.full(3, 2),
        lost_stock=nothing.copy(),
    )


def explain(books):
    moved, sold, _ = trade_books(books)
    empty = dict.fromkeys(("upstream", "left_out", "limit"))
    still = dict.fromkeys(("adjusted", "damaged", "reserved"), 0)
    stock = empty | still | {"stock": "1", "asked": True} | books.stock | moved
    days = [
        {"stock": "1", "demand": float(wanted), "sales": units, **day}
        for day, wanted, units in zip(books.days, books.wanted, sold, strict=True)
    ]
    found = explain_stocks(
        pl.DataFrame([stock], schema=find_frame(ExplainedStocks).schema),
        pl.DataFrame(days, schema=find_frame(ExplainedDays).schema),
        pl.DataFrame(
            [{"stock": "1", **line} for line in books.lines],
            schema=find_frame(ExplainedLines).schema,
        ),
    )
    return dict(found.select("cause", "units").iter_rows())


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - {"promotion stronger than learnt"}))
@pytest.mark.parametrize("seed", range(5))
def test_a_fault_is_found_with_its_units(name, seed):
    fault, cause = FAULTS[name]
    books = write_books()
    units = fault(books, np.random.default_rng(seed))
    assert units > 0
    assert explain(books) == pytest.approx({cause: -units})


@pytest.mark.parametrize("seed", range(5))
def test_two_faults_do_not_take_the_same_units(seed):
    books, draw = write_books(), np.random.default_rng(seed)
    names = ("theft", "late receipt", "receiving limit")
    units = {FAULTS[name][1]: -FAULTS[name][0](books, draw) for name in names}
    assert explain(books) == pytest.approx(units)


def test_a_promotion_that_is_stronger_is_found_with_what_customers_wanted_besides():
    fault, cause = FAULTS["promotion stronger than learnt"]
    books = write_books()
    units = fault(books, np.random.default_rng(7))
    beyond = books.wanted.sum() - sum(day["forecast"] for day in books.days)
    assert explain(books) == pytest.approx({cause: -beyond})
    # Chance moves what the forecast took the promotion to be by a few units.
    assert abs(beyond - units) < 6
