"""What is put before a supplier, by landed orders and receipts: each line, and what it counts."""

import polars as pl
import pytest
from landing_folder import at, day
from simulated import LAST, open_warehouse, warehouse_of

from forecasting.supply import measure_suppliers
from quality_checks.checks import judge_figures, judge_returns
from quality_checks.contracts import CONTRACTS
from warehouse.queries import run_query

TODAY = 40
RULES = {
    "window_days": 365, "days_early": 1, "days_late": 0, "trend_days": 14, "return_days": 10,
}  # fmt: skip
ASKED = {"ordered_on": day(0), "requested_on": day(20)}


def order(po, **rest):
    return {"po": po, "ordered_quantity": 100, **ASKED, **rest}


def done(po, number, **rest):
    came = {"delivered_on": day(number), "delivered_quantity": 100, "status": "received"}
    return order(po, **{**came, **rest})


def receipt(po, units, number, rejected=0):
    return {
        "receipt_id": f"G-{po}-{number}",
        "line": 1,
        "timestamp": at(number),
        "sku": "A",
        "location": "DC1",
        "po": po,
        "po_line": 1,
        "received": units,
        "rejected": rejected,
    }


def find_lines(shop, **rules):
    """Rows of the lines as of TODAY, by order, as the table stores them."""
    shop.load_all(TODAY)
    found = shop.warehouse.query("scorecard_lines", day(TODAY), **{**RULES, **rules})
    stored = shop.warehouse.write(CONTRACTS["scorecard_lines"], day(TODAY), found)
    return {row["po"]: row for row in stored.to_dicts()}


def find_figures(shop):
    """Figures of V1 of the stored lines, and what the check says of them."""
    stored = shop.warehouse.read(CONTRACTS["scorecard_lines"], day(TODAY))
    figures = measure_suppliers(stored, least_lines=2, least_orders=2)
    again = shop.warehouse.query("recomputed_figures", day(TODAY))
    assert judge_figures(figures, again).passed
    return {row["figure"]: row for row in figures.filter(supplier="V1").to_dicts()}


def test_early_is_not_in_time_and_the_window_is_policy(shop):
    days = {"P18": 18, "P19": 19, "P20": 20, "P21": 21, "P22": 22}
    shop.send("purchase_orders", 30, [done(po, number) for po, number in days.items()])
    timing = {po: row["timing"] for po, row in find_lines(shop).items()}
    assert timing == {
        "P18": "early", "P19": "on_time", "P20": "on_time", "P21": "late", "P22": "late",
    }  # fmt: skip
    figures = find_figures(shop)
    assert figures["otif"]["overall"] == pytest.approx(2 / 5)
    assert figures["fill_rate"]["overall"] == 1
    assert [figures[f"{name}_share"]["overall"] for name in ("early", "on_time", "late")] == [
        pytest.approx(share) for share in (1 / 5, 2 / 5, 2 / 5)
    ]
    wide = find_lines(shop, days_early=2, days_late=2)
    assert {row["timing"] for row in wide.values()} == {"on_time"}


def test_receipts_tell_which_units_of_a_line_came_in_time(shop):
    shop.send("purchase_orders", 30, [done("P1", 26), done("P2", 20, delivered_quantity=130)])
    shop.send("receipts", 18, [receipt("P1", 10, 18)])
    shop.send("receipts", 20, [receipt("P1", 45, 20, rejected=5), receipt("P2", 130, 20)])
    shop.send("receipts", 26, [receipt("P1", 40, 26)])
    lines = find_lines(shop)
    units = ("delivered_units", "in_time_units", "booked_units", "rejected_units")
    assert [lines["P1"][name] for name in units] == [95, 45, 100, 5]
    assert lines["P1"]["against"] == "late;short;rejected"
    assert lines["P2"]["against"] is None
    figures = find_figures(shop)
    # What came beyond the order makes up for nothing that another lacks.
    assert figures["otif"]["overall"] == pytest.approx((45 + 100) / 200)
    assert figures["fill_rate"]["overall"] == pytest.approx((95 + 100) / 200)
    assert figures["rejected_share"]["overall"] == pytest.approx(5 / 230)


def test_what_counts_is_cases_of_the_item(shop):
    packed = {"sku": "B", "case_pack": 10}
    shop.send("products", 1, [packed])
    lines = [done("P1", 20), done("P2", 25, sku="B")]
    shop.send("purchase_orders", 30, lines)
    assert find_lines(shop)["P2"]["case_pack"] == 10
    # 100 units of A are 100 cases, 100 of B are 10.
    assert find_figures(shop)["otif"]["overall"] == pytest.approx(100 / 110)


