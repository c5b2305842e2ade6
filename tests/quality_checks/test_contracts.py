"""The registry of contracts: whole, and in an order in which it can be loaded."""

import datetime as dt

import pandera.errors
import polars as pl
import pytest

from quality_checks.contracts import (
    CONTRACTS,
    EVERYWHERE,
    find_contract,
    list_landing_sources,
    list_targets,
)
from quality_checks.contracts.base import Table, column, result
from quality_checks.contracts.landing.masters import ItemLocations, Lanes
from quality_checks.contracts.landing.sales import Browsing, PosSales
from quality_checks.contracts.plans import Allocation, Targets, TransfersPlan

STAGES = {
    "landing",
    "intake",
    "inventory",
    "demand",
    "supply",
    "plans",
    "signals",
    "actions",
    "exports",
    "reporting",
}
DESIGNED = {
    "products",
    "locations",
    "item_locations",
    "lanes",
    "suppliers",
    "item_suppliers",
    "price_breaks",
    "pos_sales",
    "returns",
    "stock",
    "stockout_hours",
    "stock_counts",
    "adjustments",
    "in_transit",
    "transfers",
    "receipts",
    "purchase_orders",
    "online_orders",
    "shipping_rates",
    "node_capacities",
    "node_refusals",
    "substitutes",
    "substitution_outcomes",
    "promotions",
    "prices",
    "browsing",
    "weather",
    "events",
    "supplier_events",
    "supplier_returns",
    "order_acknowledgements",
    "supplier_capacity",
    "acknowledgements",
    "decisions",
    "level_changes",
}
"""The landing sources that the design lists."""

every_contract = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())


def test_every_landing_source_of_the_design_has_a_contract():
    assert list_landing_sources().keys() == DESIGNED | {"assumptions"}
    assert {contract.stage for contract in CONTRACTS.values()} == STAGES


@every_contract
def test_key_and_date_are_columns_that_are_never_missing(contract):
    assert contract.key
    assert len(set(contract.key)) == len(contract.key)
    assert set(contract.key) <= set(contract.columns)
    assert not set(contract.key) & contract.nullable
    if contract.date is not None:
        assert contract.schema[contract.date] in {pl.Date(), pl.Datetime("us")}
        assert contract.date not in contract.nullable


@every_contract
def test_references_point_to_columns_that_load_before(contract):
    names = list(CONTRACTS)
    for name, (table, target) in list_targets(contract.references):
        assert name in contract.columns
        master = CONTRACTS[table]
        assert target not in master.nullable
        assert master.stage == "landing"
        assert contract.schema[name] == master.schema[target]
        assert names.index(table) < names.index(contract.name)


@every_contract
def test_mentions_point_to_keys_of_landing_sources(contract):
    for name, (table, target) in contract.mentions.items():
        assert name in contract.columns
        assert name not in contract.references
        assert target in CONTRACTS[table].columns
        assert CONTRACTS[table].stage == "landing"
    assert set(contract.everywhere) <= set(contract.references)


@every_contract
def test_every_table_and_column_says_what_it_means(contract):
    assert contract.model.__doc__
    assert contract.description.splitlines()[0].endswith(".")
    for name, stated in contract.model.to_schema().columns.items():
        assert stated.description, name
        assert stated.description.endswith("."), name


@every_contract
def test_quantities_and_amounts_state_their_unit(contract):
    units = {"quantity": "units", "on_hand": "units", "value": "currency", "unit_cost": "currency"}
    for name, stated in contract.model.to_schema().columns.items():
        # A step of an explanation states the unit of its number itself.
        if name in units and contract.name not in {"decisions", "explanations"}:
            assert stated.metadata == {"unit": units[name]}


@every_contract
def test_stage_mode_and_slices_agree(contract):
    assert (contract.stage == "landing") == (contract.mode in {"events", "state"})
    if contract.mode == "result" and contract.name != "files":
        assert contract.schema["business_date"] == pl.Date()
        assert "business_date" not in contract.key
    if contract.mode != "events":
        assert contract.date is None
    assert contract.retain is None or (contract.mode == "result" and contract.retain > 0)


@every_contract
def test_types_are_the_six_that_loading_and_the_warehouse_know(contract):
    known = {pl.String(), pl.Int64(), pl.Float64(), pl.Boolean(), pl.Date(), pl.Datetime("us")}
    assert set(contract.schema.values()) <= known


