"""What is done about each item-location that runs short, and why nothing is where nothing is."""

from optimization.shortages.answers import (
    answer_shortages,
    list_unanswered,
    tabulate_shortages,
)
from optimization.shortages.supply import describe_goods

__all__ = ["answer_shortages", "describe_goods", "list_unanswered", "tabulate_shortages"]
