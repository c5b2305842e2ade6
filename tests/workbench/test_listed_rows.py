"""Lists are narrowed, sorted and paged as a plain loop over their rows would do it."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.reading import (
    LISTINGS,
    WORKLIST,
    Ask,
    Choice,
    Listing,
    Prepared,
    read_ask,
    select_page,
)

LIST = Listing(
    name="list",
    title="List",
    view="planned_actions",
    key=("sku", "location"),
    shown=("sku", "kind", "value"),
    choices=(Choice("kind", "Kind"), Choice("roles", "Roles", is_joined=True)),
    searched=("sku", "item_name"),
    order="value",
    sums=("value",),
)
ROW = st.fixed_dictionaries(
    {
        "sku": st.sampled_from(["a", "b", "c", "aa"]),
        "location": st.sampled_from(["1", "2", "3", "4", "5"]),
        "item_name": st.none() | st.sampled_from(["Red Shirt", "blue shirt", "RED sock"]),
        "kind": st.none() | st.sampled_from(["buy", "move"]),
        "roles": st.sampled_from(["", "buyer", "buyer;finance", "finance"]),
        "value": st.none() | st.sampled_from([0.0, 1.5, 2.0, -3.0]),
    }
)
ROWS = st.lists(ROW, max_size=20, unique_by=lambda row: (row["sku"], row["location"]))
CHOSEN = [{}, {"kind": "buy"}, {"roles": "buyer"}, {"kind": "move", "roles": "finance"}]
SCHEMA = {
    "sku": pl.String,
    "location": pl.String,
    "item_name": pl.String,
    "kind": pl.String,
    "roles": pl.String,
    "value": pl.Float64,
}


def prepare(rows):
    return Prepared.of(pl.DataFrame(rows, schema=SCHEMA), LIST)


def plainly(rows, chosen, text, sort, down):
    """Keys of the rows that fit, in order."""
    found = []
    for row in rows:
        said = f"{row['sku']}\n{row['item_name'] or ''}".lower()
        if "kind" in chosen and row["kind"] != chosen["kind"]:
            continue
        if "roles" in chosen and chosen["roles"] not in row["roles"].split(";"):
            continue
        if all(word in said for word in text.lower().split()):
            found.append(row)
    found.sort(key=lambda row: f"{row['sku']}|{row['location']}")
    known = [row for row in found if row[sort] is not None]
    known.sort(key=lambda row: row[sort], reverse=down)
    ordered = [*known, *(row for row in found if row[sort] is None)]
    return [f"{row['sku']}|{row['location']}" for row in ordered]


@given(
    rows=ROWS,
    chosen=st.sampled_from(CHOSEN),
    text=st.sampled_from(["", "red", "RED sh", "a", "shirt b"]),
    order=st.tuples(st.sampled_from(["value", "kind", "sku"]), st.booleans()),
    size=st.integers(1, 7),
)
def test_pages_put_together_are_the_whole_list(rows, chosen, text, order, size):
    prepared = prepare(rows)
    expected = plainly(rows, chosen, text, *order)
    ask = Ask(chosen, text, *order, size=size)
    page, pages = select_page(prepared, ask), []
    while True:
        pages.append(page)
        assert page.sums["rows"] == len(expected)
        if not page.after:
            break
        page = select_page(prepared, Ask(chosen, text, *order, after=page.after, size=size))
    assert [key for page in pages for key in page.rows["row_key"]] == expected
    # And back again.
    assert [bool(page.before) for page in pages] == [False, *[True] * (len(pages) - 1)]
    for earlier, later in pairwise(pages):
        back = Ask(chosen, text, *order, before=later.before, size=size)
        assert select_page(prepared, back).rows.equals(earlier.rows)


@given(rows=ROWS)
def test_sums_are_those_of_all_rows_that_fit(rows):
    page = select_page(prepare(rows), Ask({"kind": "buy"}, "", "value", True, size=1))
    fitting = [row["value"] or 0 for row in rows if row["kind"] == "buy"]
    assert page.sums == {"rows": len(fitting), "value": sum(fitting)}


def test_a_page_goes_on_where_a_row_was_that_was_decided_meanwhile():
    rows = [
        {"sku": "a", "location": str(n), "item_name": "x", "kind": "buy", "roles": "", "value": n}
        for n in range(6)
    ]
    ask = Ask({"kind": "buy"}, "", "value", False, after="a|2", size=2)
    rows[2]["kind"] = "move"
    assert select_page(prepare(rows), ask).rows["row_key"].to_list() == ["a|3", "a|4"]


def test_what_is_asked_is_kept_in_the_address_of_the_next_page():
    ask = read_ask(WORKLIST, {"kind": "transfer", "text": " red ", "size": "7", "nonsense": "1"})
    assert ask.parameters == {
        "kind": "transfer", "text": "red", "sort": "rank", "direction": "up", "size": "7",
    }  # fmt: skip
    assert read_ask(WORKLIST, ask.parameters) == ask
    assert ask.sort_by("value")["direction"] == "up"
    assert read_ask(WORKLIST, ask.sort_by("value")).sort_by("value")["direction"] == "down"


@pytest.mark.parametrize(
    "listing", [WORKLIST, *LISTINGS.values()], ids=lambda listing: listing.name
)
def test_each_column_of_a_list_is_described_and_sorts_it(planner, listing):
    path = "/worklist" if listing is WORKLIST else f"/lists/{listing.name}"
    for column in listing.shown:
        assert column == "rank" or listing.describe(column)
        for direction in ("up", "down"):
            answer = planner.get(f"{path}?sort={column}&direction={direction}")
            assert answer.status == 200
            assert 'aria-sort="' in answer.text


def test_letters_of_keys_are_kept_and_codes_are_words():
    names = {
        choice.name: choice.is_name
        for listing in (WORKLIST, *LISTINGS.values())
        for choice in listing.choices
    }
    assert all(names[name] for name in ("sku", "supplier", "origin", "destination", "zone"))
    assert not any(names[name] for name in ("standing", "kind", "state", "reason"))


def test_amounts_are_written_as_money_with_their_currency(planner):
    page = planner.get("/lists/suppliers")
    assert "amounts in EUR" in page.text
    assert LISTINGS["prices"].list_money()
    for listing in LISTINGS.values():
        assert not {*listing.list_money()} & {*listing.shares}
