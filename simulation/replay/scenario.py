"""What a replay plays: masters that policies may read, and the truth that they may not.

Days are numbered from 0, the first day known: those of the past, if any, then those played. Pairs
are positions in the rows of `Masters.pairs`, and nodes are positions in `Masters.locations`.
"""

import datetime as dt
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Counts = NDArray[np.int32]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEVER = 10**6
"""A day that does not come, and units that are no limit."""

OWN, OTHER = 0, 1
"""Whom an order line is asked of: the supplier that its pair is fed by, or the other one."""

WEEK = 7

LAUNCH_NOTICE = 28
"""Days before its launch from which a pair is replenished, as in the warehouse's planning pairs."""


@dataclass(frozen=True)
class ScenarioMasters:
    """What everybody at the retailer knows.

    Attributes:
        first: date of day 0.
        pairs: what the contract PlanningPairs takes from masters, with unit_price the list
            price, and like_sku and opened_on; a row a pair.
        locations: names of the nodes.
        lanes: rows of the contract Lanes.
        terms: rows of the contract ItemSuppliers, with the supplier's minimum_order_value,
            expedite_fee, expedite_days_saved and order_weekdays.
        location: node of each pair.
        supply: pair at the DC that feeds this one, -1 where a supplier does.
        announced, launch, exit: day from which the pair is known, first and last day on sale.
        blocked: pairs that are not replenished.
        opens: whether each node trades, [day, node]; never at a DC.
        supplier_weekday: weekday on which each supplier-fed pair is ordered by rules.
        lead: contract lead time of each supplier-fed pair, days, [whom, pair]; whom is `OWN`, the
            supplier that the pair is fed by, or `OTHER`, another who has terms for its item.
        minimum, multiple: units of an order line of each pair, whoever it is ordered from.
        usual_sales: units a day that each pair sold before day 0, as planners had it; NaN where
            it was not on sale.
        other_supplier: name of the other supplier of each supplier-fed pair; missing without one.
        offers: sku, location, date, price (share of the list price), promoted, whole_range (it is
            a promotion of all items), announced_on: days out of the ordinary, and since when they
            are known; missing where masters do not say.
            A day has a row for each promotion, which takes its share off the price, and for each
            entry of the price list.
        returns: frame `pair_returns`, as the retailer knows its items; missing likewise.
        days_off: region, date, known ahead; missing likewise.
        events: name, date, share (of the nodes that sell), announced_on; missing likewise.
        promoted: whether a promotion of some items ran, [day, pair]; missing likewise.
    """

    first: dt.date
    pairs: pl.DataFrame
    locations: pl.Series
    lanes: pl.DataFrame
    terms: pl.DataFrame
    location: Ints
    supply: Ints
    announced: Ints
    launch: Ints
    exit: Ints
    blocked: Bools
    opens: Bools
    supplier_weekday: Ints
    lead: Ints
    minimum: Ints
    multiple: Ints
    usual_sales: Floats
    other_supplier: pl.Series
    offers: pl.DataFrame | None = None
    days_off: pl.DataFrame | None = None
    returns: pl.DataFrame | None = None
    events: pl.DataFrame | None = None
    promoted: Bools | None = None

    @property
    def size(self) -> int:
        """Number of pairs."""
        return int(self.supply.size)

    def date(self, day: int) -> dt.date:
        """The date of a day."""
        return self.first + dt.timedelta(days=day)

    def dates(self, days: Ints) -> pl.Series:
        """The dates of days."""
        first = (self.first - dt.date(1970, 1, 1)).days
        return pl.Series((days + first).astype(np.int32)).cast(pl.Date)

    def weekday(self, day: int) -> int:
        """0 for Monday."""
        return self.date(day).weekday()

    @cached_property
    def cost(self) -> Floats:
        """Unit cost of each pair, currency."""
        return self.pairs["unit_cost"].to_numpy()

    def numbers(self, sku: pl.Series, location: pl.Series) -> Ints:
        """The numbers of pairs by their keys."""
        number = self._number_of
        found = [number[keys] for keys in zip(sku.to_list(), location.to_list(), strict=True)]
        return np.array(found, dtype=np.int64)

    @cached_property
    def _number_of(self) -> dict[tuple[str, str], int]:
        keys = self.pairs.select("sku", "location").iter_rows()
        return {(sku, location): number for number, (sku, location) in enumerate(keys)}

    @cached_property
    def suppliers(self) -> pl.DataFrame:
        """Whom pairs can be ordered from: sku, location, supplier; all `OWN`, then all `OTHER`."""
        keys = self.pairs.select("sku", "location", "supplier")
        return pl.concat([keys, keys.with_columns(supplier=self.other_supplier)])

    def supplier_of(self, pair: Ints, whom: Ints) -> pl.Series:
        """Names of the suppliers of order lines."""
        return self.suppliers["supplier"].gather(whom * self.size + pair)

    def find_whom(self, pair: Ints, suppliers: pl.Series) -> Ints:
        """`OWN` where a supplier is the one that the pair is fed by, else `OTHER`."""
        own = self.pairs["supplier"].gather(pair) == suppliers
        return np.where(own.to_numpy(), OWN, OTHER)

    @cached_property
    def order_price(self) -> Floats:
        """What a unit costs, currency, [whom, pair]; the unit cost where no terms say."""
        prices = self.terms.select("sku", "supplier", "unit_price")
        asked = self.suppliers.join(
            prices, on=["sku", "supplier"], how="left", maintain_order="left"
        )["unit_price"].to_numpy()
        own = np.arange(asked.size) < self.size
        cost = np.tile(self.cost, 2)
        return np.where(own | np.isnan(asked), cost, asked).reshape(2, self.size)

    @cached_property
    def document(self) -> Ints:
        """Number of the order that a line is in, [whom, pair]: its supplier's, to its node."""
        keys = self.suppliers.select(pl.struct("supplier", "location").rank("dense") - 1)
        return keys.to_series().cast(pl.Int64).to_numpy().reshape(2, self.size)

    @cached_property
    def least_value(self) -> Floats:
        """Least value of an order that a supplier takes, currency, [whom, pair]; 0 without one."""
        least = self.terms.select("supplier", "minimum_order_value").unique(maintain_order=True)
        joined = self.suppliers.join(least, on="supplier", how="left", maintain_order="left")
        return joined["minimum_order_value"].fill_null(0.0).to_numpy().reshape(2, self.size)

    @cached_property
    def calendars(self) -> pl.DataFrame:
        """Frame `supplier_calendars`: suppliers who take orders on some weekdays only."""
        stated = self.terms.select("supplier", "order_weekdays").drop_nulls()
        return stated.unique("supplier", keep="first", maintain_order=True).sort("supplier")

    @cached_property
    def takes_orders(self) -> Bools:
        """Whether the supplier of a pair takes orders, [weekday, whom, pair]."""
        days = self.suppliers.join(self.calendars, on="supplier", how="left", maintain_order="left")
        weeks = days["order_weekdays"].fill_null("1" * WEEK).to_list()
        taken = np.array([[digit == "1" for digit in week] for week in weeks]).T
        return taken.reshape(WEEK, 2, self.size)

    @cached_property
    def life(self) -> Ints:
        """Days for which what suppliers deliver may be sold; `NEVER` where it keeps."""
        days = self.pairs.select(pl.min_horizontal("shelf_life_days", "least_remaining_days"))
        return days.to_series().cast(pl.Int64).fill_null(NEVER).to_numpy()

    @cached_property
    def list_price(self) -> Floats:
        """List price of each pair, currency."""
        return self.pairs["unit_price"].to_numpy()

    @cached_property
    def pack(self) -> Ints:
        """Units in a case of each pair."""
        return self.pairs["case_pack"].to_numpy()

    @cached_property
    def presentation(self) -> Ints:
        """Units that a shelf shows at least."""
        return self.pairs["presentation_min"].to_numpy()

    @cached_property
    def category_group(self) -> Ints:
        """Code of node and category of each pair."""
        codes = self.pairs["category"].rank("dense").cast(pl.Int64).to_numpy() - 1
        return np.asarray(codes * len(self.locations) + self.location)

    @cached_property
    def shelf_max(self) -> Ints:
        """Most units of each pair."""
        return self.pairs["shelf_max"].fill_null(NEVER).to_numpy()

    @cached_property
    def way(self) -> Ints:
        """Row of `lanes` from a node to another, -1 where no lane may be used, [node, node]."""
        nodes = len(self.locations)
        numbers = dict(zip(self.locations.to_list(), range(nodes), strict=True))
        allowed = self.lanes.with_row_index("row").filter("allowed")
        origin, destination = (
            allowed[end].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
            for end in ("origin", "destination")
        )
        way = np.full((nodes, nodes), -1, dtype=np.int64)
        way[origin, destination] = allowed["row"].to_numpy()
        return way

    @cached_property
    def lane(self) -> Ints:
        """Row of `lanes` that feeds each pair; -1 where none does."""
        feeder = self.location[np.maximum(self.supply, 0)]
        return np.where(self.supply < 0, -1, self.way[feeder, self.location])

    @cached_property
    def lane_ships(self) -> Bools:
        """Whether each lane ships, [lane, weekday]."""
        digits = self.lanes["order_weekdays"].to_list()
        return np.array([[digit == "1" for digit in week] for week in digits]).reshape(-1, WEEK)

    @cached_property
    def lane_days(self) -> Ints:
        """Days on the way of each lane."""
        return self.lanes["transit_days"].to_numpy()

    @cached_property
    def lane_capacity(self) -> Ints:
        """Most units a day of each lane."""
        return self.lanes["capacity"].fill_null(NEVER).to_numpy()

    @cached_property
    def lane_costs(self) -> Floats:
        """Cost of a shipment and of a unit on each lane, currency, [2, lane]."""
        return self.lanes.select("fixed_cost", "unit_cost").to_numpy().T

    @cached_property
    def fed_pairs(self) -> pl.DataFrame:
        """The pairs with order_weekdays and handling_cost of the lane that feeds them.

        No item is launched before its store.
        """
        lanes = self.lanes.select("order_weekdays", handling_cost="unit_cost")
        fed = pl.Series(self.lane >= 0)
        lane = lanes[np.maximum(self.lane, 0)].with_columns(
            pl.when(fed).then("order_weekdays"), pl.when(fed).then("handling_cost").otherwise(0.0)
        )
        return self.pairs.hstack(lane).with_columns(launch_date=self.dates(self.launch))

    @cached_property
    def by_key(self) -> Ints:
        """Numbers of the pairs in the order of sku and location."""
        keys = self.pairs.select("sku", "location").with_row_index("pair")
        return keys.sort("sku", "location")["pair"].cast(pl.Int64).to_numpy()

    @cached_property
    def attributes(self) -> pl.DataFrame:
        """What items are, a row an item, as the plan reads them from the table of products."""
        items = self.pairs.unique("sku", keep="first", maintain_order=True).sort("sku")
        return items.select(
            "sku",
            "style",
            "department",
            "category",
            "launch_date",
            "exit_date",
            list_price="unit_price",
        )

    @cached_property
    def nodes(self) -> pl.DataFrame:
        """When locations trade, a row a location: location, opened_on, closed_on."""
        own = self.pairs.unique("location", keep="first", maintain_order=True).sort("location")
        return own.select("location", "opened_on", "closed_on")

    @cached_property
    def item(self) -> Ints:
        """Code of each pair's item."""
        return self.pairs["sku"].rank("dense").cast(pl.Int64).to_numpy() - 1

    @cached_property
    def pair_at(self) -> Ints:
        """Pair of a node and an item, -1 where the node does not keep it, [node, item]."""
        found = np.full((len(self.locations), self.item.max() + 1), -1, dtype=np.int64)
        found[self.location, self.item] = np.arange(self.size)
        return found

    @cached_property
    def echelon(self) -> Ints:
        """The supplier-fed pair that each pair's need goes to; itself where it is one."""
        return np.where(self.supply < 0, np.arange(self.size), self.supply)

    @cached_property
    def receiving_room(self) -> Ints:
        """Units each node can receive a day."""
        room = np.full(len(self.locations), NEVER, dtype=np.int64)
        room[self.location] = self.pairs["receiving_capacity"].fill_null(NEVER).to_numpy()
        return room

    def replenished(self, day: int) -> Bools:
        """Pairs that are replenished after the close of a day."""
        near = (self.announced <= day) & (self.launch <= day + LAUNCH_NOTICE)
        return np.asarray(near & (self.exit > day) & ~self.blocked)


