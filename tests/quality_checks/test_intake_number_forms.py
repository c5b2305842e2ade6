"""Numbers as people write them: read by their column, set aside where it does not tell."""

from datetime import date

import pytest

from quality_checks.contracts import CONTRACTS
from quality_checks.intake import LandedFile, examine_files

STOCK = CONTRACTS["stock"]
PRICES = CONTRACTS["prices"]


def stock_file(folder, values, name="2025-09-30.csv"):
    """A stock file with these units on hand, one item a row."""
    lines = [f'2025-09-30T22:00:00,A{n},S1,"{value}",0,0' for n, value in enumerate(values)]
    return landed(folder, name, ["snapshot_time,sku,location,on_hand,reserved,damaged", *lines])


def price_file(folder, values):
    """A price list with these prices, one item a row."""
    lines = [f'A{n},*,2025-09-30,,"{value}"' for n, value in enumerate(values)]
    return landed(folder, "2025-09-30.csv", ["sku,location,valid_from,valid_to,price", *lines])


def landed(folder, name, lines):
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return LandedFile("any", date(2025, 9, 30), "", path)


def taken(file, contract, column):
    """(values taken, values set aside with their messages) of a column."""
    examined = examine_files([file], contract)
    return examined.rows[column].to_list(), examined.faults["message"].to_list()


@pytest.mark.parametrize(
    ("values", "units", "words"),
    [
        # Points part thousands: another value has one with other digits, or two of them, or none.
        (["1.000", "1.339"], [], "thousands separators are not accepted"),
        (["1.000", "2.000.000"], [], "thousands separators are not accepted"),
        (["1.000", "12", "340"], [12, 340], "thousands separators are not accepted"),
        (["-1.000", "12"], [12], "thousands separators are not accepted"),
        # Nothing tells.
        (["1.000"], [], "a number or its thousandfold"),
        (["1.000", "25.000"], [], "a number or its thousandfold"),
        # Three decimals for all: no thousands are written as 0.000 or 1250.000.
        (["1.000", "0.000"], [1, 0], None),
        (["1.000", "1250.000"], [1, 1250], None),
        (["5.0", "12.0", "7"], [5, 12, 7], None),
        # Both at once contradict each other.
        (["1.000", "0.000", "1.339"], [0], "thousands separators"),
    ],
)
def test_a_point_in_whole_numbers_is_judged_by_its_column(tmp_path, values, units, words):
    found, messages = taken(stock_file(tmp_path, values), STOCK, "on_hand")
    assert found == units
    assert len(messages) == len(values) - len(units)
    assert all(words in message for message in messages)


def test_one_file_says_nothing_of_the_numbers_of_another(tmp_path):
    plain = stock_file(tmp_path, ["1.000", "0.000"])
    parted = stock_file(tmp_path, ["1.000", "1.339"], name="2025-10-01.csv")
    examined = examine_files([plain, parted], STOCK)
    assert examined.rows["on_hand"].to_list() == [1, 0]
    assert examined.faults.select("file_index", "row").rows() == [(1, 1), (1, 2)]


@pytest.mark.parametrize(
    ("values", "prices", "words"),
    [
        (["1.250", "0.125", "12"], [1.25, 0.125, 12.0], None),
        (["1.125", "12.5"], [1.125, 12.5], None),
        (["1.250", "12,95"], [], "stand behind a point|thousandfold"),
        (["1.250", "1.250.000"], [], "thousandfold|thousands separators"),
        (["1.250", "950"], [950.0], "thousandfold"),
        (["1.125", "3", "4.375"], [1.125, 3.0, 4.375], None),
        (["1.234,50"], [], "thousands separators"),
    ],
)
def test_a_point_in_prices_is_judged_by_its_column(tmp_path, values, prices, words):
    found, messages = taken(price_file(tmp_path, values), PRICES, "price")
    assert found == prices
    assert len(messages) == len(values) - len(prices)
    for message in messages:
        assert any(word in message for word in words.split("|")), message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("5-", "a minus stands in front"),
        ("5.00-", "a minus stands in front"),
        ("\u22125", "the character -"),
        ("(5)", "brackets"),
        ("40%", "a share: 0.4 for 40%"),
        ("40 %", "a share: 0.4 for 40%"),
        ("12,95", "not a comma"),
        ("1\u00a0234", "thousands separators"),
        ("1\u2019234", "thousands separators"),
        (" 5", "blanks"),
        ("€ 5", "without its unit"),
        ("5 pcs", "without its unit"),
    ],
)
def test_a_number_in_another_form_is_set_aside_with_a_hint(tmp_path, value, words):
    found, (message,) = taken(price_file(tmp_path, [value, "0"]), PRICES, "price")
    assert found == [0.0]
    assert words in message


def test_a_bare_number_beside_percentages_is_unclear(tmp_path):
    found, messages = taken(price_file(tmp_path, ["40%", "0.5", "0"]), PRICES, "price")
    assert found == [0.0]
    assert "0.4 for 40%" in messages[0]
    assert "price is '0.5': a share or a percentage" in messages[1]
