"""The executive page: how the newest plan stands, on two printed pages, by views of the copy."""

from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path
from typing import Any, Final

import polars as pl
from rich.console import Console

from inventory_assets.cli.page_parts import STYLE, Cell, tabulate_cells, write_html
from inventory_assets.cli.workplace import Workplace
from inventory_assets.cli.worth import HEADS, KeptWorth, read_kept_worth, write_worth_cells
from warehouse import Warehouse, name_copy

_VIEWS: Final = (
    *("newest_plan", "health_by_cut", "units_by_state", "waiting_by_role", "automation_by_kind"),
    *("capital_by_week", "key_metrics", "plan_trend", "open_exceptions", "checks_made"),
    "sources_landed",
)
_CODES: Final = ("state", "kind", "role")
_MOST_NODES: Final = 6
_MOST_EXCEPTIONS: Final = 6
_MOST_CHECKS: Final = 8
_MOST_DATES: Final = 8
_MOST_WEEKS: Final = 9
_CLOSE: Final = (
    "body { line-height: 1.15; } h2 { margin: 3mm 0 1mm; } th, td { padding: 0.2mm 1.2mm; }"
)
"""Style by which its rows stand so close that two printed pages hold them."""


def write_executive_page(place: Workplace, out: Path | None, console: Console) -> None:
    """Write the page of the newest published plan: one file that fetches no other.

    Raises:
        LookupError: no plan is published yet.
    """
    with place.enter() as premises:
        copy = name_copy(premises.warehouse_file)
        if not copy.exists():
            raise LookupError("no plan is published yet: run `plenish plan`")
        warehouse = Warehouse(copy, read_only=True)
        views = {name: warehouse.read_view(name) for name in _VIEWS}
        warehouse.close()
        if views["newest_plan"].is_empty():
            raise LookupError("no plan is published yet: run `plenish plan`")
        day = views["newest_plan"]["business_date"][0]
        path = out or premises.data / "reports" / day.isoformat() / "executive.html"
        worth = read_kept_worth(premises.data)
    write_html(path, _lay_out(views, day, worth))
    console.print(str(path), markup=False, highlight=False, soft_wrap=True)


def _lay_out(views: dict[str, pl.DataFrame], day: date, worth: KeptWorth | None) -> Iterator[str]:
    plan = views["newest_plan"].row(0, named=True)
    title = f"Inventory on {day}, plan {plan['plan_version']}"
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{title}</title><style>{STYLE}{_CLOSE}</style></head><body>"
    yield f"<h1>{title}</h1>"
    yield _say_health(views["health_by_cut"])
    yield "<h2>Health by channel, region, department, class and the nodes that lose most</h2>"
    yield _tabulate_health(views["health_by_cut"])
    yield "<h2>What there is, by state</h2>"
    yield _tabulate(views["units_by_state"], ("state", "units", "value"), texts={0})
    yield "<h2>Money at risk: the dearest exceptions</h2>"
    yield _tabulate_exceptions(views["open_exceptions"])
    yield "<h2>What waits, and for whom</h2>"
    waiting = views["waiting_by_role"].sort("value", "role", descending=[True, False])
    yield _tabulate(waiting, ("role", "actions", "value", "benefit", "urgent"), texts={0})
    yield "<h2>What automation did</h2>"
    kinds = views["automation_by_kind"]
    yield _tabulate(kinds, tuple(kinds.columns), texts={0})
    yield "<h2>Working capital by week</h2>"
    capital = views["capital_by_week"].head(_MOST_WEEKS).drop("currency")
    yield _tabulate(capital, tuple(capital.columns), texts={1})
    yield "<h2>How it went</h2>"
    yield _tabulate_metrics(views["key_metrics"])
    trend = views["plan_trend"].tail(_MOST_DATES)
    yield _tabulate(trend, tuple(trend.columns), texts={0})
    yield "<h2>Can the data be trusted</h2>"
    yield from _tell_trust(views["checks_made"], views["sources_landed"])
    if worth is not None:
        yield from _tell_worth(worth)
    yield "</body></html>"


