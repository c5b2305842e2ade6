"""What left earlier in the day has used docks, trucks, picks and budgets: none is used twice."""

from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from governance import load_planning_policy
from optimization.night import net_limits

POLICY = load_planning_policy(Path(__file__).parents[2] / "data" / "policies" / "planning.yaml")
PLACES, SKUS = ["DC1", "S1", "S2"], ["A", "B"]
LIMITS = ("receiving_capacity", "receiving_volume", "outbound_capacity")


def build(seed):
    """Pairs and lanes with limits, some of them missing, and moves between all places."""
    draw = np.random.default_rng(seed)

    def some(most):
        return int(draw.integers(0, most)) if draw.random() < 0.7 else None

    docks = {place: (some(60), some(90), some(60)) for place in PLACES}
    pairs = pl.DataFrame(
        [
            {
                "sku": sku,
                "location": place,
                "supply_location": None if place == "DC1" else "DC1",
                "department": f"of {sku}",
                "volume": {"A": 2.0, "B": None}[sku],
                "unit_cost": {"A": 3.0, "B": 7.0}[sku],
                **dict(zip(LIMITS, docks[place], strict=True)),
            }
            for sku in SKUS
            for place in PLACES
        ],
        schema_overrides={"receiving_volume": pl.Float64, "supply_location": pl.String},
        infer_schema_length=None,
    ).cast(dict.fromkeys(("receiving_capacity", "outbound_capacity"), pl.Int64))
    ways = [(a, b) for a in PLACES for b in PLACES if a != b]
    lanes = pl.DataFrame(
        [(a, b, some(40), None if (c := some(50)) is None else float(c)) for a, b in ways],
        schema={
            "origin": pl.String,
            "destination": pl.String,
            "capacity": pl.Int64,
            "volume_capacity": pl.Float64,
        },
        orient="row",
    )
    moved, collected = draw_moves(draw, ways), draw_moves(draw, ways)
    rules = POLICY.allocation.model_copy(
        update={
            "outbound_lines": {"DC1": 3, "S1": 2},
            "department_budget": {"of A": 40.0, "of B": 100.0},
        }
    )
    return pairs, lanes, POLICY.model_copy(update={"allocation": rules}), moved, collected


def draw_moves(draw, ways):
    """Up to five lines between places."""
    chosen = [ways[i] for i in draw.integers(0, len(ways), draw.integers(0, 6))]
    return pl.DataFrame(
        [(a, b, SKUS[draw.integers(2)], int(draw.integers(1, 30))) for a, b in chosen],
        schema={
            "origin": pl.String,
            "destination": pl.String,
            "sku": pl.String,
            "quantity": pl.Int64,
        },
        orient="row",
    )


def less(most, used):
    return None if most is None else max(most - used, 0)


@settings(max_examples=80)
@given(seed=st.integers(0, 10_000))
def test_limits_fall_by_what_has_left(seed):
    pairs, lanes, policy, moved, collected = build(seed)
    left = net_limits(pairs, lanes, policy, moved, collected)
    lines = moved.to_dicts()
    litres = {"A": 2.0, "B": 0.0}
    for before, after in zip(pairs.to_dicts(), left.pairs.to_dicts(), strict=True):
        place = before["location"]
        came = [line for line in lines if line["destination"] == place]
        went = [line for line in lines if line["origin"] == place]
        assert after == before | {
            "receiving_capacity": less(
                before["receiving_capacity"], sum(line["quantity"] for line in came)
            ),
            "receiving_volume": less(
                before["receiving_volume"],
                sum(line["quantity"] * litres[line["sku"]] for line in came),
            ),
            "outbound_capacity": less(
                before["outbound_capacity"], sum(line["quantity"] for line in went)
            ),
        }
    for before, after in zip(
        lanes.sort("origin", "destination").to_dicts(), left.lanes.to_dicts(), strict=True
    ):
        there = [
            line
            for line in [*lines, *collected.to_dicts()]
            if (line["origin"], line["destination"]) == (before["origin"], before["destination"])
        ]
        assert after["capacity"] == less(before["capacity"], sum(x["quantity"] for x in there))
        assert after["volume_capacity"] == less(
            before["volume_capacity"], sum(x["quantity"] * litres[x["sku"]] for x in there)
        )
    sent = [line for line in lines if line["origin"] == "DC1"]
    worth = {"A": 3.0, "B": 7.0}
    rules = left.policy.allocation
    assert rules.outbound_lines == {"DC1": less(3, len(sent)), "S1": 2}
    assert rules.department_budget == {
        f"of {sku}": less(
            {"A": 40.0, "B": 100.0}[sku],
            sum(line["quantity"] * worth[sku] for line in sent if line["sku"] == sku),
        )
        for sku in SKUS
    }


def test_a_plan_that_comes_first_has_all_of_its_limits():
    pairs, lanes, policy, moved, _ = build(1)
    left = net_limits(pairs, lanes, policy, moved.clear(), moved.clear())
    assert_frame_equal(left.pairs, pairs)
    assert_frame_equal(left.lanes, lanes)
    assert left.policy == policy
