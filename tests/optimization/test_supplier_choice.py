"""Items are ordered from another supplier, in whole or in part, where that is worth its price."""

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest

from governance import load_planning_policy
from optimization.feasibility import find_purchase_problems, find_supplier_choice_problems
from optimization.levels import Outlook
from optimization.night import (
    SupplierNight,
    gather_purchase_inputs,
    purchase_stock,
    set_levels,
)
from optimization.supplier_choice.choice import _drop_unsettling
from quality_checks.contracts import (
    BreakPrices,
    PurchasingRules,
    ReceiptsDue,
    ServiceFloor,
    find_frame,
)

AS_OF = dt.date(2026, 3, 1)
ORDER_DAY = dt.date(2026, 3, 2)
NO_RECEIPTS = find_frame(ReceiptsDue).empty()
NO_BREAKS = find_frame(BreakPrices).empty()
A_DAY = 2.0
SLOW, FAST = 30.0, 10.0


def policy(**rules):
    """The shipped one, without service floors."""
    shipped = load_planning_policy(Path("data/policies/planning.yaml"))
    economics = shipped.economics.model_copy(
        update={"service_floor": {"A": ServiceFloor(kind="fill_rate", at_least=0.0)}}
    )
    purchasing = PurchasingRules(**{"least_supplier_gain": 30.0, **rules})
    return shipped.model_copy(update={"economics": economics, "purchasing": purchasing})


def a_pair(sku="S", **own):
    stock = {
        "on_hand": 10, "reserved": 0, "damaged": 0, "available": 10, "in_transit": 0,
        "on_order": 0, "proposed_inbound": 0, "proposed_outbound": 0,
    }  # fmt: skip
    return {
        "sku": sku,
        "location": "D",
        "region": "R",
        "kind": "store",
        "department": "shoes",
        "status": "active",
        "service_class": "A",
        "presentation_min": 0,
        "shelf_max": None,
        "supply_location": None,
        "supplier": "SLOW",
        "unit_cost": 10.0,
        "unit_price": 25.0,
        "case_pack": 1,
        "selling_price": 25.0,
        "return_rate": 0.0,
        "resalable_share": 1.0,
        "return_cost": 0.0,
        "sale_margin": 15.0,
        "lead_time_mean": SLOW,
        "lead_time_sd": 0.0,
        "review_days": 7.0,
        "lead_time_observed": True,
        "order_weekdays": None,
        "open_weekdays": "1111111",
        "handling_cost": 0.0,
        "next_receipt_days": SLOW + 7.0,
        "yield_mean": None,
        "yield_sd": None,
        "shelf_life_days": None,
        "least_remaining_days": None,
        "exit_date": None,
        "launch_date": dt.date(2025, 1, 1),
        **stock,
    } | own


def some_terms(sku="S", supplier="SLOW", **own):
    return {
        "sku": sku,
        "location": "D",
        "supplier": supplier,
        "supplier_price": 10.0,
        "minimum_order_quantity": 1,
        "order_multiple": 1,
        "valid_from": dt.date(2025, 1, 1),
        "valid_to": None,
        "minimum_order_value": None,
    } | own


def an_offer(sku="S", **own):
    delivers = {
        "lead_time_mean": FAST, "lead_time_sd": 0.0, "yield_mean": None, "yield_sd": None,
    }  # fmt: skip
    return some_terms(sku, "FAST") | delivers | own


def in_frame(rows):
    floats = (
        "minimum_order_value", "yield_mean", "yield_sd", "shelf_max", "supplier_price",
    )  # fmt: skip
    texts = ("order_weekdays", "supply_location")
    types = dict.fromkeys(floats, pl.Float64) | dict.fromkeys(texts, pl.String)
    types |= {"valid_to": pl.Date, "exit_date": pl.Date}
    types |= {"least_remaining_days": pl.Int64, "shelf_life_days": pl.Int64}
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return frame.cast({name: dtype for name, dtype in types.items() if name in frame.columns})


