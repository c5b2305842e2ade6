"""From an event to a landed row: what the door takes the intake reads as it was meant."""

from datetime import date, datetime

import pytest
from door import sale
from hypothesis import given, settings
from hypothesis import strategies as st

from quality_checks.contracts import CONTRACTS
from quality_checks.intake import examine_files, find_landed
from receiving.journal import Accepted
from receiving.parts import write_parts
from receiving.rows import choose_business_date, list_received_sources, read_row

SALES = CONTRACTS["pos_sales"]
TODAY = date(2025, 9, 30)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("quantity", "2", "a whole number"),
        ("quantity", True, "a whole number"),
        ("quantity", 1.5, "a whole number"),
        ("quantity", 2**63, "a whole number"),
        ("quantity", 2.0**60, "a whole number"),
        ("net_value", float("nan"), "a number"),
        ("net_value", 10**400, "a number"),
        ("net_value", [1], "a number"),
        ("sku", 17, "text"),
        ("sku", {"a": 1}, "text"),
        ("sku", "x" * 4001, "text"),
        ("timestamp", "2025-09-30T12:00:00Z", "without a zone"),
        ("timestamp", "2025-09-30T12:00:00+02:00", "without a zone"),
        ("timestamp", "2025-02-30T12:00:00", "a local time"),
        ("timestamp", "30.09.2025 12:00", "a local time"),
        ("timestamp", 1_759_233_600, "a local time"),
    ],
)
def test_a_value_of_another_type_is_refused(column, value, words):
    with pytest.raises(ValueError, match=f"^{column} must be .*{words}"):
        read_row(sale(**{column: value}), SALES)


def test_columns_are_those_of_the_contract():
    lacking = sale()
    del lacking["sku"], lacking["line"]
    with pytest.raises(ValueError, match="no column 'Sku'; line is not there; sku is not there"):
        read_row({**lacking, "Sku": "A"}, SALES)
    orders = CONTRACTS["online_orders"]
    row = {name: None for name in orders.columns if name not in orders.omissible}
    assert list(read_row(row, orders)) == list(orders.columns)


def test_nobody_decides_by_an_event():
    assert "decisions" not in list_received_sources()
    assert {"pos_sales", "online_orders", "stock", "adjustments", "order_acknowledgements"} <= {
        *list_received_sources()
    }


@pytest.mark.parametrize(
    ("moment", "lands_on"),
    [
        ("2025-09-30T23:59:59", "2025-09-30"),
        ("2025-09-29T23:59:59", "2025-09-29"),
        ("2025-09-23T00:00:00", "2025-09-23"),
        ("2025-09-22T23:59:59", "2025-09-30"),
        ("1970-01-01T00:00:00", "2025-09-30"),
        ("2025-10-01T00:00:00", "2025-09-30"),
        ("9999-12-31T00:00:00", "2025-09-30"),
        (None, "2025-09-30"),
    ],
)
def test_what_happened_lands_on_its_day_and_all_else_on_the_day_it_came(moment, lands_on):
    found = choose_business_date(read_row(sale(timestamp=moment), SALES), SALES, TODAY)
    assert found.isoformat() == lands_on


def test_a_state_lands_on_the_day_it_came():
    row = {"snapshot_time": "2025-09-28T12:00:00"}
    assert choose_business_date(row, CONTRACTS["stock"], TODAY) == TODAY


TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
MONEY = st.floats(0, 1e9) | st.integers(0, 10**9)


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "receipt": TEXT,
                "line": st.integers(1, 9),
                "timestamp": st.times().map(lambda at: datetime.combine(TODAY, at)),
                "sku": TEXT,
                "location": TEXT,
                "channel": st.sampled_from(["store", "ecom"]),
                "fulfilment_location": TEXT,
                "quantity": st.integers(1, 10**6),
                "net_value": MONEY,
                "list_value": MONEY,
                "promo_id": st.none() | TEXT,
            }
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda row: (row["receipt"], row["line"]),
    )
)
def test_the_intake_reads_what_was_sent(rows, tmp_path_factory):
    landing = tmp_path_factory.mktemp("landing")
    sent = [{**row, "timestamp": row["timestamp"].isoformat()} for row in rows]
    accepted = [
        Accepted("till", str(place), "pos_sales", TODAY.isoformat(), read_row(row, SALES))
        for place, row in enumerate(sent)
    ]
    write_parts(landing, 1, accepted)
    files, refused = find_landed(landing, "pos_sales")
    found = examine_files(files, SALES)
    assert (refused, found.refused, found.notes, found.faults.rows()) == ([], [], [], [])
    assert found.rows.select(SALES.columns).rows(named=True) == rows


def test_a_row_at_fault_waits_and_names_its_event(tmp_path):
    row = read_row(sale(quantity=-1, timestamp="2025-09-30T12:00:00"), SALES)
    write_parts(tmp_path, 1, [Accepted("tills/1", "e7", "pos_sales", "2025-09-30", row)])
    found = examine_files(find_landed(tmp_path, "pos_sales")[0], SALES)
    (message,) = found.faults["message"]
    assert message == "quantity is -1; it must be at least 1 (event tills/1 e7)"
