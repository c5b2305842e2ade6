"""Orders of a planned retailer under least values, price breaks and budgets that bind."""

import shutil
from datetime import timedelta

import polars as pl
import pytest
from landing_folder import day
from simulated import LAST, materialize, warehouse_of

from inventory_assets.project import PROJECT
from quality_checks.checks import judge_explanations
from quality_checks.contracts import CONTRACTS

TERMS = {
    "supplier": "V1",
    "contract_lead_time_days": 10,
    "minimum_order_quantity": 1,
    "order_multiple": 1,
    "unit_price": 4.0,
    "currency": "EUR",
    "preferred": True,
    "valid_from": day(0),
}
MONTH = f"{LAST + timedelta(days=1):%Y-%m}"
SUPPLY = ["supplier_scorecard", "supplier_yields", "lead_times", "other_lead_times"]
LEVELS = ["planning_pairs", "targets"]
PURCHASES = ["purchase_plan", "unordered", "supplier_choices", "order_levels"]
WITHIN = [*PURCHASES, "proposals", "explanations", "routed", "budget_use", "capacity_use"]


def send(root, source, rows):
    contract = CONTRACTS[source]
    missing = [pl.lit(None).alias(name) for name in contract.columns if name not in rows.columns]
    path = root / "landing" / source / f"{LAST}.parquet"
    path.parent.mkdir(exist_ok=True)
    frame = rows.with_columns(missing).select(contract.columns).cast(dict(contract.schema))
    frame.write_parquet(path)


def limit_budgets(folder, budgets):
    """The shipped policies with budgets of the month."""
    shutil.copytree(PROJECT / "data" / "policies", folder)
    path = folder / "planning.yaml"
    stated = ", ".join(f"{name}: {{{MONTH}: {most}}}" for name, most in budgets.items())
    text = path.read_text()
    assert "department_budget: {}\n  least_supplier_gain" in text
    path.write_text(
        text.replace("department_budget: {}\n  least", f"department_budget: {{{stated}}}\n  least")
    )
    return folder


@pytest.fixture(scope="module")
def asked(moving):
    """What the night asks suppliers for."""
    return warehouse_of(moving).read(CONTRACTS["purchase_plan"], LAST)


def plan_under(moving, folder, policies, *sources, before=()):
    root = shutil.copytree(moving, folder / "retailer")
    for source, rows in sources:
        send(root, source, rows)
    names = [source for source, _ in sources]
    done = materialize(root, LAST, *names, *before, *WITHIN, policies=policies)
    warehouse = warehouse_of(root)
    outcomes = {
        event.event_specific_data.check_name: event.event_specific_data
        for event in done.all_events
        if event.event_type_value == "ASSET_CHECK_EVALUATION"
    }
    read = {name: warehouse.read(CONTRACTS[name], LAST) for name in (*before, *WITHIN)}
    return read, outcomes


def test_what_is_shared_is_planned_checked_and_explained(moving, asked, tmp_path):
    """A least value above what is asked for, a break and one that rises."""
    of_document = asked.group_by("supplier").agg(pl.col("document_value").max())
    suppliers = warehouse_of(moving).known("suppliers", LAST)
    raised = suppliers.join(of_document, on="supplier", how="left").with_columns(
        minimum_order_value=(pl.col("document_value") * 1.1).fill_null(1e6)
    )
    offer = asked.sort("quantity").tail(1)
    breaks = pl.concat(
        [
            offer.select(
                "sku", "supplier", from_quantity=pl.col("quantity") * part, unit_price=price
            )
            for part, price in ((1, pl.col("unit_price") * 0.8), (2, pl.col("unit_price") * 0.9))
        ]
    ).with_columns(currency=pl.lit("EUR"), valid_from=LAST)
    read, outcomes = plan_under(
        moving,
        tmp_path,
        PROJECT / "data" / "policies",
        ("suppliers", raised),
        ("price_breaks", breaks),
    )
    lines = read["purchase_plan"]
    assert outcomes["feasible"].passed
    assert "supplier_minimum_value" in lines["binding"].to_list()
    assert (lines["document_value"] >= lines["minimum_order_value"] - 1e-6).all()
    # The dearer break is set aside and named.
    broken = lines.filter(sku=offer["sku"][0])
    assert broken["unit_price"][0] == pytest.approx(offer["unit_price"][0] * 0.8)
    assert not outcomes["breaks_fall"].passed
    assert judge_explanations(read["explanations"], read["proposals"]).passed
    told = read["explanations"].filter(pl.col("name") == "added_packs")
    filled = lines.filter(pl.col("packs") > pl.col("own_packs"))
    assert told["value"].sum() == (filled["packs"] - filled["own_packs"]).sum()