class Night:
    """What is ordered of some items, and what its recomputation finds."""

    def __init__(  # noqa: PLR0913  # what a night knows
        self, pairs, terms, offers, breaks=NO_BREAKS, coming=(), *, capacities=None, **rules
    ):
        self.capacities = capacities
        pairs, terms, self.offers = in_frame(pairs), in_frame(terms), in_frame(offers)
        self.pairs, self.terms = pairs, terms
        self.breaks, self.policy = breaks, policy(**rules)
        demand = pl.DataFrame(
            [
                {
                    "sku": sku, "location": "D", "date": ORDER_DAY + dt.timedelta(days=day),
                    "mean": A_DAY, "variance": A_DAY, "correlation": 0.0, "common_variation": 0.0,
                }
                for sku in pairs["sku"].unique(maintain_order=True)
                for day in range(60)
            ]
        )  # fmt: skip
        due = pl.DataFrame(coming, schema=NO_RECEIPTS.schema, orient="row")
        outlook = self.outlook = Outlook(demand, due)
        targets = set_levels(pairs, outlook, self.policy, business_date=AS_OF).lines
        self.items = gather_purchase_inputs(
            pairs, outlook, targets, terms, self.policy, business_date=AS_OF
        )
        self.spent = pl.DataFrame(schema={"department": pl.String, "spent": pl.Float64})
        self.made = purchase_stock(
            self.items,
            breaks,
            self.spent,
            self.policy,
            business_date=AS_OF,
            suppliers=SupplierNight(pairs, outlook, terms, self.offers, self.policy, AS_OF),
            capacities=capacities,
        )
        self.lines, self.choices = self.made.purchases.lines, self.made.choices

    def problems(self, choices=None, lines=None):
        return find_supplier_choice_problems(
            self.choices if choices is None else choices,
            self.lines if lines is None else lines,
            items=self.items,
            others=self.offers,
            breaks=self.breaks,
            rules=self.policy.purchasing,
            as_of=AS_OF,
        )

    def order_problems(self):
        return find_purchase_problems(
            self.lines,
            self.made.items,
            self.breaks,
            self.spent,
            self.policy.purchasing,
            as_of=AS_OF,
            exit_loss_share=0.5,
            capacities=self.capacities,
        )

    def ordered(self):
        return dict(self.lines.select("supplier", "quantity").iter_rows())

    def choice(self):
        return self.choices.row(0, named=True)


def test_the_gap_before_the_slow_goods_is_bought_from_the_fast_supplier_and_the_rest_is_not():
    night = Night([a_pair()], [some_terms()], [an_offer(supplier_price=10.5)])
    bought, told = night.ordered(), night.choice()
    # 10 units last five days, so 50 are lost until day 30; the fast goods spare those after day 10.
    assert told["form"] == "split"
    assert told["lost_as_is"] == pytest.approx(50, abs=5)
    assert told["lost_then"] == pytest.approx(10, abs=2)
    assert 40 <= bought["FAST"] <= 55
    # Both together last until the goods of the next order come, and no longer.
    assert bought["FAST"] + bought["SLOW"] == pytest.approx(64, abs=12)
    assert told["price_difference"] == pytest.approx(0.5 * bought["FAST"])
    assert told["gain"] == pytest.approx(15 * 36.5 - 0.5 * bought["FAST"], abs=25)
    assert told["gain_chance"] == 1.0
    assert night.problems().is_empty()
    assert night.order_problems().is_empty()


