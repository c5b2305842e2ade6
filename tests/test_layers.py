"""The layer rule: who may import what, and who may not ask the clock or chance."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
CONTRACTS = "quality_checks.contracts"
ALLOWED = {
    "quality_checks": ("quality_checks",),
    "forecasting": ("forecasting", CONTRACTS),
    "optimization": ("optimization", CONTRACTS, "forecasting.distribution"),
    "governance": ("governance", CONTRACTS),
    "simulation": ("simulation", "quality_checks", "forecasting", "optimization"),
}
OURS = (*ALLOWED, "inventory_assets", "benchmarks", "tests")
ONLY_ABOVE = ("dagster", "duckdb")
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("date", "today"), ("time", "time")}
CHANCE = {("random", "random"), ("random", "seed"), ("random", "default_rng")}


def imported(tree):
    """Every module that the source imports, each name of a `from` import joined to its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module, package):
    return module == package or module.startswith(f"{package}.")


def called(tree):
    """(owner, method, number of arguments) of every call like `owner.method(...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            yield name, node.func.attr, len(node.args) + len(node.keywords)


def violations(package, source):
    tree = ast.parse(source)
    for module in imported(tree):
        if any(within(module, above) for above in ONLY_ABOVE):
            yield f"imports {module}"
        ours = any(within(module, other) for other in OURS)
        if ours and not any(within(module, allowed) for allowed in ALLOWED[package]):
            yield f"imports {module}"
    for owner, method, arguments in called(tree):
        if (owner, method) in CLOCKS:
            yield f"asks the clock: {owner}.{method}"
        if (owner, method) in CHANCE and arguments == 0:
            yield f"unseeded: {owner}.{method}"


@pytest.mark.parametrize("package", ALLOWED)
def test_layer(package):
    found = [
        f"{path.relative_to(PROJECT)} {fault}"
        for path in sorted((PROJECT / package).rglob("*.py"))
        for fault in violations(package, path.read_text())
    ]
    assert found == []


def test_only_the_warehouse_opens_duckdb():
    files = (PROJECT / "inventory_assets").rglob("*.py")
    openers = {path for path in files if "duckdb.connect" in path.read_text()}
    assert openers == {PROJECT / "inventory_assets" / "warehouse" / "connection.py"}


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("forecasting", "import dagster as dg"),
        ("forecasting", "from duckdb import connect"),
        ("forecasting", "from optimization.targets import order_up_to"),
        ("forecasting", "from quality_checks.intake import examine"),
        ("optimization", "from forecasting.baselines import forecast_baseline"),
        ("optimization", "def f():\n    from governance import policy"),
        ("governance", "import forecasting"),
        ("quality_checks", "from inventory_assets.warehouse import Warehouse"),
        ("simulation", "import inventory_assets.checked"),
        ("forecasting", "import datetime as dt\nnow = dt.datetime.now()"),
        ("optimization", "from datetime import date\nday = date.today()"),
        ("simulation", "import numpy as np\nrng = np.random.default_rng()"),
    ],
)
def test_a_violation_is_found(package, source):
    assert list(violations(package, source))


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("optimization", "from forecasting.distribution import quantile"),
        ("forecasting", "from quality_checks.contracts import contract_of"),
        ("simulation", "import numpy as np\nrng = np.random.default_rng(7)"),
    ],
)
def test_what_is_allowed_passes(package, source):
    assert list(violations(package, source)) == []
