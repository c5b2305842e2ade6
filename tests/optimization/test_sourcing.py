"""Order sourcing: small nights beside trying all, reasons, bounds, and what is refused."""

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from optimization.feasibility import find_refused_sourcing, find_sourcing_problems
from optimization.sourcing import SourcingFrames, source_orders
from optimization.value import StockValue
from quality_checks.contracts import LineRefusals, find_frame

DAY = dt.date(2026, 3, 2)
TERMS = ("shipping_cost", "handling_cost", "refusal_cost", "late_cost")


def line(order="O", number=1, **changes):
    row = {
        "order_id": order,
        "line": number,
        "sku": "K",
        "quantity": 1,
        "promised_on": DAY + dt.timedelta(days=2),
        "open_cost": 30.0,
        "wait_cost": None,
    }
    return {**row, **changes}


def candidate(order="O", number=1, location="A", **changes):
    row = {
        "order_id": order,
        "line": number,
        "location": location,
        "ship_on": DAY,
        "shipping_cost": 1.0,
        "handling_cost": 1.0,
        "refusal_cost": 0.0,
        "late_cost": 0.0,
        "markdown_avoided": 0.0,
        "refused_before": False,
    }
    return {**row, **changes}


def parcel(order="O", location="A", **changes):
    row = {
        "order_id": order,
        "location": location,
        "ship_on": DAY,
        "arrives_on": DAY + dt.timedelta(days=1),
        "parcel_cost": 4.0,
    }
    return {**row, **changes}


def pair(location="A", sku="K", available=5, demand=0.0, **changes):
    """Units that nobody else asks for unless `demand` says so: they are worth nothing."""
    row = {
        "sku": sku,
        "location": location,
        "available": available,
        "inventory_position": available,
        "sold_before": 0,
        "open_demand_mean": demand,
        "open_demand_variance": demand,
        "underage_cost": 10.0,
        "overage_cost": 0.0,
        "surplus_step": 0.0,
        "surplus_most": 0.0,
        "value_level": 100,
    }
    return {**row, **changes}


def day(location="A", **changes):
    return {"location": location, "ship_on": DAY, "most_lines": None, "most_units": None, **changes}


def night(lines, candidates, parcels, stock, capacities):
    limits = {"most_lines": pl.Int64, "most_units": pl.Int64}
    return (
        pl.DataFrame(lines, schema_overrides={"wait_cost": pl.Float64}),
        pl.DataFrame(candidates, schema=None if candidates else candidate()),
        pl.DataFrame(parcels, schema_overrides={"arrives_on": pl.Date}),
        pl.DataFrame(stock),
        pl.DataFrame(capacities, schema_overrides=limits),
    )


def sourced(given, split_penalty=2.0):
    """The plan, once its check finds nothing wrong and its lines sum up to its cost."""
    plan = source_orders(SourcingFrames(*given), split_penalty=split_penalty)
    found = find_sourcing_problems(plan.lines, SourcingFrames(*given), split_penalty=split_penalty)
    assert found.is_empty(), found
    assert plan.lines["cost"].sum() == pytest.approx(plan.cost)
    assert plan.bound <= plan.cost + 1e-9
    shipped = plan.lines.filter(decision="ship").join(given[0], on=["order_id", "line"])
    nowhere = shipped.select(pl.min_horizontal("open_cost", "wait_cost")).to_series()
    assert (shipped["cost"] <= nowhere + 1e-9).all()
    assert (plan.lines["rejected_cost"] >= plan.lines["cost"] - 1e-9).all()
    return plan


def decisions(plan):
    return plan.lines.select("decision", "location").rows()


