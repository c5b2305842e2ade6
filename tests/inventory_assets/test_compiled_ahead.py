"""That `plenish compile` leaves nothing for a night to compile."""


def test_a_night_compiles_nothing_that_was_not_compiled_ahead(seen):
    assert seen["kernels rehearsed"] > 30
    assert seen["kernels of the night alone"] == []
