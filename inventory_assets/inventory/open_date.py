"""How far a business date that is still open has come."""

from inventory_assets.framework import Inputs
from quality_checks.intake import is_still_open


def read_hour_told(inputs: Inputs) -> int | None:
    """Until which hour the business date has told of its sales; None where it has closed.

    No clock is asked: the same files give the same answer.
    """
    hour: int = inputs.query("hour_told")["hour"].item()
    return hour if is_still_open(inputs.ledger(), inputs.business_date) else None
