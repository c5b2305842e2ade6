"""The read copy: everything has a comment, and its views answer what analysts ask."""

import re

import duckdb
import polars as pl
import pytest
from landing_folder import at, day, put
from simulated import LAST, PROJECT, warehouse_of

from quality_checks.contracts import CONTRACTS, VIEW_SCHEMA, VIEWS
from quality_checks.document import describe_views
from warehouse import Warehouse

PAGE = PROJECT / "docs" / "reporting.md"
ACTION = {
    "action_id": "f" * 24, "plan_version": 1, "kind": "allocation", "region": "north",
    "category": "shirts", "sku": "A", "origin": "DC1", "destination": "S1", "supplier": None,
    "due_on": day(3), "quantity": 6, "packs": 6, "unit_value": 4.0, "value": 24.0,
    "currency": "EUR", "margin_kept": 9.0, "margin_given_up": 0.0, "holding_cost": 0.0,
    "moving_cost": 1.0, "benefit": 8.0, "forced_cost": 0.0, "confidence": 0.9,
    "urgency_days": 2.0, "reason_codes": "below_target", "binding": "none", "rejected": "none",
    "late_inputs": "", "assumed_inputs": "", "unsure_inputs": "",
    "parts_before": "", "left_before": 0, "model_version": "m",
    "policy_version": "p", "input_version": "i", "details": None,
}  # fmt: skip
ROUTE = {
    "action_id": "f" * 24, "plan_version": 1, "route": "auto", "rule": "small", "roles": "",
    "needs": "all", "least_people": 1,
    "status": "approved", "approved_quantity": 6, "decided_by": "policy", "missing_roles": "",
    "overridden": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(planned, tmp_path_factory):
    """The read copy of a planned retailer, open."""
    path = tmp_path_factory.mktemp("copy") / "plenish.duckdb"
    path.write_bytes(warehouse_of(planned).path.read_bytes())
    path = Warehouse(path).publish_copy()
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


@pytest.fixture
def sent(shop):
    """Stores the action of the shop in a plan of day 1, at a status, exported or not."""

    def store(status="approved", *, exported=False, number=1, **route):
        at = day(number)
        version = {"plan_version": 1, "plan_hash": "h", "input_hash": "i", "policy_hash": "p"}
        tables = {
            "plan_versions": {
                **version, "code_version": "c", "model_version": "fallback", "current": True,
            },
            "proposals": ACTION,
            "routed": {**ROUTE, "status": status, **route},
        }  # fmt: skip
        if exported:
            line = {name: ACTION.get(name) for name in CONTRACTS["export_lines"].columns}
            tables["export_lines"] = {**line, "batch": 1, "idempotency_key": "k1"}
        for name, row in tables.items():
            contract = CONTRACTS[name]
            frame = pl.DataFrame([{"business_date": at, **row}], schema=contract.schema)
            shop.warehouse.write(contract, at, frame)
        return shop

    return store


def read(shop, view):
    with duckdb.connect(str(shop.warehouse.publish_copy()), read_only=True) as connection:
        return connection.sql(f"SELECT * FROM {VIEW_SCHEMA}.{view}").pl().to_dicts()


def test_every_table_and_column_has_a_comment(copy):
    tables = copy.sql("SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()")
    said = dict(tables.fetchall())
    assert said.keys() == {contract.table for contract in CONTRACTS.values()}
    columns = copy.sql(
        "SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() "
        "WHERE NOT internal"
    ).fetchall()
    assert all(said.values())
    assert [column for column in columns if not column[-1]] == []
    comments = {(table, name): comment for _, table, name, comment in columns}
    assert comments["targets", "order_up_to"] == "Order-up-to level. [units]"
    assert comments["pos_sales", "recency"].startswith("Of rows of one key")


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shows_what_it_says(copy, name):
    view = VIEWS[name]
    frame = copy.sql(f"SELECT * FROM {VIEW_SCHEMA}.{name}").pl()
    assert dict(frame.schema) == dict(view.schema)
    view.model.validate(frame)
    assert not frame.select(view.key).is_duplicated().any()


def test_the_views_tell_of_the_newest_plan_with_names(copy, planned):
    read = warehouse_of(planned).read
    proposals = read(CONTRACTS["proposals"], LAST)
    actions = copy.sql(f"FROM {VIEW_SCHEMA}.planned_actions").pl()
    assert sorted(actions["action_id"]) == sorted(proposals["action_id"])
    assert actions["item_name"].null_count() == actions["destination_name"].null_count() == 0
    bought = actions.filter(kind="purchase_order")
    assert bought.height > 0
    assert bought["supplier_name"].null_count() == 0
    short = copy.sql(f"FROM {VIEW_SCHEMA}.projected_stock_outs").pl()
    lost = read(CONTRACTS["shortages"], LAST)["lost_margin"].sum()
    assert short["lost_margin"].sum() == pytest.approx(lost)
    worklist = read(CONTRACTS["worklist"], LAST)
    waiting = copy.sql(f"FROM {VIEW_SCHEMA}.waiting_actions ORDER BY rank").pl()
    assert waiting["summary"].to_list() == worklist["summary"].to_list()


def test_an_action_stands_where_people_policy_and_the_erp_have_brought_it(sent):
    (row,) = read(sent("waiting"), "planned_actions")
    assert (row["standing"], row["erp_status"]) == ("waiting", None)
    (row,) = read(sent("approved"), "planned_actions")
    assert (row["standing"], row["erp_status"], row["exported_quantity"]) == (
        "approved",
        None,
        None,
    )
    shop = sent(exported=True)
    (row,) = read(shop, "planned_actions")
    assert (row["standing"], row["erp_status"], row["exported_quantity"]) == (
        "exported", "waiting", 6,
    )  # fmt: skip
    answer = {"idempotency_key": "k1", "batch": "1", "quantity": 4, "acknowledged_on": day(1)}
    shop.send("acknowledgements", 1, [{**answer, "status": "changed", "erp_document": "PO9"}])
    shop.load("acknowledgements", 1)
    (row,) = read(shop, "planned_actions")
    assert (row["standing"], row["erp_status"], row["erp_document"]) == (
        "acknowledged", "changed", "PO9",
    )  # fmt: skip
    (line,) = read(shop, "exported_lines")
    assert (line["erp_quantity"], line["quantity"], line["origin_name"]) == (4, 6, "city dc")


def test_an_action_is_shown_with_the_node_and_day_of_its_override(sent):
    (row,) = read(sent(), "planned_actions")
    assert (row["origin"], row["origin_name"], row["due_on"]) == ("DC1", "city dc", day(3))
    (row,) = read(sent(overridden_origin="S2", overridden_due_on=day(5)), "planned_actions")
    assert (row["origin"], row["origin_name"], row["due_on"]) == ("S2", "city store", day(5))


def test_what_is_put_off_says_until_when_where_nobody_knows_when_it_is_read(sent):
    until = at(1, 14)
    shop = sent("waiting", deferred_until=until)
    work = {name: {**ACTION, **ROUTE}.get(name) for name in CONTRACTS["worklist"].columns}
    work |= {"rank": 1, "summary": "s", "reasons": "r", "deferred_until": until}
    frame = pl.DataFrame([{**work, "business_date": day(1)}], schema=CONTRACTS["worklist"].schema)
    shop.warehouse.write(CONTRACTS["worklist"], day(1), frame)
    (row,) = read(shop, "waiting_actions")
    assert row["deferred_until"] == until


def test_rates_count_what_policy_and_people_did_and_what_they_changed(sent):
    (by_itself,) = read(sent(), "automation_rates")
    assert (by_itself["actions"], by_itself["by_policy"], by_itself["automated_share"]) == (1, 1, 1)
    assert (by_itself["overridden"], by_itself["overridden_share"]) == (0, None)
    (stopped,) = read(sent("blocked"), "automation_rates")
    assert (stopped["stopped"], stopped["automated_share"]) == (1, None)
    changed = {"decided_by": "ann", "overridden": 4, "override_code": "too_much"}
    shop = sent(**changed, approved_quantity=4)
    (by_people,) = read(shop, "automation_rates")
    assert (by_people["by_people"], by_people["overridden_share"]) == (1, 1)
    assert by_people["automated_share"] == 0
    (why,) = read(shop, "override_reasons")
    assert (why["override_code"], why["proposed"], why["instead"]) == ("too_much", 6, 4)
    assert why["value_change"] == -8.0


def test_an_override_that_left_with_an_earlier_version_keeps_its_reason(sent):
    shop = sent(overridden=4, override_code="too_much", approved_quantity=4, exported=True)
    (before,) = read(shop, "override_reasons")
    line = {name: ACTION.get(name) for name in CONTRACTS["export_lines"].columns}
    line |= {"batch": 1, "idempotency_key": "k1", "quantity": 4, "override_code": "too_much"}
    planned = {name: ACTION.get(name) for name in CONTRACTS["plan_lines"].columns}
    planned |= {"partner": "DC1", "status": "approved", "approved_quantity": 4, "decided_by": "ann"}
    for name, row in {"export_lines": line, "plan_lines": planned}.items():
        contract = CONTRACTS[name]
        frame = pl.DataFrame([{**row, "business_date": day(1)}], schema=contract.schema)
        shop.warehouse.write(contract, day(1), frame)
    # While its action is in the plan it counts there, once.
    assert read(shop, "override_reasons") == [before]
    for name in ("proposals", "routed"):
        shop.warehouse.write(CONTRACTS[name], day(1), CONTRACTS[name].empty())
    assert read(shop, "override_reasons") == [before]


def test_lines_are_implemented_by_the_documents_that_refer_to_them(sent):
    shop = sent(exported=True)
    told = ("lines", "units", "answered", "refused", "shown_lines", "shown_units")
    (line,) = read(shop, "implemented_lines")
    assert [line[name] for name in told] == [1, 6, 0, 0, 0, 0]
    refusal = {"idempotency_key": "k1", "batch": "1", "status": "rejected"}
    shop.send("acknowledgements", 1, [{**refusal, "acknowledged_on": day(1)}])
    shop.load("acknowledgements", 1)
    moved = {
        "transfer_id": "T1", "line": 1, "sku": "A", "origin": "DC1", "destination": "S1",
        "shipped_on": day(1), "expected_on": day(3), "shipped_quantity": 5,
        "proposal_ref": ACTION["action_id"],
    }  # fmt: skip
    shop.send("transfers", 1, [moved])
    shop.load("transfers", 1)
    (line,) = read(shop, "implemented_lines")
    assert [line[name] for name in told] == [1, 6, 1, 1, 1, 5]


def test_a_line_that_was_called_back_is_cancelled_once_the_erp_says_so(sent):
    shop = sent(exported=True)
    answer = {"idempotency_key": "cancel-k1", "batch": "2", "acknowledged_on": day(1)}

    def look(status):
        shop.send("acknowledgements", 1, [{**answer, "status": status}])
        shop.load("acknowledgements", 1)
        (line,), (action,) = read(shop, "exported_lines"), read(shop, "planned_actions")
        (sums,) = read(shop, "implemented_lines")
        counted = tuple(sums[name] for name in ("answered", "refused", "cancelled"))
        return line["erp_status"], action["erp_status"], counted

    # Nobody has called it back yet, whatever the key of the answer looks like.
    assert look("accepted") == ("waiting", "waiting", (0, 0, 0))
    put(shop, "cancel_lines", 1, idempotency_key="cancel-k1", cancels="k1")
    assert look("rejected") == ("waiting", "waiting", (0, 0, 0))
    assert look("accepted") == ("cancelled", "cancelled", (1, 0, 1))


def test_names_are_those_that_the_newest_plan_knew(sent):
    shop = sent()
    renamed = [{"sku": "A", "style": "renamed"}]
    shop.send("products", 2, renamed)
    shop.load("products", 2)
    (row,) = read(shop, "planned_actions")
    assert row["item_name"] == "style"
    sent(number=2)
    (row,) = read(shop, "planned_actions")
    assert (row["business_date"], row["item_name"]) == (day(2), "renamed")


def test_customers_orders_are_shown_with_their_promise_until_they_are_shipped(sent):
    shop = sent()
    order = {"created": at(0), "sku": "A", "quantity": 2, "region": "north", "channel": "ecom"}
    order |= {"line": 1, "promised_on": day(3), "location": "S1"}
    stands = {"O1": "open", "O2": "allocated", "O3": "shipped", "O4": "cancelled"}
    rows = [{**order, "order_id": name, "status": status} for name, status in stands.items()]
    rows[0] |= {"promised_on": day(0), "location": None}
    shop.send("online_orders", 1, rows)
    shop.load("online_orders", 1)
    late, allocated = sorted(read(shop, "customer_orders"), key=lambda row: row["order_id"])
    assert (late["order_id"], late["days_left"], late["location_name"]) == ("O1", -1, None)
    assert (allocated["order_id"], allocated["days_left"]) == ("O2", 2)
    assert (allocated["created"], allocated["location_name"]) == (at(0), "city store")


def test_a_copy_without_a_plan_has_empty_views(shop):
    with duckdb.connect(str(shop.warehouse.publish_copy()), read_only=True) as connection:
        rows = {name: connection.sql(f"FROM {VIEW_SCHEMA}.{name}").fetchall() for name in VIEWS}
    assert [name for name, found in rows.items() if found] == []


def test_the_page_of_views_is_up_to_date_and_its_questions_run(copy):
    text = PAGE.read_text()
    assert text == describe_views(), "docs/reporting.md is stale: run `make docs`"
    questions = re.findall(r"```sql\n(.*?)```", text, flags=re.DOTALL)
    assert len(questions) >= 5
    for question in questions:
        copy.sql(question).fetchall()