def test_the_last_unit_of_a_store_is_dear_and_a_doomed_one_is_cheap():
    """A is 2 nearer, but sells its unit itself; at C a markdown of 5 is avoided."""
    lines = [line("O"), line("P")]
    candidates = [
        candidate(order, location=node, shipping_cost=cost, markdown_avoided=avoided)
        for order in "OP"
        for node, cost, avoided in (("A", 1.0, 0.0), ("B", 3.0, 0.0), ("C", 7.0, 5.0))
    ]
    parcels = [parcel(order, node) for order in "OP" for node in "ABC"]
    days = [day(node) for node in "ABC"]
    stock = [pair("A", available=1, demand=3.0), pair("B", available=1), pair("C", available=1)]
    plan = sourced(night(lines, candidates, parcels, stock, days))
    assert sorted(decisions(plan)) == [("ship", "B"), ("ship", "C")]
    # 3 + 1 + 4 and 7 + 1 - 5 + 4.
    assert sorted(plan.lines["cost"].to_list()) == pytest.approx([7.0, 8.0])
    at_a = plan.considered.filter(location="A")
    assert at_a["verdict"].to_list() == ["dearer"] * 2
    # The unit sells with chance 1 - exp(-3), for 10.
    assert at_a["unit_value"].to_list() == pytest.approx([10 * (1 - np.exp(-3.0))] * 2)


def test_lines_of_an_order_share_a_parcel_unless_apart_is_cheaper_by_more_than_the_split():
    lines = [line("O", 1), line("O", 2, sku="L")]
    stock = [pair(node, sku) for node in "AB" for sku in "KL"]
    parcels, days = [parcel("O", node) for node in "AB"], [day(node) for node in "AB"]

    def split(dearer):
        """The second line is as much dearer at A, where the first must be."""
        candidates = [
            candidate(number=1),
            candidate(number=2, shipping_cost=1.0 + dearer),
            candidate(number=2, location="B"),
        ]
        return sourced(night(lines, candidates, parcels, stock, days))

    assert decisions(split(5.9)) == [("ship", "A"), ("ship", "A")]
    apart = split(6.1)
    assert decisions(apart) == [("ship", "A"), ("ship", "B")]
    assert apart.lines["split_penalty"].to_list() == [1.0, 1.0]
    assert apart.lines["rejected"].to_list()[1] == f"ship from A on {DAY}"
    # A asks 8.1 for it and B, as the parcel is its own, 8; of that the other line bears 1.
    assert apart.lines["rejected_cost"].to_list()[1] == pytest.approx(7.1)


def test_what_of_an_order_goes_to_two_places_goes_in_two_parcels_and_is_no_split():
    """Lines 1 and 3 are sent to the customer, from two nodes; 2 and 4 are collected at S."""
    places = {1: "", 2: "S", 3: "", 4: "S"}
    lines = [line(number=n, sku=f"K{n}", place=place) for n, place in places.items()]
    candidates = [candidate(number=n, location="B" if n == 3 else "A") for n in places]
    parcels = [
        parcel(location=node, place=place, parcel_cost=cost)
        for node, place, cost in (("A", "", 4.0), ("B", "", 3.0), ("A", "S", 1.0))
    ]
    stock = [pair("B" if n == 3 else "A", f"K{n}") for n in places]
    plan = sourced(night(lines, candidates, parcels, stock, [day("A"), day("B")]))
    assert plan.lines["line"].to_list() == [1, 2, 3, 4]
    assert decisions(plan) == [("ship", node) for node in "AABA"]
    assert plan.cost == pytest.approx(4 * 2.0 + (4.0 + 3.0 + 1.0) + 2.0)
    shared = plan.lines.select("parcel_cost", "split_penalty")
    assert shared["parcel_cost"].to_list() == pytest.approx([4.0, 0.5, 3.0, 0.5])
    assert shared.filter(pl.col("split_penalty") > 0).height == 2
    # Beside all others line 2 adds itself only, and line 3 a further parcel.
    added = plan.considered.filter(verdict="chosen").sort("line")
    assert added["cost"].to_list() == pytest.approx([2.0 + 4.0 + 2.0, 2.0, 2.0 + 3.0 + 2.0, 2.0])


