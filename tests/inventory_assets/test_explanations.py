"""Why the actions of a planned retailer are what they are: recomputed, traced, and printed."""

import io
import shutil

import numpy as np
import polars as pl
import pytest
import yaml
from rich.console import Console
from simulated import LAST, PROJECT, materialize, plenish_here, warehouse_of

from inventory_assets.cli.explain import print_explanation
from optimization.value import Keeping, StockValue
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
POLICY = "policies/planning.yaml"
CUSTOMERS = ("sourcing", "substitution")


@pytest.fixture(scope="module")
def proposals(moving):
    return warehouse_of(moving).read(CONTRACTS["proposals"], LAST)


@pytest.fixture(scope="module")
def explanations(moving):
    return warehouse_of(moving).read(CONTRACTS["explanations"], LAST)


def test_every_action_is_explained_and_recomputes(moving, proposals, explanations):
    assert set(explanations["action_id"]) == set(proposals["action_id"])
    # Of a retailer this small no sideways move is worth its hands.
    assert {"allocation", "purchase_order", "substitution"} <= set(proposals["kind"]) <= set(CHAIN)
    assert judge_explanations(explanations, proposals).passed
    outcomes = warehouse_of(moving).read(CONTRACTS["check_outcomes"], LAST)
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


def find_rows(frame, key):
    """The rows of a table that a key names, as the contract Explanations states it."""
    for part in key.split(";"):
        column, other, value = part.partition("<>")
        if not other:
            column, _, value = part.partition("=")
        same = pl.any_horizontal(
            pl.col(name).cast(pl.String) == value for name in column.split("|")
        ).fill_null(value=False)
        frame = frame.filter(~same if other else same)
    return frame


def read_cells(frame, key, column):
    """What a source says: the sum of numbers, days until a date, the amount at the end of words."""
    cells = find_rows(frame, key)[column]
    assert len(cells) or "<>" in key, "nothing is there"
    if cells.dtype == pl.Date:
        return (cells.item() - LAST).days
    if cells.dtype == pl.String:
        return cells.str.extract(r"(-?[\d.]+)$").cast(pl.Float64).item()
    return cells.sum()


def read_option(policy, key, column):
    for name in (*key.split("."), column):
        policy = policy[name]
    return policy


def test_every_number_stands_where_its_source_says(moving, explanations):
    warehouse = warehouse_of(moving)
    frames = {
        name: warehouse.known(name.removeprefix("landing."), LAST)
        if name.removeprefix("landing.") in list_landing_sources()
        else warehouse.read(CONTRACTS[name.split(".")[1]], LAST)
        for name in explanations["source_table"].drop_nulls().unique()
        if name != POLICY
    }
    # Policies are read as YAML, not by the models that the plan reads them with.
    policy = yaml.safe_load((PROJECT / "data" / POLICY).read_text())
    read = explanations.filter(pl.col("source_table").is_not_null())
    assert {"plans.planning_pairs", "plans.targets", POLICY} <= set(read["source_table"])
    for row in read.iter_rows(named=True):
        at = row["source_key"], row["source_column"]
        if row["source_table"] == POLICY:
            assert read_option(policy, *at) == row["value"], row
            continue
        frame = frames[row["source_table"]]
        assert read_cells(frame, *at) == row["value"], row
        assert row["source_table"].startswith("plans.") or find_rows(frame, at[0]).height == 1, row


def test_the_stock_of_an_echelon_is_that_of_all_its_members(explanations):
    fed = explanations.filter(source_table="plans.planning_pairs", name="on_hand")
    members = fed["words"].str.extract(r"in all (\d+) members").cast(pl.Int64)
    assert members.max() > 1
    assert fed["source_key"].str.contains(r"location\|supply_location=D\d+;status=active").all()


