"""What people expect beyond records: factors on demand and days more of suppliers."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.night import assume_delays, assume_demand
from quality_checks.contracts import DemandFactor, Expectations

ITEMS = pl.DataFrame({"sku": ["a", "b"], "category": ["shoes", "hats"]})
PLACES = pl.DataFrame({"location": ["N", "S"], "region": ["north", "south"]})
PAIRS = [(sku, place) for sku in ("b", "a", "unknown") for place in ("S", "N")]

factors = st.builds(
    DemandFactor,
    factor=st.floats(0.1, 10),
    category=st.sampled_from(["*", "shoes", "hats"]),
    region=st.sampled_from(["*", "north", "south"]),
)


def make_rows(means):
    return pl.DataFrame(
        [
            {
                "sku": sku,
                "location": place,
                "region": "as kept",
                "date": date(2026, 1, 1),
                "mean": mean,
                "variance": 2 * mean,
                "mean_in_stock": mean,
                "variance_in_stock": 2 * mean,
            }
            for (sku, place), mean in zip(PAIRS, means, strict=True)
        ]
    )


@given(
    st.lists(st.floats(0, 100), min_size=len(PAIRS), max_size=len(PAIRS)),
    st.lists(factors, max_size=4),
)
def test_each_factor_touches_its_pairs_alone(means, expected):
    rows = make_rows(means)
    found = assume_demand(rows, ITEMS, PLACES, Expectations(demand=tuple(expected)))
    assert found.columns == rows.columns
    assert found.select("sku", "location").rows() == PAIRS
    categories, regions = dict(ITEMS.rows()), dict(PLACES.rows())
    for row, (sku, place), mean in zip(found.to_dicts(), PAIRS, means, strict=True):
        factor = 1.0
        for one in expected:
            is_item = one.category in {"*", categories.get(sku)}
            if is_item and one.region in {"*", regions[place]}:
                factor *= one.factor
        assert row["mean"] == pytest.approx(factor * mean)
        # Poisson noise of the new mean, and the rest by the square.
        assert row["variance"] == pytest.approx(factor * mean + factor**2 * mean)


def test_a_supplier_takes_the_days_longer():
    times = pl.DataFrame(
        {"supplier": ["A", None, "B"], "lead_time_mean": [3.0, 1.0, 4.5], "lead_time_sd": [1.0] * 3}
    )
    found = assume_delays(times, Expectations(supplier_days={"B": 10}))
    assert found["lead_time_mean"].to_list() == [3.0, 1.0, 14.5]
    assert found.drop("lead_time_mean").equals(times.drop("lead_time_mean"))
