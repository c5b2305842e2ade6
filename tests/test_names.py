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
    """add admit aggregate allocate answer assume backtest book bound build calibrate carry cast
    change charge choose classify clear close commit compare compute consent copy cost count decide
    deliver describe draft draw drop
    estimate examine exchange explain fill find fingerprint fit flag fold follow forbid forecast
    gather grow hash import interpolate join judge keep limit link list load log look make match
    measure move name net number open override pack parse place plan play plot predict price project
    propose purchase put raise rank read recall record refuse register rehearse replace report
    require review revoke roll round route sample scale score search select sense serve set settle
    show sign size solve source split start substitute sum summarize tabulate take train transfer
    unconstrain unpack value wait word write""".split()  # noqa: SIM905  # one a word
)
QUESTIONS = ("is", "may")
"""First words of functions that answer true or false."""

DECLARATIONS = frozenset(
    {"column", "column_of", "compiled", "landed", "result", "result_asset", "result_assets", "rule"}
)
"""Decorators, and what states the columns of a class: they read as what they state."""


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


def list_borrowed(files):
    """Functions that a module of another folder imports from where they are written.

    Args:
        files: path within the project -> source.

    Returns:
        Name and path of each. Commands of the command line and assets, which others name but do
        not call, are none: they are no functions where they are imported.
    """
    written = {
        (path, node.name)
        for path, source in files.items()
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }
    for path, source in files.items():
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            home = node.module.replace(".", "/") + ".py"
            for name in (alias.name for alias in node.names):
                if (home, name) in written and Path(home).parent != Path(path).parent:
                    yield name, home


def is_well_named(name, answers_a_question):
    first, _, rest = name.partition("_")
    if name in DECLARATIONS or (first in QUESTIONS and answers_a_question):
        return True
    return first in VERBS and bool(rest)


def answers_a_question(function):
    return inspect.signature(function).return_annotation in {bool, "bool"}


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_that_doors_offer_are_verb_and_object(package):
    found = {
        name
        for face, name in offered(package)
        if not is_well_named(name, answers_a_question(getattr(importlib.import_module(face), name)))
    }
    assert sorted(found) == []


def read_sources():
    return {
        path.relative_to(PROJECT).as_posix(): path.read_text()
        for package in PACKAGES
        for path in sources(package)
    }


def test_functions_that_other_folders_import_are_verb_and_object():
    """Also those of modules between the folders, which no face offers."""
    files = read_sources()
    borrowed = {*list_borrowed(files)}
    assert ("compute_moving_cost", "optimization/lanes.py") in borrowed
    found = set()
    for name, home in borrowed:
        function = getattr(importlib.import_module(home[:-3].replace("/", ".")), name)
        if inspect.isfunction(function) and not is_well_named(name, answers_a_question(function)):
            found.add((name, home))
    assert sorted(found) == []


def test_a_function_that_is_no_verb_and_object_is_found():
    files = {
        "a/costs.py": "def moving_cost(): ...",
        "a/use.py": "from a.costs import moving_cost",
        "b/use.py": "from a.costs import moving_cost",
    }
    assert [*list_borrowed(files)] == [("moving_cost", "a/costs.py")]
    for name in ("moving_cost", "quantile", "plan", "is_open"):
        assert not is_well_named(name, answers_a_question=False)
    assert is_well_named("is_open", answers_a_question=True)
    assert is_well_named("compute_cost", answers_a_question=False)


def list_other_uses(source):
    """Calls of DECLARATIONS that neither decorate nor state the columns of a class.

    Where one is written it may rest on another.
    """
    tree, stated = ast.parse(source), set()
    if any(isinstance(node, ast.FunctionDef) and node.name in DECLARATIONS for node in tree.body):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            parts = [*node.decorator_list]
            if isinstance(node, ast.ClassDef):
                parts += [line for line in node.body if isinstance(line, ast.AnnAssign)]
            stated |= {id(inner) for part in parts for inner in ast.walk(part)}
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if called and node.func.id in DECLARATIONS and id(node) not in stated:
            yield node.func.id


def test_a_declaration_is_used_as_one():
    found = {path: {*list_other_uses(source)} for path, source in read_sources().items()}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("package", [*PACKAGES, "benchmarks"])
def test_every_module_says_what_it_is_for(package):
    silent = [
        path for path in sources(package) if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
