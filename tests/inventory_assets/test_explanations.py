"""Why the actions of a planned retailer are what they are: recomputed, traced, and printed."""

import io
import shutil

import polars as pl
import pytest
from rich.console import Console
from simulated import LAST, materialize, plenish_here, warehouse_of

from inventory_assets.cli.explain import print_explanation
from quality_checks.checks import judge_explanations
from quality_checks.contracts import CONTRACTS, list_landing_sources

CHAIN = {
    "purchase_order": ["order_up_to", "on_hand", "in_transit", "inventory_position", "need",
                       "order_multiple", "packs", "sold", "overage_cost", "holding_cost"],
    "allocation": ["order_up_to", "on_hand", "in_transit", "inventory_position", "level", "need",
                   "case_pack", "packs", "sold", "lane_unit_cost", "moving_cost"],
    "transfer": ["level", "need", "wanted", "spare", "sender_available", "sender_on_hand",
                 "sold", "sender_sold", "fixed_share", "margin_given_up"],
    "purchase_change": ["open_units", "lost_as_is", "lost_then", "holding_as_is", "holding_then"],
    "expedite": ["open_units", "lost_as_is", "lost_then", "holding_as_is", "holding_then"],
    "sourcing": ["asked", "otherwise", "unit_value", "markdown_avoided", "shipping_cost",
                 "parcel_cost", "split_penalty", "handling_cost", "refusal_cost", "late_cost",
                 "sender_on_hand"],
    "substitution": ["asked", "chance", "otherwise",
                     "margin_change", "unit_value",
                     "returned_value", "markdown_avoided", "shipping_cost", "parcel_cost",
                     "declined_cost", "sender_on_hand"],
    "stock_count": ["short_chance", "record_chance", "wrong_chance", "missing_mean",
                    "lost_a_review", "reviews", "count_seconds"],
}  # fmt: skip
"""Numbers on which the quantity or the benefit of every action of a kind rests."""
CUSTOMERS = ("sourcing", "substitution")


@pytest.fixture(scope="module")
def proposals(planned):
    return warehouse_of(planned).read(CONTRACTS["proposals"], LAST)


@pytest.fixture(scope="module")
def explanations(planned):
    return warehouse_of(planned).read(CONTRACTS["explanations"], LAST)


def test_every_action_is_explained_and_recomputes(planned, proposals, explanations):
    assert set(explanations["action_id"]) == set(proposals["action_id"])
    # Of a retailer this small no sideways move is worth its hands.
    assert {"allocation", "purchase_order", "substitution"} <= set(proposals["kind"]) <= set(CHAIN)
    assert judge_explanations(explanations, proposals).passed
    outcomes = warehouse_of(planned).read(CONTRACTS["check_outcomes"], LAST)
    assert outcomes.filter(pl.col("check") == "explained")["passed"].to_list() == [True]


@pytest.mark.parametrize(
    ("kind", "name"), [(k, name) for k, names in CHAIN.items() for name in names]
)
def test_no_number_of_the_chain_can_be_altered_unseen(kind, name, proposals, explanations):
    of_kind = proposals.filter(pl.col("kind") == kind).select("action_id")
    hit = (pl.col("name") == name) & pl.col("action_id").is_in(of_kind["action_id"].implode())
    altered = explanations.with_columns(
        value=pl.col("value") + pl.when(hit).then(30.0).otherwise(0)
    )
    found = judge_explanations(altered, proposals).failing
    assert set(of_kind["action_id"]) == set(found["action_id"])


def test_every_number_stands_where_its_source_says(planned, explanations):
    warehouse = warehouse_of(planned)
    read = explanations.filter(pl.col("source_table").str.contains(r"^\w+\.\w+$"))
    assert read.height > 100
    frames = {
        name: warehouse.known(name.removeprefix("landing."), LAST)
        if name.removeprefix("landing.") in list_landing_sources()
        else warehouse.read(CONTRACTS[name.split(".")[1]], LAST)
        for name in read["source_table"].unique()
    }
    for row in read.iter_rows(named=True):
        found = frames[row["source_table"]]
        for part in row["source_key"].split(";"):
            column, other, value = part.partition("<>")
            if not other:
                column, _, value = part.partition("=")
            same = pl.col(column).cast(pl.String) == value
            found = found.filter(~same if other else same)
        values = found[row["source_column"]]
        if values.dtype == pl.String:
            assert values.str.extract(r"(-?[\d.]+)$").cast(pl.Float64).item() == row["value"]
        else:
            assert values.sum() == row["value"], row
            assert row["source_table"].startswith("plans.") or len(values) == 1, row


def test_the_same_night_is_explained_alike(planned, tmp_path, explanations):
    root = shutil.copytree(planned, tmp_path / "retailer")
    materialize(root, LAST, "explanations")
    assert warehouse_of(root).read(CONTRACTS["explanations"], LAST).equals(explanations)


@pytest.mark.parametrize("kind", CHAIN)
def test_an_explanation_is_printed_within_80_columns(kind, proposals, explanations):
    of_kind = proposals.filter(pl.col("kind") == kind)["action_id"]
    action = of_kind[0]
    steps = explanations.filter(pl.col("action_id") == action).sort("step")
    out = io.StringIO()
    print_explanation(steps, "EUR", Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    first = {"purchase_change": "Why: ", "expedite": "Why: ", "stock_count": "Why: "}
    first |= dict.fromkeys(CUSTOMERS, "Why: shipping costs ")
    assert lines[0].startswith(first.get(kind, "Why: level "))
    changes_order = kind in {"purchase_change", "expedite"}
    assert (" units short as things are, " in lines[0]) == changes_order
    assert f"actions.proposals: action_id={action}" in out.getvalue()
    if kind in CUSTOMERS:
        return
    position = steps.row(by_predicate=pl.col("name") == "inventory_position", named=True)
    assert f"#{position['step']}" in out.getvalue()
    assert "inventory position" in out.getvalue()


def test_the_command_says_why(planned, proposals):
    bought = proposals.filter(kind="purchase_order")["action_id"]
    said = plenish_here(planned, "explain", bought[0]).stdout
    assert "Why: level " in said
    assert "approved_quantity" in said


def test_an_action_of_an_older_plan_says_that_it_has_no_explanation(explanations):
    out = io.StringIO()
    print_explanation(explanations.clear(), "EUR", Console(file=out, width=80))
    assert out.getvalue() == "No explanation is stored for this action.\n"
