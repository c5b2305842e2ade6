"""Late order lines of SCMS: ours above its peers, and nothing known before its day."""

import datetime as dt
import json

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.supplier import OWN_WAREHOUSE, predict_lines, read_lines, split_lines
from forecasting.evaluation import score_chances

CUTOFF = dt.date(2012, 12, 31)


@pytest.fixture(scope="module")
def folder(shared_data):
    found = shared_data / "scms"
    if not found.is_dir():
        pytest.skip(f"no SCMS deliveries at {found}")
    return found


@pytest.fixture(scope="module")
def figures(folder):
    asked = ["supplier", "--data", str(folder), "--cutoff", CUTOFF.isoformat()]
    return json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).stdout)


@pytest.mark.proof
def test_ours_is_above_every_peer(figures):
    ours, peers = figures["ours"]["late_0"], figures["peers"]
    assert ours["skill"] >= 0.2
    assert ours["auc"] >= 0.8
    assert 0.8 <= ours["slope"] <= 1.2
    assert len(peers) == 5
    for peer in peers.values():
        assert peer["late_0"]["auc"] < ours["auc"]
        assert peer["late_0"]["skill"] < ours["skill"]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("year", "least_auc", "least_skill"),
    [(2009, 0.55, -0.05), (2010, 0.8, 0.2), (2011, 0.8, 0.2)],
)
def test_ours_is_no_worse_than_the_base_rate_in_a_bad_year_and_far_better_in_good_ones(
    folder, year, least_auc, least_skill
):
    # In 2010 the vendors most late had never been late before: nobody knows better than the rate.
    cutoff = dt.date(year, 12, 31)
    lines = read_lines(folder).filter(pl.col("supplier") != OWN_WAREHOUSE)
    past, ahead = split_lines(lines, cutoff, dt.date(year + 1, 12, 31))
    said = predict_lines(past, ahead, cutoff, 7)["p_late_0"].to_numpy()
    known = past.filter(pl.col("days_late").is_not_null())
    late = (ahead["days_late"] > 0).to_numpy()
    scores = score_chances(late, said, base_rate=float((known["days_late"] > 0).mean()))
    assert scores["auc"] >= least_auc
    assert scores["skill"] >= least_skill


@pytest.mark.proof
def test_ours_has_better_quantiles_than_those_of_each_vendor(figures):
    vendor = figures["peers"]["base rate by vendor"]["pinball"]
    assert figures["ours"]["pinball"] <= 0.9 * vendor


@pytest.mark.proof
def test_the_own_warehouse_stands_apart(figures, folder):
    lines = read_lines(folder)
    ahead = lines.filter(pl.col("due_on") > CUTOFF)
    own = int((ahead["supplier"] == OWN_WAREHOUSE).sum())
    assert figures["own warehouse"]["lines"]["scored"] == own
    assert figures["lines"]["scored"] == ahead.height - own


def test_what_became_known_after_the_cutoff_changes_nothing(folder):
    cutoff = dt.date(2010, 12, 31)
    lines = read_lines(folder).filter(pl.col("supplier") != OWN_WAREHOUSE)
    later = pl.col("known_on") > cutoff
    drawn = pl.Series(np.random.default_rng(3).integers(0, 90, lines.height))
    altered = lines.with_columns(days_late=pl.when(later).then(drawn).otherwise("days_late"))
    said = [
        predict_lines(*split_lines(chosen, cutoff, None), cutoff, 7) for chosen in (lines, altered)
    ]
    assert not lines.equals(altered)
    assert_frame_equal(said[0], said[1], check_exact=True)
