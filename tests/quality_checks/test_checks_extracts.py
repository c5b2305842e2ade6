"""Did a source come, could it be read, is it clean, is it of usual size."""

import datetime as dt

import polars as pl
import pytest

from quality_checks.checks.extracts import DAILY_SOURCES, SIGNAL_SOURCES, judge_source, list_checks
from quality_checks.contracts import CONTRACTS

TODAY = dt.date(2025, 9, 30)
STOP = {"pos_sales": 7, "stock": 3}


def files(*rows):
    """Ledger rows from (days ago, fields)."""
    stated = [
        {
            "file_id": number,
            "source": "pos_sales",
            "business_date": TODAY - dt.timedelta(days=days),
            "sequence": "",
            "file_name": f"pos_sales/{TODAY - dt.timedelta(days=days)}.csv",
            "sha256": f"{number:064}",
            "size": 1,
            "modified": 1,
            "status": "loaded",
            "rows": 100,
            "loaded_rows": 100,
            "quarantined_rows": 0,
            "first_date": None,
            "last_date": None,
            "known_on": TODAY - dt.timedelta(days=days),
            "replaced_on": None,
            "loaded_on": TODAY - dt.timedelta(days=days),
            "message": None,
            **fields,
        }
        for number, (days, fields) in enumerate(rows, start=1)
    ]
    return pl.DataFrame(stated, schema=CONTRACTS["files"].schema)


def waiting(*days_ago, read=None):
    """Rows in quarantine from files of so many days ago, read then or so many days ago."""
    contract = CONTRACTS["quarantine"]
    row = {
        "file_id": 1,
        "source": "pos_sales",
        "file_name": "pos_sales/x.csv",
        "row": 1,
        "field": "sku",
        "reason": "unknown_key",
        "message": "sku x is not in products",
        "payload": "{}",
        "status": "waiting",
        "released_on": None,
    }
    dates = [TODAY - dt.timedelta(days=days) for days in days_ago]
    rows = [
        {
            **row,
            "business_date": day,
            "known_on": day if read is None else TODAY - dt.timedelta(days=read),
        }
        for day in dates
    ]
    return pl.DataFrame(rows, schema=contract.schema)


def outcomes(  # noqa: PLR0913  # the parts of one landing source
    ledger,
    *,
    source="pos_sales",
    misnamed=(),
    rows=None,
    overtaken=None,
    unknown=None,
    misfits=None,
    stop=STOP,
):
    named = pl.DataFrame({"file_name": ["pos_sales/2025-09-30.csv"]})
    found = judge_source(
        source,
        TODAY,
        files=ledger,
        misnamed=misnamed,
        waiting=waiting() if rows is None else rows,
        overtaken=pl.DataFrame() if overtaken is None else overtaken,
        unknown=named.clear() if unknown is None else unknown,
        misfits=named.clear() if misfits is None else misfits,
        stop_after_days=stop,
    )
    return {outcome.check.name: outcome for outcome in found}


def failed(ledger, **facts):
    return {name for name, outcome in outcomes(ledger, **facts).items() if not outcome.passed}


def same_weekday(*loaded, today=100):
    """A file today, and files 1, 2, ... weeks ago with so many rows."""
    weeks = [(7 * n, {"loaded_rows": rows}) for n, rows in enumerate(loaded, start=1)]
    return files(*weeks[::-1], (0, {"loaded_rows": today, "rows": today}))


@pytest.mark.parametrize("source", CONTRACTS)
def test_judges_exactly_the_checks_that_the_source_states(source):
    found = list(outcomes(files((0, {})), source=source))
    assert sorted(found) == sorted(check.name for check in list_checks(source))
    assert ("arrived" in found) == (source in DAILY_SOURCES)


def test_what_blocks_and_what_warns():
    blocking = {check.name for check in list_checks("stock") if check.blocking}
    assert blocking == {"clean_enough", "not_too_late"}


def test_a_clean_file_on_time_passes_everything():
    assert failed(same_weekday(100, 100, 100, 100)) == set()


def test_no_file_has_not_arrived_and_is_named():
    found = outcomes(files((1, {})))["arrived"]
    assert not found.passed
    assert found.message == "no pos_sales file of 2025-09-30 has come"
    assert found.failing.rows() == [("pos_sales", TODAY)]


@pytest.mark.parametrize("status", ["refused", "repeated", "replaced"])
def test_only_a_loaded_file_has_arrived(status):
    assert "arrived" in failed(files((1, {}), (0, {"status": status, "loaded_rows": 0})))


def test_masters_need_not_come_every_day():
    assert failed(files((40, {})), source="products") == set()


