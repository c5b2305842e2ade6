"""The words of a supplier's scorecard, for the console and the page alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from quality_checks.contracts import FIGURES_IN_DAYS

LABELS = {
    "otif": "on time in full",
    "fill_rate": "filled",
    "on_time_share": "lines in time",
    "early_share": "lines early",
    "late_share": "lines late",
    "lead_time": "days to deliver",
    "lead_time_spread": "days off the usual",
    "confirmation_slip": "days confirmed later",
    "estimate_slip": "days estimates move",
    "rejected_share": "rejected",
    "returned_share": "returned",
    "defect_share": "defects",
}
MEANINGS = {
    "otif": "cases accepted within the delivery window, of the cases ordered",
    "fill_rate": "cases accepted so far, of the cases ordered",
    "on_time_share": "order lines of which the last delivery came within the window",
    "early_share": "order lines that were complete before the window",
    "late_share": "order lines complete after the window, or still open",
    "lead_time": "mean from order to last delivery",
    "lead_time_spread": "mean departure of a line's lateness from what is usual of the supplier",
    "confirmation_slip": "mean by which the first day confirmed lies behind the day asked for",
    "estimate_slip": "mean by which the last estimate lies behind the first day confirmed",
    "rejected_share": "units refused at receipt, of the units booked",
    "returned_share": "units that went back after they were taken in, of the units accepted",
    "defect_share": "of these, units that were not what was ordered",
}
_FAULTS = {
    "early": "early",
    "late": "late",
    "short": "short",
    "confirmed_later": "confirmed for later",
    "estimate_moved": "estimate moved",
    "rejected": "partly rejected",
    "returned": "partly returned",
}
_LEFT_OUT = {
    "cancelled": "cancelled",
    "asked_before_ordered": "asked for before they were ordered",
    "received_before_ordered": "received before they were ordered",
    "received_after_today": "received on a day to come",
}


@dataclass(frozen=True)
class Card:
    """What is known of a supplier on a business date.

    Attributes:
        supplier: its key.
        name: as people know it.
        business_date: as of when.
        trend_weeks: weeks of the newest lines, and of those that they are held against.
        figures: its rows of the contract ScorecardFigures, in the order in which they are read.
        lines: its rows of the contract ScorecardLines, newest first.
        against: figure, po, line of the lines that keep a figure from its best.
        rests: its rows of the contract Concentration over all categories; none where no item on
            sale is bought from it.
        exposure: its rows of the contract SupplierExposure, likewise.
        currency: of all amounts.
    """

    supplier: str
    name: str
    business_date: date
    trend_weeks: int
    figures: pl.DataFrame
    lines: pl.DataFrame
    against: pl.DataFrame
    rests: pl.DataFrame
    exposure: pl.DataFrame
    currency: str

    @property
    def counted(self) -> pl.DataFrame:
        """The lines that count."""
        return self.lines.filter(pl.col("left_out").is_null())


def count_things(number: int, thing: str) -> str:
    """A number of things, as people say it: 1 order, 12 orders."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def write_figure(figure: str, value: float | None) -> str:
    """A figure with its unit; a dash where no line tells."""
    if value is None:
        return "-"
    return f"{value:,.1f} d" if figure in FIGURES_IN_DAYS else f"{100 * value:.1f} %"


def write_place(row: Mapping[str, Any]) -> str:
    """Its place among its peers, 1 for the best; a dash where either is too few."""
    if row["peer_rank"] is None or not row["peers"]:
        return "-"
    return f"{row['peer_rank']} of {row['peers'] + 1}"


def list_faults(against: str | None) -> str:
    """What counts against a line, in words."""
    return ", ".join(_FAULTS[fault] for fault in against.split(";")) if against else ""


def describe_basis(card: Card) -> str:
    """What the figures rest on: lines, orders, days, the delivery window, and what is left out."""
    counted = card.counted
    if counted.is_empty():
        basis = "No order line counts."
    else:
        row = counted.row(0, named=True)
        early = (row["requested_on"] - row["due_from"]).days
        late = (row["due_until"] - row["requested_on"]).days
        lines = count_things(len(counted), "order line")
        orders = count_things(counted["po"].n_unique(), "order")
        first, last = counted.select(
            first=pl.col("requested_on").min(), last=pl.col("requested_on").max()
        ).row(0)
        until = f"{count_things(late, 'day')} after it" if late else "that day"
        basis = (
            f"{lines} of {orders}, asked for between {first} and {last}. In time is from "
            f"{count_things(early, 'day')} before the day asked for to {until}; early is not in "
            "time."
        )
    out = card.lines.filter(pl.col("left_out").is_not_null())
    if out.is_empty():
        return basis
    reasons = out.group_by("left_out").len().sort("left_out")
    said = ", ".join(f"{number:,} {_LEFT_OUT[reason]}" for reason, number in reasons.iter_rows())
    return f"{basis} Left out: {said}."


def describe_figures(card: Card) -> Iterator[str]:
    """What a buyer would say first: what came, what is owed, what changed, in sentences."""
    rows = {row["figure"]: row for row in card.figures.iter_rows(named=True)}
    otif = rows["otif"]
    if otif["overall"] is not None:
        said = f"Of 100 cases ordered, {100 * otif['overall']:.0f} came on time and in full"
        if otif["peer_median"] is not None:
            others = count_things(otif["peers"], "other supplier")
            said += f"; the median of {others} is {100 * otif['peer_median']:.0f}"
        yield f"{said}."
    owed = card.counted.filter("still_open")
    if len(owed):
        units, since = owed.select(
            (pl.col("ordered_units") - pl.col("delivered_units")).clip(0).sum(),
            pl.col("due_until").min(),
        ).row(0)
        orders = count_things(owed["po"].n_unique(), "order")
        yield (
            f"{count_things(len(owed), 'line')} of {orders} {'is' if len(owed) == 1 else 'are'} "
            f"overdue and open: {count_things(units, 'unit')} owed, the longest since {since}."
        )
    for row in rows.values():
        if row["trend"] in {"better", "worse"}:
            figure = row["figure"]
            yield (
                f"{LABELS[figure].capitalize()} got {row['trend']}: "
                f"{write_figure(figure, row['recent'])} in the last {card.trend_weeks} weeks, "
                f"{write_figure(figure, row['before'])} in the {card.trend_weeks} before."
            )


def describe_dependence(card: Card) -> Iterator[str]:
    """What a buyer should know and the supplier need not: what rests on it, what it may cost."""
    for row in card.rests.iter_rows(named=True):
        share = write_figure("cost_share", row["cost_share"])
        yield (
            f"{share} of expected cost rests on it: {count_things(row['items'], 'item')}, "
            f"{row['single_sourced_items']:,} of them with no other supplier."
        )
    for row in card.exposure.filter(pl.col("margin_exposed").is_not_null()).iter_rows(named=True):
        first = count_things(round(row["first_out_days"]), "day")
        yield (
            f"If it stopped today, the first of its items would run out in "
            f"{first}, half of its margin in {row['survive_days']:.0f}; "
            f"others, or itself, would deliver half of it in {row['recover_days']:.0f}. Exposed: "
            f"{row['margin_exposed']:,.0f} {card.currency} of margin."
        )
