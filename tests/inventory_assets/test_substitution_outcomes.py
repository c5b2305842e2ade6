"""What customers answer to substitutes, from files to demand and to what they may be asked."""

import polars as pl
import pytest
from landing_folder import at, day, sale
from simulated import LAST, open_warehouse, warehouse_of

from quality_checks.contracts import CONTRACTS

HISTORY = CONTRACTS["demand_history"]


def answer(order, outcome="accepted", number=1, **changes):
    row = {
        "order_id": order,
        "line": 1,
        "sku": "A",
        "substitute": "B",
        "quantity": 1,
        "offered_at": at(number),
        "outcome": outcome,
    }
    return {**row, **changes}


def sold(shop, number):
    """Units, those of its own and what was paid for these, by item on a day."""
    rows = shop.warehouse.read(HISTORY, day(number))
    return {
        row["sku"]: (row["sales"], row["own_sales"], row["net_value"], row["list_value"])
        for row in rows.to_dicts()
    }


def rebuild(shop, number):
    shop.load_all(number)
    shop.rebuild("trading_days", number)
    return shop.rebuild("demand_history", number)


def test_what_was_taken_in_place_of_an_item_is_demand_of_that_item(shop):
    shop.send("substitution_outcomes", 1, [answer("O1", quantity=2), answer("O2", "declined")])
    sent = {"sku": "B", "quantity": 3, "net_value": 24.0, "list_value": 30.0}
    shop.send("pos_sales", 1, [sale("O1", 1, **sent), sale("O2", 1, **sent), sale("R", 1, 4)])
    rebuild(shop, 1)
    # Two of the three units of O1 stand for A, at the 8 that was paid for each, which is no price
    # of A, nor one of B that customers chose; O2's customer wanted B.
    assert sold(shop, 1) == {"A": (6, 4, 10.0, 10.0), "B": (4, 4, 32.0, 40.0)}
    chosen = {"sku_range": pl.DataFrame({"first_sku": ["A"], "last_sku": ["B"]})}
    paid = shop.warehouse.query(
        "paid_sales", day(1), frames=chosen, first_day=day(0), last_day=day(1)
    )
    assert sorted(paid.select("sku", "units", "net_value").rows()) == [
        ("A", 4, 10.0),
        ("B", 4, 32.0),
    ]


def test_an_item_that_others_are_sent_for_does_not_sell_on_after_its_exit(shop):
    shop.send("products", 0, [{"sku": "C", "exit_date": day(0)}])
    numbers = (1, 2, 3)
    for number in numbers:
        shop.send("substitution_outcomes", number, [answer(f"O{number}", sku="C", number=number)])
        shop.send("pos_sales", number, [sale(f"O{number}", number, 1, sku="B")])
    rebuild(shop, 3)
    assert [sold(shop, number)["C"][:2] for number in numbers] == [(1, 0)] * 3
    assert shop.warehouse.query("dates_in_force", day(3)).is_empty()


def test_units_of_several_lines_are_counted_through_and_old_answers_move_nothing(shop):
    shop.send(
        "substitution_outcomes", 1,
        [
            answer("O1", receipt="R1", quantity=2),
            answer("O1", line=2, receipt="R1", sku="C", quantity=9),
            answer("O2", number=-20),
        ],
    )  # fmt: skip
    shop.send("products", 1, [{"sku": "C"}])
    rows = [sale("R1", 1, 1, sku="B"), sale("R1", 1, 2, sku="B", line=2), sale("O2", 1, 5, sku="B")]
    shop.send("pos_sales", 1, rows)
    rebuild(shop, 1)
    assert {sku: units for sku, (units, *_) in sold(shop, 1).items()} == {"A": 2, "B": 5, "C": 1}


def test_an_answer_that_comes_late_builds_the_day_of_its_sale_again(shop):
    shop.send("pos_sales", 1, [sale("O1", 1, 2, sku="B")])
    rebuild(shop, 1)
    shop.send("pos_sales", 3, [sale("R3", 3)])
    shop.send("substitution_outcomes", 3, [answer("O1", quantity=2, number=0)])
    assert day(1) in rebuild(shop, 3)
    assert {sku: units for sku, (units, *_) in sold(shop, 1).items()} == {"A": 2}
    assert rebuild(shop, 3) == []


def test_answers_that_cannot_be_are_named_and_delay_nothing_else(shop):
    shop.send(
        "substitution_outcomes", 1,
        [
            answer("good"),
            answer("unknown", substitute="NOTHING"),
            answer("itself", substitute="A"),
            answer("both"),
            answer("both", "declined"),
            answer("none", quantity=0),
            answer("ahead", offered_at=at(9)),
            answer("odd", "perhaps"),
        ],
    )  # fmt: skip
    pairs = [{"sku": "A", "substitute": "B"}, {"sku": "B", "substitute": "A"}]
    stated = [{**pair, "allowed": True} for pair in (*pairs, {"sku": "A", "substitute": "A"})]
    shop.send("substitutes", 1, stated)
    shop.load_all(1)
    known = shop.warehouse.known("substitution_outcomes", day(1))
    assert known.select("order_id", "outcome").rows() == [
        ("both", "accepted"),
        ("good", "accepted"),
    ]
    waiting = {(field, reason) for _, _, field, reason in shop.waiting("substitution_outcomes")}
    assert waiting == {
        ("substitute", "unknown_key"),
        ("sku,substitute", "out_of_bounds"),
        ("order_id,line,substitute", "duplicate_key"),
        ("quantity", "out_of_bounds"),
        ("offered_at", "out_of_bounds"),
        ("outcome", "out_of_bounds"),
    }
    # A circle is fine.
    assert shop.warehouse.known("substitutes", day(1)).height == 2
    assert shop.warehouse.query("substitution_answers", day(1), first_day=day(0)).rows() == [
        ("A", "B", None, 2, 2)
    ]


def read(root, name):
    return warehouse_of(root).read(CONTRACTS[name], LAST)


def test_lines_without_a_node_in_time_have_substitutes_weighed(planned):
    decided, options = read(planned, "order_decisions"), read(planned, "substitution_options")
    in_time = read(planned, "sourcing_options").join(
        decided.select("order_id", "line", "promised_on"), on=["order_id", "line"]
    )
    in_time = in_time.filter(in_time["arrives_on"] <= in_time["promised_on"])
    late = decided.filter(decided["due_on"] > decided["promised_on"], decision="ship").join(
        in_time, on=["order_id", "line"], how="anti"
    )
    weighed = options.select("order_id", "line").unique()
    assert weighed.height > 0
    assert late.join(weighed, on=["order_id", "line"], how="anti").is_empty()
    assert options.filter(options["sku"] == options["substitute"]).is_empty()
    # Customers' answers tell, as far as they were asked.
    assert options["like_answers"].max() > 20
    kept = options.filter(verdict="after_promise")
    assert (
        kept["arrives_on"] > kept.join(late, on=["order_id", "line"])["promised_on"].max()
    ).any()
    with open_warehouse(planned) as connection:
        outcomes = connection.sql(
            "SELECT passed FROM reporting.check_outcomes WHERE asset LIKE '%substitution%'"
        ).fetchall()
    assert outcomes
    assert all(passed for (passed,) in outcomes)


@pytest.mark.parametrize("name", ["substitutes", "substitution_outcomes"])
def test_the_built_in_retailer_sends_both(planned, name):
    assert warehouse_of(planned).known(name, LAST).height > 0