def test_the_goods_of_both_suppliers_are_counted_once():
    night = Night([a_pair()], [some_terms()], [an_offer(supplier_price=10.5)])
    positions = dict(night.lines.select("supplier", "inventory_position").iter_rows())
    assert positions == {"FAST": 10, "SLOW": 10 + night.ordered()["FAST"]}
    lines = night.lines.rows_by_key("supplier", named=True, unique=True)
    assert lines["FAST"]["requested_on"] == ORDER_DAY + dt.timedelta(days=FAST)
    assert lines["SLOW"]["requested_on"] == ORDER_DAY + dt.timedelta(days=SLOW)
    assert lines["FAST"]["reason"] == "other_supplier"
    levels = night.made.levels.rows_by_key("supplier", named=True, unique=True)
    assert {name: line["order_up_to"] for name, line in lines.items()} == {
        name: level["order_up_to"] for name, level in levels.items()
    }


def test_who_is_as_fast_and_cheaper_gets_the_whole_order():
    night = Night(
        [a_pair(on_hand=40, available=40)],
        [some_terms()],
        [an_offer(supplier_price=8.0, lead_time_mean=SLOW)],
    )
    told = night.choice()
    assert told["form"] == "other"
    assert set(night.ordered()) == {"FAST"}
    assert told["price_difference"] == pytest.approx(-2.0 * night.ordered()["FAST"])
    assert night.problems().is_empty()


def test_a_supplier_that_asks_more_than_the_days_are_worth_gets_nothing():
    night = Night([a_pair()], [some_terms()], [an_offer(supplier_price=24.9)])
    assert set(night.ordered()) == {"SLOW"}
    told = night.choice()
    assert (told["form"], told["gain"]) == ("preferred", 0.0)
    assert "from FAST" in told["rejected"]
    assert night.problems().is_empty()


def test_a_gap_that_can_still_be_closed_at_the_next_review_waits():
    """40 units last 20 days, and the slow goods come on day 30: ordered a week later, the fast
    ones are there on day 17 of 20."""
    stock = {"on_hand": 40, "available": 40}
    night = Night([a_pair(**stock)], [some_terms()], [an_offer(supplier_price=10.5)])
    assert set(night.ordered()) == {"SLOW"}
    told = night.choice()
    assert (told["form"], told["gain"]) == ("preferred", 0.0)
    # At most the margin of the ten days; goods of a day serve the stretch that they come in.
    assert 0.6 * 15 * 20 < told["wait_gain"] < 15 * 20
    assert night.lines["margin_given_up"].to_list() == [0.0]
    # With six days less of stock the week costs sales.
    soon = Night(
        [a_pair(on_hand=28, available=28)], [some_terms()], [an_offer(supplier_price=10.5)]
    )
    told = soon.choice()
    assert told["form"] == "split"
    beyond = told["gain"] - told["wait_gain"]
    assert beyond == pytest.approx(15 * 2 * 3, rel=0.5)
    assert soon.problems().is_empty()
    # Its line says what it changes, and beside what; that of the rest what its units keep.
    lines = soon.lines.rows_by_key("supplier", named=True, unique=True)
    line = lines["FAST"]
    benefit = line["margin_kept"] - line["margin_given_up"] - line["holding_cost"]
    assert benefit == pytest.approx(beyond)
    assert line["margin_given_up"] == told["wait_gain"]
    assert re.fullmatch(
        r"all from SLOW, and \d+ units from FAST a review later, worth 0\.00",
        line["rejected"],
    )
    # Beside no order it gains on every path; on some they would have been in time a week later.
    assert 0.6 < line["gain_chance"] < 0.95
    assert lines["SLOW"]["margin_given_up"] == 0
    assert lines["SLOW"]["margin_kept"] > 10 * lines["SLOW"]["holding_cost"]