@dataclass(frozen=True)
class Truth:
    """What no policy may see.

    Attributes:
        demand: units wanted of each pair, [day, pair].
        price: what a unit sells for, currency, [day, pair].
        lead: days from order to receipt of a line ordered on a day, [whom, day, pair]; 0 for pairs
            that no such supplier feeds.
        accepted: share of the units of that line that come and are taken in, [whom, day, pair].
        return_rate: chance that a unit sold of a pair comes back.
        damaged: chance that a unit that came back cannot be sold again.
    """

    demand: Counts
    price: NDArray[np.float32]
    lead: NDArray[np.int16]
    accepted: NDArray[np.float32]
    return_rate: Floats
    damaged: Floats


@dataclass(frozen=True)
class SupplierOrders:
    """Lines ordered from suppliers; days may lie before day 0.

    Attributes:
        pair, whom, ordered, requested, quantity: line as it was ordered, from its `OWN` supplier
            or the `OTHER`.
        due, accepted: day on which it comes, and the units taken in then.
        changed: day on which it was changed last; below -1000 for never.
    """

    pair: Ints
    whom: Ints
    ordered: Ints
    requested: Ints
    quantity: Ints
    due: Ints
    accepted: Ints
    changed: Ints

    def plus(self, more: Self) -> Self:
        """These lines and more of them."""
        return type(self)(
            *(
                np.concatenate([getattr(self, field.name), getattr(more, field.name)])
                for field in fields(self)
            )
        )


