"""Sales that answer to prices by known elasticities: learnt, shrunk, and asked of weeks ahead."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.price_response import (
    fit_price_response,
    measure_elasticities,
    predict_priced_sales,
)

TRUE = {"a": -3.0, "b": -1.2, "c": -2.0, "d": -4.0}
FIRST = dt.date(2024, 1, 1)
WEEKS, STORES = 60, 8


def draw_weeks(seed=3, weeks=WEEKS, stores=STORES, noise=0.15, skus=tuple(TRUE)):
    """Stores that share promotions; units fall with the price and rise with an advertisement."""
    rng = np.random.default_rng(seed)
    cut = {
        sku: np.where(rng.random(weeks) < 0.3, rng.uniform(0.7, 0.9, weeks), 1.0) for sku in skus
    }
    shown = {sku: (cut[sku] < 0.8).astype(float) for sku in skus}
    rows = []
    for number, sku in enumerate(skus):
        for store in range(stores):
            price = (2 + number) * cut[sku] * rng.uniform(0.97, 1.03, weeks)
            log_units = (
                4 + 0.3 * store + TRUE[sku] * np.log(price / (2 + number)) + 0.5 * shown[sku]
            )
            rows.append(
                pl.DataFrame(
                    {
                        "sku": sku,
                        "location": f"s{store}",
                        "week": [FIRST + dt.timedelta(weeks=week) for week in range(weeks)],
                        "price": price,
                        "deal": 0.0,
                        "feature": shown[sku],
                        "units": np.exp(log_units + rng.normal(0, noise, weeks)),
                    }
                )
            )
    return pl.concat(rows)


@pytest.fixture(scope="module")
def weeks():
    return draw_weeks()


@pytest.fixture(scope="module")
def past(weeks):
    return weeks.filter(pl.col("week") < FIRST + dt.timedelta(weeks=45))


@pytest.fixture(scope="module")
def ahead(weeks):
    return weeks.filter(pl.col("week") >= FIRST + dt.timedelta(weeks=45))


@pytest.fixture(scope="module")
def response(past):
    return fit_price_response(past, seed=1)


def error(units, said):
    return float((units - said).abs().sum() / units.sum())


def test_slopes_are_those_that_were_drawn(response):
    slopes = dict(response.items.select("sku", "slope").iter_rows())
    for sku, true in TRUE.items():
        assert slopes[sku] == pytest.approx(true, abs=0.35)


def test_weeks_ahead_are_predicted_nearly_as_well_as_chance_lets(response, ahead):
    said = predict_priced_sales(response, ahead.drop("units"))
    found = ahead.join(said, on=["sku", "location", "week"], suffix="_said")
    # Noise of 0.15 in logs alone costs 12 %; the usual sales of all would cost three times so.
    usual = ahead["units"].mean()
    assert error(found["units"], found["units_said"]) < 0.16
    assert error(ahead["units"], pl.Series([usual] * ahead.height)) > 0.3
    held = found.select(pl.col("units").is_between("low", "high").mean()).item()
    assert 0.7 < held < 0.92


def test_sales_fall_with_the_own_price_wherever_it_is_asked(response, ahead):
    far = ahead.drop("units").with_columns(pl.col("price") * 3)
    for asked in (ahead.drop("units"), far):
        found = measure_elasticities(response, asked, rise=0.1)
        assert found.height == len(TRUE) * STORES
        assert (found["elasticity"] < 0).all()
    median = found.group_by("sku").agg(pl.col("elasticity").median()).sort("sku")
    assert median.row(1)[1] > median.row(3)[1]


def test_a_price_that_was_never_asked_goes_on_along_the_line(response, ahead):
    deep = ahead.drop("units").with_columns(pl.col("price") / 2)
    shallow = predict_priced_sales(response, ahead.drop("units"))["units"]
    steep = predict_priced_sales(response, deep).with_columns(before=shallow)
    risen = steep.group_by("sku").agg((pl.col("units") / pl.col("before")).log().median())
    # Trees know no such price; half of each slope lies in the line.
    for sku, rise in risen.iter_rows():
        assert rise > 0.45 * -TRUE[sku] * np.log(2)


def test_few_weeks_are_told_by_the_line_alone():
    few = draw_weeks(weeks=20, stores=2)
    response = fit_price_response(few.head(-1), seed=1)
    assert response.groves == ()
    elasticity = measure_elasticities(response, few.tail(1).drop("units"), rise=0.1)
    assert elasticity["elasticity"][0] == pytest.approx(
        response.items.filter(pl.col("sku") == "d")["slope"][0]
    )


def test_an_item_whose_price_never_moved_gets_the_slope_of_all():
    moved = draw_weeks(stores=2)
    still = moved.filter(pl.col("sku") == "a").with_columns(sku=pl.lit("e"), price=pl.lit(5.0))
    items = fit_price_response(pl.concat([moved, still]), seed=1).items
    row = items.filter(pl.col("sku") == "e").row(0, named=True)
    assert row["deviation"] is None
    assert items["slope"].min() < row["slope"] < items["slope"].max()


def test_a_response_that_rises_with_the_price_is_not_believed():
    dear = draw_weeks(stores=2, skus=("a",)).with_columns(units=pl.col("price") * 10)
    response = fit_price_response(dear, seed=1)
    assert response.items["slope"].to_list() == [-0.2]


def test_a_new_store_sells_what_its_items_do_elsewhere(response, ahead):
    new = (
        ahead.filter(pl.col("location") == "s0").with_columns(location=pl.lit("new")).drop("units")
    )
    said = predict_priced_sales(response, new)["units"].median()
    known = predict_priced_sales(response, ahead.drop("units"))
    assert known["units"].quantile(0.1) < said < known["units"].quantile(0.9)


def test_rows_in_any_order_teach_the_same(past, ahead, response):
    again = fit_price_response(past.sample(fraction=1.0, shuffle=True, seed=5), seed=1)
    assert_frame_equal(
        predict_priced_sales(again, ahead.drop("units")),
        predict_priced_sales(response, ahead.drop("units")),
        check_exact=True,
    )


def test_what_cannot_be_asked_is_refused(response, ahead):
    unknown = ahead.drop("units").with_columns(sku=pl.lit("zz") + pl.col("sku"))
    with pytest.raises(ValueError, match="no week of zza was seen"):
        predict_priced_sales(response, unknown)
    with pytest.raises(ValueError, match="above 0, not 0"):
        measure_elasticities(response, ahead.drop("units"), rise=0)
    with pytest.raises(ValueError, match="no week has sold anything"):
        fit_price_response(ahead.clear(), seed=1)
    free = ahead.with_columns(price=pl.lit(0.0))
    with pytest.raises(ValueError, match=r"sold_weeks: price of sku a, .* is 0\.0"):
        fit_price_response(free, seed=1)
