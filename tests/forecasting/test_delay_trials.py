"""Whether the model of delays plans, on lines whose chances are known, and what follows."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.supply import predict_line_delays, predict_order_risks, predict_receipts
from quality_checks.checks import judge_trials
from quality_checks.contracts import (
    DeliveryRecord,
    LineDelays,
    OpenDocuments,
    SupplierClosures,
    SupplierYields,
    find_contract,
    find_frame,
)

AS_OF = dt.date(2026, 3, 31)
NO_CLOSURES = find_frame(SupplierClosures).empty()
IN_FULL = pl.DataFrame(schema=find_contract(SupplierYields).made_schema)
CARDS = pl.DataFrame({"supplier": ["V"], "p_short": [0.2], "p_short_confirmed": [0.1]})


def lines(seed, late_share, *, count=700, record="order_asked"):
    """Lines of a supplier to two places, late by a chance of each, due up to AS_OF."""
    rng = np.random.default_rng(seed)
    due = [AS_OF - dt.timedelta(days=count - at) for at in range(count)]
    place = np.array(["near", "far"])[rng.integers(0, 2, count)]
    share = np.where(place == "far", late_share["far"], late_share["near"])
    late = np.where(rng.random(count) < share, rng.integers(1, 11, count), 0)
    known = [day + dt.timedelta(days=int(by)) for day, by in zip(due, late, strict=True)]
    open_yet = pl.Series([day > AS_OF for day in known])
    return pl.DataFrame(
        {
            "record": record,
            "order": [f"{record}-{at:03}" for at in range(count)],
            "line": 1,
            "supplier": "V",
            "destination": place,
            "origin": pl.Series([None] * count, dtype=pl.String),
            "mode": pl.Series([None] * count, dtype=pl.String),
            "item": "a",
            "category": "c",
            "ordered_on": [day - dt.timedelta(days=20) for day in due],
            "due_on": due,
            "units": 10.0,
            "worth": 100.0,
            "order_lines": 1,
            "order_worth": 100.0,
            "known_on": known,
            "days_late": late,
        }
    ).with_columns(pl.when(~open_yet).then(name).alias(name) for name in ("known_on", "days_late"))


def ask(*places, record="order_asked"):
    asked = lines(1, {"near": 0.0, "far": 0.0}, count=len(places), record=record)
    return asked.drop("known_on", "days_late").with_columns(
        order=pl.Series(places),
        destination=pl.Series(places),
        due_on=pl.lit(AS_OF + dt.timedelta(10)),
        ordered_on=pl.lit(AS_OF - dt.timedelta(10)),
        judged_on=pl.lit(AS_OF),
    )


BY_PLACE = {"near": 0.02, "far": 0.5}


@pytest.fixture(scope="module")
def told():
    return predict_line_delays(lines(3, BY_PLACE), ask("near", "far"), as_of=AS_OF)


def test_the_model_plans_where_lateness_hangs_on_what_no_record_of_a_supplier_knows(told):
    trial = told.trials.row(0, named=True)
    assert trial["model_plans"]
    # By the place lines are late by 0.5 and 0.02: no chance has a lower error than 0.13 then, and
    # one chance for both none below 0.19.
    assert trial["model_error"] < 0.16
    assert trial["record_error"] > 0.18
    said = dict(told.lines.select("document", "late_chance").iter_rows())
    assert said["far"] == pytest.approx(0.5, abs=0.15)
    assert said["near"] == pytest.approx(0.02, abs=0.08)


def test_the_record_plans_where_the_supplier_is_all_there_is():
    found = predict_line_delays(
        lines(4, {"near": 0.3, "far": 0.3}), ask("near", "far"), as_of=AS_OF
    )
    trial = found.trials.row(0, named=True)
    assert not trial["model_plans"]
    assert trial["record_error"] <= trial["model_error"]
    assert found.lines.is_empty()


def test_too_few_late_lines_hold_no_trial():
    found = predict_line_delays(lines(5, {"near": 0.0, "far": 0.02}), ask("far"), as_of=AS_OF)
    trial = found.trials.row(0, named=True)
    assert trial["late"] < 20
    assert trial["record_error"] is None
    assert not trial["model_plans"]


def test_each_record_has_a_trial_of_its_own():
    past = pl.concat(
        [lines(3, BY_PLACE), lines(4, {"near": 0.3, "far": 0.3}, record="order_promised")]
    )
    asked = pl.concat([ask("far"), ask("near", record="order_promised")])
    found = predict_line_delays(past, asked, as_of=AS_OF)
    assert found.trials["model_plans"].to_list() == [True, False]
    assert found.lines["document"].to_list() == ["far"]


def test_the_trial_knows_nothing_of_its_own_year():
    """What became of lines since the trial began changes no chance that it judges by."""
    turned = lines(3, {"near": 0.5, "far": 0.02})
    start = AS_OF - dt.timedelta(days=365)
    before = pl.col("due_on") <= start - dt.timedelta(days=15)
    mixed = pl.concat([lines(3, BY_PLACE).filter(before), turned.filter(~before)])
    trial = predict_line_delays(mixed, ask("far"), as_of=AS_OF).trials.row(0, named=True)
    # Learnt on what was so until then, it is wrong about what has turned since.
    assert trial["model_error"] > trial["record_error"]
    assert not trial["model_plans"]


def test_the_order_of_rows_changes_nothing(told):
    mixed = lines(3, BY_PLACE).sample(fraction=1.0, shuffle=True, seed=5)
    found = predict_line_delays(mixed, ask("near", "far").reverse(), as_of=AS_OF)
    assert_frame_equal(found.lines, told.lines, check_exact=True)
    assert_frame_equal(found.trials, told.trials, check_exact=True)


@pytest.mark.parametrize("fault", ["outcome of a later day", "half an outcome", "no units"])
def test_a_record_whose_lines_break_the_trial_is_named_and_keeps_no_other_one_back(told, fault):
    wrong = {
        "outcome of a later day": pl.col("known_on") + pl.duration(days=400),
        "half an outcome": pl.lit(None, pl.Date).alias("known_on"),
        "no units": pl.lit(-1.0).alias("units"),
    }
    bad = lines(4, BY_PLACE, record="order_promised").with_columns(wrong[fault])
    asked = pl.concat([ask("near", "far"), ask("near", record="order_promised")])
    found = predict_line_delays(pl.concat([bad, lines(3, BY_PLACE)]), asked, as_of=AS_OF)
    assert_frame_equal(found.trials, told.trials, check_exact=True)
    assert_frame_equal(found.lines, told.lines, check_exact=True)
    assert list(found.broken) == ["order_promised"]
    outcome = judge_trials(found.broken)
    assert not outcome.passed
    assert outcome.message.startswith("the model of delays breaks on order_promised: ")
    assert judge_trials(told.broken).passed


def documents(**stated):
    """Open lines by document: days until they are due."""
    return pl.DataFrame(
        [
            {
                "record": "order_asked",
                "sender": "V",
                "region": "north",
                "sku": "a",
                "location": "near",
                "document_kind": "purchase_order",
                "document": name,
                "line": 1,
                "supplier": "V",
                "ordered_on": AS_OF - dt.timedelta(60),
                "stated_on": AS_OF + dt.timedelta(days),
                "units": 100,
                "confirmed_short": None,
            }
            for name, days in stated.items()
        ],
        schema=find_frame(OpenDocuments).schema,
    )


def record():
    """Of 1000 lines 100 came 10 days late."""
    rows = [("order_asked", "V", 30, late, True, n) for late, n in ((0, 900), (10, 100))]
    return pl.DataFrame(rows, schema=find_frame(DeliveryRecord).schema, orient="row")


def modelled(**chances):
    return pl.DataFrame(
        [(None, "order_asked", name, 1, chance) for name, chance in chances.items()],
        schema=find_contract(LineDelays).schema,
        orient="row",
    ).drop("business_date")


def test_plans_count_on_the_chance_of_the_model_and_the_days_of_the_record():
    told = modelled(doubted=0.5, trusted=0.0, overdue=0.9)
    open_lines = documents(doubted=20, other=20, overdue=-3, trusted=20)
    risks = predict_order_risks(
        open_lines, record(), NO_CLOSURES, told, CARDS, as_of=AS_OF, longest_days=365
    )
    late = dict(risks.chances.select("document", "late_chance").iter_rows())
    assert late["doubted"] == pytest.approx(0.5)
    assert late["trusted"] == pytest.approx(0.0)
    assert late["other"] == pytest.approx(0.1, abs=0.01)
    assert late["overdue"] == pytest.approx(1.0)
    due = predict_receipts(
        open_lines, record(), NO_CLOSURES, told, IN_FULL, as_of=AS_OF, longest_days=365
    )
    days = {name: (day - AS_OF).days for name, day in due.select("document", "due_on").iter_rows()}
    assert days == {"doubted": 25, "other": 21, "overdue": 7, "trusted": 20}


def test_a_line_that_is_late_already_is_judged_by_the_record_alone():
    open_lines = documents(overdue=-3)
    found = [
        predict_receipts(open_lines, record(), NO_CLOSURES, told, IN_FULL, as_of=AS_OF,
                         longest_days=365)
        for told in (modelled(), modelled(overdue=0.9))
    ]  # fmt: skip
    assert_frame_equal(found[0], found[1])
