"""Tell of a supplier in words, as the scorecard of the console does, for pages of others."""

from dataclasses import dataclass

import polars as pl

from inventory_assets.cli.scorecard_words import (
    LABELS,
    MEANINGS,
    Card,
    describe_basis,
    describe_dependence,
    describe_figures,
    list_faults,
    write_figure,
    write_place,
)

_NEWEST = 20


@dataclass(frozen=True)
class ToldFigure:
    """A figure of a supplier's scorecard in words.

    Attributes:
        name: what it is.
        meaning: the same at length.
        value: over all lines.
        recent: over the newest weeks.
        before: over as many weeks before these.
        trend: whether it got better or worse beyond chance; empty where that cannot be said.
        peers: median of the other suppliers.
        place: among them.
        lines: order lines that tell.
    """

    name: str
    meaning: str
    value: str
    recent: str
    before: str
    trend: str
    peers: str
    place: str
    lines: int


@dataclass(frozen=True)
class ToldLine:
    """An order line that something counts against.

    Attributes:
        order: order and line.
        sku: item.
        requested_on: day asked for, ISO 8601.
        faults: what counts against it.
    """

    order: str
    sku: str
    requested_on: str
    faults: str


@dataclass(frozen=True)
class ToldSupplier:
    """How a supplier delivers.

    Attributes:
        basis: what the figures rest on.
        sentences: what a buyer would say first.
        dependence: what rests on the supplier.
        figures: of the scorecard.
        lines: the newest that something counts against.
    """

    basis: str
    sentences: tuple[str, ...]
    dependence: tuple[str, ...]
    figures: tuple[ToldFigure, ...]
    lines: tuple[ToldLine, ...]


def tell_supplier(card: Card) -> ToldSupplier:
    """Put a scorecard into words."""
    faulty = card.counted.filter(pl.col("against").is_not_null()).head(_NEWEST)
    return ToldSupplier(
        basis=describe_basis(card),
        sentences=tuple(describe_figures(card)),
        dependence=tuple(describe_dependence(card)),
        figures=tuple(
            ToldFigure(
                name=LABELS[row["figure"]],
                meaning=MEANINGS[row["figure"]],
                **{
                    name: write_figure(row["figure"], row[column])
                    for name, column in (
                        ("value", "overall"),
                        ("recent", "recent"),
                        ("before", "before"),
                        ("peers", "peer_median"),
                    )
                },
                trend=row["trend"] or "",
                place=write_place(row),
                lines=row["lines"],
            )
            for row in card.figures.iter_rows(named=True)
        ),
        lines=tuple(
            ToldLine(
                f"{row['po']} {row['line']}",
                row["sku"],
                f"{row['requested_on']}",
                list_faults(row["against"]),
            )
            for row in faulty.iter_rows(named=True)
        ),
    )
