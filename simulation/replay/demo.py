"""The built-in retailer as a scenario: its demand, prices, suppliers and opening stock.

Left out of the replay, with all policies alike: theft and miscounted stock, second deliveries of an
order line, returns to another node, and, unless it is `selling`, online customers who wait.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.order_costs import charge_weight
from simulation.replay.scenario import (
    NEVER,
    OTHER,
    OWN,
    Bools,
    Floats,
    Ints,
    Ordering,
    OrderWays,
    Past,
    PriceEntries,
    Pricing,
    Scenario,
    ScenarioMasters,
    SupplierOrders,
    Truth,
)
from simulation.retailer import (
    DAMAGED,
    DC,
    DELAY_DAYS,
    ECOM,
    MARKETPLACE,
    RATES,
    RetailerSettings,
    RetailerWorld,
    build_world,
    draw_cases,
    draw_lateness,
    find_date,
    list_return_rates,
    make_generator,
)

ORDER_DAYS = 5
"""Suppliers are ordered from on one of so many weekdays, as the retailer does."""

REFUSED, REFUSED_SHARE = 0.015, 0.08
"""Chance that a DC refuses part of a delivery, and the part."""


def build_demo_scenario(
    settings: RetailerSettings, seed: int, *, selling: bool = False
) -> Scenario:
    """Draw the built-in retailer of a size and seed.

    Args:
        settings: its size, and the days that can be played.
        seed: seed of all that is drawn.
        selling: policies may change prices, and customers answer to them.
    """
    world = build_world(settings, seed)
    fed = np.flatnonzero(world.network.supply < 0)
    truth, rate = _truth(world, fed)
    return Scenario(
        seed=seed,
        masters=_masters(world),
        truth=truth,
        stock=world.state.truth.copy(),
        orders=_orders(world),
        past=Past.none(world.network.size),
        pricing=Pricing(
            _list_entries(world), rate, world.network.products.elasticity[world.network.sku]
        )
        if selling
        else None,
        ordering=_ordering(world) if selling else None,
        ways=OrderWays(world.fulfilment.refuses, _takes(world)) if selling else None,
    )


def _masters(world: RetailerWorld) -> ScenarioMasters:
    network = world.network
    products, locations = network.products, network.locations
    sku, node = network.sku, network.location
    days = np.arange(world.first, world.last + 1)
    weekdays = np.array([find_date(day).weekday() for day in days.tolist()])
    opens = locations.opens[:, weekdays].T & (days[:, None] >= locations.opened)
    supplier = products.supplier[sku]
    other = np.where(network.supply < 0, world.terms.second[sku], -1)
    nobody = pl.Series(other < 0)
    return ScenarioMasters(
        first=world.settings.first_date,
        pairs=_pairs(world),
        locations=locations.names,
        lanes=locations.lanes,
        terms=world.terms.frame.join(
            world.vendors.frame.select(
                "supplier",
                "minimum_order_value",
                "expedite_fee",
                "expedite_days_saved",
                "order_weekdays",
            ),
            on="supplier",
            how="left",
            maintain_order="left",
        ),
        location=node,
        supply=network.supply,
        announced=products.announced[sku] - world.first,
        launch=np.maximum(products.launch[sku], locations.opened[node]) - world.first,
        exit=products.exit[sku] - world.first,
        blocked=network.blocked,
        opens=opens & (locations.kind != DC),
        supplier_weekday=supplier % ORDER_DAYS,
        lead=np.stack([world.vendors.lead_time[who] for who in (supplier, np.maximum(other, 0))]),
        minimum=world.terms.minimum[sku],
        multiple=world.terms.multiple[sku],
        usual_sales=np.where(
            products.launch[sku] < world.first, world.replenishment.forecast, np.nan
        ),
        other_supplier=world.vendors.names.gather(np.maximum(other, 0)).set(nobody, None),
        offers=_offers(world),
        returns=_returns(world),
        events=_events(world),
        promoted=_promoted(world),
    )


def _offers(world: RetailerWorld) -> pl.DataFrame:
    """The days of every promotion and price list entry at the pairs that sell."""
    last = find_date(world.last)
    pairs = _pairs(world).filter(pl.col("kind") != "dc").select(
        "sku", "location", "style", "category", "kind", "unit_price", at="region"
    )  # fmt: skip
    promotions = world.offers.promotion_frame
    scoped = [
        pairs.with_columns(scope=pl.lit(scope), scope_value=value).join(
            promotions, on=["scope", "scope_value"], maintain_order="left_right"
        )
        for scope, value in {
            "sku": pl.col("sku"),
            "style": pl.col("style"),
            "category": pl.col("category"),
            "all": pl.lit("*"),
        }.items()
    ]
    promoted = pl.concat(scoped).filter(
        (pl.col("region") == "*") | (pl.col("region") == pl.col("at")),
        (pl.col("channel") == "*") | (pl.col("channel") == pl.col("kind")),
    )
    entries = pairs.join(
        world.offers.price_frame.rename({"location": "where"}),
        on="sku",
        maintain_order="left_right",
    ).filter((pl.col("where") == "*") | (pl.col("where") == pl.col("location")))
    found = pl.concat(
        [
            promoted.select("sku", "location", "starts_on", "ends_on", "announced",
                            price=1 - pl.col("discount"), promoted=pl.lit(value=True),
                            whole_range=pl.col("scope") == "all"),
            entries.select("sku", "location", "announced", starts_on="valid_from",
                           ends_on=pl.col("valid_to").fill_null(last),
                           price=pl.col("price") / pl.col("unit_price"),
                           promoted=pl.lit(value=False), whole_range=pl.lit(value=False)),
        ],
        how="diagonal",
    )  # fmt: skip
    first = pl.max_horizontal("starts_on", pl.lit(find_date(world.first)))
    return (
        found.with_columns(
            announced_on=pl.col("announced").cast(pl.Int32).cast(pl.Date),
            date=pl.date_ranges(first, pl.min_horizontal("ends_on", pl.lit(last))),
        )
        .explode("date")
        .filter(pl.col("date").is_not_null())
        .select("sku", "location", "date", "price", "promoted", "whole_range", "announced_on")
        .sort("sku", "location", "date", "promoted", "price")
    )


def _returns(world: RetailerWorld) -> pl.DataFrame:
    """What the retailer knows of returns: its rates by item and kind of location."""
    rate, damaged = _return_rates(world)
    return (
        _pairs(world)
        .select("sku", "location")
        .with_columns(return_rate=pl.Series(rate), resalable_share=pl.Series(1 - damaged))
    )


def _return_rates(world: RetailerWorld) -> tuple[Floats, Floats]:
    """Chance that a unit sold of each pair comes back, and that it is then damaged."""
    network = world.network
    # A store's click-and-collect returns are like those over its counter.
    kind = network.locations.kind[network.location]
    channel = np.select([kind == ECOM, kind == MARKETPLACE], [2, 3], default=0)
    rate = np.array(RATES)[channel] * list_return_rates(network.products)[network.sku]
    return rate, np.array(DAMAGED)[channel]


def _events(world: RetailerWorld) -> pl.DataFrame:
    """Days of the events of whole regions, as the query `event_days` gives them."""
    locations = world.network.locations
    region = locations.region[locations.kind != DC]
    wide = world.calendar.frame.filter(pl.col("location_index") < 0)
    touched = [float((region == r).mean()) if r >= 0 else 1.0 for r in wide["region_index"]]
    days = wide.with_columns(
        share=pl.Series(touched, dtype=pl.Float64),
        announced_on=pl.Series([find_date(day) for day in wide["announced"]], dtype=pl.Date),
        date=pl.date_ranges("starts_on", "ends_on"),
    ).explode("date")
    return (
        days.group_by("name", "date", maintain_order=True)
        .agg(pl.col("share").sum().clip(upper_bound=1.0), pl.col("announced_on").min())
        .sort("name", "date")
    )


def _promoted(world: RetailerWorld) -> Bools:
    """Whether a promotion of less than the whole range ran, [day, pair]."""
    partial = np.array([offer.scope != "all" for offer in world.offers.promotions] + [False])
    days = range(world.first, world.last + 1)
    cells = [partial[world.offers.selling_prices(day)[1]].ravel() for day in days]
    return np.stack(cells)[:, world.network.zone_cell]


def _pairs(world: RetailerWorld) -> pl.DataFrame:
    network = world.network
    frame = network.products.frame.select(
        "sku",
        "style",
        "colour",
        "size",
        "brand",
        "department",
        "category",
        "currency",
        "unit_cost",
        "case_pack",
        "volume",
        "weight",
        "launch_date",
        "exit_date",
        "like_sku",
        "supplier",
        "shelf_life_days",
        "least_remaining_days",
        unit_price="list_price",
    )
    nodes = network.locations.frame.select(
        "location",
        "region",
        "kind",
        "open_weekdays",
        "priority",
        "receiving_capacity",
        "receiving_volume",
        "outbound_capacity",
        "unit_capacity",
        "opened_on",
        "closed_on",
    )
    every = np.arange(network.size)
    assortment = network.assortment(every, delisted=False).drop("status")
    return assortment.join(frame, on="sku", how="left", maintain_order="left").join(
        nodes, on="location", how="left", maintain_order="left"
    )


def _ordering(world: RetailerWorld) -> Ordering:
    """How online customers order, and who can ship."""
    locations, rates = world.network.locations, world.fulfilment.rates
    kind = locations.kind[world.network.location]
    regions = tuple(rates["region"].unique().sort().to_list())
    hands = (world.fulfilment.hands[:, None] * locations.opens).T
    items = world.network.products.frame.with_columns(charged_kg=charge_weight())
    region = locations.frame["region"].cast(pl.Enum(regions)).to_physical()
    return Ordering(
        asks=(kind == ECOM) | (kind == MARKETPLACE),
        regions=regions,
        rates=rates,
        hands=hands.astype(np.int64),
        charged_kg=items["charged_kg"].to_numpy()[world.network.sku],
        node_region=region.cast(pl.Int64).to_numpy(),
        is_dc=locations.kind == DC,
        substitutes=world.substitution.frame.drop("announced"),
    )


def _takes(world: RetailerWorld) -> Floats:
    """How surely customers take one item for another of its category, [item, item].

    They are to pay no more for it than for what they ordered, as the shipped policy has it.
    """
    category = world.network.products.category
    takes = np.zeros((category.size, category.size))
    for item in range(category.size):
        others = np.flatnonzero(category == category[item])
        others = others[others != item]
        takes[item, others] = world.substitution.chance(item, others, np.ones(others.size))
    return takes


def _list_entries(world: RetailerWorld) -> PriceEntries:
    """The price list of the pairs that sell."""
    pairs = _pairs(world).with_row_index("pair").filter(pl.col("kind") != "dc")
    rows = (
        pairs.select("pair", "sku", "location")
        .join(
            world.offers.price_frame.rename({"location": "where"}),
            on="sku",
            maintain_order="left_right",
        )
        .filter((pl.col("where") == "*") | (pl.col("where") == pl.col("location")))
    )
    start, end = (
        (pl.col(name) - pl.lit(find_date(world.first))).dt.total_days()
        for name in ("valid_from", "valid_to")
    )
    found = rows.select(
        pl.col("pair").cast(pl.Int64),
        start=start,
        end=end.fill_null(NEVER),
        price="price",
        announced=pl.col("announced") - world.first,
    )
    return PriceEntries(*(column.to_numpy() for column in found))


def _truth(world: RetailerWorld, fed: Ints) -> tuple[Truth, npt.NDArray[np.float32]]:
    """What no policy may see, and the mean of each day's demand of each pair."""
    network, days = world.network, world.settings.days
    rate = np.zeros((days, network.size), dtype=np.float32)
    demand = np.zeros((days, network.size), dtype=np.int32)
    price = np.zeros((days, network.size), dtype=np.float32)
    for index, day in enumerate(range(world.first, world.last + 1)):
        prices, _ = world.offers.selling_prices(day)
        means = world.demand.means(day, prices)
        demand[index], rate[index] = world.demand.draw_with_rates(means, day)
        price[index] = prices.ravel()[network.zone_cell]
    sku = network.sku[fed]
    own = _supply(world, fed, network.products.supplier[sku], "replayed orders")
    second = world.terms.second[sku]
    others = _supply(world, fed[second >= 0], second[second >= 0], "replayed orders of others")
    lead, accepted = np.stack([own[0], others[0]]), np.stack([own[1], others[1]])
    return Truth(demand, price, lead, accepted, *_return_rates(world)), rate


