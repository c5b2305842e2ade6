"""Parts of the plan: all of them are the plan that ships, and each left out takes one rule away."""

from dataclasses import fields

import polars as pl
import pytest

from optimization.night import AllocationInputs, TransferInputs
from simulation.replay import parts
from simulation.replay.parts import EVERY_PART, Parts

OF_POLICY = {
    "ring_fences": {"allocation.ring_fence"},
    "most_cover": {"lines.most_cover_days"},
    "least_trips": {"transfers.least_units", "min_transfer_gain"},
    "launch_protection": {"transfers.launch_protected_days"},
    "move_protection": {"transfers.recently_moved_days"},
    "size_runs": {"transfers.keep_size_runs"},
    "handling_limits": {"transfers.handling_units"},
}
"""Part -> the rules of policy that are gone without it."""

OF_INPUTS = {
    "occasions": "receivers",
    "kept_units": "kept",
    "line_cost": "line_rules",
    "transfer_line_cost": "line_rules",
}
"""Part -> the input of an allocation, or of transfers, that is another without it."""

OF_STEPS = {
    "transfers",
    "by_worth",
    "order_changes",
    "expedites",
    "prices",
    "sourcing",
    "substitution",
    "lives",
    "supplier_choice",
    "season_moves",
}
"""Parts that are steps: the pipeline takes them or not."""


def flat(values, above=""):
    """Every rule of a policy by its dotted name."""
    for name, value in values.items():
        if isinstance(value, dict) and name in {"allocation", "lines", "transfers"}:
            yield from flat(value, f"{name}.")
        else:
            yield above + name, value


def without(part):
    return Parts(**{part: False})


def made_of(model, policy, **given):
    """Inputs whose values can be told apart; no step looks at them."""
    values = {field.name: object() for field in fields(model)}
    return model(**values | {"line_rules": policy.lines} | given)


def changed(before, after):
    names = [field.name for field in fields(before)]
    return {name for name in names if getattr(before, name) is not getattr(after, name)}


def test_with_every_part_it_is_the_plan_that_ships(policy):
    assert EVERY_PART.rules_of(policy) == policy
    sent, moved = made_of(AllocationInputs, policy), made_of(TransferInputs, policy)
    assert changed(sent, EVERY_PART.inputs_of(sent, pl.DataFrame())) == set()
    assert changed(moved, EVERY_PART.moves_of(moved)) == set()


@pytest.mark.parametrize("part", OF_POLICY)
def test_a_rule_that_is_left_out_is_gone_and_no_other(part, policy):
    shipped = dict(flat(policy.model_dump()))
    found = dict(flat(without(part).rules_of(policy).model_dump()))
    assert {name for name in shipped if shipped[name] != found[name]} == OF_POLICY[part]


def test_without_occasions_receivers_are_filled_to_their_level_only(policy, monkeypatch):
    monkeypatch.setattr(parts, "select_receivers", lambda planned: planned["plain"])
    before = made_of(AllocationInputs, policy)
    after = without("occasions").inputs_of(before, {"plain": "receivers of no occasion"})
    assert changed(before, after) == {OF_INPUTS["occasions"]}
    assert after.receivers == "receivers of no occasion"


@pytest.mark.parametrize("part", ["kept_units", "line_cost"])
def test_an_input_of_the_allocation_that_is_left_out_is_gone(part, policy):
    kept = pl.DataFrame({"dc": ["D"], "kept_value": [3.0]})
    before = made_of(AllocationInputs, policy, kept=kept)
    after = without(part).inputs_of(before, pl.DataFrame())
    assert changed(before, after) == {OF_INPUTS[part]}
    assert after.kept.is_empty() == (part == "kept_units")
    assert (after.line_rules.allocation_line_cost == 0) == (part == "line_cost")


def test_lines_sideways_cost_nothing_where_that_is_left_out(policy):
    before = made_of(TransferInputs, policy)
    after = without("transfer_line_cost").moves_of(before)
    assert changed(before, after) == {"line_rules"}
    assert policy.lines.transfer_line_cost > 0
    assert after.line_rules.transfer_line_cost == after.line_rules.least_transfer_gain == 0


def test_every_part_is_told_above():
    assert {field.name for field in fields(Parts)} == {*OF_POLICY, *OF_INPUTS, *OF_STEPS}