def test_an_overdue_line_is_late_and_one_that_receipts_fill_is_done(shop):
    open_line = {"status": "confirmed", "confirmed_quantity": 100}
    shop.send(
        "purchase_orders",
        30,
        [
            order("open", **open_line),
            order("filled", **open_line),
            order("due tomorrow", requested_on=day(TODAY + 1)),
            order("refused", confirmed_quantity=0, status="confirmed"),
            order("nothing came", status="received"),
        ],
    )
    shop.send("receipts", 20, [receipt("filled", 100, 20)])
    lines = find_lines(shop)
    assert set(lines) == {"open", "filled", "refused", "nothing came"}
    assert [lines["open"][name] for name in ("timing", "still_open", "against")] == [
        "late", True, "late",
    ]  # fmt: skip
    assert lines["filled"]["timing"] == "on_time"
    assert {lines[po]["timing"] for po in ("refused", "nothing came")} == {None}
    assert {lines[po]["against"] for po in ("refused", "nothing came")} == {"short"}
    figures = find_figures(shop)
    assert figures["otif"]["overall"] == pytest.approx(1 / 4)
    assert (figures["late_share"]["overall"], figures["late_share"]["lines"]) == (0.5, 2)


def test_lines_whose_dates_contradict_are_left_out_with_the_reason(shop):
    shop.send(
        "purchase_orders",
        30,
        [
            done("good", 20),
            order("called off", status="cancelled"),
            done("asked", 20, ordered_on=day(25)),
            done("came", 20, ordered_on=day(10), delivered_on=day(5)),
            done("receipt", 20, ordered_on=day(10)),
            done("to come", 20, delivered_on=day(TODAY + 9)),
        ],
    )
    shop.send("receipts", 5, [receipt("receipt", 100, 5)])
    lines = find_lines(shop)
    assert {po: row["left_out"] for po, row in lines.items()} == {
        "good": None,
        "called off": "cancelled",
        "asked": "asked_before_ordered",
        "came": "received_before_ordered",
        "receipt": "received_before_ordered",
        "to come": "received_after_today",
    }
    assert {row["timing"] for po, row in lines.items() if po != "good"} == {None}
    assert {row["lines"] for row in find_figures(shop).values()} <= {0, 1}


def test_a_day_that_nobody_wrote_down_is_neither_late_nor_in_time(shop):
    shop.send("purchase_orders", 30, [done("P1", 20), done("P2", 20, delivered_on=None)])
    row = find_lines(shop)["P2"]
    assert (row["timing"], row["in_time_units"], row["delivered_units"]) == (None, None, 100)
    figures = find_figures(shop)
    assert {figures[name]["lines"] for name in ("otif", "on_time_share", "lead_time")} == {1}
    assert figures["fill_rate"]["lines"] == 2
    # One line has no spread, and no receipt tells of rejected units: missing, not zero.
    assert figures["lead_time_spread"]["overall"] is None
    assert figures["rejected_share"]["overall"] is None


def test_the_suppliers_own_answers_are_confirmations_that_can_slip(shop):
    shop.send("purchase_orders", 1, [order("P1"), order("P2")])
    answer = {"supplier": "V1", "po_line": 1, "answer": "changed"}
    first = {**answer, "acknowledgement": "A1", "acknowledged_on": day(4)}
    shop.send(
        "order_acknowledgements",
        4,
        [
            {**first, "po": "P1", "promised_on": day(23)},
            # A day that cannot be is no word.
            {**first, "po": "P2", "promised_on": day(0).replace(year=1970)},
        ],
    )
    confirmed = {"confirmed_on": day(25), "estimated_on": day(25), "status": "confirmed"}
    shop.send("purchase_orders", 8, [order("P1", **confirmed), order("P2", **confirmed)])
    last = {**answer, "acknowledgement": "A2", "acknowledged_on": day(9), "po": "P1"}
    shop.send("order_acknowledgements", 9, [{**last, "promised_on": day(28)}])
    lines = find_lines(shop)
    slips = {po: (row["confirmation_slip"], row["estimate_slip"]) for po, row in lines.items()}
    assert slips == {"P1": (3, 5), "P2": (5, 0)}