def _supply(
    world: RetailerWorld, fed: Ints, supplier: Ints, draws: str
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.float32]]:
    """Lead time and accepted share of a line that a supplier is asked for, [day, pair]."""
    vendors, size = world.vendors, world.network.size
    contract = vendors.lead_time[supplier]
    transport = np.minimum(vendors.transport[supplier], contract // 2)
    lead = np.zeros((world.settings.days, size), dtype=np.int16)
    accepted = np.zeros((world.settings.days, size), dtype=np.float32)
    for index, day in enumerate(range(world.first, world.last + 1)):
        rng = make_generator(world.seed, draws, day)
        actual = np.round(contract * draw_lateness(vendors, supplier, rng)).astype(np.int64)
        needed = np.maximum(actual, transport + 3)
        lead[index, fed] = needed + _halts(world, supplier, day, needed - transport)
        short = draw_cases(rng, fed.size, vendors.short_chance[supplier])
        share = np.where(short, rng.uniform(0.55, 0.95, fed.size), 1.0)
        refused = np.where(draw_cases(rng, fed.size, REFUSED), REFUSED_SHARE, 0.0)
        accepted[index, fed] = share * (1 - refused)
    return lead, accepted


def _halts(world: RetailerWorld, supplier: Ints, day: int, ready: Ints) -> Ints:
    """How many days supplier events hold up lines that would leave `ready` days after `day`."""
    added = np.zeros(supplier.size, dtype=np.int64)
    for trouble in world.troubles:
        touched = np.isin(supplier, trouble.suppliers) & (day + ready > trouble.day)
        halt = round(trouble.severity * DELAY_DAYS)
        if trouble.day >= day:
            added[touched] += halt
        else:
            left = trouble.day + halt - (day + ready)
            added[touched] = np.maximum(added[touched], left[touched])
    return added


def _orders(world: RetailerWorld) -> SupplierOrders:
    """The retailer's orders before its first day; a line in two parts counts with the second."""
    lines, first = world.book.open, world.first
    main = world.network.products.supplier[world.network.sku[lines.pair]]
    return SupplierOrders(
        pair=lines.pair,
        whom=np.where(lines.supplier == main, OWN, OTHER),
        ordered=lines.ordered - first,
        requested=lines.requested - first,
        quantity=lines.ordered_quantity,
        due=lines.last_due - first,
        accepted=lines.accepted(NEVER),
        changed=np.full(lines.pair.size, -NEVER),
    )
