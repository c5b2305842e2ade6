"""The command says what stopped a plan: check, location, units, file of the rows and remedy."""

import io

import polars as pl
from landing_folder import day
from rich.console import Console

from inventory_assets.cli.summary import print_blocking
from inventory_assets.framework import Retailer
from inventory_assets.project import PROJECT
from quality_checks.checks import BOOKS_HOLD, STOCK_YOUNG
from quality_checks.contracts import CONTRACTS


def outcome(check, asset, message, rows):
    return {
        "business_date": day(1),
        "asset": asset,
        "check": check.name,
        "passed": False,
        "blocking": check.blocking,
        "message": message,
        "failing_rows": rows,
        "failing_file": f"checks/{day(1)}/{asset}.{check.name}.csv",
        "remedy": check.remedy,
    }


def test_what_blocks_comes_first_with_its_rows_and_what_to_do(shop):
    found = [
        outcome(STOCK_YOUNG, "inventory.feeds", "stock is not of today at S2", 1),
        outcome(BOOKS_HOLD, "inventory.book_balance", "46 units unexplained, of S1 most", 22),
    ]
    contract = CONTRACTS["check_outcomes"]
    shop.warehouse.write(contract, day(1), pl.DataFrame(found, schema=contract.schema))
    retailer = Retailer(
        data_folder=str(shop.root), policies_folder=str(PROJECT / "data" / "policies")
    )
    text = io.StringIO()
    print_blocking(retailer, day(1), Console(file=text, width=80))
    said = " ".join(text.getvalue().split())
    assert said.startswith("stops the plan inventory.book_balance books_hold: 46 units")
    assert "of S1 most (22 rows) Send the stock extract or the movements that lack again" in said
    assert f"checks/{day(1)}/inventory.book_balance.books_hold.csv" in said
    assert said.index("books_hold") < said.index("stock is not of today at S2 (1 rows) Have their")