@pytest.mark.parametrize(("days", "late"), [(7, False), (8, True)])
def test_too_late_is_later_than_policy_says(days, late):
    found = outcomes(files((days, {})))["not_too_late"]
    assert found.passed is not late
    if late:
        assert found.failing.rows() == [("pos_sales", TODAY - dt.timedelta(days=8), 8, 7)]


def test_a_source_that_never_came_is_too_late_and_one_without_a_limit_is_not():
    assert "not_too_late" in failed(files())
    assert "not_too_late" in failed(files((0, {"status": "refused", "loaded_rows": 0})))
    assert "not_too_late" not in failed(files(), source="returns")


def test_a_refused_file_is_unreadable_until_it_is_sent_again():
    refused = (0, {"status": "refused", "message": "line 3 is not UTF-8", "loaded_rows": 0})
    found = outcomes(files(refused))["readable"]
    assert found.failing.rows() == [("pos_sales/2025-09-30.csv", "line 3 is not UTF-8")]
    assert "readable" not in failed(files(refused, (0, {})))
    assert "readable" in failed(files((0, {}), refused))


def test_another_part_of_the_day_does_not_mend_a_refused_one():
    refused = (0, {"status": "refused", "message": "empty", "loaded_rows": 0})
    assert "readable" in failed(files(refused, (0, {"sequence": "2"})))


def test_a_misnamed_file_is_unreadable():
    found = outcomes(files((0, {})), misnamed=["sales.csv is not named so"])["readable"]
    assert found.failing.rows() == [("", "sales.csv is not named so")]


def test_rows_of_the_day_that_wait_are_not_clean_and_older_ones_do_not_count():
    found = outcomes(files((0, {})), rows=waiting(0, 0, 3))["clean"]
    assert len(found.failing) == 2
    assert "clean" not in failed(files((0, {})), rows=waiting(3))


def test_a_reader_learns_what_most_of_the_waiting_rows_lack():
    price = {"field": "price", "reason": "wrong_type", "file_name": "pos_sales/y.csv"}
    rows = pl.concat(
        [
            waiting(*[0] * 4),
            waiting(0, 0).with_columns(field=pl.lit("quantity"), reason=pl.lit("missing_value")),
            waiting(0).with_columns(**{name: pl.lit(value) for name, value in price.items()}),
            waiting(0).with_columns(field=pl.lit(None, pl.String), reason=pl.lit("duplicate_key")),
        ]
    )
    assert outcomes(files((0, {})), rows=rows)["clean"].message == (
        "pos_sales: rows of 2 files wait in quarantine: "
        "4 unknown key of sku, 2 missing value of quantity, 1 duplicate key, 1 others"
    )


def test_rows_of_an_older_file_that_the_run_set_aside_are_not_clean():
    found = outcomes(files((0, {})), rows=waiting(3, read=0))["clean"]
    assert found.failing["business_date"].to_list() == [TODAY - dt.timedelta(days=3)]


@pytest.mark.parametrize("status", ["loaded", "refused"])
def test_a_dirty_older_file_is_named_by_the_run_that_read_it_and_stops_nothing(status):
    dirty = {"quarantined_rows": 50, "loaded_rows": 50, "status": status}
    checks = {check.name: check for check in list_checks("pos_sales")}
    assert not checks["older_clean_enough"].blocking
    found = outcomes(files((6, {**dirty, "loaded_on": TODAY}), (0, {})))["older_clean_enough"]
    assert found.failing.rows() == [("pos_sales/2025-09-24.csv", status, 0.5)]
    assert "older_clean_enough" not in failed(files((6, dirty), (0, {})))


@pytest.mark.parametrize(("quarantined", "dirty"), [(5, False), (6, True)])
def test_more_than_a_twentieth_of_the_rows_is_too_dirty(quarantined, dirty):
    ledger = files((0, {"loaded_rows": 100 - quarantined, "quarantined_rows": quarantined}))
    found = outcomes(ledger)["clean_enough"]
    assert found.passed is not dirty
    if dirty:
        assert found.failing.rows() == [("pos_sales/2025-09-30.csv", "loaded", 0.06)]


def test_a_broken_file_of_a_signal_is_named_and_stops_nothing():
    ledger = files((0, {"rows": 20, "loaded_rows": 4, "quarantined_rows": 16}))
    found = outcomes(ledger, source="weather")
    assert "clean_enough" not in found
    assert not found["signals_clean"].passed
    assert not any(outcome.check.blocking for outcome in found.values() if not outcome.passed)
    # Whatever a plan counts or prices stops it.
    assert not set(DAILY_SOURCES) & set(SIGNAL_SOURCES)
    assert set(SIGNAL_SOURCES) <= set(CONTRACTS)


