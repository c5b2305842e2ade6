"""Packages import what they declare, and the lock file installs all that is declared."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parent.parent
STATED = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
ROOMS = (
    "compilation",
    "connecting",
    "forecasting",
    "governance",
    "inventory_assets",
    "optimization",
    "quality_checks",
    "receiving",
    "simulation",
    "warehouse",
    "workbench",
)
ANOTHER_NAME = {"yaml": "pyyaml"}
"""Modules that are not called as the distribution they come in."""


def usual(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements):
    return {usual(requirement.name) for requirement in map(Requirement, requirements)}


DEV = named(STATED["optional-dependencies"]["dev"])
RUNTIME = named(STATED["dependencies"])
DECLARED = [*STATED["dependencies"], *STATED["optional-dependencies"]["dev"]]
LOCK = (PROJECT / "requirements.lock").read_text()
LOCKED = [Requirement(entry) for entry in re.findall(r"^(\S.*?) \\$", LOCK, re.MULTILINE)]


def foreign_imports(source):
    """Distributions that a module imports, of neither the standard library nor the project."""
    for node in ast.walk(ast.parse(source)):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module]
        for module in modules:
            name = module.split(".")[0]
            if name not in sys.stdlib_module_names and name not in ROOMS:
                yield usual(ANOTHER_NAME.get(name, name))


@pytest.mark.parametrize("room", ROOMS)
def test_a_package_imports_what_is_declared_for_runtime(room):
    found = {
        name
        for path in (PROJECT / room).rglob("*.py")
        for name in foreign_imports(path.read_text())
    }
    assert found - RUNTIME == set()


def test_an_import_within_a_function_counts():
    source = (
        "def f():\n    from highspy.highs import Highs\n    import yaml, os, forecasting.returns"
    )
    assert set(foreign_imports(source)) == {"highspy", "pyyaml"}


def test_yardsticks_are_no_runtime_dependencies():
    assert {"highspy", "mlforecast"} <= DEV - RUNTIME


def needed(requirements):
    """Distributions that the requirements come to, with all that those need in turn."""
    found, queue = {}, [Requirement(text) for text in requirements]
    while queue:
        requirement = queue.pop()
        extras = requirement.extras or {""}
        name = usual(requirement.name)
        if extras <= found.get(name, set()):
            continue
        found.setdefault(name, set()).update(extras)
        for text in metadata.requires(name) or ():
            other = Requirement(text)
            if other.marker is None or any(
                other.marker.evaluate({"extra": extra}) for extra in {"", *extras}
            ):
                queue.append(other)
    return set(found)


def test_the_lock_file_installs_all_that_is_declared():
    locked = {
        usual(entry.name) for entry in LOCKED if entry.marker is None or entry.marker.evaluate()
    }
    assert needed(DECLARED) <= locked


def test_locked_versions_are_those_declared():
    locked = {usual(entry.name): entry.specifier for entry in LOCKED}
    for requirement in map(Requirement, DECLARED):
        (pin,) = locked[usual(requirement.name)]
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), requirement


def test_the_lock_file_names_no_index():
    line = re.compile(r"\S+==\S+( ; [^/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [found for found in LOCK.splitlines() if not line.fullmatch(found)] == []
