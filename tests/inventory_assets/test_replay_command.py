"""`plenish replay`: policy from the file, tables on the screen."""

import pytest
from rendered import COLUMNS, too_long, words
from rich.console import Console
from typer.testing import CliRunner

from inventory_assets.cli.app import app
from inventory_assets.cli.worth import read_kept_worth
from inventory_assets.project import PROJECT
from simulation.replay.contest import ENTRANTS
from simulation.replay.roi import TERMS

POLICY = PROJECT / "data" / "policies" / "planning.yaml"


@pytest.fixture
def replay(tmp_path, monkeypatch):
    monkeypatch.setattr("inventory_assets.cli.app.console", Console(width=COLUMNS))
    monkeypatch.setenv("PLENISH_DATA", str(tmp_path))

    def run(*options, command="replay"):
        return CliRunner().invoke(app, [command, *options])

    return run


def test_the_tables_name_every_policy_and_term_in_the_width_of_a_log(replay):
    without = "ours_without_order_changes"
    result = replay("--days", "3", "--seeds", "1", "--variant", without)
    assert result.exit_code == 0, result.output
    assert not too_long(result.output)
    said = words(result.output)
    for text in (*(name.replace("_", " ") for name in (*ENTRANTS, without)), *TERMS):
        assert set(text.split()) <= set(said), text
    assert "fences" not in said


def test_an_unknown_part_is_refused_before_anything_is_played(replay):
    result = replay("--variant", "ours_without_luck")
    assert result.exit_code != 0
    assert "no variant 'ours_without_luck'; there are ours_without_transfers" in str(
        result.exception
    )


def test_an_unknown_policy_is_refused_before_anything_is_played(replay):
    result = replay("--against", "luck")
    assert result.exit_code != 0
    assert "no policy luck" in str(result.exception)


def test_a_history_that_is_not_there_is_said_in_a_line(replay, tmp_path):
    result = replay("--data", str(tmp_path))
    assert result.exit_code != 0
    assert "holds neither daily.parquet" in str(result.exception)


def test_a_policy_that_is_not_there_is_said_in_a_line(replay, tmp_path, monkeypatch):
    monkeypatch.setenv("PLENISH_POLICIES", str(tmp_path))
    result = replay("--days", "3", "--seeds", "1")
    assert result.exit_code != 0
    assert str(tmp_path / "planning.yaml") in str(result.exception)


def test_what_the_plan_is_worth_is_shown_with_what_it_assumes_and_kept(replay, tmp_path):
    result = replay("--days", "1", "--seeds", "1", "--cover-weeks", "4", command="worth")
    assert result.exit_code == 0, result.output
    kept_at = result.output.splitlines()[-1]
    assert too_long(result.output) in ([], [kept_at])
    kept = read_kept_worth(tmp_path)
    assert kept.rule == "weeks of cover (4)"
    assert kept.played == "1 days of 1 built-in retailers (tiny) from 7 on"
    said = words(result.output)
    for row in kept.rows:
        assert set(f"{row.term} {row.assumption}".split()) <= set(said), row.term


def test_a_rule_before_that_nobody_plays_is_refused(replay):
    result = replay("--before", "luck", command="worth")
    assert "no rule 'luck'" in str(result.exception)
