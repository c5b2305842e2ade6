"""A column that nothing reads is asked of retailers for nothing: each is read or has a reason."""

import ast
import re
from pathlib import Path

from quality_checks.contracts import list_landing_sources

PROJECT = Path(__file__).parents[1]
ROOMS = ("forecasting", "optimization", "governance", "inventory_assets", "warehouse")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
UNREAD = {}
"""Columns that neither code nor SQL reads; each with its reason."""
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
    """Every word by which the rooms behind the intake could read a column."""
    words = set()
    for room in ROOMS:
        for path in (PROJECT / room).rglob("*.py"):
            words |= set(words_of_code(path.read_text())) - OF_LIBRARIES
        for path in (PROJECT / room).rglob("*.sql"):
            words |= set(words_of_sql(path.read_text()))
    return words


def test_every_landed_column_is_read_or_has_a_reason():
    words = words_read()
    unread = {
        f"{name}.{column}"
        for name, contract in list_landing_sources().items()
        for column in contract.columns
        # Loading reads keys, what dates a row and what must have happened, by the contract.
        if column not in {*words, *contract.key, contract.date, *contract.happened}
    }
    assert unread == set(UNREAD)


def test_words_in_docstrings_and_comments_read_nothing():
    assert "brand" not in set(words_of_code('def f():\n    """Reads brand."""\n    # brand\n'))
    assert "brand" in set(words_of_code('frame["brand"]'))
    assert "brand" not in words_of_sql("SELECT sku -- brand\nFROM x")