def test_slips_are_of_what_was_said_before_the_goods_came(shop):
    said = {"confirmed_on": day(23), "estimated_on": day(23), "status": "confirmed"}
    shop.send("purchase_orders", 1, [order("P1"), order("P2")])
    shop.send("purchase_orders", 2, [order("P1", **said), order("P2", **said)])
    later = {**said, "confirmed_on": day(25), "estimated_on": day(26), "status": "shipped"}
    shop.send("purchase_orders", 9, [order("P1", **later)])
    # We ask for a later day ourselves: no slip of theirs.
    moved = {"requested_on": day(28), "confirmed_on": day(23), "estimated_on": day(20)}
    shop.send("purchase_orders", 10, [order("P2", **{**said, **moved})])
    shop.send(
        "purchase_orders",
        30,
        [
            done("P1", 29, confirmed_on=day(25), estimated_on=day(29)),
            done("P2", 28, **moved),
            done("P3", 20, confirmed_on=day(20), estimated_on=day(20)),
            order("P4", **{**said, "confirmed_on": day(0) - (day(400) - day(0))}),
        ],
    )
    lines = find_lines(shop)
    slips = {
        po: (row["confirmation_slip"], row["estimate_slip"], row["against"])
        for po, row in lines.items()
    }
    assert slips == {
        "P1": (3, 3, "late;confirmed_later;estimate_moved"),
        "P2": (3, -3, "confirmed_later"),
        "P3": (None, None, None),
        "P4": (None, None, "late"),
    }
    figures = find_figures(shop)
    assert (figures["confirmation_slip"]["overall"], figures["confirmation_slip"]["lines"]) == (
        3,
        2,
    )
    # An estimate that comes nearer makes up for none that moves away.
    assert figures["estimate_slip"]["overall"] == pytest.approx(3 / 2)


def sent_back(number, units, **rest):
    """A return of day `number`, of the line of order P1 unless it says otherwise."""
    return {
        "return_id": f"V{number}", "line": 1, "returned_on": day(number), "supplier": "V1",
        "sku": "A", "location": "DC1", "po": "P1", "po_line": 1, "units": units,
        "reason": "defective", **rest,
    }  # fmt: skip


def test_what_goes_back_in_its_days_counts_against_the_line_that_it_came_with(shop):
    shop.send("purchase_orders", 30, [done("P1", 20), done("P2", 25), done("P3", 32)])
    unknown = {"po": None, "po_line": None}
    shop.send(
        "supplier_returns",
        36,
        [
            sent_back(22, 3),
            sent_back(30, 2, reason="agreed"),
            # A day after the days in which it counts.
            sent_back(31, 9),
            # Of the two lines of which goods had come the newer one.
            sent_back(26, 4, **unknown, return_id="U"),
            sent_back(26, 1, return_id="N", po="P2"),
        ],
    )
    lines = find_lines(shop)
    counted = {po: (row["returned_units"], row["defective_units"]) for po, row in lines.items()}
    # Of the last one's days not all have passed.
    assert counted == {"P1": (5, 3), "P2": (5, 5), "P3": (None, None)}
    assert [lines[po]["against"] for po in ("P1", "P2", "P3")] == [
        "returned", "late;returned", "late",
    ]  # fmt: skip
    figures = find_figures(shop)
    returned, defects = figures["returned_share"], figures["defect_share"]
    assert (returned["overall"], returned["orders"], returned["lines_against"]) == (0.05, 2, 2)
    assert defects["overall"] == 0.04
    assert shop.warehouse.query("untraced_returns", day(TODAY)).is_empty()


def test_while_no_return_ever_landed_nothing_is_said_of_them(shop):
    shop.send("purchase_orders", 30, [done("P1", 20)])
    assert find_lines(shop)["P1"]["returned_units"] is None
    assert find_figures(shop)["returned_share"]["overall"] is None


def test_returns_that_cannot_be_are_set_aside_or_named_and_count_nowhere(shop):
    shop.send("purchase_orders", 30, [done("P1", 20), order("P2", status="confirmed")])
    wrong = {
        "line": sent_back(21, 1, po_line=2),
        "other": sent_back(22, 1, supplier="V2"),
        "early": sent_back(19, 1),
        "never came": sent_back(23, 1, po="P2"),
        "too many": sent_back(25, 60),
        "nobody's": sent_back(24, 1, supplier="V2", po=None, po_line=None),
    }
    shop.send("suppliers", 1, [{"supplier": "V2"}])
    sound = sent_back(24, 50)
    rows = [sound, *({**row, "return_id": name} for name, row in wrong.items())]
    torn = [
        {**sound, "return_id": "no order yet", "po": "P9"},
        {**sound, "return_id": "below zero", "units": -1},
        {**sound, "return_id": "no line", "po_line": None},
        {**sound, "return_id": "no reason", "reason": "moods"},
    ]
    shop.send("supplier_returns", 36, [*rows, *torn])
    assert find_lines(shop)["P1"]["returned_units"] == 50
    untraced = shop.warehouse.query("untraced_returns", day(TODAY))
    assert dict(untraced.select("return_id", "fault").iter_rows()) == {
        "line": "unknown_line",
        "other": "line_of_another",
        "early": "before_receipt",
        "never came": "before_receipt",
        "too many": "beyond_receipt",
        "nobody's": "no_line",
    }
    outcome = judge_returns(untraced)
    assert not outcome.passed
    assert outcome.message == "6 returns of 65 units to suppliers"
    waiting = sorted(row[-2:] for row in shop.waiting("supplier_returns"))
    assert [field for field, _ in waiting] == ["line,po,po_line", "po", "reason", "units"]


