"""Actions belong to the case whose item-locations they touch, on the side that is named."""

import polars as pl
import pytest
from frames_of_cases import LANES, LOCATIONS, exceptions, playbooks, scope

from governance.cases import link_actions, load_playbooks, match_playbooks, name_case

MOVED, SENT, HURRIED, COUNTED = "a" * 24, "b" * 24, "c" * 24, "d" * 24


def linked(actions, books, seen=None, touched=None):
    seen = exceptions({}) if seen is None else seen
    touched = scope(("X1", "SKU1", "S2", "short")) if touched is None else touched
    return link_actions(seen, touched, actions, LANES, LOCATIONS, books)


def of_each(frame, *columns):
    return {row["action_id"][0]: tuple(row[c] for c in columns) for row in frame.to_dicts()}


def test_a_case_has_what_its_playbook_names_and_what_touches_it(proposals):
    actions = proposals(
        {"action_id": MOVED, "benefit": 45.0},
        {"action_id": SENT, "kind": "allocation", "origin": "DC1"},
        {"action_id": HURRIED, "kind": "expedite", "destination": "DC1", "benefit": 30.0},
        {"action_id": COUNTED, "kind": "stock_count", "origin": None},
        {"action_id": "e" * 24, "kind": "purchase_order", "destination": "DC1"},
        {"action_id": "f" * 24, "sku": "SKU2"},
        {"action_id": "0" * 24, "destination": "S3"},
        {"action_id": "1" * 24, "kind": "expedite", "destination": "DC9"},
        {"action_id": "2" * 24, "origin": "S2", "destination": "S3"},
    )
    found = linked(actions, playbooks())
    assert set(found["case_id"]) == {name_case("X1")}
    assert of_each(found, "part", "choice", "option", "option_rank", "option_benefit") == {
        "a": ("alternative", "SKU1", "transfer", 1, 45.0),
        "b": ("answer", None, None, None, None),
        "c": ("alternative", "SKU1", "expedite", 2, 30.0),
        "d": ("supporting", None, None, None, None),
    }


def test_options_are_ranked_by_all_that_they_gain_then_as_the_playbook_lists_them(proposals):
    actions = proposals(
        {"action_id": MOVED, "benefit": 20.0},
        {"action_id": SENT, "benefit": 20.0, "origin": "S3"},
        {"action_id": HURRIED, "kind": "expedite", "destination": "DC1", "benefit": 30.0},
    )
    assert of_each(linked(actions, playbooks()), "option_rank", "option_benefit") == {
        "a": (1, 40.0),
        "b": (1, 40.0),
        "c": (2, 30.0),
    }
    tied = actions.with_columns(benefit=pl.when(kind="expedite").then(40.0).otherwise(20.0))
    assert of_each(linked(tied, playbooks()), "option_rank")["c"] == (2,)
    turned = playbooks({"alternatives": ["expedite", "transfer"]})
    assert of_each(linked(tied, turned), "option_rank")["c"] == (1,)


def test_where_there_is_one_option_there_is_no_choice(proposals):
    found = linked(proposals({"action_id": MOVED}), playbooks())
    assert of_each(found, "part", "choice", "option") == {"a": ("answer", None, None)}


def test_items_choose_by_themselves(proposals):
    actions = proposals(
        {"action_id": MOVED},
        {"action_id": HURRIED, "kind": "expedite", "destination": "DC1", "sku": "SKU2"},
    )
    touched = scope(("X1", "SKU1", "S2", "short"), ("X1", "SKU2", "S2", "short"))
    found = linked(actions, playbooks(), touched=touched)
    assert set(found["part"]) == {"answer"}


@pytest.mark.parametrize(
    ("at", "expected"), [("short", {"a"}), ("over", {"a", "b"}), ("any", {"a", "b", "c"})]
)
def test_a_side_is_where_units_come_to_or_are_taken_from(proposals, at, expected):
    actions = proposals(
        {"action_id": MOVED, "origin": "S1", "destination": "S2"},  # from over to short
        {"action_id": SENT, "origin": "S1", "destination": "S4"},  # from over to elsewhere
        {"action_id": HURRIED, "origin": "S4", "destination": "S3"},  # to what is neither
    )
    touched = scope(
        ("X1", "SKU1", "S2", "short"), ("X1", "SKU1", "S1", "over"), ("X1", "SKU1", "S3", "neither")
    )
    books = playbooks({"answers": [{"kind": "transfer", "at": at}], "alternatives": []})
    found = linked(actions, books, touched=touched)
    assert {action[0] for action in found["action_id"]} == expected


