"""Faults of known kind and size that are put into books, and what they do to the stock.

A fault of some units takes as many off the stock, or has as many more asked for. Where a document,
a cut or a record is at fault, that many units of the opening stock are taken to have been on their
way, to be sent, or on the record only.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from benchmarks.causes_books import Books, write_line

Draw = np.random.Generator


def promote_unannounced(books: Books, draw: Draw) -> int:
    """A promotion that nobody announced, on some of the days."""
    return _ask_for_more(books, _choose_days(books, draw), draw, promoted_now=True, price_now=0.8)


def promote_stronger(books: Books, draw: Draw) -> int:
    """An announced promotion that brings more than the forecast took it to."""
    chosen = _choose_days(books, draw)
    lift = draw.uniform(1.2, 2.0)
    for day in chosen:
        known = books.days[day]
        books.wanted[day] += draw.poisson(known["forecast"] * (lift - 1))
        known["forecast"] *= lift
        known["promoted_then"] = True
        known["price_then"] = 0.8
    return _ask_for_more(books, chosen, draw, promoted_now=True, price_now=0.8)


def shift_level(books: Books, draw: Draw) -> int:
    """More is asked for on all days, and nothing says why."""
    return _ask_for_more(books, list(range(len(books.days))), draw)


def delay_receipt(books: Books, draw: Draw) -> int:
    """Goods under way do not come in time."""
    units = _take_opening(books, draw)
    due = books.days[0]["date"]
    books.lines.append(write_line("late", due, units, arrived=0, still_open=True))
    return units


def shorten_receipt(books: Books, draw: Draw) -> int:
    """Goods under way come short."""
    units = _take_opening(books, draw)
    due = books.days[-1]["date"]
    books.lines.append(write_line("short", due, units + 1, arrived=1))
    # One unit of it comes.
    books.opening -= 1
    books.arrived[-1] += 1
    return units


def cut_allocation(books: Books, draw: Draw) -> int:
    """A receiving limit keeps what it needs from it."""
    units = _take_opening(books, draw)
    _keep_back(books, units)
    books.stock |= {"left_out": "limit_full", "limit": "receiving_capacity"}
    return units


def correct_record(books: Books, draw: Draw) -> int:
    """A count finds fewer units than the record states."""
    units = _lose(books, draw)
    books.stock["counted"] = -units
    return units


def steal(books: Books, draw: Draw) -> int:
    """Units are gone, and nothing is booked."""
    return _lose(books, draw)


def miss_returns(books: Books, draw: Draw) -> int:
    """Returns that come as a rule do not come."""
    units = _draw_units(books, draw)
    books.stock["returns_expected"] += units
    return units


FAULTS: Final[Mapping[str, tuple[Callable[[Books, Draw], int], str]]] = {
    "promotion nobody announced": (promote_unannounced, "unannounced_promotion"),
    "promotion stronger than learnt": (promote_stronger, "promotion"),
    "level shift": (shift_level, "demand_level"),
    "late receipt": (delay_receipt, "late_receipt"),
    "short receipt": (shorten_receipt, "short_receipt"),
    "receiving limit": (cut_allocation, "allocation_cut"),
    "count": (correct_record, "count_correction"),
    "theft": (steal, "unbooked"),
    "missing returns": (miss_returns, "returns"),
}
"""Fault -> what puts it into books and gives its units, and the cause that it is."""


def _choose_days(books: Books, draw: Draw) -> list[int]:
    """Some of the days, at least one."""
    count = int(draw.integers(1, len(books.days) + 1))
    return sorted(draw.choice(len(books.days), count, replace=False).tolist())


def _draw_units(books: Books, draw: Draw) -> int:
    """Units that matter: a part of the level, up to all of it."""
    level = max(int(books.stock["order_up_to"]), 4)
    return int(draw.integers(max(level // 3, 2), level + 1))


def _ask_for_more(books: Books, chosen: list[int], draw: Draw, **marks: bool | float) -> int:
    units = _draw_units(books, draw)
    weight = np.array([max(books.days[day]["forecast"], 0.1) for day in chosen])
    more = draw.multinomial(units, weight / weight.sum())
    for day, asked in zip(chosen, more, strict=True):
        books.wanted[day] += asked
        books.days[day] |= marks
    return units


def _draw_stock(books: Books, draw: Draw) -> int:
    """Units of the opening stock that are not gone by another fault, but for two."""
    there = books.opening - int(books.lost_stock.sum())
    return max(min(_draw_units(books, draw), there - 2), 1)


def _take_opening(books: Books, draw: Draw) -> int:
    """Units of the opening stock that are not there after all."""
    units = _draw_stock(books, draw)
    books.opening -= units
    return units


def _keep_back(books: Books, units: int) -> None:
    """Let the plan have wanted as many units more than it sent."""
    books.stock["inventory_position"] -= units
    surplus = books.stock["inventory_position"] + units + books.stock["planned"]
    above = max(surplus - books.stock["order_up_to"], 0)
    # What it had above its level it did not need: the level is that much higher.
    books.stock["order_up_to"] += above


def _lose(books: Books, draw: Draw) -> int:
    """Units that are gone before the shop opens on the first day."""
    units = _draw_stock(books, draw)
    books.lost_stock[0] += units
    return units