def _tell_worth(worth: KeptWorth) -> Iterator[str]:
    """What the plan was worth where it was last played against the rule before."""
    yield f"<h2>What it is worth against {escape(worth.rule)}</h2>"
    yield f"<p>Played, not measured: {escape(worth.played)}. Gains above 0 are for the better.</p>"
    rows = ([*write_worth_cells(row), row.assumption] for row in worth.rows)
    yield tabulate_cells([*HEADS, "assumed"], rows, texts={0, 1, len(HEADS)})


def _say_health(health: pl.DataFrame) -> str:
    for row in health.filter(cut="all").iter_rows(named=True):
        return (
            f"<p><b>{row['out_of_stock']:,} of {row['item_locations']:,} item-locations are out "
            f"of stock, {row['about_to_be_out']:,} more soon: {row['lost_margin']:,.0f} of margin "
            f"is lost until goods come. The stock of all of these, "
            f"without DCs, is worth {row['stock_value']:,.0f} at cost.</b></p>"
        )
    return "<p><b>No item-location is replenished.</b></p>"


def _tabulate_health(health: pl.DataFrame) -> str:
    nodes = health.filter(cut="node").sort("lost_margin", "name", descending=[True, False])
    shown = pl.concat([
        health.filter(~pl.col("cut").is_in(["all", "node"])),
        nodes.head(_MOST_NODES),
    ])  # fmt: skip
    return _tabulate(shown, tuple(shown.columns), texts={0, 1})


def _tabulate_exceptions(exceptions: pl.DataFrame) -> str:
    dearest = exceptions.sort(
        "money_at_risk", "exception_id", descending=[True, False], nulls_last=True
    ).head(_MOST_EXCEPTIONS)
    return _tabulate(dearest, ("words", "trend", "first_seen_on", "money_at_risk"), texts={0, 1, 2})


def _tabulate_metrics(metrics: pl.DataFrame) -> str:
    """The key metrics two beside each other, so that they take half the height."""
    cells = [
        [row["words"], _write_metric(row), f"{row['basis']:,} {row['counted']}"]
        for row in metrics.sort("place").iter_rows(named=True)
    ]
    half = (len(cells) + 1) // 2
    cells += [["", "", ""]] * (2 * half - len(cells))
    heads = ["metric of thirteen weeks", "value", "rests on"]
    rows = (left + right for left, right in zip(cells[:half], cells[half:], strict=True))
    return tabulate_cells(heads * 2, rows, texts={0, 2, 3, 5})


def _write_metric(row: dict[str, Any]) -> Cell:
    value = row["value"]
    if value is None:
        return None
    return f"{value:.1%}" if row["unit"] == "share" else f"{value:,.2f}"


def _tell_trust(checks: pl.DataFrame, sources: pl.DataFrame) -> Iterator[str]:
    """Checks that failed, those that stop a plan first, and sources with faults."""
    failed = checks.filter(~pl.col("passed")).sort(
        "blocking", "asset", "check", descending=[True, False, False]
    )
    yield f"<p>{failed.height:,} of {checks.height:,} checks failed.</p>"
    yield _tabulate(failed.head(_MOST_CHECKS), ("check", "asset", "message"), texts={0, 1, 2})
    yield "<p>Sources with rows that are refused or wait:</p>"
    late = sources.filter((pl.col("refused") > 0) | (pl.col("waiting") > 0))
    yield _tabulate(
        late, ("source", "newest_file", "days_behind", "refused", "waiting"), texts={0, 1}
    )


def _tabulate(frame: pl.DataFrame, columns: tuple[str, ...], *, texts: set[int]) -> str:
    if frame.is_empty():
        return "<p>None.</p>"
    heads = [name.replace("_", " ") for name in columns]
    rows = ([_write(name, row[name]) for name in columns] for row in frame.iter_rows(named=True))
    return tabulate_cells(heads, rows, texts=texts)


def _write(name: str, value: object) -> Cell:
    """A cell: shares in per cent, money and units whole, what is not known as a dash."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return f"{value:.1%}" if name.endswith("share") else f"{value:,.0f}"
    return str(value).replace("_", " ") if name in _CODES else str(value)
