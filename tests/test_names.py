"""Names: no class twice in a package, functions that doors offer are verb and object."""

import ast
import importlib
import inspect
import re
from collections import defaultdict
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(
    path.parent.name
    for path in PROJECT.glob("*/__init__.py")
    if path.parent.name not in {"benchmarks", "tests"}
)
POLICIES = "quality_checks/contracts/policies.py"
VERBS = frozenset(
    """add aggregate allocate answer assume backtest bound build calibrate carry charge choose
    classify clear close compare compute cost count describe draw drop estimate examine exchange
    explain fill find fingerprint fit flag follow forecast gather hash import interpolate join
    judge keep limit link list load look make match measure name net number open override pack
    place plan play plot predict price project propose purchase put raise rank read record
    refuse register rehearse report require review roll route sample score search select sense serve
    set settle show size solve source split substitute sum summarize tabulate take train
    transfer unconstrain unpack value write""".split()  # noqa: SIM905  # one a word
)
DECLARATION = "a decorator or a declaration reads as what it states"
NOUNS = {
    "quantile": "the field's name of the function",
    "survival": "the field's name of the function",
    "expected_sales": "the field's name of the function",
    "nobody_waits": "a policy, named by what it says",
    "may_decide": "a question, answered by true or false",
    "is_still_open": "a question, answered by true or false",
    "demo_scenario": "the built-in retailer as a scenario",
    "column": DECLARATION,
    "column_of": DECLARATION,
    "compiled": DECLARATION,
    "result": DECLARATION,
    "result_asset": DECLARATION,
    "result_assets": DECLARATION,
}
"""Functions that are no verb and object; each with its reason."""


def sources(package):
    return sorted((PROJECT / package).rglob("*.py"))


def twice(files):
    """Classes that several of the files define, with the files."""
    places = defaultdict(list)
    for name, source in files:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    return {name: found for name, found in places.items() if len(found) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_classes_of_a_package_have_one_name(package):
    files = [(str(path.relative_to(PROJECT)), path.read_text()) for path in sources(package)]
    assert twice(files) == {}


def test_what_policy_states_is_a_class_once():
    stated = re.findall(r"^class (\w+)", (PROJECT / POLICIES).read_text(), flags=re.MULTILINE)
    assert {"Economics", "ServiceFloor", "AllocationRules", "TransferRules"} <= set(stated)
    again = re.compile(rf"^class ({'|'.join(stated)})\b", flags=re.MULTILINE)
    found = {
        path.relative_to(PROJECT).as_posix(): again.findall(path.read_text())
        for package in PACKAGES
        for path in sources(package)
    }
    found.pop(POLICIES)
    assert {name: classes for name, classes in found.items() if classes} == {}


def test_a_name_taken_twice_is_found():
    assert twice(
        [("a", "class Market: ..."), ("b", "class Market: ..."), ("c", "class Levels: ...")]
    ) == {"Market": ["a", "b"]}


def offered(package):
    """Functions that the faces of a package offer: face, name."""
    for face in sorted((PROJECT / package).rglob("__init__.py")):
        name = ".".join(face.parent.relative_to(PROJECT).parts)
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", ()):
            found = getattr(module, public)
            if inspect.isroutine(found) or hasattr(found, "py_func"):  # compiled
                yield name, public


def begins_with_a_verb(name):
    first, _, rest = name.partition("_")
    return first in VERBS and bool(rest)


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_that_doors_offer_are_verb_and_object(package):
    found = {name for _, name in offered(package) if not begins_with_a_verb(name)}
    assert sorted(found - NOUNS.keys()) == []


def test_every_exception_is_in_use():
    names = {name for package in PACKAGES for _, name in offered(package)}
    assert NOUNS.keys() <= names


@pytest.mark.parametrize("package", [*PACKAGES, "benchmarks"])
def test_every_module_says_what_it_is_for(package):
    silent = [
        path for path in sources(package) if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
