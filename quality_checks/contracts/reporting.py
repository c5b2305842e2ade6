"""What people read first: the state of stock, and what waits for them."""

import polars as pl

from quality_checks.contracts.base import Table, column, result


@result("stock_health", "reporting", key=("region", "department"))
class StockHealth(Table):
    """Stock against target by region and department: pairs that a DC feeds, units of every node."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region.")
    department: str = column("Department.")
    pairs: int = column("Item-locations that a DC replenishes.", ge=0)
    unknown: int = column("Of these, without a stock record.", ge=0)
    out_of_stock: int = column("Of these, with nothing available.", ge=0)
    below_target: int = column("Of these, with a position below target.", ge=0)
    above_target: int = column("Of these, with more than twice their target.", ge=0)
    units: int = column("Units on hand.", unit="units", ge=0)
    stock_value: float = column("The same at cost.", unit="currency", ge=0)
    days_of_cover: float = column(
        "Units over expected daily demand.", unit="days", nullable=True, ge=0
    )


@result("worklist", "reporting", key=("rank",))
class Worklist(Table):
    """Actions that wait for people, ranked by the money at stake."""

    business_date: pl.Date = column("Business date.")
    rank: int = column("1 is worth most.", ge=1)
    action_id: str = column("Action.")
    kind: str = column("What it is.")
    roles: str = column("Roles that must all approve.")
    summary: str = column("The action in words.")
    benefit: float = column("Expected benefit.", unit="currency")
    value: float = column("Value moved or bought.", unit="currency", ge=0)
    urgency_days: float = column("Days to stock-out.", unit="days", nullable=True, ge=0)
    reasons: str = column("Why, in words.")


@result("check_outcomes", "reporting", key=("asset", "check"))
class CheckOutcomes(Table):
    """What every check of a business date found; later runs read it before they go on."""

    business_date: pl.Date = column("Business date.")
    asset: str = column("Asset that was checked.")
    check: str = column("Check.")
    passed: bool = column("Whether it passed.")
    blocking: bool = column("Whether its failure stops what is downstream.")
    message: str = column("What is wrong; empty when it passed.")
    failing_rows: int = column("Rows at fault.", ge=0)
    failing_file: str = column("Where they are, below the data folder.", nullable=True)