def test_another_supplier_is_weighed_ordered_from_and_explained(moving, asked, tmp_path):
    """Of what is ordered a new supplier would bring all in five days, some at a high price."""
    known = warehouse_of(moving)
    of_items = known.known("item_suppliers", LAST)
    dear = asked.sort("quantity")["sku"].gather_every(2).to_list()
    quick = (
        of_items.filter("preferred")
        .join(asked, on=["sku", "supplier"], how="semi")
        .with_columns(
            supplier=pl.lit("QUICK"),
            contract_lead_time_days=pl.lit(5),
            unit_price=pl.col("unit_price")
            * pl.when(pl.col("sku").is_in(dear)).then(1.4).otherwise(0.9),
            preferred=pl.lit(value=False),
            minimum_order_quantity=pl.lit(1),
            order_multiple=pl.lit(1),
        )
    )
    suppliers = known.known("suppliers", LAST).with_columns(minimum_order_value=None)
    added = suppliers.head(1).with_columns(supplier=pl.lit("QUICK"))
    read, outcomes = plan_under(
        moving,
        tmp_path,
        PROJECT / "data" / "policies",
        ("suppliers", pl.concat([suppliers, added])),
        (
            "item_suppliers",
            pl.concat([of_items, quick.select(of_items.columns).cast(of_items.schema)]),
        ),
        before=SUPPLY,
    )
    choices, lines = read["supplier_choices"], read["purchase_plan"]
    assert {"other", "split"} <= {*choices["form"]}
    assert (choices.filter(pl.col("form") != "preferred")["gain"] > 30).all()
    bought = lines.filter(supplier="QUICK")
    assert bought["quantity"].sum() == choices["other_units"].sum()
    assert (bought["reason"] == "other_supplier").all()
    # What is proposed is worth what it changes, beside waiting and the preferred supplier.
    proposed = read["proposals"].filter(supplier="QUICK", kind="purchase_order")
    beyond = (pl.col("gain") - pl.col("wait_gain")).alias("beyond")
    worth = proposed.join(choices.select("sku", "destination", beyond), on=["sku", "destination"])
    assert worth["benefit"].to_list() == pytest.approx(worth["beyond"].to_list(), abs=0.02)
    assert worth.height == bought.height
    assert (
        read["order_levels"].height
        == lines.join(
            choices.filter(pl.col("form") != "preferred"), on=["sku", "destination"], how="semi"
        ).height
    )
    assert outcomes["feasible"].passed
    assert judge_explanations(read["explanations"], read["proposals"]).passed


def test_a_budget_and_the_life_of_goods_cut_orders_and_say_so(moving, asked, tmp_path):
    # The smallest order would have to sell in a day, and the largest in 25.
    none, *_, much = asked.sort("quantity", "sku")["sku"]
    sku = pl.col("sku")
    left = pl.when(sku == none).then(1).when(sku == much).then(25)
    known = warehouse_of(moving).known("products", LAST)
    products = known.with_columns(least_remaining_days=left)
    departments = products.select("sku", "department")
    value = (pl.col("quantity") * pl.col("unit_price")).sum()
    wanted = asked.join(departments, on="sku").group_by("department").agg(value.alias("wanted"))
    department, most = wanted.sort("wanted").row(-1)
    policies = limit_budgets(tmp_path / "policies", {department: round(0.7 * most, 2)})
    read, outcomes = plan_under(moving, tmp_path, policies, ("products", products), before=LEVELS)
    lines = read["purchase_plan"].join(departments, on="sku").filter(department=department)
    assert outcomes["feasible"].passed
    (living,) = lines.filter(pl.col("life_units").is_not_null()).rows(named=True)
    # What may spoil is worth less than the floor asks for, and that sells in its life.
    assert (living["sku"], living["binding"]) == (much, "service_floor")
    assert living["quantity"] <= living["life_units"]
    told = dict(
        read["explanations"]
        .join(read["proposals"].filter(sku=much), on="action_id", how="semi")
        .select("name", "value")
        .rows()
    )
    assert told["value_level"] < told["order_up_to"] == told["floor_level"] <= told["life_level"]
    assert told["least_remaining_days"] == 25
    # What is there of the other is more than sells in a day.
    assert none not in read["purchase_plan"]["sku"]
    (level,) = read["targets"].filter(pl.col("sku") == none, "echelon").rows(named=True)
    assert level["order_up_to"] <= level["life_level"] <= level["inventory_position"]
    assert lines.select(value).item() <= 0.7 * most
    # What DCs send was planned by the levels before.
    bought = read["proposals"].filter(kind="purchase_order")
    explained = read["explanations"].join(bought, on="action_id", how="semi")
    assert judge_explanations(explained, bought).passed
    (use,) = read["budget_use"].rows(named=True)
    assert (use["department"], use["month"]) == (department, MONTH)
    assert use["proposed"] == pytest.approx(lines.select(value).item(), abs=0.01)
    assert use["left_with_proposals"] == pytest.approx(use["left_as_is"] - use["proposed"])
    assert outcomes["budgets_kept"].passed
    left = read["unordered"].filter(reason="budget_full")
    assert left.height + lines.filter(binding="budget").height > 0
    assert (left["limit"] == f"budget of {department} in {MONTH}").all()
    assert (left["waiting_cost"] > 0).all()


