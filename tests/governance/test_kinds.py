"""Declarations of kinds of action: complete, closed, and what the documents say."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pandera.errors
import polars as pl
import pytest

from governance.exchange.batch import ManifestInputs
from governance.exchange.export import read_batch, write_batch
from governance.kinds import KINDS, Form, find_kind, pack_details, register_kind, unpack_details
from governance.kinds.document import with_tables
from quality_checks.contracts import CONTRACTS

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
NAMED = {
    (
        "governance/exchange/supplier_documents.py",
        "purchase_order",
    ): "X12 has a document of its own",
    ("inventory_assets/cli/replay.py", "markdown"): "a measure of the replay",
    ("inventory_assets/plans/open_orders.py", "expedite"): "a form of a change of an order line",
    ("warehouse/sql/changed_prices.sql", "markdown"): "its prices are in a table of their own",
    ("warehouse/sql/countable_pairs.sql", "stock_count"): "what was asked for is not asked again",
    (
        "warehouse/sql/read_copy/line_outcomes.sql",
        "allocation",
    ): "of these the arrival at a node that sells is known",
    ("warehouse/sql/read_copy/line_outcomes.sql", "transfer"): "the same",
    (
        "warehouse/sql/read_copy/transfer_yield.sql",
        "transfer",
    ): "trips are weighed by what they kept",
    ("warehouse/sql/read_copy/fulfilment_costs.sql", "sourcing"): "its costs are in its own plan",
    ("warehouse/sql/read_copy/key_metrics.sql", "markdown"): "deferrals are no clearance",
    ("warehouse/sql/recomputed_payments.sql", "purchase_order"): "suppliers are paid for orders",
}
"""Files that know a kind by its name beside its declaration, its planner and its explanation."""
TO_COME = {
    "purchase_order",
    "purchase_change",
    "expedite",
    "allocation",
    "transfer",
    "sourcing",
    "substitution",
    "markdown",
    "markdown_deferral",
    "stock_count",
}


def test_every_kind_of_the_mission_is_declared():
    assert set(KINDS) == TO_COME
    assert [kind.name for kind in KINDS.values() if kind.plan] == [
        "purchase_order",
        "purchase_change",
        "expedite",
        "allocation",
        "transfer",
        "sourcing",
        "substitution",
        "markdown",
        "markdown_deferral",
        "stock_count",
    ]
    forms = {"pull_in", "push_out", "cut", "cancel", "split"}
    assert set(find_kind("purchase_change").forms) == forms


def kinds_named(path):
    """Kinds of action that a file names; in Python no tables that are called alike."""
    text = path.read_text()
    if path.suffix == ".sql":
        told = re.findall(r"(?<!document_)\bkind (?:=|IN) (\([^)]*\)|'\w+')", text)
        told += re.findall(r"'\w+' AS kind\b", text)
        return set(re.findall(r"'(\w+)'", " ".join(told))) & TO_COME
    constants = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return {node.value for node in constants} & TO_COME - {*CONTRACTS}


def test_no_other_file_names_a_kind():
    files = [
        *(path for path in (PROJECT / "governance").rglob("*.py") if path.parent.name != "kinds"),
        *(PROJECT / "inventory_assets").rglob("*.py"),
        *(PROJECT / "warehouse").rglob("*.*"),
    ]
    found = {
        (path.relative_to(PROJECT).as_posix(), name)
        for path in files
        if path.suffix in {".py", ".sql"}
        for name in kinds_named(path)
    }
    assert found == NAMED.keys()


def test_a_kind_that_is_named_is_found(tmp_path):
    python, sql = tmp_path / "desk.py", tmp_path / "due.sql"
    python.write_text('if kind == "transfer": read("allocation")')
    sql.write_text(
        "SELECT 'markdown' AS kind WHERE p.kind = 'expedite' AND e.kind IN ('sourcing', 'x')"
        " AND r.document_kind = 'transfer' AND document_kind IN ('purchase_order')"
    )
    assert kinds_named(python) == {"transfer"}
    assert kinds_named(sql) == {"markdown", "expedite", "sourcing"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"roles": ("allocator", "king")},
            "roles has king; known: administrator, allocator, auditor, buyer",
        ),
        ({"roles": ()}, "it has no role"),
        ({"sources": frozenset({"stok"})}, "sources has stok; known: .*stock"),
        ({"ends": ("middle",)}, "ends has middle; known: destination, origin"),
        ({"keys": ("sku", "lot")}, "keys has lot"),
        ({"terms": {"joy": "gives {} of joy"}}, "terms has joy"),
        ({"forms": {}}, "it has no form"),
        ({"forms": {"a": Form(headline="A"), "b": Form(headline="B")}}, "a column `form` goes"),
        ({"forms": {"": Form(headline="Move {lot}")}}, "headline has lot, which is no column"),
        ({"name": "Transfer!"}, "'Transfer!' is no name"),
        ({"file": "../transfers"}, r"'\.\./transfers' is no name"),
        ({"columns": CONTRACTS["routed"].model}, "columns repeat action_id, business_date"),
    ],
)
def test_what_does_not_exist_is_refused_when_it_is_declared(changes, message):
    with pytest.raises(ValueError, match=f"kind of action .*: .*{message}"):
        replace(find_kind("transfer"), **changes)


def test_names_files_and_words_are_taken_once():
    transfer = find_kind("transfer")
    with pytest.raises(ValueError, match="two kinds of action have the name 'transfer'"):
        register_kind(replace(transfer, file="moves"))
    with pytest.raises(ValueError, match="two kinds of action have the file 'transfers'"):
        register_kind(replace(transfer, name="move"))
    other = {"clearance": "Away with it."}
    with pytest.raises(ValueError, match="move: reason code 'clearance' has other words"):
        register_kind(replace(transfer, name="move", file="moves", reasons=other))
    assert set(KINDS) == TO_COME


def test_unknown_kind_is_refused_by_every_table_that_holds_one(proposals, export_lines):
    for rows in (proposals, export_lines):
        with pytest.raises(pandera.errors.SchemaErrors, match=r"kind(.|\n)*kinds of action") as no:
            rows({"kind": "bundle"})
        assert no.value.failure_cases["failure_case"].to_list() == ["bundle"]
    with pytest.raises(
        LookupError, match="'bundle' is not a kind of action; known: purchase_order"
    ):
        find_kind("bundle")


def test_own_columns_survive_the_way_through_shared_tables(export_lines, tmp_path):
    lines = export_lines(
        *({"action_id": f"{n:024}", "kind": kind} for n, kind in enumerate(sorted(KINDS)))
    )
    folder = write_batch(lines, ManifestInputs("plan", "input", "policy"), tmp_path)
    assert read_batch(folder).lines.equals(lines)
    for kind in KINDS.values():
        file = pl.read_csv(folder / f"{kind.file}.csv")
        shared = [name for name in CONTRACTS["export_lines"].columns if name != "details"]
        assert file.columns == [*shared, *kind.own_schema]


def test_own_columns_are_checked_in_and_out():
    kind = find_kind("markdown")
    good = pl.DataFrame({
        "document": ["d"], "least_value": [9.0],
        "old_price": [20.0], "new_price": [14.99], "prior_price": [19.0],
    })  # fmt: skip
    packed = pack_details(good, kind)
    assert unpack_details(packed.select("details"), kind).equals(good)
    with pytest.raises(pandera.errors.SchemaErrors, match="new_price"):
        pack_details(good.with_columns(new_price=-1.0), kind)
    for details in (None, '{"document":"d","least_value":null,"old_price":20.0}'):
        with pytest.raises(pandera.errors.SchemaErrors, match="new_price"):
            unpack_details(
                pl.DataFrame({"details": [details]}, schema={"details": pl.String}), kind
            )


def test_money_of_its_own_has_the_decimals_of_a_unit_value():
    price = 18.95 * 0.75
    step = {"document": ["d"], "least_value": [9.0], "old_price": [18.95], "new_price": [price],
            "prior_price": [18.95]}  # fmt: skip
    packed = pack_details(pl.DataFrame(step), find_kind("markdown"))
    assert '"new_price":14.2125,' in packed["details"][0]


def test_only_spending_kinds_touch_the_budget():
    spending = {
        kind.name for kind in KINDS.values() if any(f.commits.spends for f in kind.forms.values())
    }
    assert spending == {"purchase_order", "expedite"}


def test_the_page_of_kinds_is_up_to_date():
    page = (DOCS / "adding_a_kind.md").read_text()
    assert page == with_tables(page), "docs/adding_a_kind.md is stale: run `make docs`"
    with pytest.raises(ValueError, match="no markers <!-- kinds -->"):
        with_tables("# Adding a kind")