def test_a_line_that_saves_little_bears_little_of_its_parcel():
    lines = [line("O", 1, open_cost=3.5), line("O", 2, sku="L", open_cost=32.0)]
    candidates = [candidate(number=1), candidate(number=2)]
    stock = [pair(), pair(sku="L")]
    plan = sourced(night(lines, candidates, [parcel()], stock, [day()]))
    assert decisions(plan) == [("ship", "A"), ("ship", "A")]
    # Each costs 2 by itself: they save 1.5 and 30 for a parcel of 4.
    assert plan.lines["parcel_cost"].to_list() == pytest.approx([4 * 1.5 / 31.5, 4 * 30 / 31.5])


def test_a_full_node_ships_the_line_that_misses_it_most_and_has_a_price():
    lines = [line("O"), line("P"), line("Q", wait_cost=9.0)]
    far = {"O": 2.0, "P": 6.0, "Q": 20.0}
    candidates = [candidate(order) for order in far]
    candidates += [
        candidate(order, location="B", shipping_cost=1.0 + more) for order, more in far.items()
    ]
    parcels = [parcel(order, node) for order in far for node in "AB"]
    given = night(
        lines, candidates, parcels, [pair("A"), pair("B")], [day("A", most_lines=1), day("B")]
    )
    plan = sourced(given)
    assert decisions(plan) == [("ship", "B"), ("ship", "A"), ("wait", None)]
    assert plan.lines["reason"].to_list() == [None, None, "dearer"]
    room = plan.limits.row(by_predicate=pl.col("limit") == "lines", named=True)
    assert (room["location"], room["capacity"], room["used"]) == ("A", 1, 1)
    assert 2.9 <= room["price"] <= 6.1
    assert plan.cost == pytest.approx(plan.bound, rel=0.01)


def test_stock_that_more_lines_ask_for_has_a_price_beside_what_it_is_worth_there():
    """A has a unit, O and P want it, and B costs them 3 and 6 more; Q could only have two of it."""
    lines = [line("O"), line("P"), line("Q", quantity=2)]
    candidates = [candidate(order) for order in "OPQ"] + [
        candidate(order, location="B", shipping_cost=1.0 + more)
        for order, more in (("O", 3.0), ("P", 6.0))
    ]
    parcels = [parcel(order, node) for order in "OPQ" for node in "AB"]
    days = [day(node) for node in "AB"]

    def price(demand):
        stock = [pair("A", available=1, demand=demand), pair("B", available=9)]
        plan = sourced(night(lines, candidates, parcels, stock, days))
        (limit,) = plan.limits.rows(named=True)
        assert (limit["location"], limit["limit"], limit["scope"]) == ("A", "stock", "K")
        assert (limit["capacity"], limit["used"]) == (1, demand < 1)
        return limit["price"]

    # At a price between them only P takes it; what A would make of a second one is not saved.
    assert 2.9 <= price(0.0) <= 6.1
    second = 10 * (1 - np.exp(-0.3) * 1.3)
    assert 2.9 - second <= price(0.3) <= 6.1 - second
    # Where A sells it itself, one more is sold, too.
    assert price(3.0) == 0.0