def test_what_a_supplier_can_deliver_cuts_its_orders_and_says_so(moving, asked, tmp_path):
    """The supplier of the largest order states half of it, beside all that is on order."""
    largest = asked.sort("quantity", "sku").tail(1).row(0, named=True)
    week = largest["requested_on"] - timedelta(days=2)
    within = pl.col("due_on").is_between(week, week + timedelta(days=6))
    ahead = (
        warehouse_of(moving)
        .read(CONTRACTS["receipts_ahead"], LAST)
        .filter(within, supplier=largest["supplier"], document_kind="purchase_order")
    )
    of_week = asked.filter(
        pl.col("requested_on").is_between(week, week + timedelta(days=6)),
        supplier=largest["supplier"],
    )
    room = largest["quantity"] // 2
    stated = {"supplier": largest["supplier"], "sku": "*", "category": "*", "week": week}
    units = int(ahead["expected_units"].sum()) + room
    read, outcomes = plan_under(
        moving,
        tmp_path,
        PROJECT / "data" / "policies",
        ("supplier_capacity", pl.DataFrame({**stated, "units": units})),
    )
    assert outcomes["feasible"].passed
    assert outcomes["within_capacity"].passed
    (use,) = read["capacity_use"].rows(named=True)
    assert (use["capacity_units"], use["beyond_units"]) == (units, 0)
    assert 0 < use["proposed_units"] <= room < of_week["quantity"].sum()
    limit = f"what {largest['supplier']} can deliver in all in the week of {week}"
    cut = read["purchase_plan"].filter(binding="supplier_capacity")
    left = read["unordered"].filter(reason="capacity_full")
    assert cut.height + left.height > 0
    assert {*cut["capacity_limit"], *left["limit"]} == {limit}
    assert (left["waiting_cost"] > 0).all()
    bought = read["proposals"].filter(kind="purchase_order")
    explained = read["explanations"].join(bought, on="action_id", how="semi")
    assert judge_explanations(explained, bought).passed
    prices = explained.filter(name="capacity_price")
    assert prices.height == read["purchase_plan"].filter(pl.col("capacity_price") > 0).height > 0
    assert limit in prices["words"][0]


def test_what_was_ordered_in_the_month_counts(shop):
    """Orders of the month of the next day that stand, and our own that no document shows."""
    line = {"ordered_quantity": 10, "unit_price": 3.0}
    orders = [
        {"po": "before", **line, "ordered_on": day(-1)},
        {"po": "first", **line, "ordered_on": day(0)},
        {"po": "off", **line, "ordered_on": day(9), "status": "cancelled"},
    ]
    shop.send("purchase_orders", 20, orders)
    shop.load("purchase_orders", 20)
    left = {"A": (day(3), 7.0), "B": (day(9), 5.0), "a month ago": (day(-2), 9.0)}
    exported = pl.DataFrame(
        [("A" if sku == "a month ago" else sku, *rest) for sku, rest in left.items()],
        schema=["sku", "ordered_on", "value"],
        orient="row",
    )
    found = warehouse_of(shop.root).query(
        "ordered_in_month", day(20), frames={"exported": exported}
    )
    assert found.rows() == [("fashion", 42.0)]


def test_prices_that_rise_or_do_not_hold_are_not_used(shop):
    offer = {"supplier": "V1", "currency": "EUR", "valid_from": day(0), "valid_to": None}
    shop.send("item_suppliers", 0, [{"sku": "A", **TERMS}])
    price = TERMS["unit_price"]
    shop.send("price_breaks", 0, [
        {**offer, "sku": "A", "from_quantity": 10, "unit_price": 0.9 * price},
        {**offer, "sku": "A", "from_quantity": 20, "unit_price": 0.95 * price},
        {**offer, "sku": "A", "from_quantity": 30, "unit_price": 0.8 * price},
        {**offer, "sku": "A", "from_quantity": 40, "unit_price": 0.7 * price, "valid_to": day(5)},
        {**offer, "sku": "A", "from_quantity": 50, "unit_price": 0.6 * price, "currency": "USD"},
    ])  # fmt: skip
    shop.load_all(0)
    found = warehouse_of(shop.root).query("break_prices", day(5))
    assert found.select("from_quantity", "falls").rows() == [(10, True), (20, False), (30, True)]