def test_a_number_has_an_origin_or_terms_of_its_own_action(explanations):
    """Nothing is left to a function alone: what it read is told before, and by whom it was made."""
    bare = explanations.filter(pl.col("source_table").is_null(), pl.col("formula").is_null())
    assert bare["terms"].null_count() == 0
    read = bare.select("action_id", "step", pl.col("terms").str.split(";")).explode("terms")
    told = explanations.select("action_id", pl.col("name").alias("terms"), told="step")
    found = read.join(told, on=["action_id", "terms"])
    assert found.select("action_id", "step").n_unique() == bare.height
    assert (found["told"] < found["step"]).all()


def lay_out(kind, proposals, explanations):
    """The steps of a kind side by side, a row an action; a number that it does not have is 0."""
    of_kind = explanations.join(proposals.filter(kind=kind), on="action_id", how="semi")
    return of_kind.pivot(
        on="name", index="action_id", values="value", maintain_order=True
    ).fill_null(0.0)


def value_stock(steps, underage):
    return StockValue.of_pairs(
        steps.with_columns(
            open_demand_variance=pl.col("open_demand_sd") ** 2, underage_cost=underage
        )
    )


@pytest.mark.parametrize(
    ("kind", "underage"), [("allocation", "underage_cost"), ("purchase_order", "unit_margin")]
)
def test_what_units_sell_and_cost_follows_from_the_terms_that_are_told(
    kind, underage, proposals, explanations
):
    """The functions give what is told again from nothing but the steps of the explanation."""
    steps = lay_out(kind, proposals, explanations)
    worth, pair = value_stock(steps, underage), np.arange(steps.height)
    position, quantity = (
        steps[name].cast(pl.Int64).to_numpy() for name in ("inventory_position", "quantity")
    )
    sold = worth.sold(pair, position + quantity) - worth.sold(pair, position)
    assert sold == pytest.approx(steps["sold"].to_numpy(), abs=1e-9)
    if "surplus" in steps.columns:
        surplus = worth.surplus(pair, position + quantity) - worth.surplus(pair, position)
        assert surplus == pytest.approx(steps["surplus"].to_numpy(), abs=1e-9)
    assert sold.sum() > 1


def test_what_a_pack_is_worth_follows_from_the_terms_that_are_told(proposals, explanations):
    steps = lay_out("allocation", proposals, explanations)
    days = pl.col("protection_days")
    times = pl.when(days > 0).then(pl.col("resupply_days") / days).otherwise(0.0)
    keeping = Keeping(
        *steps.select(
            "kept_value",
            (pl.col("resupply_days") > 0).cast(pl.Float64),
            pl.col("demand_mean") * times,
            (pl.col("demand_sd") ** 2 * times).alias("variance"),
        ).to_numpy().T
    )  # fmt: skip
    worth, pair = value_stock(steps, "underage_cost"), np.arange(steps.height)
    position, quantity, pack = (
        steps[name].cast(pl.Int64).to_numpy()
        for name in ("inventory_position", "quantity", "case_pack")
    )
    lane = steps["lane_unit_cost"].to_numpy() * pack
    for name, stock in (("worth_of_last", quantity - pack), ("worth_of_next", quantity)):
        net = worth.gain(pair, position + stock, pack) - lane
        net -= keeping.forgone(pair, position + stock, pack)
        assert net == pytest.approx(steps[name].to_numpy(), abs=1e-9), name
    stranded = keeping.forgone(pair, position, quantity)
    told = (steps["stranded"] * steps["kept_value"]).to_numpy()
    assert stranded == pytest.approx(told, abs=1e-9)