def test_stock_that_no_line_could_have_has_no_price():
    plan = sourced(
        night([line(quantity=2)], [candidate()], [parcel()], [pair(available=1)], [day()])
    )
    (limit,) = plan.limits.rows(named=True)
    assert (limit["capacity"], limit["used"], limit["price"]) == (1, 0, None)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("no_candidate", {"candidates": []}),
        ("after_promise", {"parcels": [parcel(arrives_on=DAY + dt.timedelta(days=3))]}),
        ("refused_before", {"candidates": [candidate(refused_before=True)]}),
        ("parcel_unknown", {"parcels": [parcel(location="B")]}),
        ("parcel_unknown", {"candidates": [candidate(shipping_cost=None, late_cost=None)]}),
        ("stock_unknown", {"stock": [pair("B")]}),
        ("stock_unknown", {"stock": [pair(available=None)]}),
        ("capacity_unknown", {"capacities": [day("B")]}),
        ("stock", {"stock": [pair(available=0)]}),
        ("capacity", {"capacities": [day(most_units=0)]}),
        ("dearer", {"candidates": [candidate(late_cost=25.0)]}),
    ],
)
def test_a_line_that_stays_open_says_why_and_delays_no_other(reason, changes):
    sound = {
        "candidates": [candidate()],
        "parcels": [parcel()],
        "stock": [pair()],
        "capacities": [day()],
    }
    lines = [line(), line("P", sku="L")]
    frames = {name: [*rows] for name, rows in {**sound, **changes}.items()}
    frames["candidates"].append(candidate("P", location="Z"))
    frames["parcels"].append(parcel("P", "Z"))
    frames["stock"].append(pair("Z", "L"))
    frames["capacities"].append(day("Z"))
    plan = sourced(night(lines, **frames))
    assert decisions(plan) == [("open", None), ("ship", "Z")]
    assert plan.lines["reason"].to_list() == [reason, None]


def draw(seed, orders=4, places=("",)):
    """A night of tight stock and hands that is small enough to try everything."""
    rng = np.random.default_rng(seed)
    names, skus = "ABC", "KLM"
    lines = [
        line(
            f"O{order}",
            number,
            sku=str(rng.choice(list(skus))),
            quantity=int(rng.integers(1, 3)),
            open_cost=float(rng.uniform(8, 25)),
            place=str(rng.choice(list(places))),
        )
        for order in range(orders)
        for number in range(1, 1 + int(rng.integers(1, 3)))
    ]
    candidates = [
        candidate(row["order_id"], row["line"], node, shipping_cost=float(rng.uniform(0.5, 6.0)))
        for row in lines
        for node in names
        if rng.random() < 0.8
    ]
    parcels = [
        parcel(f"O{order}", node, place=place, parcel_cost=float(rng.uniform(2, 6)))
        for order in range(orders)
        for place in places
        for node in names
    ]
    stock = [
        pair(node, sku, available=int(rng.integers(0, 4)), demand=float(rng.uniform(0, 2)))
        for node in names
        for sku in skus
    ]
    days = [day(node, most_lines=int(rng.integers(1, 4))) for node in names]
    return night(lines, candidates, parcels, stock, days)


def try_everything(given, split_penalty):
    """The least cost of all ways to ship a night, each summed up from the frames."""
    lines, candidates, parcels, stock, days = (frame.rows(named=True) for frame in given)
    worth = StockValue.of_pairs(given[3])
    numbers = {(row["sku"], row["location"]): at for at, row in enumerate(stock)}
    price = {
        (row["order_id"], row["place"], row["location"]): row["parcel_cost"] for row in parcels
    }
    room = {row["location"]: row["most_lines"] for row in days}
    ways = [
        [None]
        + [
            row for row in candidates
            if (row["order_id"], row["line"]) == (of["order_id"], of["line"])
        ]
        for of in lines
    ]  # fmt: skip
    value = {
        (at, k): float(worth.of_unit(np.array([at]), np.array([k]))[0])
        for at, row in enumerate(stock)
        for k in range(1, row["available"] + 1)
    }
    least = np.inf
    for way in itertools.product(*ways):
        total, taken, used, sent = 0.0, {}, {}, {}
        for of, row in zip(lines, way, strict=True):
            if row is None:
                total += of["open_cost"]
                continue
            total += sum(row[term] for term in TERMS)
            at = numbers[of["sku"], row["location"]]
            taken[at] = taken.get(at, 0) + of["quantity"]
            used[row["location"]] = used.get(row["location"], 0) + 1
            sent.setdefault((of["order_id"], of["place"]), set()).add(row["location"])
        if any(units > stock[at]["available"] for at, units in taken.items()):
            continue
        if any(drawn > room[node] for node, drawn in used.items()):
            continue
        total += sum(
            value[at, stock[at]["available"] - n] for at, units in taken.items()
            for n in range(units)
        )  # fmt: skip
        for order, nodes in sent.items():
            total += sum(price[*order, node] for node in nodes) + split_penalty * (len(nodes) - 1)
        least = min(least, total)
    return least


