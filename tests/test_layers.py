"""Rooms and doors: who may import what, through which face, and who asks no clock or chance."""

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
CONTRACTS = "quality_checks.contracts"
LEAF = "compilation"
"""It imports nothing of ours, and anyone may import it."""
ALLOWED = {
    LEAF: (),
    "quality_checks": ("quality_checks",),
    "forecasting": ("forecasting", CONTRACTS),
    "optimization": ("optimization", CONTRACTS, "forecasting.distribution"),
    "governance": ("governance", CONTRACTS, "quality_checks.document"),
    "warehouse": ("warehouse", "quality_checks"),
    "receiving": ("receiving", CONTRACTS, "quality_checks.intake"),
    "simulation": ("simulation", "quality_checks", "forecasting", "optimization"),
    "connecting": ("connecting", "quality_checks", "warehouse", "governance"),
    "workbench": (
        "workbench",
        CONTRACTS,
        "forecasting.distribution",
        "governance",
        "warehouse",
    ),
}
ROOMS = (*ALLOWED, "inventory_assets")
DAGSTERS_DOOR = "inventory_assets.definitions"
"""What workspace.yaml names is no face: it is loaded, not imported."""
OURS = (*ALLOWED, "inventory_assets", "benchmarks", "tests")
ONLY_ABOVE = {
    "dagster": ("inventory_assets",),
    "duckdb": ("inventory_assets", "warehouse"),
    "fastapi": ("workbench",),
    "mcp": ("workbench",),
    "starlette": ("receiving", "workbench"),
    "uvicorn": ("receiving", "workbench"),
}
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
        for library, rooms in ONLY_ABOVE.items():
            if within(module, library) and package not in rooms:
                yield f"imports {module}"
        ours = any(within(module, other) for other in OURS)
        if ours and not any(within(module, allowed) for allowed in (*ALLOWED[package], LEAF)):
            yield f"imports {module}"
    for owner, method, arguments in called(tree):
        if (owner, method) in CLOCKS:
            yield f"asks the clock: {owner}.{method}"
        if (owner, method) in CHANCE and arguments == 0:
            yield f"unseeded: {owner}.{method}"


def folder_of(module):
    """The folder that a module lies in; a folder with a face lies in itself."""
    inside = (PROJECT / Path(*module.split("."))).is_dir()
    return module if inside else module.rpartition(".")[0]


@cache
def face(folder):
    """What a folder's face offers."""
    return frozenset(getattr(importlib.import_module(folder), "__all__", ()))


def climbs(importer, source):
    """Imports of `importer`, a module, that reach past the face of a folder it is not in."""
    home = folder_of(importer)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        module = node.module
        if module.split(".")[0] not in ROOMS or module == DAGSTERS_DOOR:
            continue
        folder = folder_of(module)
        if within(home, folder):
            continue
        door = folder.rpartition(".")[0]
        if module != folder or (door.count(".") and not within(home, door)):
            yield f"{importer} reaches past the face of {folder}: {module}"
        for name in node.names:
            inner = (PROJECT / Path(*f"{module}.{name.name}".split("."))).is_dir()
            if module == folder and name.name not in face(folder) and not inner:
                yield f"{importer} takes what {folder} does not offer: {name.name}"


def module_of(path):
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("package", [*ROOMS, "benchmarks"])
def test_outsiders_come_through_the_door(package):
    found = [
        fault
        for path in sorted((PROJECT / package).rglob("*.py"))
        for fault in climbs(module_of(path), path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("package", ROOMS)
def test_each_folder_says_what_lives_there(package):
    for init in (PROJECT / package).rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(init.read_text())), init


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        (
            "forecasting.global_model.spread",
            "from forecasting.distribution.counts import find_quantile",
        ),
        ("optimization.levels.windows", "from optimization.value.stock_value import ladders"),
        ("simulation.replay.world", "from optimization.levels import no_such_thing"),
        ("benchmarks.targets", "from optimization.levels.order_up_to import order_up_to"),
        ("governance.routing", "from quality_checks.contracts.actions import Routed"),
    ],
)
def test_a_climb_is_found(importer, source):
    assert list(climbs(importer, source))


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("forecasting.global_model.spread", "from forecasting.distribution import find_quantile"),
        ("forecasting.global_model.spread", "from forecasting.global_model.backtest import Origin"),
        ("inventory_assets.definitions", "from inventory_assets import demand"),
        ("benchmarks.nightly", "from inventory_assets.definitions import defs"),
    ],
)
def test_a_door_is_no_climb(importer, source):
    assert list(climbs(importer, source)) == []


@pytest.mark.parametrize("package", ALLOWED)
def test_layer(package):
    found = [
        f"{path.relative_to(PROJECT)} {fault}"
        for path in sorted((PROJECT / package).rglob("*.py"))
        for fault in violations(package, path.read_text())
    ]
    assert found == []


def test_only_the_warehouse_opens_duckdb():
    files = (path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))
    openers = {path for path in files if "duckdb.connect" in path.read_text()}
    assert openers == {PROJECT / "warehouse" / "connection.py"}


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("forecasting", "import dagster as dg"),
        ("forecasting", "from duckdb import connect"),
        ("forecasting", "from optimization.levels import order_up_to"),
        ("forecasting", "from quality_checks.intake import examine"),
        ("optimization", "from forecasting.baseline import forecast_baseline"),
        ("optimization", "def f():\n    from governance import policy"),
        ("governance", "import forecasting"),
        ("quality_checks", "from warehouse import Warehouse"),
        ("warehouse", "import dagster"),
        ("warehouse", "from governance import Store"),
        ("receiving", "from warehouse import Warehouse"),
        ("connecting", "from starlette.requests import Request"),
        ("workbench", "from inventory_assets.cli.explain import lay_out_arithmetic"),
        ("workbench", "import duckdb"),
        ("simulation", "import inventory_assets.framework"),
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
        ("optimization", "from forecasting.distribution import find_quantile"),
        ("simulation", "from compilation import compiled"),
        ("forecasting", "from quality_checks.contracts import find_contract"),
        ("simulation", "import numpy as np\nrng = np.random.default_rng(7)"),
    ],
)
def test_what_is_allowed_passes(package, source):
    assert list(violations(package, source)) == []
