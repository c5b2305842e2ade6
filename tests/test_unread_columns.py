"""A column that nothing reads is asked of retailers for nothing: each is read or has a reason."""

import ast
import re
from pathlib import Path

from quality_checks.contracts import list_landing_sources

PROJECT = Path(__file__).parents[1]
ROOMS = ("forecasting", "optimization", "governance", "inventory_assets", "warehouse")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
UNREAD = {"acknowledgements.system": "the check answers_known holds it against the addressee"}
"""Columns that neither code nor SQL reads; each with its reason."""
FURTHER_ON = {
    "item_suppliers.order_unit": "governance/exchange/erp_documents.py",
    "item_suppliers.order_unit_size": "governance/exchange/erp_documents.py",
    "item_suppliers.supplier_item": "governance/exchange/supplier_documents.py",
    "level_changes.author": "governance/level_changes/recording.py",
    "level_changes.change": "warehouse/sql/changed_levels.sql",
    "level_changes.ends_on": "warehouse/sql/changed_levels.sql",
    "level_changes.factor": "warehouse/sql/changed_levels.sql",
    "level_changes.minimum": "warehouse/sql/changed_levels.sql",
    "level_changes.reason": "inventory_assets/cli/adjust.py",
    "level_changes.role": "governance/level_changes/recording.py",
    "level_changes.starts_on": "warehouse/sql/changed_levels.sql",
    "node_capacities.most_lines": "optimization/sourcing/inputs.py",
    "node_capacities.most_units": "optimization/sourcing/inputs.py",
    "substitutes.allowed": "forecasting/substitution/closeness.py",
}
"""Columns read where their source is no longer named: of a frame or a view that carries it on."""
OF_LIBRARIES = {"created"}
"""Words of code that name something of a library and no column."""


def words_of_code(text):
    """Words that a module reads by: strings that are no docstrings, attributes, keywords."""
    tree = ast.parse(text)
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, DOCUMENTED) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield from re.findall(r"\w+", node.value)
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def words_of_sql(text):
    return re.findall(r"\w+", re.sub(r"--.*", "", text))


def words_read():
    """What each module and query behind the intake could read columns by, by path."""
    found = {}
    for room in ROOMS:
        for path in (PROJECT / room).rglob("*"):
            if path.suffix == ".py":
                found[path] = set(words_of_code(path.read_text())) - OF_LIBRARIES
            elif path.suffix == ".sql":
                found[path] = set(words_of_sql(path.read_text()))
    return found


def is_read(source, column, words):
    """Whether something that speaks of a source speaks of a column: another source's is no use."""
    names = {source, f"known_{source}"}
    return any(column in found and names & found for found in words.values())


def test_every_landed_column_is_read_or_has_a_reason():
    words = words_read()
    unread = {
        f"{name}.{column}"
        for name, contract in list_landing_sources().items()
        for column in contract.columns
        # Loading reads keys, what dates a row, what must have happened, and what else a row names.
        if column
        not in {
            *(*contract.key, contract.date, *contract.happened),
            *(*contract.references, *contract.mentions),
        }
        and not is_read(name, column, words)
    }
    assert unread == {*UNREAD, *FURTHER_ON}
    for column, path in FURTHER_ON.items():
        assert column.partition(".")[2] in words[PROJECT / path], column


def test_a_column_of_another_source_is_not_read():
    words = {"x.sql": {"known_products", "currency"}, "y.py": {"prices", "price"}}
    assert is_read("products", "currency", words)
    assert not is_read("item_suppliers", "currency", words)
    assert is_read("prices", "price", words)


def test_words_in_docstrings_and_comments_read_nothing():
    assert "brand" not in set(words_of_code('def f():\n    """Reads brand."""\n    # brand\n'))
    assert "brand" in set(words_of_code('frame["brand"]'))
    assert "brand" not in words_of_sql("SELECT sku -- brand\nFROM x")
