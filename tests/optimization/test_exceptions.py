"""Exceptions open once, go on as the same, are grouped, and close by themselves and say how."""

from datetime import date, timedelta

import polars as pl
import pytest

from optimization.exceptions import (
    list_cells_off,
    settle_exceptions,
    sum_signals,
    tabulate_exceptions,
    value_changed_demand,
)
from quality_checks.contracts import (
    EXCEPTION_KINDS,
    SOURCES_OF_EXCEPTIONS,
    TESTED_KINDS,
    ChangedDemand,
    ExceptionRules,
    Exceptions,
    ExceptionScope,
    JudgedSignals,
    LateFeeds,
    SignalRows,
    WatchedSubjects,
    find_contract,
    find_frame,
)

FIRST = date(2026, 3, 2)
RULES = ExceptionRules(close_share=0.5, quiet_days=3, unread_days=5)
CONTRACT = find_contract(Exceptions)
NO_FEEDS = find_frame(LateFeeds).empty()
NORTH, SOUTH = "dresses|north|store", "dresses|south|store"


def judged(*signals):
    """Readings of a day from kind, subject and score; the threshold is 10."""
    rows = [
        {
            "kind": kind,
            "subject": subject,
            "score": score,
            "upper": 10.0,
            "lower": 5.0,
            "began_on": FIRST,
            "observed_since": 12.0,
            "expected_since": 10.0,
        }
        for kind, subject, score in signals
    ]
    return pl.DataFrame(rows, schema=find_frame(JudgedSignals).schema)


def row(kind, subject, sku="A", location="S1", money=1.0, **more):
    known = dict.fromkeys(find_frame(SignalRows).columns) | {"side": "short"}
    return known | {
        "kind": kind,
        "subject": subject,
        "sku": sku,
        "location": location,
        "units_at_risk": 2.0,
        "money_at_risk": money,
        **more,
    }


def table(*rows):
    return pl.DataFrame(list(rows), schema=find_frame(SignalRows).schema)


class Watch:
    """Settles date after date, each by what the date before left."""

    def __init__(self):
        self.before, self.day = CONTRACT.empty(), FIRST
        self.scope = None
        self.late, self.feeds = (), NO_FEEDS

    def see(self, *signals, rows=()):
        settled = settle_exceptions(
            judged(*signals), table(*rows), self.before, self.day, RULES, self.late, self.feeds
        )
        dated = settled.exceptions.with_columns(business_date=pl.lit(self.day))
        self.before = CONTRACT.conform(dated)
        self.scope = settled.scope
        find_contract(ExceptionScope).conform(
            settled.scope.with_columns(business_date=pl.lit(self.day))
        )
        self.day += timedelta(days=1)
        return self.before

    def states(self, *signals, rows=()):
        return [tuple(r) for r in self.see(*signals, rows=rows).select("kind", "state").iter_rows()]


def test_it_opens_at_the_threshold_and_goes_on_as_the_same_until_it_is_below_the_lower_one():
    watch = Watch()
    assert watch.states(("backlog", "S1", 9.9)) == []
    first = watch.see(("backlog", "S1", 10.0))
    assert first["state"].item() == "new"
    again = watch.see(("backlog", "S1", 6.0))
    assert again["state"].item() == "open"
    assert again["exception_id"].item() == first["exception_id"].item()
    assert (
        again["first_seen_on"].item() == again["last_seen_on"].item() == FIRST + timedelta(days=1)
    )
    closed = watch.see(("backlog", "S1", 4.9))
    assert closed["state"].item() == "closed"
    assert closed["exception_id"].item() == first["exception_id"].item()
    assert closed["closed_by"].item() == "orders keep their promises"
    assert watch.states(("backlog", "S1", 6.0)) == []


def late_of(seen):
    return dict(seen.select("subject", "late_inputs").iter_rows())


def test_it_names_what_is_late_of_all_that_it_rests_on():
    watch = Watch()
    watch.late = ("returns", "receipts")
    orders, shift = ("supplier_delay", "V1", 12.0), ("demand_above", NORTH, 12.0)
    assert late_of(watch.see(orders, shift)) == {"V1": "receipts", NORTH: None}
    watch.late = ()
    assert late_of(watch.see(orders, shift)) == {"V1": None, NORTH: None}


