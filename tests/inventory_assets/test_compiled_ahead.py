"""That `plenish compile` leaves nothing for a night or a cycle to compile."""


def test_a_night_compiles_nothing_that_was_not_compiled_ahead(seen):
    assert seen["kernels rehearsed"] > 30
    assert seen["kernels of the night alone"] == []


def test_a_cycle_compiles_nothing_that_no_night_has(seen):
    """Also where one item is made anew, whose frames lie otherwise than those of all."""
    assert seen["kernels of the cycle alone"] == []
