"""A look at a whole frame finds what pandera finds, and pandera is imported only where it does."""

import datetime as dt
import math
import subprocess
import sys

import pandera.errors
import polars as pl
import pytest

from governance.kinds import KINDS
from quality_checks.contracts import CONTRACTS, FRAMES, Table, column

VALUES = {
    pl.String: ["", " ", "a", "x" * 201, "1111111", "EUR", "a\tb", *KINDS],
    pl.Int64: [-(10**12), -1, 0, 1, 7, 24, 200, 730, 731, 10**7, 10**7 + 1, 10**12],
    pl.Float64: [-1e12, -1.0, 0.0, 0.5, 1.0, 1.5, 1e9, 1e12, math.nan, math.inf, -math.inf],
    pl.Boolean: [True, False],
    pl.Date: [dt.date(2026, 1, 31)],
}
STATED = {
    (repr(stated.dtype), repr(stated.checks), stated.nullable): stated
    for of in (CONTRACTS, FRAMES)
    for contract in of.values()
    for stated in contract.model.stated_columns.values()
}
ANNOTATIONS = {pl.String: str, pl.Int64: int, pl.Float64: float, pl.Boolean: bool, pl.Date: pl.Date}


def refuses(model, frame):
    try:
        model.to_schema().validate(frame, lazy=True)
    except pandera.errors.SchemaErrors:
        return True
    return False


@pytest.mark.parametrize("stated", STATED.values(), ids=[" ".join(key[:2]) for key in STATED])
def test_the_look_and_pandera_judge_every_value_alike(stated):
    kind = stated.dtype.base_type()
    if kind == pl.Datetime:
        pytest.skip("no time has bounds")
    one = type("One", (Table,), {"__annotations__": {"value": ANNOTATIONS[kind]}, "value": stated})
    words = [
        value for check in stated.checks for value in check.statistics.get("allowed_values", [])
    ]
    judged = set()
    for value in [None, *VALUES[kind], *words]:
        frame = pl.DataFrame({"value": [value]}, schema={"value": stated.dtype})
        assert one.is_held_by(frame) != refuses(one, frame), value
        judged.add(one.is_held_by(frame))
    assert not stated.checks or judged == {True, False}, "some values hold, and some do not"


def test_another_type_an_extra_column_and_a_broken_rule_are_seen():
    class Shelf(Table):
        """A shelf."""

        units: int = column("Units.", nullable=True)

    sound = pl.DataFrame({"units": [1, None]})
    assert Shelf.is_held_by(sound)
    assert Shelf.is_held_by(sound.clear())
    assert not Shelf.is_held_by(sound.cast(pl.Int32))
    assert not Shelf.is_held_by(sound.with_columns(more=1))
    with pytest.raises(pandera.errors.SchemaErrors):
        Shelf.validate(sound.with_columns(more=1))


def test_sound_rows_are_judged_without_pandera():
    script = """
import sys
from datetime import datetime
import polars as pl
from quality_checks.contracts import Decisions, find_contract
facts = {"decision_id": "1", "action_id": "a", "decision": "approve", "author": "ann",
         "role": "buyer", "reason": "agreed", "quantity": 1, "expires_on": None,
         "decided_at": datetime(2026, 1, 31, 9)}
contract = find_contract(Decisions)
rows = contract.conform(pl.DataFrame([facts], schema=contract.schema))
print(len(rows), sorted({"pandas", "pandera"} & set(sys.modules)))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "1 []", done.stderr
