"""What is done about each item-location that runs short, and why nothing is where nothing is."""

from optimization.shortages.answers import (
    answer_shortages,
    list_unanswered,
    tabulate_shortages,
)

__all__ = ["answer_shortages", "list_unanswered", "tabulate_shortages"]
