"""`plenish replay`: policy from the file, tables on the screen."""

from pathlib import Path

import pytest
import yaml
from rendered import COLUMNS, too_long, words
from rich.console import Console
from typer.testing import CliRunner

from inventory_assets.cli import app
from inventory_assets.commands.replay import planning_of
from inventory_assets.workplace import PROJECT
from simulation.replay.contest import ENTRANTS
from simulation.replay.roi import TERMS

POLICY = PROJECT / "data" / "policies" / "planning.yaml"


@pytest.fixture
def replay(tmp_path, monkeypatch):
    monkeypatch.setattr("inventory_assets.cli.console", Console(width=COLUMNS))
    monkeypatch.setenv("PLENISH_DATA", str(tmp_path))

    def run(*options):
        return CliRunner().invoke(app, ["replay", *options])

    return run


def test_the_tables_name_every_policy_and_term_in_the_width_of_a_log(replay):
    result = replay("--days", "3", "--seeds", "1")
    assert result.exit_code == 0, result.output
    assert not too_long(result.output)
    said = words(result.output)
    for text in (*(name.replace("_", " ") for name in ENTRANTS), *TERMS):
        assert set(text.split()) <= set(said), text


def test_an_unknown_policy_is_refused_before_anything_is_played(replay):
    result = replay("--against", "luck")
    assert result.exit_code != 0
    assert "no policy luck" in str(result.exception)


def test_a_history_that_is_not_there_is_said_in_a_line(replay, tmp_path):
    result = replay("--data", str(tmp_path))
    assert result.exit_code != 0
    assert "holds neither daily.parquet" in str(result.exception)


def test_planning_is_that_of_the_policy_file(tmp_path):
    stated = yaml.safe_load(POLICY.read_text())
    planning = planning_of(Path(tmp_path))
    assert planning.horizon_days == stated["horizon_days"]
    assert planning.min_transfer_gain == stated["min_transfer_gain"]
    rates = stated["economics"]
    yearly = rates["holding_rate_per_year"] + rates["capital_rate_per_year"]
    assert planning.economics.holding_rate_per_year == pytest.approx(yearly)
