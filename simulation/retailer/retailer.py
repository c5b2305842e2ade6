"""Plays the retailer day by day and writes what its systems send, and the truth behind it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from simulation.files import replace_file, write_frame
from simulation.retailer.arrays import Bools, Ints, find_date, make_generator
from simulation.retailer.landing_files import LandingFiles, LateMasters
from simulation.retailer.offers import newly_announced
from simulation.retailer.settings import RetailerSettings
from simulation.retailer.stock_state import StockState, stock_rows
from simulation.retailer.trading_day import DayRecord, regions_of, run_day
from simulation.retailer.world import RetailerWorld, build_world

MASTER_DELAY = 3
"""Days after its launch on which a forgotten product master arrives."""

FEW_DAYS = 31
LONG_ENOUGH_FOR_FAULTS = 60


class RetailerSummary(BaseModel):
    """What was written.

    Attributes:
        first_date, last_date: business dates.
        locations, skus, pairs: size of the network.
        rows: rows written by landing source.
        files: landing files written, control files not counted.
        dirty_rows: rows of `truth/dirt.parquet`.
        demand, sold, lost: true units over all days; online orders that wait are in neither of
            the last two.
    """

    model_config = ConfigDict(frozen=True)

    first_date: dt.date
    last_date: dt.date
    locations: int
    skus: int
    pairs: int
    rows: dict[str, int]
    files: int
    dirty_rows: int
    demand: int
    sold: int
    lost: int


def write_retailer(
    settings: RetailerSettings,
    out: Path,
    *,
    seed: int,
    progress: Callable[[str], None] | None = None,
) -> RetailerSummary:
    """Write `out/landing` (what the retailer's systems send) and `out/truth` (what is so).

    The same settings and seed write the same bytes. A run that was cut off can be repeated.

    Truth, which no pipeline may read:
        `settings.json`, `summary.json` (written last: the extracts are whole);
        `demand/<date>.parquet`: date, sku, location, mean, demand, sold, ordered, lost, for pairs
        with demand; `stock/<date>.parquet`: date, sku, location, record, truth, for pairs where
        these differ, and for all pairs on the last day; `refusals.parquet`: location, chance that
        it does not ship an online order's line; `acceptance.parquet`: sku, eager, appeal, by which
        the log-odds that a substitute is taken at an equal price differ from `ACCEPTED`;
        `defects.parquet`: supplier, share of its units that are
        defective; `lead_times.parquet`: every delivery of every order line with its true day, those
        to come included; `discrepancies.parquet`: record changes without a document;
        `dirt.parquet`: every broken row.

    Args:
        settings: how big, how long, how dirty.
        out: output folder.
        seed: seed of everything drawn.
        progress: is told what is being done.

    Raises:
        FileExistsError: `out/landing` holds files of other settings or another seed.
    """
    tell = progress or (lambda _: None)
    _claim(settings, out, seed)
    tell("drawing the retailer")
    world = build_world(settings, seed)
    files = _landing_files(world, out)
    masters = _Masters(world, files)
    sent = _SentStock(world)
    totals = np.zeros(3, dtype=np.int64)
    discrepancies: list[pl.DataFrame] = []
    for day in range(world.first, world.last + 1):
        date = find_date(day)
        if settings.days <= FEW_DAYS or date.day == 1:
            tell(
                f"trading {date:%Y-%m-%d}" if settings.days <= FEW_DAYS else f"trading {date:%Y-%m}"
            )
        masters.send(day)
        record = run_day(world, day)
        _send_day(world, files, record, day)
        for part, rows in sent.changes(day):
            files.send("stock", date, rows, part)
        _write_truth(world, out, record, day)
        discrepancies.append(record.truth["discrepancies"])
        trade = record.trade
        totals += [trade.wanted.sum(), trade.sold.sum(), trade.lost.sum()]
    dirt = files.dirt_list()
    truth = out / "truth"
    write_frame(pl.concat(discrepancies), truth / "discrepancies.parquet")
    write_frame(dirt, truth / "dirt.parquet")
    write_frame(world.book.truth(), truth / "lead_times.parquet")
    refuses = {"location": world.network.locations.names, "chance": world.fulfilment.refuses}
    write_frame(pl.DataFrame(refuses), truth / "refusals.parquet")
    write_frame(world.substitution.truth(), truth / "acceptance.parquet")
    write_frame(world.defects.truth(), truth / "defects.parquet")
    summary = RetailerSummary(
        first_date=settings.first_date,
        last_date=settings.last_date,
        locations=world.network.locations.kind.size,
        skus=settings.skus,
        pairs=world.network.size,
        rows=dict(sorted(files.rows.items())),
        files=files.files,
        dirty_rows=dirt.height,
        demand=int(totals[0]),
        sold=int(totals[1]),
        lost=int(totals[2]),
    )
    replace_file(truth / "summary.json", (summary.model_dump_json(indent=2) + "\n").encode())
    return summary


def _claim(settings: RetailerSettings, out: Path, seed: int) -> None:
    """Claim the folder for this retailer, unless it belongs to another."""
    path = out / "truth" / "settings.json"
    mine = f'{{"seed": {seed}, "settings": {settings.model_dump_json()}}}\n'.encode()
    landing = out / "landing"
    used = landing.is_dir() and any(landing.iterdir())
    if used and (not path.is_file() or path.read_bytes() != mine):
        msg = f"{landing} holds extracts of other settings or another seed; remove it first"
        raise FileExistsError(msg)
    (out / "truth" / "summary.json").unlink(missing_ok=True)
    replace_file(path, mine)


def _landing_files(world: RetailerWorld, out: Path) -> LandingFiles:
    """The writer, with late and missing files where dirt is on."""
    settings = world.settings
    dirty = settings.dirty_rate > 0
    faulty = dirty and settings.days > LONG_ENOUGH_FOR_FAULTS
    last = settings.last_date
    missing = {("browsing", last - dt.timedelta(45)), ("weather", last - dt.timedelta(10))}
    late = {("returns", last - dt.timedelta(30))}
    return LandingFiles(
        out=out,
        seed=world.seed,
        dirty_rate=settings.dirty_rate,
        late=LateMasters(_late_masters(world) if dirty else {}),
        withheld=frozenset(missing if faulty else ()),
        postponed=frozenset(late if faulty else ()),
    )


def _late_masters(world: RetailerWorld) -> dict[str, dt.date]:
    """One item, launched about a month before the end, whose master comes after its launch."""
    products = world.network.products
    candidates = np.flatnonzero(
        products.fashion
        & (products.launch > world.first)
        & (products.launch + MASTER_DELAY < world.last)
    )
    if candidates.size == 0:
        return {}
    distance = np.abs(products.launch[candidates] - (world.last - 30))
    item = int(candidates[np.argmin(distance)])
    return {str(products.names[item]): find_date(int(products.launch[item]) + MASTER_DELAY)}


class _Masters:
    """Sends masters and announcements: all on the first day, then what is new."""

    def __init__(self, world: RetailerWorld, files: LandingFiles) -> None:
        self._world = world
        self._files = files
        products = world.network.products
        announced = pl.Series("announced", products.announced)
        names = products.names.to_list()
        arrivals = files.late.arrivals
        arrives = [
            (arrivals[name] - dt.date(1970, 1, 1)).days if name in arrivals else day
            for name, day in zip(names, products.announced.tolist(), strict=True)
        ]
        known = pl.DataFrame({"sku": products.names, "announced": announced})
        self._products = products.frame.with_columns(announced=pl.Series(arrives))
        self._terms = world.terms.frame.join(known, on="sku", maintain_order="left")

    def send(self, day: int) -> None:
        """Send what a day adds to the masters, to promotions, prices, events and weather."""
        world, send, date = self._world, self._files.send, find_date(day)
        first = world.first
        if day == first:
            send("suppliers", date, world.vendors.frame)
            send("locations", date, world.network.locations.frame)
            send("lanes", date, world.network.locations.lanes)
            send("shipping_rates", date, world.fulfilment.rates)
        send("products", date, newly_announced(self._products, day, first))
        send("substitutes", date, newly_announced(world.substitution.frame, day, first))
        send("item_suppliers", date, newly_announced(self._terms, day, first))
        self._assortment(day)
        send("promotions", date, newly_announced(world.offers.promotion_frame, day, first))
        send("prices", date, newly_announced(world.offers.price_frame, day, first))
        send("events", date, world.calendar.announced(day, first))
        send("weather", date, world.weather.rows(day, make_generator(world.seed, "weather", day)))
        troubles = [trouble.row() for trouble in world.troubles if trouble.day == day]
        if troubles:
            send("supplier_events", date, pl.concat(troubles))

    def _assortment(self, day: int) -> None:
        """New items, and items that ended the day before."""
        world = self._world
        network, products = world.network, world.network.products
        opening = day == world.first
        over = products.exit < day if opening else products.exit == day - 1
        new = products.announced == day
        if not (over | new).any():
            return
        for part, mine in _parts(world, np.arange(network.size)):
            ended = np.flatnonzero(mine & over[network.sku])
            started = np.flatnonzero(mine & (new & ~over)[network.sku])
            rows = [network.assortment(ended, delisted=True)]
            rows.append(network.assortment(started, delisted=False))
            self._files.send("item_locations", find_date(day), pl.concat(rows), part)


def _parts(world: RetailerWorld, pair: Ints) -> list[tuple[str, Bools]]:
    """Part names and the rows in each; a single nameless part where days come in one file."""
    parts = regions_of(world, pair)
    names = [str(i + 1) for i in range(len(parts))] if world.settings.parts_by_region else [""]
    return list(zip(names, parts, strict=True))


class _SentStock:
    """Remembers which stock rows were sent, so that only changes are sent again."""

    def __init__(self, world: RetailerWorld) -> None:
        self._world = world
        nothing = np.full(world.network.size, -1)
        self._last = StockState.of(nothing)

    def changes(self, day: int) -> list[tuple[str, pl.DataFrame]]:
        """Rows of `stock` to send, by part."""
        world, state, last = self._world, self._world.state, self._last
        due = world.known(day)
        if not world.settings.full_stock:
            due &= (
                (state.record != last.record)
                | (state.reserved != last.reserved)
                | (state.damaged != last.damaged)
            )
        last.record[due] = state.record[due]
        last.reserved[due] = state.reserved[due]
        last.damaged[due] = state.damaged[due]
        everything = np.arange(due.size)
        return [
            (part, stock_rows(world.network, state, np.flatnonzero(due & mine), day))
            for part, mine in _parts(world, everything)
        ]


def _send_day(world: RetailerWorld, files: LandingFiles, record: DayRecord, day: int) -> None:
    date = find_date(day)
    for source, rows in record.rows.items():
        files.send(source, date, rows)
    names = [name for name, _ in _parts(world, np.zeros(0, dtype=np.int64))]
    for name, (sales, stockouts) in zip(names, record.sales, strict=True):
        files.send("pos_sales", date, sales, name)
        files.send("stockout_hours", date, stockouts, name)
    files.send("browsing", date, world.demand.browsing(day, world.settings.regions))


def _write_truth(world: RetailerWorld, out: Path, record: DayRecord, day: int) -> None:
    state, name = world.state, f"{find_date(day).isoformat()}.parquet"
    write_frame(record.truth["demand"], out / "truth" / "demand" / name)
    told = state.record != state.truth
    pair = np.flatnonzero(world.known(day) & (told | (day == world.last)))
    frame = pl.DataFrame(
        {
            "date": pl.Series([find_date(day)] * pair.size, dtype=pl.Date),
            **world.network.names(pair),
            "record": state.record[pair],
            "truth": state.truth[pair],
        }
    )
    write_frame(frame, out / "truth" / "stock" / name)
