"""Level less position in one line."""

import pytest

from governance import write_arithmetic


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (
            {"level": 27, "inventory_position": 3, "need": 24, "case_pack": 6, "packs": 4,
             "quantity": 24},
            "level 27 - position 3 = 24 = 4 packs of 6",
        ),
        (
            {"level": 3, "inventory_position": 0, "need": 3, "case_pack": 8, "packs": 1,
             "quantity": 8},
            "level 3 - position 0 = 3, rounded to 1 pack of 8 = 8",
        ),
        (
            {"level": 14, "inventory_position": 0, "need": 14, "case_pack": 6, "packs": 2,
             "quantity": 12},
            "level 14 - position 0 = 14, rounded to 2 packs of 6 = 12",
        ),
        (
            {"level": 30, "inventory_position": 2, "need": 28, "case_pack": 6, "packs": 2,
             "quantity": 12},
            "level 30 - position 2 = 28, cut to 2 packs of 6 = 12",
        ),
        (
            {"order_up_to": 1453, "inventory_position": -4, "need": 1457, "order_multiple": 10,
             "packs": 146, "quantity": 1460},
            "level 1,453 - position -4 = 1,457, rounded to 146 packs of 10 = 1,460",
        ),
        (
            {"level": 5, "inventory_position": 1, "need": 4, "quantity": 4},
            "level 5 - position 1 = 4",
        ),
        (
            {"level": 5, "inventory_position": 1, "need": 4, "quantity": 2},
            "level 5 - position 1 = 4, cut to 2",
        ),
        (
            {"order_up_to": 40, "inventory_position": 8, "need": 32, "quantity": 32,
             "lost_as_is": 9.0, "lost_then": 2.0, "holding_as_is": 4.0, "holding_then": 6.0},
            "level 40 - position 8 = 32",
        ),
        ({"quantity": 3, "benefit": 2.0}, None),
        (
            {"quantity": 9, "lost_as_is": 41.77, "lost_then": 23.6, "holding_as_is": 4.36,
             "holding_then": 818.29},
            "41.8 units short as things are, 23.6 with it; stock costs 4.36 to keep, then 818.29",
        ),
        (
            {"asked": 1, "quantity": 1, "otherwise": 31.2, "moving_cost": 4.1,
             "margin_given_up": 0.8},
            "shipping costs 4.10 and units worth 0.80, doing nothing 31.20",
        ),
        (
            {"quantity": 70, "sold_as_is": 40.24, "proceeds_as_is": 1204.5, "sold_then": 61,
             "proceeds_then": 1462},
            "40.2 units sell for 1,204.50 as things are, 61.0 for 1,462.00 with it",
        ),
    ],
)  # fmt: skip
def test_a_quantity_in_one_line(steps, line):
    assert write_arithmetic({name: float(value) for name, value in steps.items()}) == line