@pytest.mark.parametrize(("quarantined", "dirty"), [(5, False), (6, True)])
def test_a_handful_of_broken_rows_is_bad_luck(quarantined, dirty):
    ledger = files((0, {"rows": 8, "loaded_rows": 2, "quarantined_rows": quarantined}))
    assert ("clean_enough" in failed(ledger)) is dirty


def test_an_older_dirty_file_does_not_stop_today():
    assert "clean_enough" not in failed(files((1, {"quarantined_rows": 50}), (0, {})))


def test_what_a_run_read_and_cannot_place_is_named():
    row = pl.DataFrame({"file_name": ["pos_sales/2025-09-30.csv"], "message": ["promo_id 'P'"]})
    assert failed(files((0, {})), unknown=row) == {"mentions_known"}
    assert failed(files((0, {})), misfits=row) == {"times_fit"}


def test_a_file_without_rows_is_a_quiet_day_and_not_a_dirty_one():
    quiet = files((0, {"rows": 0, "loaded_rows": 0}))
    assert failed(quiet) == set()


@pytest.mark.parametrize(
    ("today", "usual"), [(50, True), (49, False), (200, True), (201, False), (0, False)]
)
def test_volume_is_usual_between_half_and_twice_the_weekday(today, usual):
    found = outcomes(same_weekday(80, 120, 100, 100, today=today))["usual_volume"]
    assert found.passed is usual
    if not usual:
        assert found.failing.rows() == [(TODAY, today, 100.0)]


def test_volume_adds_the_parts_of_a_day_and_reads_four_weeks():
    ledger = files(
        (35, {"loaded_rows": 10_000}),
        (14, {"loaded_rows": 100}),
        (7, {"loaded_rows": 60}),
        (7, {"loaded_rows": 40, "sequence": "2"}),
        (6, {"loaded_rows": 10_000}),
        (0, {"loaded_rows": 30}),
        (0, {"loaded_rows": 30, "sequence": "2"}),
    )
    assert outcomes(ledger)["usual_volume"].passed


def test_one_week_is_too_little_to_say_what_is_usual():
    assert "usual_volume" not in failed(same_weekday(1000, today=1))
    assert "usual_volume" in failed(same_weekday(1000, 1000, today=1))


def test_a_source_that_is_usually_empty_may_be_empty():
    assert "usual_volume" not in failed(same_weekday(0, 0, 0, today=0))
    assert "usual_volume" in failed(same_weekday(0, 0, 0, today=5))


def test_a_day_without_a_file_has_no_volume():
    ledger = same_weekday(100, 100, 100).filter(pl.col("business_date") < TODAY)
    assert failed(ledger) == {"arrived"}


def test_a_state_whose_newest_row_waits_is_named():
    ledger = CONTRACTS["files"].empty()
    hidden = pl.DataFrame({"sku": ["A"], "message": ["case_pack is 0"]})
    found = outcomes(ledger, source="products", overtaken=hidden)["newest_stands"]
    assert found.failing.rows() == [("A", "case_pack is 0")]
    assert not found.check.blocking
    assert outcomes(ledger, source="products")["newest_stands"].passed
    assert "newest_stands" not in outcomes(ledger)


@pytest.mark.parametrize(("reason", "stops"), [("sold_twice", False), ("out_of_bounds", True)])
def test_what_came_twice_and_counts_once_is_no_broken_extract(reason, stops):
    rows = waiting(*[0] * 50).with_columns(
        reason=pl.lit(reason), payload=pl.lit('{"location": "S1"}')
    )
    ledger = files((0, {"rows": 100, "quarantined_rows": 50}))
    assert ("clean_enough" in failed(ledger, rows=rows)) is stops
    assert "clean" in failed(ledger, rows=rows)


@pytest.mark.parametrize(
    ("by_location", "stops"),
    [
        ({"S1": 40}, False),
        ({"S1": 40, "S2": 5}, False),
        ({"S1": 40, "S2": 6}, True),
        ({"S1": 60}, True),
    ],
)
def test_one_location_that_sends_broken_rows_does_not_stop_the_others(by_location, stops):
    places = [place for place, rows in by_location.items() for _ in range(rows)]
    rows = waiting(*[0] * len(places)).with_columns(
        payload=pl.Series([f'{{"location": "{place}"}}' for place in places])
    )
    ledger = files((0, {"rows": 100, "quarantined_rows": len(places)}))
    assert ("clean_enough" in failed(ledger, rows=rows)) is stops
    assert "clean" in failed(ledger, rows=rows)
