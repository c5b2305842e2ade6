"""What is off by more than chance is told, as often as the budget allows, and nothing else is."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting.anomalies import judge_readings, read_cells
from forecasting.anomalies.scores import ALLOWANCE, Usual, find_usual, score_errors
from forecasting.anomalies.thresholds import find_threshold, list_peaks
from quality_checks.contracts import TESTED_KINDS, ExceptionRules

FIRST = date(2026, 1, 1)
RULES = ExceptionRules(false_alarms_per_week=10.0)


def cell(kind="demand_above", observed=25.0, expected=25.0, variance=25.0):
    row = {"kind": kind, "subject": "C1|R1|store", "observed": observed}
    return pl.DataFrame([row | {"expected": expected, "variance": variance}])


def readings(errors, kind="demand_above"):
    """Readings of subjects by day from errors of shape (subjects, days), NaN where none came."""
    rows = [
        (FIRST + timedelta(days=day), kind, f"S{subject:02}", 10.0, 9.0, float(error))
        for subject, row in enumerate(errors)
        for day, error in enumerate(row)
        if np.isfinite(error)
    ]
    names = ["business_date", "kind", "subject", "observed", "expected", "error"]
    return pl.DataFrame(rows, schema=names, orient="row")


def judge(errors, rules=RULES, kind="demand_above"):
    last = FIRST + timedelta(days=errors.shape[1] - 1)
    return judge_readings(readings(errors, kind), last, 1000, rules)


def test_a_cell_is_off_to_the_side_that_its_kind_watches():
    more = {kind: read_cells(cell(kind, observed=36.0), FIRST)["error"].item()
            for kind in ("demand_above", "demand_below", "node_down")}  # fmt: skip
    assert more["demand_above"] > 0 > more["demand_below"]
    assert more["node_down"] == more["demand_below"]
    assert read_cells(cell(), FIRST)["error"].item() == 0


def test_counts_are_off_by_about_as_many_deviations_as_they_state_however_few_they_are():
    rng = np.random.default_rng(1)
    for mean in (4.0, 400.0):
        drawn = rng.poisson(mean, 400).astype(float)
        many = pl.concat([cell(expected=mean, variance=mean)] * 400).with_columns(
            pl.Series("observed", drawn), subject=pl.int_range(400).cast(pl.String)
        )
        errors = read_cells(many, FIRST)["error"].to_numpy()
        assert abs(errors.mean()) < 0.2
        assert errors.std() == pytest.approx(1, abs=0.12)


def test_nothing_is_read_of_a_cell_that_is_to_sell_nothing():
    assert read_cells(cell(expected=0.0), FIRST).is_empty()


@pytest.mark.parametrize("seed", range(20))
def test_scores_and_peaks_are_those_of_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    errors = rng.normal(0.1, 1, (3, 60))
    errors[rng.random(errors.shape) < 0.1] = np.nan
    usual = Usual(rng.normal(0, 0.3, 3), rng.uniform(0.5, 2, 3))
    scores = score_errors(errors, usual, adds_up=True, most=4.0)
    peaks = []
    for row, middle, width, found in zip(errors, usual.middle, usual.width, scores, strict=True):
        score, highest = 0.0, 0.0
        for day, error in enumerate(row):
            if not np.isnan(error):
                score = min(max(score + (error - middle) / width - ALLOWANCE, 0.0), 4.0)
            assert found[day] == pytest.approx(score)
            if score == 0 and highest > 0:
                peaks.append(highest)
            highest = max(highest, score) if score else 0.0
        peaks += [highest] if highest else []
    assert sorted(list_peaks(scores)) == pytest.approx(sorted(peaks))


@pytest.mark.parametrize("adds_up", [True, False])
@pytest.mark.parametrize("memory", [0.0, 0.4])
def test_chance_opens_about_as_many_as_the_budget_allows(adds_up, memory):
    rng = np.random.default_rng(3)
    subjects, days, budget = 30, 1400, 1.0
    errors = rng.normal(size=(subjects, days))
    for day in range(1, days):
        errors[:, day] += memory * errors[:, day - 1]
    past, later = errors[:, :57], errors[:, 57:]
    usual = find_usual(past, 0.0)
    threshold = find_threshold(score_errors(past, usual, adds_up=adds_up), budget, adds_up=adds_up)
    peaks = list_peaks(score_errors(later, usual, adds_up=adds_up))
    weeks = later.shape[1] / 7
    assert budget / 3 < (peaks > threshold).sum() / weeks < budget * 3


def test_a_smaller_budget_asks_for_a_higher_score():
    scores = score_errors(
        np.random.default_rng(5).normal(size=(30, 56)),
        Usual(np.zeros(30), np.ones(30)),
        adds_up=True,
    )
    allowed = [find_threshold(scores, budget, adds_up=True) for budget in (3.0, 1.0, 0.1, 0.01)]
    assert allowed == sorted(allowed)
    assert len(set(allowed)) == len(allowed)


@pytest.mark.parametrize("adds_up", [True, False])
def test_with_little_past_errors_are_taken_to_be_normal(adds_up):
    rng = np.random.default_rng(11)
    threshold = find_threshold(np.zeros((20, 2)), 1.0, adds_up=adds_up)
    usual = Usual(np.zeros(20), np.ones(20))
    peaks = list_peaks(score_errors(rng.normal(size=(20, 3000)), usual, adds_up=adds_up))
    assert 0.5 < (peaks > threshold).sum() / (3000 / 7) < 1.6


def test_what_was_wrong_in_the_past_hardly_moves_the_threshold():
    rng = np.random.default_rng(2)
    errors = rng.normal(size=(24, 57))
    before = judge(errors)["upper"][0]
    errors[3, 20:34] += 4
    after = judge(errors)["upper"][0]
    assert after == pytest.approx(before, rel=0.15)


def test_a_shift_that_lasts_is_found_and_the_others_are_not():
    errors = np.random.default_rng(4).normal(size=(24, 57))
    errors[7, 50:] = 2.5
    judged = judge(errors, ExceptionRules(false_alarms_per_week=1.0))
    found = judged.filter(pl.col("score") >= pl.col("upper"))
    assert found["subject"].to_list() == ["S07"]
    began = found["began_on"].item()
    assert FIRST + timedelta(days=47) <= began <= FIRST + timedelta(days=51)
    days = (FIRST + timedelta(days=56) - began).days + 1
    assert (found["observed_since"].item(), found["expected_since"].item()) == (10 * days, 9 * days)


def test_the_score_falls_as_soon_as_it_is_over_however_long_it_lasted():
    errors = np.random.default_rng(6).normal(scale=0.3, size=(24, 57))
    errors[7, 20:45] += 8
    judged = judge(errors).filter(subject="S07")
    assert judged["score"].item() < judged["lower"].item()


def test_days_that_did_not_come_say_nothing():
    errors = np.random.default_rng(4).normal(size=(24, 57))
    errors[7, 50:53] += 6
    whole = judge(errors[:, :53]).filter(subject="S07")
    errors[7, 53:56] = np.nan
    errors[7, 56] = errors[7, :50].mean()
    assert judge(errors[:, :55]).filter(subject="S07").is_empty()
    after = judge(errors).filter(subject="S07")
    assert after["score"].item() > 0 < whole["score"].item()


def test_on_a_first_day_peers_are_compared():
    errors = np.array([[3.0 + 0.1 * n] for n in range(20)] + [[9.0]])
    judged = judge(errors, kind="backlog")
    found = judged.filter(pl.col("score") >= pl.col("upper"))
    assert found["subject"].to_list() == ["S20"]


def test_every_kind_has_a_part_of_the_budget():
    errors = np.random.default_rng(8).normal(size=(24, 57))
    both = pl.concat([readings(errors), readings(errors, "demand_below")])
    last = FIRST + timedelta(days=56)
    judged = judge_readings(both, last, 1000, RULES)
    alone = judge(errors)
    assert judged.filter(kind="demand_above").equals(alone)
    scores = score_errors(errors, find_usual(errors, 0.0), adds_up=True)[:, :-1]
    budget = RULES.false_alarms_per_week / len(TESTED_KINDS)
    assert alone["upper"][0] == pytest.approx(find_threshold(scores, budget, adds_up=True))


def test_order_of_rows_changes_nothing():
    errors = np.random.default_rng(9).normal(size=(12, 57))
    last = FIRST + timedelta(days=56)
    shuffled = readings(errors).sample(fraction=1, shuffle=True, seed=1)
    assert judge_readings(shuffled, last, 1000, RULES).equals(judge(errors))


def test_no_readings_are_no_exceptions():
    assert judge_readings(readings(np.empty((0, 0))).clear(), FIRST, 1000, RULES).is_empty()


@pytest.mark.parametrize("kind", ["backlog", "node_down"])
@pytest.mark.parametrize("days", [1, 57])
def test_a_budget_above_what_the_subjects_can_give_opens_nothing_on_a_usual_day(kind, days):
    errors = np.abs(np.random.default_rng(12).normal(size=(6, days)))
    errors[:2, -1] = errors.min()
    last = FIRST + timedelta(days=days - 1)
    judged = judge_readings(readings(errors, kind), last, 1_000_000, RULES)
    assert judged["upper"].unique().to_list() == [1.0]
    usual = judged.filter(pl.col("subject").is_in(["S00", "S01"]))
    assert (usual["score"] < usual["upper"]).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_day_without_money_at_risk_is_below_the_threshold_whatever_was_before(seed):
    errors = np.log1p(np.random.default_rng(seed).lognormal(3, 2, (6, 57)))
    errors[0, 30:56], errors[0, 56] = 14.0, 0.0
    last = FIRST + timedelta(days=56)
    for pairs in (100, 1_000_000):
        judged = judge_readings(readings(errors, "backlog"), last, pairs, RULES)
        mine = judged.filter(subject="S00")
        assert mine["score"].item() < mine["upper"].item()
