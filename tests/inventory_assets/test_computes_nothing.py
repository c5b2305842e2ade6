"""`inventory_assets` moves data: what is computed is computed in the rooms that it calls.

Read from the syntax tree, so that what is found is told by file and function. Joins, filters and
sorts move rows; sums, choices between values and arithmetic of columns make new ones.
"""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
HOUSE = PROJECT / "inventory_assets"
FOR_PEOPLE = ("cli/", "pictures/")
"""What is printed and drawn; `test_what_is_drawn_is_only_shown` holds it to that."""
LIBRARIES = {"numpy", "scipy", "statistics", "numba", "lightgbm", "statsforecast", "math"}
SUMS = {
    *("group_by", "group_by_dynamic", "agg", "over", "pivot", "unpivot", "rolling"),
    *("sum", "mean", "median", "std", "var", "quantile", "product", "cum_sum", "diff", "rank"),
    *("sum_horizontal", "mean_horizontal", "max_horizontal", "min_horizontal"),
    *("when", "clip", "interpolate", "replace_strict", "map_elements", "map_batches", "map_rows"),
}
"""Methods that make values of others."""
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
EXCEPTIONS = {
    ("framework/plain_text.py", "neutralise_formulas"): "texts for a spreadsheet, not figures",
    ("reporting/shortages.py", "shortages"): "a total that the UI shows, of the table's own column",
    ("reporting/worklist.py", "tabulate_worklist"): "a share as a percentage, for people",
}
"""Functions that compute all the same: file and function -> why. Let it grow shorter."""


def is_of_columns(node):
    """Whether an expression is of polars, or of a column of a frame, and names no other day."""
    if any(isinstance(part, ast.Name) and part.id == "timedelta" for part in ast.walk(node)):
        return False
    return any(
        (isinstance(part, ast.Name) and part.id == "pl")
        or (
            isinstance(part, ast.Subscript)
            and isinstance(part.slice, ast.Constant)
            and isinstance(part.slice.value, str)
        )
        for part in ast.walk(node)
    )


def find_computing(tree):
    """(function, what it does) of each place where a module computes."""
    owners = {
        id(part): function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for part in ast.walk(function)
    }
    for node in ast.walk(tree):
        owner = owners.get(id(node), "")
        match node:
            case ast.Import(names=names):
                yield from ((owner, n.name) for n in names if n.name.split(".")[0] in LIBRARIES)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in LIBRARIES:
                yield owner, module
            case ast.Call(func=ast.Attribute(attr=name)) if name in SUMS:
                yield owner, name
            case ast.BinOp(op=op) if isinstance(op, ARITHMETIC) and is_of_columns(node):
                yield owner, ast.unparse(node)


def modules():
    for path in sorted(HOUSE.rglob("*.py")):
        name = path.relative_to(HOUSE).as_posix()
        if not name.startswith(FOR_PEOPLE):
            yield name, ast.parse(path.read_text())


def test_assets_compute_nothing():
    found = {}
    for name, tree in modules():
        for function, what in find_computing(tree):
            found.setdefault((name, function), []).append(what)
    assert {place: what for place, what in found.items() if place not in EXCEPTIONS} == {}
    assert found.keys() == EXCEPTIONS.keys(), "an exception that nothing needs is taken out"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import numpy as np", "numpy"),
        ("def f():\n    from scipy.stats import norm", "scipy.stats"),
        ("def f(plan):\n    return plan.group_by('sku')", "group_by"),
        ("def f(plan):\n    return plan['quantity'].sum()", "sum"),
        (
            "def f(plan):\n    return plan.select(pl.col('units') * pl.col('price'))",
            "pl.col('units') * pl.col('price')",
        ),
        ("def f(a):\n    return a['on_hand'] - a['reserved']", "a['on_hand'] - a['reserved']"),
        ("def f(a):\n    return pl.when(a['late']).then(0)", "when"),
    ],
)
def test_what_computes_is_found(source, what):
    assert what in [found for _, found in find_computing(ast.parse(source))]


@pytest.mark.parametrize(
    "source",
    [
        "def f(inputs):\n    return inputs.business_date - timedelta(days=27)",
        "def f(inputs):\n    return inputs.exports / '2025-10-01'",
        "def f(a, b):\n    return a.join(b, on='sku').filter(pl.col('units') > 0).sort('sku')",
        "def f(words):\n    return ';'.join(words)",
    ],
)
def test_what_moves_rows_and_names_days_is_not(source):
    assert list(find_computing(ast.parse(source))) == []


def find_drawn(tree):
    """Calls of what `pictures` offers outside of what is shown, by name."""
    offered = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "inventory_assets.pictures"
        for alias in node.names
        if alias.name.startswith(("tabulate_", "plot_"))
    }
    tables = [
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        and node.func.id == "Computed" and node.args
        for part in ast.walk(node.args[0])
    ]  # fmt: skip
    named = {part.id for part in tables if isinstance(part, ast.Name)}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=call))):
                if call in offered and name in named:
                    yield call
    yield from sorted(offered & named)


def test_what_is_drawn_is_only_shown():
    found = {name: list(find_drawn(tree)) for name, tree in modules()}
    assert {name: drawn for name, drawn in found.items() if drawn} == {}


@pytest.mark.parametrize(
    "body",
    [
        "return Computed(tabulate_steps(frame))",
        "told = tabulate_steps(frame)\n    return Computed(told)",
    ],
)
def test_what_is_drawn_and_stored_is_found(body):
    source = "from inventory_assets.pictures import tabulate_steps\n"
    source += f"def explanations(frame):\n    {body}\n"
    assert list(find_drawn(ast.parse(source))) == ["tabulate_steps"]
