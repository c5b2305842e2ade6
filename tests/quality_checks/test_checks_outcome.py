"""A check passes when no row is at fault."""

import importlib
import pkgutil

import polars as pl

from quality_checks import checks
from quality_checks.checks import Check

CHECK = Check("stated", "It holds.", blocking=True)


def test_rows_at_fault_fail_and_carry_the_message():
    failing = pl.DataFrame({"sku": ["a"]})
    outcome = CHECK.found(failing, "one is off")
    assert not outcome.passed
    assert outcome.message == "one is off"
    assert outcome.failing.equals(failing)
    assert outcome.check is CHECK


def test_no_row_at_fault_passes_without_a_message():
    outcome = CHECK.found(pl.DataFrame({"sku": []}), "nothing is off")
    assert outcome.passed
    assert not outcome.message


def test_checks_warn_unless_they_say_that_they_block():
    assert not Check("stated", "It holds.").blocking


def test_every_stated_check_has_an_identifier_and_a_description():
    modules = [
        importlib.import_module(f"{checks.__name__}.{found.name}")
        for found in pkgutil.iter_modules(checks.__path__)
    ]
    stated = [
        check for module in modules for check in vars(module).values() if isinstance(check, Check)
    ]
    assert len(stated) >= 20
    for check in stated:
        assert check.name.isidentifier()
        assert check.description.endswith(".")
