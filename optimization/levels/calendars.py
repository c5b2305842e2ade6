"""When the next order can be placed and when its goods are there.

What is ordered on the first day of a plan must last until the goods of the next order arrive. That
depends on the weekday: with orders on Mondays and Thursdays a Monday covers three days and a
Thursday four.
"""

import datetime as dt
import math

import polars as pl

_WEEK = 7


def find_lane_arrival(
    first_day: dt.date, order_weekdays: str, open_weekdays: str, transit_days: float
) -> float | None:
    """Days from `first_day` until the goods of the lane's next order day arrive.

    Args:
        first_day: day that the plan orders on, whether the lane ships then or not.
        order_weekdays: seven digits from Monday, 1 where the lane ships.
        open_weekdays: seven digits from Monday, 1 where the destination is open; goods that would
            arrive on another day come on the next open one, where there is any.
        transit_days: days on the way, at least 0.

    Returns:
        Days, or None for a lane that ships on no weekday.
    """
    if "1" not in order_weekdays:
        return None
    today = first_day.weekday()
    ahead = 1
    while order_weekdays[(today + ahead) % _WEEK] != "1":
        ahead += 1
    arrival = ahead + transit_days
    while "1" in open_weekdays and open_weekdays[(today + math.floor(arrival)) % _WEEK] != "1":
        arrival += 1
    return arrival


def lane_arrivals(pairs: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """`pairs` with next_arrival_days, as `find_lane_arrival` gives it; missing where unknown.

    Args:
        pairs: order_weekdays, open_weekdays (text), lead_time_mean (days of transit).
        first_day: day that the plan orders on.
    """
    columns = ["order_weekdays", "open_weekdays", "lead_time_mean"]
    ways = pairs.select(columns).unique(maintain_order=True).drop_nulls()
    days = [find_lane_arrival(first_day, *row) for row in ways.iter_rows()]
    return pairs.join(
        ways.with_columns(next_arrival_days=pl.Series(days, dtype=pl.Float64)),
        on=columns,
        how="left",
        maintain_order="left",
    )