@dataclass(frozen=True)
class Past:
    """Days before those that are played.

    Attributes:
        sold: units sold, [day, pair].
        empty: whether the shelf was empty when its node closed or at some hour, [day, pair].
    """

    sold: Counts
    empty: Bools

    @classmethod
    def none(cls, size: int) -> Self:
        """No days of `size` pairs."""
        return cls(np.zeros((0, size), dtype=np.int32), np.zeros((0, size), dtype=np.bool_))

    @property
    def days(self) -> int:
        """How many days there are."""
        return len(self.sold)


@dataclass(frozen=True)
class PriceEntries:
    """Entries of a price list, row by row; of several on a day the lowest holds.

    Attributes:
        pair: whose price it is.
        start, end: first and last day; `NEVER` without an end.
        price: currency.
        announced: day from which it is known.
    """

    pair: Ints
    start: Ints
    end: Ints
    price: Floats
    announced: Ints

    def take(self, chosen: Bools) -> "PriceEntries":
        """The rows that are chosen."""
        return PriceEntries(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def plus(self, other: "PriceEntries") -> "PriceEntries":
        """These rows, then the other ones."""
        both = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return PriceEntries(*(np.concatenate(columns) for columns in both))


@dataclass(frozen=True)
class Pricing:
    """A price list that policies may change, and how customers answer.

    Attributes:
        entries: of the list as the retailer has it; the truth's prices and demand are those of it.
        rate: mean of the units wanted at these prices once the luck of the day is drawn,
            [day, pair].
        elasticity: share by which each pair's demand falls for each small share of its price.
    """

    entries: PriceEntries
    rate: NDArray[np.float32]
    elasticity: Floats


@dataclass(frozen=True)
class Ordering:
    """How online customers order, and who can ship: known to everybody at the retailer.

    Attributes:
        asks: pairs at nodes whose customers order online.
        regions: names of the customers' regions.
        rates: the columns of the contract ShippingRates, of every carrier between all regions.
        hands: most lines that each node ships on a day, [weekday, node]; 0 where it ships none.
        charged_kg: weight of a unit of each pair that carriers charge.
        node_region: region of each node, a position in `regions`.
        is_dc: whether each node is one.
        substitutes: the columns of the contract Substitutes: what the master says may be sent in
            place of an item.
    """

    asks: Bools
    regions: tuple[str, ...]
    rates: pl.DataFrame
    hands: Ints
    charged_kg: Floats
    node_region: Ints
    is_dc: Bools
    substitutes: pl.DataFrame

    @cached_property
    def carriers(self) -> tuple[str, ...]:
        """Names of the carriers and their services."""
        return tuple(self.rates["carrier"].unique().sort().to_list())

    @cached_property
    def parcel_cost(self) -> Floats:
        """What a parcel costs, currency, [carrier, region of the node, region]."""
        return self._tabulate("parcel_cost")

    @cached_property
    def kg_cost(self) -> Floats:
        """What a kilogram of it costs, likewise."""
        return self._tabulate("kg_cost")

    @cached_property
    def transit(self) -> Floats:
        """Days on the way, likewise."""
        return self._tabulate("transit_days")

    def _tabulate(self, column: str) -> Floats:
        shape = len(self.carriers), len(self.regions), len(self.regions)
        keys = self.rates.sort(
            "carrier",
            pl.col("origin_region").cast(pl.Enum(self.regions)),
            pl.col("region").cast(pl.Enum(self.regions)),
        )
        return keys[column].cast(pl.Float64).to_numpy().reshape(shape)


@dataclass(frozen=True)
class OrderWays:
    """What becomes of customers' orders by chance.

    Attributes:
        refuses: chance that each node does not ship a line it is asked for.
        takes: chance that a customer who ordered an item takes another, [item, item]; 0 where
            they are of two categories.
    """

    refuses: Floats
    takes: Floats


@dataclass(frozen=True)
class Scenario:
    """A retailer, its truth, and how it stands on the evening before the first day played.

    Attributes:
        seed: of what is drawn while the days are played.
        stock: units on hand of each pair.
        orders: order lines so far, those that came included.
        past: what happened until then.
        pricing: prices that policies may change; without it they are as the truth has them.
        ordering: how orders of online customers are shipped; without it they buy from the stock of
            their node only.
        ways: what customers and nodes do with orders, which no policy sees.
    """

    seed: int
    masters: ScenarioMasters
    truth: Truth
    stock: Ints
    orders: SupplierOrders
    past: Past
    pricing: Pricing | None = None
    ordering: Ordering | None = None
    ways: OrderWays | None = None

    def limit_lives(self, days: int | None) -> Self:
        """The same with goods that may be sold for so many days after they come in, if any."""
        if days is None:
            return self
        pairs = self.masters.pairs.with_columns(shelf_life_days=pl.lit(days, pl.Int64))
        return replace(self, masters=replace(self.masters, pairs=pairs))

    @property
    def days(self) -> int:
        """Days, those of the past included."""
        return int(self.truth.demand.shape[0])
