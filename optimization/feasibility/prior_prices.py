"""From which price reductions are counted, worked out day by day, apart from the plan."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from quality_checks.contracts import EVERYWHERE, MarkdownRules, PriorPriceRules

_DAY = dt.timedelta(days=1)
_YEAR = 365
_COUNTED = {"counted_from": pl.Float64, "least": pl.Float64, "unknown": pl.Boolean}

_Past = list[tuple[dt.date, float | None]]
"""Days, the first of them first, with the price of each; missing where unknown."""


def count_reductions(
    lines: pl.DataFrame,
    places: pl.DataFrame,
    offers: pl.DataFrame,
    rules: MarkdownRules,
    first_day: dt.date,
) -> pl.DataFrame:
    """Work out from which price each line's reduction is counted.

    Args:
        lines: sku, zone, list_price (missing where unknown) and price (in force).
        places: frame `season_places`.
        offers: frame `announced_offers`, of the year before.
        rules: by region, from which price reductions are counted.
        first_day: day on which a price may change.

    Returns:
        In the order of `lines`: counted_from and least (lowest price allowed; currency, missing
        without a rule or where unknown), and unknown (its price may not fall, as nobody knows).
    """
    owned = places.filter(pl.col("owned").is_not_null()).join(lines, on="sku", how="semi")
    of_zone = owned.partition_by("sku", "zone", as_dict=True)
    made = offers.join(owned, on="sku", how="semi")
    of_place = made.partition_by("sku", "location", as_dict=True)
    stated, found = rules.prior_prices, []
    for line in lines.iter_rows(named=True):
        there = of_zone.get((line["sku"], line["zone"]), owned.clear()).to_dicts()
        counted = [
            _count_place(line, place, rule, of_place, first_day)
            for place in there
            for rule in [stated.get(place["region"], stated.get(EVERYWHERE))]
            if rule is not None
        ]
        found.append(_take_strictest(counted))
    return pl.DataFrame(found, schema=_COUNTED, orient="row")


def _count_place(
    line: dict[str, Any],
    place: dict[str, Any],
    rule: PriorPriceRules,
    offers: Mapping[tuple[str, ...], pl.DataFrame],
    first_day: dt.date,
) -> tuple[float | None, float]:
    """Lowest price of a place's days that count, missing where prices are held; and the share."""
    here = offers.get((place["sku"], place["location"]))
    past = _list_days(place, [] if here is None else here.to_dicts(), line["list_price"], first_day)
    days = _choose_days(past, rule)
    told = [price for price in days if price is not None]
    if days and len(told) == len(days):
        return min(told), rule.most_off
    held = rule.unknown == "hold"
    return None if held else min([*told, line["price"]]), rule.most_off


def _take_strictest(
    counted: Sequence[tuple[float | None, float]],
) -> tuple[float | None, float | None, bool]:
    """What holds for all places of a zone."""
    lowest = [price for price, _ in counted if price is not None]
    unknown = len(lowest) < len(counted)
    if unknown or not lowest:
        return None, None, unknown
    return min(lowest), min(lowest) * (1 - min(share for _, share in counted)), False


def _list_days(
    place: dict[str, Any],
    offers: Sequence[dict[str, Any]],
    list_price: float | None,
    first_day: dt.date,
) -> _Past:
    """The days of the year before on which the item was on sale there, with their prices."""
    past: _Past = []
    for back in range(_YEAR + 1, 0, -1):
        day = first_day - back * _DAY
        if place["launch_date"] is not None and day < place["launch_date"]:
            continue
        running = [
            offer
            for offer in offers
            if offer["starts_on"] <= day and (offer["ends_on"] is None or day <= offer["ends_on"])
        ]
        entries = [offer["price"] for offer in running if offer["price"]]
        price = min(entries) if entries else list_price
        off = max((offer["discount"] or 0.0 for offer in running), default=0.0)
        past.append((day, None if not price else price * (1 - off)))
    return past


def _choose_days(past: _Past, rule: PriorPriceRules) -> list[float | None]:
    """The prices of the days that count: those before tonight, or before its campaign."""
    first, reference = len(past), None
    for at in range(len(past) - 1, 0, -1):
        (day, now), (_, before) = past[at], past[at - 1]
        if now == before:
            continue
        later = past[-1][0] + _DAY if reference is None else reference
        if now is None or before is None or now > before:
            break
        if (later - day).days > rule.steps_within_days:
            break
        first, reference = at, day
    return [price for _, price in past[max(first - rule.days, 0) : first]]