def test_it_names_what_is_late_of_the_nodes_that_it_touches():
    watch = Watch()
    watch.late = ("stock",)
    late = [("S1", "pos_sales"), ("S1", "transfers"), ("S2", "receipts")]
    watch.feeds = pl.DataFrame(late, schema=NO_FEEDS.schema, orient="row")
    rows = [row("stock_out", "S1", "A", "S1"), row("stock_out", "S3", "A", "S3")]
    seen = watch.see(("stock_out", "S1", 12.0), ("stock_out", "S3", 12.0), rows=rows)
    assert late_of(seen) == {"S1": "pos_sales;stock", "S3": "stock"}
    closed = watch.see(("stock_out", "S1", 0.0), ("stock_out", "S3", 12.0), rows=rows[1:])
    assert late_of(closed) == {"S1": None, "S3": "stock"}


def test_only_kinds_of_exceptions_rest_on_sources():
    assert SOURCES_OF_EXCEPTIONS.keys() < EXCEPTION_KINDS.keys()


def test_it_closes_after_quiet_days_between_the_thresholds():
    watch = Watch()
    watch.see(("backlog", "S1", 11.0))
    assert watch.states(("backlog", "S1", 7.0)) == [("backlog", "open")]
    assert watch.states(("backlog", "S1", 12.0)) == [("backlog", "open")]
    for _ in range(RULES.quiet_days - 1):
        assert watch.states(("backlog", "S1", 7.0)) == [("backlog", "open")]
    closed = watch.see(("backlog", "S1", 7.0))
    assert (
        closed["closed_by"].item()
        == f"orders keep their promises: quiet since {FIRST + timedelta(days=2)}"
    )


def test_one_that_comes_again_is_another():
    watch = Watch()
    first = watch.see(("backlog", "S1", 11.0))["exception_id"].item()
    watch.see(("backlog", "S1", 0.0))
    assert watch.see(("backlog", "S1", 11.0))["exception_id"].item() != first


def test_what_is_not_known_today_stays_as_it_was():
    watch = Watch()
    there = row("backlog", "S1", money=40.0, region="north")
    watch.see(("backlog", "S1", 11.0), rows=[there])
    kept = watch.see()
    assert kept["state"].item() == "open"
    assert (kept["money_at_risk"].item(), kept["item_locations"].item()) == (40.0, 1)
    assert kept["region"].item() == "north"
    assert watch.states(("backlog", "S1", 0.0)) == [("backlog", "closed")]


def test_what_is_read_no_more_closes_by_itself_once_it_was_not_seen_for_long():
    watch = Watch()
    signals = (
        ("backlog", "S1", 11.0),
        ("demand_above", NORTH, 12.0),
        ("demand_below", SOUTH, 11.0),
    )
    watch.see(*signals, rows=[row("backlog", "S1", money=40.0)])
    for _ in range(RULES.unread_days - 1):
        assert sorted(watch.states()) == [("backlog", "open"), ("demand_shift", "open")]
    closed = watch.see()
    assert closed["state"].to_list() == ["closed", "closed"]
    words = f"it is no longer watched: nothing is read of it, last seen on {FIRST}"
    assert closed["closed_by"].to_list() == [words, words]
    assert closed["money_at_risk"].to_list() == [0.0, 0.0]
    assert watch.see().is_empty()
    assert watch.states(("backlog", "S1", 11.0)) == [("backlog", "new")]


def test_what_is_read_again_in_time_goes_on_as_the_same():
    watch = Watch()
    first = watch.see(("backlog", "S1", 11.0))["exception_id"].item()
    for _ in range(RULES.unread_days - 1):
        watch.see()
    again = watch.see(("backlog", "S1", 11.0))
    assert (again["exception_id"].item(), again["state"].item()) == (first, "open")


def test_a_score_of_nothing_is_no_exception_at_any_threshold():
    free = judged(("backlog", "S1", 0.0)).with_columns(upper=0.0, lower=0.0)
    assert settle_exceptions(
        free, table(), CONTRACT.empty(), FIRST, RULES, (), NO_FEEDS
    ).exceptions.is_empty()