def test_goods_that_perish_are_bought_tonight_and_at_the_next_review_too():
    """Tonight's ten sell from day 10 on, in five days; those of a week later, from day 17 on."""
    lives = {"least_remaining_days": 5, "shelf_life_days": None}
    told = {
        name: Night(
            [a_pair(**(lives if name == "perish" else {}))],
            [some_terms()],
            [an_offer(supplier_price=10.5)],
            least_supplier_gain=100.0,
        )
        for name in ("keep", "perish")
    }
    # Goods that keep would serve all but the week from day 10 on as well.
    keep = told["keep"].choice()
    assert keep["form"] == "split"
    assert keep["wait_gain"] > 200
    perish = told["perish"].choice()
    assert perish["form"] == "split"
    assert perish["other_units"] == pytest.approx(10, abs=3)
    # What waiting would gain is gained then as well.
    assert perish["wait_gain"] < 30
    assert perish["gain"] == pytest.approx(14.5 * perish["other_units"], rel=0.1)
    assert told["perish"].problems().is_empty()


def test_a_choice_must_gain_what_policy_asks():
    night = Night(
        [a_pair()], [some_terms()], [an_offer(supplier_price=10.5)], least_supplier_gain=2000.0
    )
    assert set(night.ordered()) == {"SLOW"}


def test_an_order_below_the_least_value_goes_back_to_the_preferred_supplier():
    offer = an_offer(supplier_price=10.5, minimum_order_value=5000.0)
    night = Night([a_pair()], [some_terms()], [offer])
    assert set(night.ordered()) == {"SLOW"}
    assert night.choice()["form"] == "preferred"
    assert night.problems().is_empty()


def test_two_items_reach_a_least_value_together():
    pairs = [a_pair(sku) for sku in ("S", "T")]
    offers = [an_offer(sku, supplier_price=10.5, minimum_order_value=900.0) for sku in ("S", "T")]
    night = Night(pairs, [some_terms(sku) for sku in ("S", "T")], offers)
    assert night.choices["form"].to_list() == ["split", "split"]
    assert night.problems().is_empty()
    assert night.order_problems().is_empty()


def test_of_choices_that_disturb_an_order_those_stay_that_gain_most_beyond_waiting():
    """Another item's order moved from 5 to 9 units: of two choices one goes back."""
    chosen = pl.DataFrame(
        [("S", "D", "SLOW", "FAST", 300.0, 260.0), ("T", "D", "SLOW", "FAST", 200.0, 20.0)],
        schema=("sku", "destination", "supplier", "other_supplier", "gain", "wait_gain"),
        orient="row",
    )
    planned = pl.DataFrame(
        {
            "sku": ["U"],
            "destination": "D",
            "supplier": "SLOW",
            "quantity": 5,
            "packs": 5,
            "own_packs": 5,
            "binding": "none",
        }
    )
    for moved in ({"quantity": 9, "packs": 9}, {"quantity": 4, "packs": 4}):
        made = planned.with_columns(pl.lit(value).alias(name) for name, value in moved.items())
        assert _drop_unsettling(chosen, chosen, planned, made)["sku"].to_list() == ["T"]
    gone = planned.clear()
    assert _drop_unsettling(chosen, chosen, planned, gone)["sku"].to_list() == ["T"]
    # A line that was cut gets what it asked for, with the room that the choices left to it.
    short = planned.with_columns(own_packs=pl.lit(9))
    filled = short.with_columns(quantity=pl.lit(9), packs=pl.lit(9))
    for before in (short, gone):
        assert _drop_unsettling(chosen, chosen, before, filled)["sku"].to_list() == ["S", "T"]


def test_what_the_preferred_supplier_cannot_deliver_another_one_does():
    """The slow supplier has 30 of the 48 units that it would be asked for of two items."""
    stated = pl.DataFrame(
        {
            "supplier": "SLOW",
            "sku": ["S", "T"],
            "stated_sku": "*",
            "stated_category": "*",
            "week": ORDER_DAY + dt.timedelta(days=SLOW),
            "room": 30,
        }
    )
    pairs, terms = [a_pair("S"), a_pair("T")], [some_terms("S"), some_terms("T")]
    alone = Night(pairs, terms, [an_offer("S", supplier_price=25.0)], capacities=stated)
    assert alone.lines["quantity"].to_list() == [15, 15]
    assert alone.lines["binding"].to_list() == ["supplier_capacity"] * 2
    night = Night(pairs, terms, [an_offer("S", supplier_price=10.5)], capacities=stated)
    slow = night.lines.filter(supplier="SLOW")
    assert slow["quantity"].sum() <= 30
    assert night.lines.filter(supplier="FAST")["sku"].to_list() == ["S"]
    # What the other supplier brings leaves more for the item that nobody else sells.
    assert slow.filter(sku="T")["quantity"].item() > 15
    assert night.problems().is_empty()
    assert night.order_problems().is_empty()