@pytest.mark.parametrize("places", [("",), ("", "A", "S")])
def test_small_nights_are_planned_as_if_all_were_tried(places):
    ours, best = 0.0, 0.0
    for seed in range(12):
        given = draw(seed, places=places)
        plan, least = sourced(given), try_everything(given, 2.0)
        assert plan.bound <= least + 1e-6
        assert plan.cost >= least - 1e-6
        ours, best = ours + plan.cost, best + least
    assert ours <= 1.005 * best


def test_an_order_of_many_lines_is_planned_and_its_bound_holds():
    """Nine lines, one more than are solved exactly: all fit one parcel, the cheapest."""
    lines = [line("O", n, sku=f"K{n}") for n in range(1, 10)]
    stock = [pair(node, f"K{n}") for node in "AB" for n in range(1, 10)]
    candidates = [
        candidate("O", n, node, shipping_cost=cost)
        for n in range(1, 10)
        for node, cost in (("A", 1.0), ("B", 1.2))
    ]
    given = night(
        lines, candidates, [parcel("O", node) for node in "AB"], stock, [day("A"), day("B")]
    )
    plan = sourced(given)
    assert plan.cost == pytest.approx(9 * 2.0 + 4.0)
    assert {node for _, node in decisions(plan)} == {"A"}


def test_the_order_of_rows_changes_nothing():
    given = draw(3, orders=30)
    mixed = [frame.sample(fraction=1.0, shuffle=True, seed=5) for frame in given]
    one, other = sourced(given), sourced(mixed)
    for name in ("lines", "considered", "limits"):
        assert_frame_equal(getattr(one, name), getattr(other, name))
    assert (one.cost, one.bound) == (other.cost, other.bound)


