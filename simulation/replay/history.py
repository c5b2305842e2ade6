"""FreshRetailNet-50K as scenarios, one a city: real demand, and what the data lacks as imported.

Policies start on the evening after the days that lie behind: recorded sales, empty shelves, and the
stock and orders that the importer assumes then. The days ahead are played against what customers
really wanted:

- On days in stock, demand is recorded sales.
- Of a day with hours without stock nobody knows it. It is drawn, once and from the seed, from the
  negative binomial whose mean and variance `forecasting.history.unconstrain_demand` gives, knowing
  all days, also those that follow. It is at least what was sold.

Real are sales, hours without stock, discounts and keys. Costs, prices, packs, shelves, lanes,
suppliers and their lateness, stock and orders are `importers.freshretailnet`'s assumptions, from
its seed. Goods do not spoil here, nobody brings anything back, and items have one supplier.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution import find_quantile
from forecasting.history import measure_day_profile, unconstrain_demand
from simulation.importers import (
    HOURS,
    MAJORITY,
    Buying,
    Panel,
    assume_deliveries,
    assume_purchases,
    build_masters,
    count_city_series,
    read_panel,
)
from simulation.importers import ImportedMasters as Assumed
from simulation.replay.scenario import (
    NEVER,
    OWN,
    WEEK,
    Counts,
    Floats,
    Ints,
    Past,
    Scenario,
    ScenarioMasters,
    SupplierOrders,
    Truth,
)
from simulation.replay.world import ReplayWorld
from simulation.retailer import make_generator

CITIES = 5
"""Cities played where none is named: those with the fewest series."""

LEAST_PAST = 28
"""Days that must lie behind the first one played."""

_KEYS = ["sku", "location"]


def build_history_worlds(
    source: Path,
    days: int,
    *,
    seed: int,
    cities: Collection[int] | None = None,
    life: int | None = None,
) -> Iterator[tuple[int, ReplayWorld]]:
    """Build the worlds of cities, each on the evening before its last `days` days.

    Args:
        source: folder as for `read_panel`, or one that holds it as `freshretailnet50k`.
        days: that are played.
        seed: of what is assumed.
        cities: numbers; the `CITIES` with the fewest series by default.
        life: days for which all goods may be sold after they come in, where they spoil.

    Raises:
        FileNotFoundError: the data is not there.
        ValueError: no row is left, or less than `LEAST_PAST` days lie before the days played.
    """
    below = source / "freshretailnet50k"
    folder = below if below.is_dir() else source
    chosen = (
        sorted(cities) if cities else count_city_series(folder)["city_id"].head(CITIES).to_list()
    )
    for city in chosen:
        scenario = history_scenario(read_panel(folder, [city]), days, seed=seed)
        yield city, ReplayWorld(scenario.limit_lives(life))


def history_scenario(panel: Panel, days: int, *, seed: int) -> Scenario:
    """The scenario of one city.

    Args:
        panel: its data.
        days: last days of it that are played.
        seed: of what is assumed, as that of the import.

    Raises:
        ValueError: less than `LEAST_PAST` days lie before the days played, or nothing was sold.
    """
    past = len(panel.days) - days
    if past < LEAST_PAST:
        msg = f"{len(panel.days)} days leave {past} before {days} played; {LEAST_PAST} are needed"
        raise ValueError(msg)
    assumed = build_masters(panel, seed)
    flow = assume_deliveries(panel, assumed)
    bought = assume_purchases(panel, assumed, flow, seed)
    masters = _masters(panel, assumed)
    nothing = np.zeros((past, len(assumed.dc_pairs)))
    return Scenario(
        seed=seed,
        masters=masters,
        truth=_truth(panel, assumed, seed),
        stock=np.concatenate([flow.on_hand[:, past - 1], bought.on_hand[:, past - 1]]),
        orders=_orders(bought, len(assumed.pairs), past),
        past=Past(
            sold=np.hstack([panel.sales[:, :past].T, nothing]).astype(np.int32),
            empty=np.hstack([panel.stockout_hours[:, :past].T > 0, nothing > 0]),
        ),
    )


def _masters(panel: Panel, assumed: Assumed) -> ScenarioMasters:
    frames = assumed.frames
    pairs = _pairs(assumed)
    nodes = frames["locations"]["location"]
    numbers = {name: number for number, name in enumerate(nodes)}
    location = pairs["location"].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
    terms = frames["item_suppliers"].filter("preferred")
    bought = pairs.select("sku").join(terms, on="sku", how="left", maintain_order="left")
    supplier = pairs["supplier"].rank("dense").cast(pl.Int64).to_numpy()
    size = pairs.height
    nobody = np.zeros(size, dtype=np.int64)
    stores = (frames["locations"]["kind"] == "store").to_numpy()
    return ScenarioMasters(
        first=panel.days[0],
        pairs=pairs,
        locations=nodes,
        lanes=frames["lanes"].with_columns(
            pl.col("transit_days", "capacity").cast(pl.Int64),
            pl.col("volume_capacity").cast(pl.Float64),
        ),
        terms=terms.with_columns(pl.col("valid_to").cast(pl.Date)).join(
            frames["suppliers"].select(
                "supplier",
                "minimum_order_value",
                "expedite_fee",
                "expedite_days_saved",
                # None is assumed to take orders on some days only.
                order_weekdays=pl.lit(None, pl.String),
            ),
            on="supplier",
            how="left",
            maintain_order="left",
        ),
        location=location,
        supply=_supply(pairs),
        announced=np.full(size, -NEVER),
        launch=(pairs["launch_date"] - panel.days[0]).dt.total_days().to_numpy(),
        exit=np.full(size, NEVER),
        blocked=np.zeros(size, dtype=np.bool_),
        opens=np.tile(stores, (len(panel.days), 1)),
        supplier_weekday=supplier % WEEK,
        lead=np.stack([bought["contract_lead_time_days"].cast(pl.Int64).to_numpy(), nobody]),
        minimum=bought["minimum_order_quantity"].cast(pl.Int64).to_numpy(),
        multiple=bought["order_multiple"].cast(pl.Int64).to_numpy(),
        usual_sales=np.full(size, np.nan),
        other_supplier=pl.Series([None] * size, dtype=pl.String),
        offers=_offers(panel, assumed),
        days_off=panel.holidays.select(
            pl.format("city-{}", pl.col("city_id").cast(pl.String).str.zfill(2)).alias("region"),
            date="dt",
        ),
    )


def _offers(panel: Panel, assumed: Assumed) -> pl.DataFrame:
    """Discounts, and activities that half of the stores or more have; known on their day only."""
    code = assumed.pairs["sku"].rank("dense").cast(pl.Int64).to_numpy() - 1
    active = np.zeros((code.max() + 1, len(panel.days)))
    np.add.at(active, code, panel.activity)
    promoted = (active >= MAJORITY * np.bincount(code)[:, None])[code] & (active > 0)[code]
    price = np.where(panel.discount > 0, panel.discount, 1.0).astype(np.float64)
    series, day = np.nonzero(promoted | (price != 1))
    date = pl.Series(panel.days)[day]
    return assumed.pairs.select(_KEYS)[series].with_columns(
        date=date,
        price=pl.Series(price[series, day]),
        promoted=pl.Series(promoted[series, day]),
        whole_range=pl.lit(value=False),
        announced_on=date,
    )


def _pairs(assumed: Assumed) -> pl.DataFrame:
    """The series in the order of the panel, then the pairs of sku and DC."""
    frames = assumed.frames
    keys = pl.concat([assumed.pairs.select(_KEYS), assumed.dc_pairs.select(_KEYS)])
    products = frames["products"].select(
        "sku",
        "style",
        "department",
        "category",
        "currency",
        "unit_cost",
        "volume",
        "supplier",
        "launch_date",
        pl.col("colour", "size").cast(pl.String),
        pl.col("case_pack").cast(pl.Int64),
        pl.col("exit_date").cast(pl.Date),
        pl.col("like_sku").cast(pl.String),
        shelf_life_days=pl.lit(None, pl.Int64),
        least_remaining_days=pl.lit(None, pl.Int64),
        unit_price="list_price",
    )
    nodes = frames["locations"].select(
        "location",
        "region",
        "kind",
        "open_weekdays",
        pl.col("priority", "receiving_capacity", "outbound_capacity", "unit_capacity").cast(
            pl.Int64
        ),
        pl.col("receiving_volume").cast(pl.Float64),
        pl.col("opened_on", "closed_on").cast(pl.Date),
    )
    return (
        keys.join(
            frames["item_locations"].drop("status"), on=_KEYS, how="left", maintain_order="left"
        )
        .join(products, on="sku", how="left", maintain_order="left")
        .join(nodes, on="location", how="left", maintain_order="left")
    )


def _supply(pairs: pl.DataFrame) -> Ints:
    numbered = pairs.select("sku", supply_location="location").with_row_index("pair")
    feeder = pairs.join(numbered, on=["sku", "supply_location"], how="left", maintain_order="left")
    return feeder["pair"].cast(pl.Int64).fill_null(-1).to_numpy()


def _orders(bought: Buying, series: int, past: int) -> SupplierOrders:
    """The importer's orders before the first day played, without its spot buys."""
    lines = bought.orders.filter(pl.col("ordered_day") < past, ~pl.col("spot"))
    figures = {
        name: lines[column].cast(pl.Int64).to_numpy()
        for name, column in (
            ("ordered", "ordered_day"),
            ("requested", "requested_day"),
            ("quantity", "ordered"),
            ("due", "arrival_day"),
            ("accepted", "delivered"),
        )
    }
    pair = lines["item"].cast(pl.Int64).to_numpy() + series
    return SupplierOrders(
        pair=pair,
        whom=np.full(pair.size, OWN),
        changed=np.full(pair.size, -NEVER),
        **figures,
    )