def test_goods_that_come_after_the_interval_are_no_choice():
    late = an_offer(supplier_price=5.0, lead_time_mean=37.0)
    night = Night([a_pair()], [some_terms()], [late])
    assert set(night.ordered()) == {"SLOW"}
    assert night.choices.is_empty()


def test_where_nobody_else_sells_an_item_it_is_ordered_as_ever():
    night = Night([a_pair("S"), a_pair("T")], [some_terms("S"), some_terms("T")], [an_offer("T")])
    none = SupplierNight(
        night.pairs, night.outlook, night.terms, night.offers.clear(), night.policy, AS_OF
    )
    made = purchase_stock(
        night.items, NO_BREAKS, night.spent, night.policy, business_date=AS_OF, suppliers=none
    )
    assert made.choices.is_empty()
    # The other item leaves the order that both would be lines of.
    before, after = (
        lines.filter(sku="S").drop("document_value")
        for lines in (made.purchases.lines, night.lines)
    )
    assert before.equals(after)


def test_terms_that_ended_are_no_choice():
    night = Night([a_pair()], [some_terms()], [an_offer(valid_to=AS_OF)])
    assert set(night.ordered()) == {"SLOW"}
    assert night.choices.is_empty()


def test_another_supplier_takes_what_the_preferred_one_does_not():
    huge = some_terms(minimum_order_quantity=5000)
    night = Night([a_pair()], [huge], [an_offer(supplier_price=10.5)])
    told = night.choice()
    assert (told["form"], told["quantity"]) == ("other", 0)
    assert set(night.ordered()) == {"FAST"}
    assert night.problems().is_empty()


def test_what_an_open_order_brings_too_late_is_bought_from_another_supplier():
    # 60 units come on day 28 and 10 last five days; the preferred supplier could not come sooner.
    late = [("S", "D", ORDER_DAY + dt.timedelta(days=28), 60)]
    night = Night(
        [a_pair(on_order=60)], [some_terms()], [an_offer(supplier_price=10.5)], coming=late
    )
    told = night.choice()
    assert told["form"] in {"other", "split"}
    assert told["lost_as_is"] - told["lost_then"] == pytest.approx(36, abs=5)
    assert 36 <= night.ordered()["FAST"] <= 60
    assert night.problems().is_empty()
    assert night.order_problems().is_empty()


def test_a_price_break_that_a_split_would_lose_counts():
    breaks = pl.DataFrame(
        {"sku": ["S"], "supplier": ["SLOW"], "from_quantity": [24], "unit_price": [9.0]}
    )
    night = Night([a_pair()], [some_terms()], [an_offer(supplier_price=10.5)], breaks)
    told = night.choice()
    assert (told["quantity"], told["preferred_price"]) == (24, 9.0)
    lost = (told["then_price"] - 9.0) * told["preferred_units"]
    assert told["price_difference"] == pytest.approx(1.5 * told["other_units"] + lost)
    assert night.problems().is_empty()


