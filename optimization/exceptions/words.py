"""Exceptions in words: what is wrong, and how it ended."""

from collections.abc import Mapping
from typing import Any, Final

_WRONG: Final = {
    "stock_out": "{category} at {location} runs out within 48 hours: {pairs}",
    "demand_above": "{category} in {region}, {channel}, sells {change} its forecast",
    "demand_below": "{category} in {region}, {channel}, sells {change} its forecast",
    "demand_shift": "{category} sells more than its forecast in one place and less in another",
    "backlog": "{location} owes customers what it had promised by now: {pairs}",
    "supplier_delay": "open orders of {supplier} are expected late: {pairs}",
    "order_short": "{supplier} brings fewer units than were ordered: {pairs}",
    "receipt_missing": "goods sent to {location} are not booked: {pairs}",
    "phantom_stock": "records at {location} are worth a count: {pairs}",
    "overstock": "{category} in {region} has more stock than it sells in time: {pairs}",
    "impossible_data": "{code} of {about} cannot be true: {pairs}",
    "feed_late": "{code} of {about} has not come: {pairs}",
    "answer_differs": "answered {code} to {asked} for {about}: {pairs}",
    "answer_missing": "no answer to {asked} for {about}: {pairs}",
    "lane_down": "no lane leads to {location}: {pairs}",
    "node_down": "{location} sells {change} its forecast",
}
_ENDED: Final = {
    "stock_out": "the stock lasts beyond 48 hours",
    "demand_above": "demand is back at its forecast",
    "demand_below": "demand is back at its forecast",
    "demand_shift": "one of its sides is back at its forecast",
    "backlog": "orders keep their promises",
    "supplier_delay": "its orders are in time, or have come",
    "order_short": "the lines are whole, or done",
    "receipt_missing": "the goods are booked, or no longer expected",
    "phantom_stock": "the records were counted, or are not worth it any more",
    "overstock": "the stock is down to what sells in time",
    "impossible_data": "the price or the master was corrected",
    "feed_late": "the feed has come",
    "answer_differs": "the days that were asked for have passed, or it does as asked",
    "answer_missing": "it is answered, shown by a document, or no longer counts",
    "lane_down": "a lane leads there",
    "node_down": "it sells as it is forecast to",
}


def say_exception(row: Mapping[str, Any]) -> str:
    """Say what is wrong.

    Args:
        row: of the contract Exceptions; whatever it is not about is left out of the sentence.
    """
    pairs = row["item_locations"]
    words = {
        "pairs": f"{pairs} item-location{'' if pairs == 1 else 's'}",
        "code": row["subject"].partition("|")[0],
        "about": row["subject"].rpartition("|")[2],
        "asked": row["subject"].partition("|")[2].rpartition("|")[0].replace("_", " "),
        "change": _say_change(row["observed"], row["expected"]),
        **{
            name: row[name] or row["subject"].replace("|", ", ")
            for name in ("category", "region", "channel", "location", "supplier")
        },
    }
    said = _WRONG[row["kind"]].format(**words)
    money = row["money_at_risk"]
    return said if not money else f"{said}; {money:,.2f} at risk"


def _say_change(observed: float | None, expected: float | None) -> str:
    if not expected or observed is None:
        return "off"
    share = observed / expected - 1
    return f"{abs(share):.0%} {'above' if share > 0 else 'below'}"


def say_closed(row: Mapping[str, Any]) -> str | None:
    """Say how an exception closed; None while it is open.

    Args:
        row: of the contract Exceptions, closed_by being quiet, over, unread or joined.
    """
    how = row["closed_by"]
    if how is None:
        return None
    if how == "joined":
        return "it is part of a demand_shift of its category"
    if how == "unread":
        return f"it is no longer watched: nothing is read of it, last seen on {row['last_seen_on']}"
    ended = _ENDED[row["kind"]]
    return ended if how == "over" else f"{ended}: quiet since {row['last_seen_on']}"