MONEY = (
    "open_cost", "wait_cost", *TERMS, "markdown_avoided", "parcel_cost", "underage_cost",
    "overage_cost", "surplus_step",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_the_currency_that_money_is_in_changes_no_choice(seed):
    """Money in units of a thousandth: the same plan at a thousand times the cost."""
    lines, candidates, parcels, stock, days = draw(seed, orders=200)
    given = (
        lines,
        candidates,
        parcels,
        stock.with_columns(pl.col("available", "inventory_position") * 16),
        days.with_columns(pl.col("most_lines") * 33),
    )
    dearer = [
        frame.with_columns(pl.col(name) * 1024.0 for name in MONEY if name in frame.columns)
        for frame in given
    ]
    one, other = sourced(given), sourced(dearer, 2048.0)
    assert decisions(one) == decisions(other)
    assert other.cost == pytest.approx(1024 * one.cost)
    assert other.bound == pytest.approx(1024 * one.bound)


def test_what_breaks_a_contract_is_named():
    given = draw(1)
    twice = SourcingFrames(pl.concat([given[0], given[0]]), *given[1:])
    none = SourcingFrames(given[0].with_columns(quantity=0), *given[1:])
    with pytest.raises(ValueError, match="sourcing_lines: order_id O0, line 1 comes more than"):
        source_orders(twice, split_penalty=1.0)
    with pytest.raises(ValueError, match="sourcing_lines: quantity of order_id O0, line 1 is 0"):
        source_orders(none, split_penalty=1.0)
    with pytest.raises(ValueError, match="split_penalty is -1"):
        source_orders(SourcingFrames(*given), split_penalty=-1.0)


def test_a_night_without_orders_is_planned():
    given = draw(1)
    empty = [frame.clear() for frame in given[:3]]
    plan = source_orders(SourcingFrames(*empty, *given[3:]), split_penalty=1.0)
    assert plan.lines.is_empty()
    assert plan.cost == 0


def broken_sourcing():
    """A sound night of two lines, and what is wrong with its plan, by the check that tells it."""
    given = list(
        night(
            [line(), line("P", wait_cost=40.0, open_cost=30.0)],
            [candidate()],
            [parcel()],
            [pair()],
            [day(most_lines=5)],
        )
    )
    lines = source_orders(SourcingFrames(*given), split_penalty=2.0).lines
    first = pl.col("order_id") == "O"

    def changed(**columns):
        return lines.with_columns(
            pl.when(first).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
            for name, value in columns.items()
        )

    def replaced(at, **columns):
        return [
            frame.with_columns(**columns) if n == at else frame for n, frame in enumerate(given)
        ]

    late = {"arrives_on": pl.lit(DAY + dt.timedelta(days=9))}
    late_lines = changed(arrives_on=DAY + dt.timedelta(days=9))
    return {
        "sound": (lines, given),
        "undecided": (lines.filter(first), given),
        "open_line": (lines, replaced(0, sku=pl.lit("L"))),
        "no_candidate": (lines, [*given[:1], given[1].clear(), *given[2:]]),
        "promise": (late_lines, replaced(2, **late)),
        "node_stock": (lines, replaced(3, available=pl.lit(0))),
        "node_capacity": (lines, replaced(4, most_units=pl.lit(0))),
        "node_closed": (lines, [*given[:4], given[4].clear()]),
        "stated_cost": (changed(parcel_cost=3.0), given),
        "outside_cost": (
            lines.with_columns(decision=pl.col("decision").replace("open", "wait")), given
        ),
    }  # fmt: skip


SOURCING_FAULTS = (
    "undecided",
    "open_line",
    "no_candidate",
    "promise",
    "node_stock",
    "node_capacity",
    "node_closed",
    "stated_cost",
    "outside_cost",
    "refused_before",
)


@pytest.mark.parametrize("check", ["sound", *SOURCING_FAULTS[:-1]])
def test_a_broken_sourcing_is_told(check):
    lines, given = broken_sourcing()[check]
    found = (
        find_sourcing_problems(lines, SourcingFrames(*given), split_penalty=2.0)["check"]
        .unique()
        .to_list()
    )
    assert found == ([] if check == "sound" else [check])


def test_a_line_that_has_no_parcel_to_its_place_is_told():
    lines, given = broken_sourcing()["sound"]
    elsewhere = SourcingFrames(*given)
    elsewhere = elsewhere._replace(parcels=elsewhere.parcels.with_columns(place=pl.lit("S")))
    found = find_sourcing_problems(lines, elsewhere, split_penalty=2.0)
    assert found["check"].to_list() == ["promise"]


@pytest.mark.parametrize(
    ("reason", "days_ago", "seen_since", "told"),
    [
        ("not_found", 9, False, True),
        ("damaged", 9, False, True),
        ("not_found", 9, True, False),
        ("refused", 0, False, True),
        ("refused", 1, False, False),
    ],
)
def test_a_line_that_goes_back_to_a_node_that_refused_it_is_told(
    reason, days_ago, seen_since, told
):
    lines, _ = broken_sourcing()["sound"]
    today = DAY - dt.timedelta(days=1)
    said = ("O", 1, "A", reason, today - dt.timedelta(days=days_ago), seen_since)
    # What another node said, and what was said of a line that is not shipped, is no fault.
    others = [("O", 1, "B", "damaged", today, False), ("P", 1, "A", "damaged", today, False)]
    refusals = pl.DataFrame([said, *others], schema=find_frame(LineRefusals).schema, orient="row")
    sourced = lines.filter(decision="ship").rename({"line": "order_line", "location": "origin"})
    found = find_refused_sourcing(sourced, refusals, business_date=today)
    assert found["check"].to_list() == (["refused_before"] if told else [])


def test_a_line_that_is_decided_twice_is_told():
    lines, given = broken_sourcing()["sound"]
    twice = pl.concat([lines, lines.filter(order_id="P")])
    found = find_sourcing_problems(twice, SourcingFrames(*given), split_penalty=2.0)
    assert found["check"].unique().to_list() == ["duplicate"]
