"""The walk in docs/one_line.md: its files and functions are there, and few."""

import csv
import re
from pathlib import Path

from governance import write_arithmetic
from optimization.explanation.allocation_steps import ALLOCATION_STEPS
from quality_checks.contracts import CONTRACTS

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / "docs" / "one_line.md").read_text()
FILES = re.findall(
    r"`((?:warehouse|forecasting|optimization|governance)/[\w/]+\.(?:py|sql))`", TEXT
)
HOPS = re.findall(r"\| `([\w/]+\.(?:py|sql))` \| (?:`(\w+)` )?\|", TEXT)


def test_the_walk_takes_a_dozen_files():
    assert len(HOPS) > 8
    assert len({file for file, _ in HOPS}) <= 12


def test_every_file_and_function_of_the_walk_is_there():
    for file in FILES:
        assert (PROJECT / file).exists(), file
    for file, function in HOPS:
        assert not function or f"def {function}(" in (PROJECT / file).read_text(), function


def test_the_line_has_the_columns_of_its_file():
    (line,) = re.findall(r'^    ("2025-09-30",.*)$', TEXT, flags=re.MULTILINE)
    columns = [name for name in CONTRACTS["export_lines"].columns if name != "details"]
    (cells,) = csv.reader([line])
    told = dict(zip(columns, cells, strict=True))
    assert told["kind"] == "allocation"
    value = round(int(told["quantity"]) * float(told["unit_value"]), 2)
    assert value == float(told["value"])


def test_what_explain_says_is_what_it_would_say():
    pattern = r"level (\d+) - position (\d+) = (\d+), rounded to (\d+) packs of (\d+) = (\d+)\."
    ((level, position, need, packs, pack, quantity),) = re.findall(f"    Why: {pattern}", TEXT)
    steps = {
        "level": level, "inventory_position": position, "need": need, "packs": packs,
        "case_pack": pack, "quantity": quantity,
    }  # fmt: skip
    numbers = {name: float(value) for name, value in steps.items()}
    assert f"    Why: {write_arithmetic(numbers)}." in TEXT
    assert numbers["level"] - numbers["inventory_position"] == numbers["need"]
    assert numbers["packs"] * numbers["case_pack"] == numbers["quantity"]


def test_the_steps_that_it_names_have_these_numbers():
    names = [step.name for _, steps in ALLOCATION_STEPS for step in steps]
    told = re.findall(r"step (\d+)(?: says|)\s+`(\w+) = ", TEXT, flags=re.IGNORECASE)
    assert told == [(str(names.index(name) + 1), name) for name in ("packs", "quantity")]