def test_a_fact_is_there_or_not():
    watch = Watch()
    rows = [row("feed_late", "stock|S1", sku) for sku in "AB"]
    assert watch.states(rows=rows) == [("feed_late", "new")]
    assert watch.states(rows=rows) == [("feed_late", "open")]
    closed = watch.see()
    assert (closed["state"].item(), closed["closed_by"].item()) == ("closed", "the feed has come")
    assert closed["words"].item() == "stock of S1 has not come: 2 item-locations; 2.00 at risk"
    assert watch.see().is_empty()


def test_a_suppliers_delay_over_forty_items_is_one_exception_that_has_them_all():
    rows = [
        row("supplier_delay", "SUP1", f"I{n:02}", supplier="SUP1", region="north", department=d)
        for n, d in zip(range(40), ["shoes", "hats"] * 20, strict=True)
    ]
    watch = Watch()
    found = watch.see(("supplier_delay", "SUP1", 30.0), rows=rows).row(0, named=True)
    assert (found["item_locations"], found["money_at_risk"], found["units_at_risk"]) == (
        40,
        40.0,
        80.0,
    )
    assert (found["supplier"], found["region"], found["department"]) == ("SUP1", "north", None)
    assert len(watch.scope) == 40
    assert watch.scope["exception_id"].unique().to_list() == [found["exception_id"]]


def test_rows_of_what_is_no_exception_are_in_no_scope():
    watch = Watch()
    watch.see(("backlog", "S1", 3.0), rows=[row("backlog", "S1")])
    assert watch.scope.is_empty()


def test_unknown_money_is_not_zero():
    watch = Watch()
    found = watch.see(("backlog", "S1", 20.0), rows=[row("backlog", "S1", money=None)])
    assert found["money_at_risk"].item() is None


@pytest.mark.parametrize(
    ("money", "trend"), [(120.0, "worse"), (105.0, "steady"), (80.0, "better")]
)
def test_a_trend_is_of_money(money, trend):
    watch = Watch()
    assert (
        watch.see(("backlog", "S1", 20.0), rows=[row("backlog", "S1", money=100.0)])["trend"].item()
        == "new"
    )
    assert (
        watch.see(("backlog", "S1", 20.0), rows=[row("backlog", "S1", money=money)])["trend"].item()
        == trend
    )


def test_above_in_one_place_and_below_in_another_is_one_exception():
    watch = Watch()
    rows = [row("demand_above", NORTH), row("demand_below", SOUTH, location="S2", side="over")]
    first = watch.see(("demand_above", NORTH, 12.0), ("demand_below", SOUTH, 2.0), rows=rows[:1])
    assert first["kind"].to_list() == ["demand_above"]
    both = watch.see(("demand_above", NORTH, 12.0), ("demand_below", SOUTH, 11.0), rows=rows)
    kinds = {r["kind"]: r for r in both.iter_rows(named=True)}
    assert {kind: r["state"] for kind, r in kinds.items()} == {
        "demand_above": "closed",
        "demand_shift": "new",
    }
    assert kinds["demand_above"]["closed_by"] == "it is part of a demand_shift of its category"
    shift = kinds["demand_shift"]
    assert (shift["subject"], shift["first_seen_on"], shift["item_locations"]) == (
        "dresses",
        FIRST,
        2,
    )
    assert watch.scope.sort("location")["side"].to_list() == ["short", "over"]
    # One side hovers: it is the same shift, and the other side is not told besides.
    again = watch.see(("demand_above", NORTH, 12.0), ("demand_below", SOUTH, 6.0), rows=rows)
    assert again.select("kind", "state", "exception_id").rows() == [
        ("demand_shift", "open", shift["exception_id"])
    ]
    ended = watch.see(("demand_above", NORTH, 12.0), ("demand_below", SOUTH, 1.0), rows=rows[:1])
    assert sorted(ended.select("kind", "state").rows()) == [
        ("demand_above", "new"),
        ("demand_shift", "closed"),
    ]


def test_a_shift_is_within_a_category_and_not_within_a_cell():
    other = "shoes|south|store"
    for below in (other, NORTH):
        found = Watch().see(("demand_above", NORTH, 12.0), ("demand_below", below, 11.0))
        assert sorted(found["kind"]) == ["demand_above", "demand_below"]