def test_an_answer_may_be_of_some_forms_of_its_kind_and_of_others_elsewhere(proposals):
    forms = {"a": "pull_in", "b": "cut", "c": "push_out"}
    actions = proposals(
        *(
            {
                "action_id": letter * 24,
                "kind": "purchase_change",
                "destination": "DC1",
                "details": f'{{"po":"PO1","po_line":2,"form":"{form}"}}',
            }
            for letter, form in forms.items()
        )
    )
    answers = [
        {"kind": "purchase_change", "form": ["pull_in"], "at": "short"},
        {"kind": "purchase_change", "form": ["cut"], "at": "over"},
    ]
    books = playbooks({"answers": answers, "alternatives": []})
    assert linked(actions, books)["action_id"].to_list() == ["a" * 24]
    full = scope(("X1", "SKU1", "S2", "over"))
    assert linked(actions, books, touched=full)["action_id"].to_list() == ["b" * 24]


@pytest.mark.parametrize(
    ("exception", "side", "answered"),
    [("stock_out", "short", "a"), ("overstock", "over", "b"), ("supplier_delay", "short", "a")],
)
def test_a_split_answers_a_shortage_by_what_comes_sooner_and_overstock_by_what_is_put_off(
    proposals, policies, exception, side, answered
):
    """By the playbooks that come with the project."""
    reasons = {"a": "due_too_late;input_assumed", "b": "needed_later"}
    details = '{"po":"PO1","po_line":2,"form":"split"}'
    of_order = {"kind": "purchase_change", "origin": None, "details": details}
    splits = proposals(
        *(
            {**of_order, "action_id": letter * 24, "reason_codes": codes}
            for letter, codes in reasons.items()
        )
    )
    books = load_playbooks(policies / "playbooks.yaml")
    seen = exceptions({"kind": exception})
    found = linked(splits, books, seen, scope(("X1", "SKU1", "S2", side)))
    assert found["action_id"].to_list() == [answered * 24]


@pytest.mark.parametrize("zone", ["S2", "coast", "city", "*", "north"])
def test_a_price_is_about_the_zone_that_holds_the_item_location(proposals, zone):
    actions = proposals({"kind": "markdown_deferral", "origin": None, "destination": zone})
    books = playbooks(
        {"answers": [{"kind": "markdown_deferral", "at": "short"}], "alternatives": []}
    )
    assert len(linked(actions, books)) == (zone != "north")


def test_the_first_playbook_that_an_exception_meets_is_taken():
    books = playbooks(
        {"name": "dear", "when": {"kind": ["stock_out"], "money_above": 500}},
        {"name": "coast", "when": {"kind": ["stock_out"], "region": ["coast"]}},
        {"name": "any"},
    )
    seen = exceptions(
        {"exception_id": "X1", "money_at_risk": 501.0, "region": "coast"},
        {"exception_id": "X2", "money_at_risk": 500.0, "region": "coast"},
        {"exception_id": "X3", "money_at_risk": None},
        {"exception_id": "X4", "kind": "overstock"},
        {"exception_id": "X5", "state": "closed", "closed_by": "Units came."},
    )
    found = match_playbooks(seen, books)
    assert dict(found.select("exception_id", "playbook").iter_rows()) == {
        "X1": "dear",
        "X2": "coast",
        "X3": "any",
    }


def test_without_playbooks_there_are_no_cases(proposals):
    none = type(playbooks()).model_validate({"playbooks": []})
    assert linked(proposals({}), none).is_empty()


def test_an_action_answers_several_cases(proposals):
    seen = exceptions({}, {"exception_id": "X2", "subject": "SKU1"})
    touched = scope(("X1", "SKU1", "S2", "short"), ("X2", "SKU1", "S2", "short"))
    found = linked(proposals({}), playbooks(), seen, touched)
    assert found["case_id"].to_list() == sorted([name_case("X1"), name_case("X2")])
