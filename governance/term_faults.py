"""Whether another supplier or another price, put in place of a proposed one, can be."""

from typing import Final

import polars as pl

from governance.kinds import KINDS
from governance.terms import Terms

_FAULTS: Final = ["decision_id", "action_id", "problem"]
_CENT: Final = 2
"""Decimals of a price to customers."""


def find_term_faults(decisions: pl.DataFrame, actions: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Find overrides by suppliers who do not sell the goods so, and at prices policy forbids.

    Args:
        decisions: a `Decisions` frame.
        actions: action_id, kind, business_date, sku, destination, supplier, quantity, currency and
            details of `Proposals`.
        terms: of suppliers and prices.

    Returns:
        decision_id, action_id, problem (in words); sorted by decision_id.
    """
    stated = decisions.filter(decision="override").select(
        "decision_id",
        "action_id",
        new_supplier="supplier",
        new_price="price",
        new_quantity="quantity",
        day="due_on",
    )
    changed = stated.join(actions, on="action_id", maintain_order="left")
    faults = [_find_supplier_faults(changed, terms), _find_price_faults(changed, terms)]
    return pl.concat(faults).drop_nulls("problem").sort("decision_id")


def find_void(votes: pl.DataFrame, proposals: pl.DataFrame, terms: Terms | None) -> pl.DataFrame:
    """Find overrides that were sound and that the terms of this version of the plan rule out.

    Args:
        votes: a `Decisions` frame of votes that count.
        proposals: a `Proposals` frame.
        terms: of this version; none is void where they are missing.

    Returns:
        What `find_term_faults` gives.
    """
    sound = votes.clear() if terms is None else votes
    return find_term_faults(sound, proposals, terms or Terms.empty())


def _find_supplier_faults(changed: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Problems of what is asked of another supplier; missing where there is none."""
    place = ["sku", "destination"]
    sellers = (
        terms.offers.sort("supplier")
        .group_by(place, maintain_order=True)
        .agg(sellers=pl.col("supplier").str.join(", "))
    )
    offers = terms.offers.select(
        *place,
        new_supplier="supplier",
        asked_in="currency",
        pack="order_multiple",
        least="minimum_order_quantity",
        soonest="soonest_on",
        takes="takes_orders",
    )
    return (
        changed.filter(pl.col("new_supplier").is_not_null(), _allows("supplier"))
        .join(
            offers, on=[*place, "new_supplier"], how="left", validate="m:1", maintain_order="left"
        )
        .join(sellers, on=place, how="left", validate="m:1", maintain_order="left")
        .with_columns(
            units=pl.coalesce("new_quantity", "quantity"),
            sellers=pl.col("sellers").fill_null("nobody"),
            goes_out=pl.col("business_date") + pl.duration(days=1),
        )
        .with_columns(problem=_say_supplier_problem())
        .select(_FAULTS)
    )


def _say_supplier_problem() -> pl.Expr:
    name, units = pl.col("new_supplier"), pl.col("units")
    checks = [
        (
            pl.col("pack").is_null(),
            pl.format(
                "{} sells {} to {} on no terms that hold on {}; who does: {}.",
                *(name, "sku", "destination", "goes_out", "sellers"),
            ),
        ),
        (
            pl.col("asked_in") != pl.col("currency"),
            pl.format("{} asks for {}, and the plan is in {}.", name, "asked_in", "currency"),
        ),
        (~pl.col("takes"), pl.format("{} takes no orders on {}.", name, "goes_out")),
        (
            units % pl.col("pack") != 0,
            pl.format("{} units are no whole packs of {} of {}.", units, "pack", name),
        ),
        (
            (units > 0) & (units < pl.col("least")),
            pl.format("{} units are fewer than {} sells, {} at least.", units, name, "least"),
        ),
        (
            pl.col("day") < pl.col("soonest"),
            pl.format("{} delivers it on {} at the soonest.", name, "soonest"),
        ),
    ]
    return pl.coalesce(pl.when(fault).then(words) for fault, words in checks)


def _find_price_faults(changed: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Problems of prices to customers; missing where there is none."""
    zone = ["sku", "zone"]
    allowed = (
        terms.prices.sort(*zone, "price", descending=[False, False, True])
        .group_by(zone, maintain_order=True)
        .agg("price", pl.col("floor_price").first())
        .rename({"zone": "destination", "price": "steps"})
    )
    return (
        changed.filter(pl.col("new_price").is_not_null(), _allows("price"))
        .join(
            allowed,
            on=["sku", "destination"],
            how="left",
            validate="m:1",
            maintain_order="left",
        )
        .with_columns(
            steps=pl.col("steps").fill_null([]),
            now=pl.col("details").str.json_path_match("$.old_price").cast(pl.Float64),
        )
        .with_columns(problem=_say_price_problem())
        .select(_FAULTS)
    )


def _say_price_problem() -> pl.Expr:
    price, now, floor = pl.col("new_price"), pl.col("now"), pl.col("floor_price")
    listed = pl.col("steps").list.eval(pl.element().round(_CENT).cast(pl.String)).list.join(", ")
    checks = [
        (price >= now, pl.format("{} is no markdown: the price in force is {}.", price, now)),
        (
            price < floor,
            pl.format(
                "{} is below {}, the lowest price that policy allows.", price, floor.round(4)
            ),
        ),
        (
            ~pl.col("steps").list.contains(price),
            pl.format("{} is no price that policy allows; these are: {}.", price, listed),
        ),
    ]
    return pl.coalesce(pl.when(fault).then(words) for fault, words in checks)


def _allows(change: str) -> pl.Expr:
    """Whether the kind of an action lets people change something: else that is said before."""
    return pl.col("kind").is_in(
        [kind.name for kind in KINDS.values() if change in kind.overridable]
    )
