"""What customers show besides buying: pages viewed, goods sent back, the channel they buy through.

Browsing and returns are looked at by item and region, the mix of channels by item and region and by
location. All of it leads or explains demand, and none of it has to be there: a source that a
retailer does not send, or that has nothing to say of an item, leaves its features missing, never 0.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from quality_checks.contracts import ItemSales, ItemViews, LocationSales, find_frame

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

BROWSING = ("views_trend_7_28", "views_trend_1_7", "carts_trend_7_28", "cart_rate_28")
RETURNS = ("return_rate_28", "return_rate_84")
CHANNELS = ("online_item_7", "online_item_28", "online_location_28")

NAMES = (*BROWSING, *RETURNS, *CHANNELS)
"""Features, in the order of the columns."""

LEAST_UNITS = 5.0
"""Units sold, or pages viewed, below which a share of them says nothing."""


@dataclass(frozen=True)
class Signals:
    """Running totals up to the start of each day, with one day more than the history.

    A total that begins with NaN is of a source that never came.

    Attributes:
        group: item and region of each pair, a row of the arrays below.
        location: of each pair, a row of `location_sold` and `location_online`.
        views, carts: pages viewed and goods put into a cart, [group, day].
        seen: days on which browsing is known, from the first row of the item on, [group, day].
        sold, online, returned: units sold, of these not in the shop, and units brought back,
            [group, day].
        location_sold, location_online: units sold at a location, and of these not in the shop,
            [location, day].
    """

    group: IntArray
    location: IntArray
    views: FloatArray
    carts: FloatArray
    seen: FloatArray
    sold: FloatArray
    online: FloatArray
    returned: FloatArray
    location_sold: FloatArray
    location_online: FloatArray

    def upto(self, days: int) -> "Signals":
        """The signals of the first days only."""
        daily = {name: value[:, : days + 1] for name, value in vars(self).items() if value.ndim > 1}
        return Signals(group=self.group, location=self.location, **daily)


@dataclass(frozen=True)
class SignalFrames:
    """What signals are built from.

    Attributes:
        browsing: frame `item_views`.
        items: frame `item_sales`.
        locations: frame `location_sales`.
    """

    browsing: pl.DataFrame
    items: pl.DataFrame
    locations: pl.DataFrame


def build_signals(
    frames: SignalFrames, pairs: pl.DataFrame, *, start: dt.date, days: int
) -> Signals:
    """Spread frames over running totals.

    A day without any browsing row of a region is unknown; on other days an item that was viewed
    before and has no row was not viewed.

    Args:
        frames: rows of other items, locations and days are passed over.
        pairs: region, sku, location; the pairs of a panel in its order.
        start: first day of history.
        days: how many there are.

    Raises:
        ValueError: a frame breaks its contract.
    """
    keys = ["region", "sku"]
    groups = pairs.select(keys).unique().sort(keys).with_row_index("group")
    places = pairs.select("location").unique().sort("location").with_row_index("place")
    coded = pairs.join(groups, on=keys, how="left", maintain_order="left").join(
        places, on="location", how="left", maintain_order="left"
    )
    day = (pl.col("date") - start).dt.total_days().alias("day")
    inside = pl.col("date").is_between(start, start + dt.timedelta(days=days - 1))
    viewed, moved, traded = (
        find_frame(model).read(frame.filter(inside)).with_columns(day)
        for model, frame in (
            (ItemViews, frames.browsing),
            (ItemSales, frames.items),
            (LocationSales, frames.locations),
        )
    )
    known_returns = moved["returned"].null_count() < moved.height
    of_item, moved = (frame.join(groups, on=keys) for frame in (viewed, moved))
    traded = traded.join(places, on="location")
    by_group, by_place = (groups.height, days), (places.height, days)
    return Signals(
        group=coded["group"].to_numpy().astype(np.int64),
        location=coded["place"].to_numpy().astype(np.int64),
        views=_running(of_item, "group", "views", by_group),
        carts=_running(of_item, "group", "add_to_cart", by_group),
        seen=_seen(viewed, of_item, groups, by_group),
        sold=_running(moved, "group", "sold", by_group),
        online=_running(moved, "group", "online", by_group),
        returned=_running(moved, "group", "returned", by_group, known=known_returns),
        location_sold=_running(traded, "place", "sold", by_place),
        location_online=_running(traded, "place", "online", by_place),
    )


def signal_features(signals: Signals, pair: IntArray, origin: IntArray) -> FloatArray:
    """Features of `NAMES` as they look from an origin, NaN where nothing is known.

    Args:
        signals: of a panel.
        pair: row of the panel.
        origin: last known day, an index into the days of history.

    Returns:
        [row, feature].
    """
    group, place = signals.group[pair], signals.location[pair]

    def window(totals: FloatArray, row: IntArray, days: int) -> FloatArray:
        return totals[row, origin + 1] - totals[row, np.maximum(origin + 1 - days, 0)]

    views, carts, seen = (
        {days: window(totals, group, days) for days in (1, 7, 28)}
        for totals in (signals.views, signals.carts, signals.seen)
    )
    sold, online, returned = (
        {days: window(totals, group, days) for days in (7, 28, 84)}
        for totals in (signals.sold, signals.online, signals.returned)
    )
    at_location = [
        window(totals, place, 28) for totals in (signals.location_online, signals.location_sold)
    ]
    return np.column_stack(
        [
            _trend(views, seen, 7, 28),
            _trend(views, seen, 1, 7),
            _trend(carts, seen, 7, 28),
            _share(carts[28], views[28]),
            _share(returned[28], sold[28]),
            _share(returned[84], sold[84]),
            _share(online[7], sold[7]),
            _share(online[28], sold[28]),
            _share(*at_location),
        ]
    ).astype(np.float32)


def _running(
    rows: pl.DataFrame, key: str, column: str, shape: tuple[int, int], *, known: bool = True
) -> FloatArray:
    """Totals of a column before each day and at the end; NaN throughout where not known."""
    if not known:
        return np.full((shape[0], shape[1] + 1), np.nan, dtype=np.float32)
    values = rows[column].fill_null(0).cast(pl.Float64).to_numpy()
    cells = rows[key].to_numpy().astype(np.int64) * shape[1] + rows["day"].to_numpy()
    daily = np.bincount(cells, values, minlength=shape[0] * shape[1])
    return _before(daily.reshape(shape).astype(np.float64))


def _before(daily: npt.NDArray[np.float64]) -> FloatArray:
    return np.pad(daily.cumsum(axis=1), ((0, 0), (1, 0))).astype(np.float32)


def _seen(
    viewed: pl.DataFrame, of_item: pl.DataFrame, groups: pl.DataFrame, shape: tuple[int, int]
) -> FloatArray:
    """Days on which browsing of an item is known, counted up to the start of each day."""
    regions = groups["region"].unique().sort()
    code = groups["region"].replace_strict(regions, range(len(regions)), return_dtype=pl.Int64)
    heard = np.zeros((len(regions), shape[1]))
    of = pl.DataFrame({"region": regions}).with_row_index("code")
    rows = viewed.select("region", "day").unique(maintain_order=True).join(of, on="region")
    heard[rows["code"].to_numpy(), rows["day"].to_numpy()] = 1
    first = np.full(shape[0], shape[1])
    begin = of_item.group_by("group", maintain_order=True).agg(pl.col("day").min())
    first[begin["group"].to_numpy()] = begin["day"].to_numpy()
    since = np.arange(shape[1]) >= first[:, None]
    return _before(heard[code.to_numpy()] * since)


def _trend(
    totals: dict[int, FloatArray], known: dict[int, FloatArray], short: int, long: int
) -> FloatArray:
    """Mean of the known days of a short window over that of a long one."""
    recent = _ratio(totals[short], known[short])
    usual = _ratio(totals[long], known[long])
    return _ratio(recent, np.where(totals[long] >= LEAST_UNITS, usual, np.nan))


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return _ratio(part, np.where(whole >= LEAST_UNITS, whole, np.nan))


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