def test_a_return_of_more_than_came_takes_nothing_from_the_others_of_its_line(shop):
    shop.send("purchase_orders", 30, [done("P1", 20)])
    rows = [sent_back(21, 1000), sent_back(22, 40), sent_back(23, 70), sent_back(24, 60)]
    shop.send("supplier_returns", 36, [*rows, sent_back(25, 1)])
    assert find_lines(shop)["P1"]["returned_units"] == 100
    untraced = shop.warehouse.query("untraced_returns", day(TODAY))
    beyond = [("V21", "beyond_receipt"), ("V23", "beyond_receipt"), ("V25", "beyond_receipt")]
    assert untraced.select("return_id", "fault").rows() == beyond


def test_no_return_is_held_against_every_order_line(shop):
    shop.send("purchase_orders", 30, [done("P1", 20)])
    shop.send("supplier_returns", 36, [sent_back(21, 1)])
    shop.load_all(TODAY)
    shop.warehouse.close()
    with open_warehouse(shop.root) as connection:
        run_query(connection, "untraced_returns", day(TODAY), {}, {})
        plan = connection.sql("SELECT * FROM traced_returns").explain()
    assert "HASH_JOIN" in plan
    assert "NL_JOIN" not in plan


def test_defects_of_the_built_in_retailer_are_found_again(planned):
    lines = warehouse_of(planned).read(CONTRACTS["scorecard_lines"], LAST)
    counted = lines.filter(pl.col("returned_units").is_not_null())
    found = counted.group_by("supplier").agg(
        pl.col("defective_units", "delivered_units").sum(), lines=pl.len()
    )
    truth = pl.read_parquet(planned / "truth" / "defects.parquet")
    both = found.join(truth, on="supplier").with_columns(
        expected=pl.col("share") * pl.col("delivered_units")
    )
    off = both["defective_units"].sum() - both["expected"].sum()
    # Binomial, and some of those without an order lie at a line that is not theirs.
    assert abs(off) < 4 * both["expected"].sum() ** 0.5
    assert both["defective_units"].sum() > 0
    assert warehouse_of(planned).query("untraced_returns", LAST).is_empty()


def test_periods_are_the_newest_days_and_as_many_before(shop):
    due = {"P1": 12, "P2": 13, "P3": 26, "P4": 27, "P5": 40}
    lines = [done(po, number, requested_on=day(number)) for po, number in due.items()]
    shop.send("purchase_orders", 40, lines)
    assert {po: row["period"] for po, row in find_lines(shop).items()} == {
        "P1": None, "P2": "before", "P3": "before", "P4": "recent", "P5": "recent",
    }  # fmt: skip


def test_every_line_and_delivery_is_as_the_simulated_truth_has_it(planned):
    lines = warehouse_of(planned).read(CONTRACTS["scorecard_lines"], LAST)
    # Receipts of the first days were never landed: their lines have the day of the last delivery.
    booked = lines.filter(pl.col("booked_units").is_not_null(), ~pl.col("still_open"))
    truth = (
        pl.read_parquet(planned / "truth" / "lead_times.parquet")
        .join(booked.select("po", "line", "due_from", "due_until"), on=["po", "line"])
        .group_by("po", "line")
        .agg(
            last=pl.col("delivered_on").max(),
            units=(pl.col("quantity") - pl.col("rejected")).sum(),
            in_time=(pl.col("quantity") - pl.col("rejected"))
            .filter(pl.col("delivered_on").is_between("due_from", "due_until"))
            .sum(),
        )
    )
    both = booked.join(truth, on=["po", "line"])
    assert len(both) == len(booked) > 10
    for found, true in (
        ("came_on", "last"), ("delivered_units", "units"), ("in_time_units", "in_time"),
    ):  # fmt: skip
        assert both[found].to_list() == both[true].to_list(), found