def _truth(panel: Panel, assumed: Assumed, seed: int) -> Truth:
    days, dcs = len(panel.days), len(assumed.dc_pairs)
    size = len(assumed.pairs) + dcs
    demand = np.zeros((days, size), dtype=np.int32)
    demand[:, : len(assumed.pairs)] = wanted(panel, seed).T
    listed = assumed.pairs["list_price"].to_numpy()
    price = np.zeros((days, size), dtype=np.float32)
    price[:, : len(listed)] = (listed * np.where(panel.discount > 0, panel.discount, 1).T).astype(
        np.float32
    )
    lead = np.zeros((2, days, size), dtype=np.int16)
    accepted = np.zeros((2, days, size), dtype=np.float32)
    of_dcs = OWN, slice(None), slice(len(listed), None)
    lead[of_dcs], accepted[of_dcs] = _deliveries(panel, assumed, seed)
    return Truth(demand, price, lead, accepted, np.zeros(size), np.zeros(size))


def _deliveries(panel: Panel, assumed: Assumed, seed: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Lead time and delivered share of a line ordered on each day, as in `stock_flow.purchase`."""
    terms, city = assumed.terms, int(panel.series["city_id"][0])
    rng = make_generator(seed, "replayed orders", city)
    late, days_late, cut, share = rng.random((4, len(panel.days), len(assumed.dc_pairs)))
    delay = np.where(late < terms.late_probability, 1 + (4 * days_late).astype(np.int64), 0)
    delivered = np.where(cut < terms.short_probability, 0.5 + 0.4 * share, 1.0)
    return terms.lead_time + delay, delivered


def wanted(panel: Panel, seed: int) -> Counts:
    """The units that customers wanted: sales, or a draw on days with hours without stock.

    Args:
        panel: of one city.
        seed: of the draws.

    Raises:
        ValueError: nothing was sold on any day without a stock-out.
    """
    estimate = unconstrain_demand(_history(panel), measure_day_profile(_hourly(panel)))
    order = _long(panel).select("sku", "location", "date")
    found = order.join(
        estimate.select("sku", "location", "date", "demand", "demand_sd"),
        on=["sku", "location", "date"],
        how="left",
        maintain_order="left",
    )
    mean, deviation = (found[name].to_numpy() for name in ("demand", "demand_sd"))
    out = (panel.stockout_hours > 0).ravel()
    rng = make_generator(seed, "replayed demand", int(panel.series["city_id"][0]))
    chance = rng.random(out.size)[out]
    units = panel.sales.ravel().astype(np.int32)
    units[out] = np.maximum(units[out], find_quantile(mean[out], deviation[out] ** 2, chance))
    return units.reshape(panel.sales.shape)


def _history(panel: Panel) -> pl.DataFrame:
    """All days, as `unconstrain_demand` reads them."""
    return _long(panel).with_columns(
        sales=pl.Series(panel.sales.ravel()),
        out_of_stock=pl.Series((panel.stockout_hours > 0).ravel()),
        stockout_hours=pl.Series(panel.stockout_hours.ravel().astype(np.int64)),
        stockout_mask=pl.Series(panel.stockout_mask.ravel().astype(np.int64)),
        closed=pl.lit(value=False),
    )


def _long(panel: Panel) -> pl.DataFrame:
    """Keys of every series on each day."""
    keys, days = _keys(panel), len(panel.days)
    row = np.repeat(np.arange(keys.height), days)
    date = pl.Series(panel.days)[np.tile(np.arange(days), keys.height)]
    return keys[row].with_columns(date=date)


def _keys(panel: Panel) -> pl.DataFrame:
    return panel.series.select(
        *(
            pl.col(f"{name}_id").cast(pl.String).alias(alias)
            for name, alias in (("city", "region"), ("product", "sku"), ("store", "location"))
        )
    )


def _hourly(panel: Panel) -> pl.DataFrame:
    """Hourly sales of the days without any hour out of stock."""
    days = len(panel.days)
    units = (panel.hourly * (panel.stockout_mask == 0)[:, :, None]).reshape(-1, HOURS)
    cell, hour = np.nonzero(units)
    return _keys(panel)[cell // days].select(
        "region",
        "location",
        "sku",
        date=pl.Series(panel.days)[cell % days],
        hour=pl.Series(hour.astype(np.int64)),
        units=pl.Series(units[cell, hour].astype(np.int64)),
    )