SUPPLIER_FAULTS = {
    "benefit_of_choice": {"wait_gain": 1.0},
    "other_terms": {"other_supplier": "NOBODY"},
    "preferred_supplier": {"preferred_supplier": "NOBODY"},
    "beyond_interval": {"other_days": 37.0},
    "form_of_choice": {"form": "other"},
    "units_of_choice": {"preferred_units": 21},
    "price_difference": {"other_price": 11.0, "price_difference": 51.0},
    "gain_of_choice": {"gain": 600.0},
    "least_gain": {"gain": 29.0},
    "counted_once": {},
    "chosen_supplier": {},
}


@pytest.fixture(scope="module")
def split_night():
    return Night([a_pair()], [some_terms()], [an_offer(supplier_price=10.5)])


@pytest.mark.parametrize("check", SUPPLIER_FAULTS)
def test_a_choice_that_is_not_as_it_says_is_told(check, split_night):
    wrong = split_night.choices.with_columns(
        pl.lit(value, split_night.choices.schema[name]).alias(name)
        for name, value in SUPPLIER_FAULTS[check].items()
    )
    lines = split_night.lines
    if check == "counted_once":
        lines = lines.with_columns(inventory_position=pl.lit(10, pl.Int64))
    found = split_night.problems(wrong.clear() if check == "chosen_supplier" else wrong, lines)
    assert check in found["check"].to_list()


def living(least, shelf=None):
    """What a master says of goods with so many days left when they come."""
    return {"least_remaining_days": least, "shelf_life_days": shelf}


def bought_of(life, *coming, **pair):
    night = Night([a_pair(**{"on_hand": 0, "available": 0, **life, **pair})], [some_terms()],
                  [an_offer()], coming=coming, least_supplier_gain=1e6)  # fmt: skip
    assert night.order_problems().is_empty()
    return night.ordered().get("SLOW", 0), night


def test_what_is_bought_sells_in_the_days_left_on_receipt():
    # Two a day, and a level that asks for 7 days of sales and some.
    free, _ = bought_of({})
    assert 14 <= free <= 30
    # Until the goods come everything is lost; then they sell for five days, or for three.
    assert bought_of(living(5))[0] == pytest.approx(10, abs=1)
    assert bought_of(living(5, shelf=3))[0] == pytest.approx(6, abs=1)
    assert bought_of(living(None, shelf=3))[0] == pytest.approx(6, abs=1)
    assert bought_of(living(60))[0] == free


def test_older_stock_sells_first_and_younger_does_not():
    # Of 70 asked for in 35 days, the ten that 50 do not serve by day 30 are lost. Six more units
    # come with the order, or on the day after.
    early = ("S", "D", ORDER_DAY + dt.timedelta(days=int(SLOW)), 6)
    late = ("S", "D", ORDER_DAY + dt.timedelta(days=int(SLOW) + 1), 6)
    held = {"on_hand": 50, "available": 50, "on_order": 6}
    of_early, of_late = (bought_of(living(5), due, **held)[0] for due in (early, late))
    assert of_early == pytest.approx(4, abs=1)
    assert of_late - of_early == pytest.approx(6, abs=1)


def test_an_item_that_leaves_before_its_life_ends_is_not_limited_by_it():
    leaves = ORDER_DAY + dt.timedelta(days=40)
    assert bought_of(living(60), exit_date=leaves)[1].lines["life_units"].to_list() == [None]
    assert bought_of(living(5), exit_date=leaves)[1].lines["life_units"].null_count() == 0


def test_another_supplier_brings_no_more_than_sells_in_its_life_either():
    lives = {"least_remaining_days": 5, "shelf_life_days": None}
    night = Night(
        [a_pair(**lives)],
        [some_terms()],
        [an_offer(supplier_price=8.0)],
        least_supplier_gain=0.0,
    )
    lines = night.lines.rows_by_key("supplier", named=True, unique=True)
    # Five days left after the tenth, and after that of the slow one.
    assert lines["FAST"]["quantity"] == pytest.approx(10, abs=2)
    assert all(line["quantity"] <= line["life_units"] for line in lines.values())
    assert night.problems().is_empty()
    assert night.order_problems().is_empty()