@every_contract
def test_an_empty_table_holds_its_own_contract(contract):
    conformed = contract.conform(contract.empty())
    assert conformed.is_empty()
    assert conformed.schema == contract.schema
    assert contract.table == f"{contract.stage}.{contract.name}"


def test_masters_load_before_what_refers_to_them():
    assert list(list_landing_sources())[:3] == ["suppliers", "products", "locations"]
    assert find_contract(PosSales).references["fulfilment_location"] == ("locations", "location")
    assert find_contract(PosSales).date == "timestamp"
    assert EVERYWHERE == "*"


def test_models_that_share_their_columns_have_contracts_of_their_own():
    assert find_contract(Allocation).name == "allocation"
    assert find_contract(TransfersPlan).name == "transfers_plan"
    assert find_contract(Allocation).columns == find_contract(TransfersPlan).columns


BROWSED = {"sku": ["b", "a"], "date": [dt.date(2025, 9, 30)] * 2, "region": ["north"] * 2}


def test_conform_orders_casts_and_drops_what_is_not_in_the_contract():
    frame = pl.DataFrame({**BROWSED, "views": ["3", "4"], "add_to_cart": [0, 1], "noise": [1, 2]})
    found = find_contract(Browsing).conform(frame)
    assert found.columns == ["date", "sku", "region", "views", "add_to_cart"]
    assert found.rows() == [
        (dt.date(2025, 9, 30), "a", "north", 4, 1),
        (dt.date(2025, 9, 30), "b", "north", 3, 0),
    ]


@pytest.mark.parametrize(
    ("views", "fault"), [([-1, 4], "greater_than_or_equal_to"), ([None, 4], "not_nullable")]
)
def test_conform_refuses_values_that_break_the_contract(views, fault):
    frame = pl.DataFrame({**BROWSED, "views": views, "add_to_cart": [0, 1]})
    with pytest.raises(pandera.errors.SchemaErrors) as error:
        find_contract(Browsing).conform(frame)
    assert fault in str(error.value.failure_cases["check"].to_list())


def test_conform_refuses_a_frame_that_lacks_a_column():
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="views"):
        find_contract(Browsing).conform(pl.DataFrame({**BROWSED, "add_to_cart": [0, 1]}))


def test_a_shelf_must_hold_its_presentation_minimum():
    def shelf(presentation_min, shelf_max):
        return pl.DataFrame(
            {
                "sku": ["a"],
                "location": ["s1"],
                "status": ["active"],
                "presentation_min": [presentation_min],
                "shelf_max": pl.Series([shelf_max], dtype=pl.Int64),
                "service_class": ["A"],
                "supply_location": ["d1"],
            }
        )

    contract = find_contract(ItemLocations)
    assert contract.conform(shelf(4, 4)).height == 1
    assert contract.conform(shelf(4, None)).height == 1
    with pytest.raises(pandera.errors.SchemaErrors, match="presentation_min_within_shelf_max"):
        contract.conform(shelf(4, 3))


@pytest.mark.parametrize("weekdays", ["111111", "11111111", "1111112", "mtwtfss", ""])
def test_weekdays_are_seven_digits(weekdays):
    lane = pl.DataFrame(
        {
            "origin": ["d1"],
            "destination": ["s1"],
            "transit_days": [1],
            "fixed_cost": [0.0],
            "unit_cost": [0.0],
            "capacity": pl.Series([None], dtype=pl.Int64),
            "volume_capacity": pl.Series([None], dtype=pl.Float64),
            "order_weekdays": ["1000001"],
            "allowed": [True],
        }
    )
    assert find_contract(Lanes).conform(lane).height == 1
    with pytest.raises(pandera.errors.SchemaErrors):
        find_contract(Lanes).conform(lane.with_columns(order_weekdays=pl.lit(weekdays)))


def test_a_name_is_registered_once_and_a_key_must_be_a_column():
    class Repeated(Table):
        """Whatever."""

        sku: str = column("Item.")

    before = dict(CONTRACTS)
    with pytest.raises(ValueError, match="two contracts are named targets"):
        result("targets", "plans", key=("sku",))(Repeated)
    with pytest.raises(ValueError, match=r"other: key columns \['location'\] are not columns"):
        result("other", "plans", key=("sku", "location"))(Repeated)
    assert before == CONTRACTS
    assert find_contract(Targets) is CONTRACTS["targets"]