def test_what_both_ends_of_a_transfer_sell_follows_from_the_terms_that_are_told(
    proposals, explanations
):
    steps = lay_out("transfer", proposals, explanations)
    absent = [name for name in ("sender_open_share", "got_elsewhere") if name not in steps.columns]
    steps = steps.with_columns(pl.lit(0.0).alias(name) for name in absent)
    pair = np.arange(steps.height)
    quantity = steps["quantity"].cast(pl.Int64).to_numpy()

    def find(*names):
        return (steps[name].cast(pl.Int64).to_numpy() for name in names)

    taker = value_stock(steps.with_columns(overage_cost="taker_overage"), "taker_underage")
    position, got = find("inventory_position", "got_elsewhere")
    sold = taker.sold(pair, position + got + quantity) - taker.sold(pair, position)
    told = steps["sold"].to_numpy() * (got + quantity) / quantity
    assert sold == pytest.approx(told, abs=1e-9)
    there = taker.of_unit(pair, position + got + quantity)
    assert there == pytest.approx(steps["worth_there"].to_numpy(), abs=1e-9)

    open_share = pl.when(pl.col("sender_open_share") > 0).then("sender_open_share").otherwise(1.0)
    of_sender = {name.removeprefix("sender_"): name for name in steps.columns if "sender_" in name}
    sender = steps.select(**of_sender).with_columns(
        open_demand_mean=pl.col("open_demand_mean") * steps.select(open_share).to_series(),
        open_demand_sd=pl.col("open_demand_sd") * steps.select(open_share.sqrt()).to_series(),
    )
    giver = value_stock(sender, "underage_cost")
    held, sent = find("sender_inventory_position", "sent_elsewhere")
    missed = giver.sold(pair, held) - giver.sold(pair, held - sent - quantity)
    told = steps["sender_sold"].to_numpy() * (sent + quantity) / quantity
    assert missed == pytest.approx(told, abs=1e-9)
    here = giver.of_unit(pair, held - sent - quantity + 1)
    assert here == pytest.approx(steps["worth_here"].to_numpy(), abs=1e-9)


def test_a_line_that_misses_a_cheaper_node_says_which_limit_is_in_its_way(moving):
    """Each such number is looked up again in the tables, by the choices that were considered."""
    warehouse = warehouse_of(moving)

    def read(name):
        return warehouse.read(CONTRACTS[name], LAST)

    proposals, limits, told = read("proposals"), read("order_limit_prices"), read("explanations")
    steps = lay_out("sourcing", proposals, told)
    assert (limits["used"] <= limits["capacity"]).all()
    keys = pl.Struct({"order_id": pl.String, "order_line": pl.Int64})
    lines = (
        proposals.filter(kind="sourcing")
        .select("action_id", "quantity", pl.col("details").str.json_decode(keys))
        .unnest("details")
        .join(read("order_sourcing").drop("quantity"), on=["order_id", "order_line"])
    )
    missed = lines.filter(pl.col("binding") != "cost").join(steps, on="action_id")
    assert (missed["missed_cost"] < missed["chosen_cost"]).all()
    short = missed.filter(pl.col("binding").is_in(["capacity", "stock"]))
    assert short.height > 0
    limited = told.filter(name="limit_left").join(steps, on="action_id", how="semi")
    assert sorted(limited["action_id"]) == sorted(short["action_id"])
    assert (short["limit_left"] < short["quantity"]).all()
    assert short.filter(pl.col("limit_price") > 0).height > 0


def test_the_same_night_is_explained_alike(moving, tmp_path, explanations):
    root = shutil.copytree(moving, tmp_path / "retailer")
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
    if kind == "allocation":
        sold = steps.row(by_predicate=pl.col("name") == "sold", named=True)
        places = steps.filter(pl.col("name").is_in(sold["terms"].split(";")))["step"]
        row = next(line for line in lines if line.startswith(f" #{sold['step']} "))
        assert f"value.StockValue of #{places[0]}" in row


def test_the_command_says_why(moving, proposals):
    bought = proposals.filter(kind="purchase_order")["action_id"]
    said = plenish_here(moving, "explain", bought[0]).stdout
    assert "Why: level " in said
    assert "approved_quantity" in said


def test_an_action_of_an_older_plan_says_that_it_has_no_explanation(explanations):
    out = io.StringIO()
    print_explanation(explanations.clear(), "EUR", Console(file=out, width=80))
    assert out.getvalue() == "No explanation is stored for this action.\n"