def test_a_shift_of_which_nothing_is_known_stays():
    watch = Watch()
    watch.see(("demand_above", NORTH, 12.0), ("demand_below", SOUTH, 11.0))
    assert watch.states(("backlog", "S1", 0.0)) == [("demand_shift", "open")]


def test_order_of_rows_changes_nothing():
    signals = judged(
        ("demand_above", NORTH, 12.0), ("demand_below", SOUTH, 11.0), ("backlog", "S1", 30.0)
    )
    rows = table(
        *(row("backlog", "S1", sku, money=0.1) for sku in "ABCDEFG"), row("demand_above", NORTH)
    )
    one, other = (
        settle_exceptions(*frames, CONTRACT.empty(), FIRST, RULES, (), NO_FEEDS)
        for frames in ((signals, rows), (signals.reverse(), rows.reverse()))
    )
    assert one.exceptions.equals(other.exceptions)
    assert one.scope.equals(other.scope)


@pytest.mark.parametrize("kind", EXCEPTION_KINDS)
def test_every_kind_is_told_in_words_and_says_how_it_ended(kind):
    watch = Watch()
    subject = {"demand_above": NORTH, "demand_below": NORTH}.get(kind, "X|Y")
    signals = () if kind not in {*TESTED_KINDS, "demand_shift"} else ((kind, subject, 20.0),)
    rows = [row(kind, subject)]
    if kind == "demand_shift":
        signals = (("demand_above", NORTH, 20.0), ("demand_below", SOUTH, 20.0))
        rows = []
    told = watch.see(*signals, rows=rows).filter(kind=kind)["words"].item()
    assert told
    assert "{" not in told
    assert "None" not in told
    quiet = tuple((k, s, 0.0) for k, s, _ in signals)
    assert watch.see(*quiet).filter(kind=kind)["closed_by"].item()


def test_money_at_risk_is_read_of_all_that_is_watched():
    subjects = pl.DataFrame({"kind": ["backlog"] * 2, "subject": ["S1", "S2"]})
    rows = table(
        row("backlog", "S1", "A", money=3.0),
        row("backlog", "S1", "B", money=4.0),
        row("backlog", "S9"),
    )
    read = sum_signals(subjects.select(find_frame(WatchedSubjects).columns), rows, FIRST)
    assert read.select("subject", "observed").rows() == [("S1", 7.0), ("S2", 0.0)]
    assert read["error"].to_list() == pytest.approx([2.0794, 0.0], abs=1e-4)


def changed(kind, change, position):
    known = dict.fromkeys(find_frame(ChangedDemand).columns)
    return pl.DataFrame(
        [
            known
            | {"kind": kind, "subject": NORTH, "sku": "A", "location": "S1", "change": change}
            | {"demand_mean": 10.0, "inventory_position": position}
            | {"underage_cost": 5.0, "overage_cost": 0.5}
        ],
        schema=find_frame(ChangedDemand).schema,
    )


@pytest.mark.parametrize(
    ("kind", "change", "position", "units", "money"),
    [
        ("demand_above", 0.5, 12, 3.0, 15.0),
        ("demand_above", 0.5, 20, 0.0, 0.0),
        # What the forecast asked for and is not there either is no part of what changed.
        ("demand_above", 0.5, 2, 5.0, 25.0),
        ("demand_below", -0.4, 12, 4.0, 2.0),
    ],
)
def test_demand_that_changed_puts_units_at_risk(kind, change, position, units, money):
    found = value_changed_demand(changed(kind, change, position))
    assert found.select("units_at_risk", "money_at_risk").row(0) == pytest.approx((units, money))


def test_cells_that_are_off_are_told_by_how_much():
    off = list_cells_off(judged(("demand_above", NORTH, 5.0), ("demand_above", SOUTH, 4.9)))
    assert off.rows() == [("demand_above", NORTH, pytest.approx(0.2))]


def test_a_table_counts_by_kind_the_dearest_first():
    watch = Watch()
    found = watch.see(
        ("backlog", "S1", 20.0),
        ("overstock", "shoes|north", 20.0),
        rows=[row("backlog", "S1", money=1.0), row("overstock", "shoes|north", money=9.0)],
    )
    assert tabulate_exceptions(found).rows() == [
        ("overstock", 1, 0, 0, 9.0),
        ("backlog", 1, 0, 0, 1.0),
    ]
