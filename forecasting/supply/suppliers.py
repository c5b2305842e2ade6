"""How suppliers deliver: units on time and in full, lead times, and chances of late and short."""

import datetime as dt

import numpy as np
import polars as pl

from forecasting.distribution import aggregate_groups
from forecasting.supply.lateness import PRIOR_LINES, judge_lateness
from forecasting.supply.order_days import count_order_days
from quality_checks.contracts import (
    SupplierCalendars,
    SupplierScorecard,
    SupplyPaths,
    find_contract,
    find_frame,
)

POOL_POINTS = 20
"""Points by which the lead times of all suppliers are stated."""

DEFAULT_STRENGTH = 10.0
MIN_STRENGTH = 1.0
MAX_STRENGTH = 1000.0
"""Lines that all suppliers' rate weighs against one's own: where it cannot be estimated, and the
bounds of the estimate."""

DEFAULT_VARIATION = 0.25
"""Coefficient of variation of a lead time of which no supplier has shown any."""

REVIEW_DAYS = 7.0
"""Days between two orders to a supplier, where the policy does not say otherwise."""

_WEEK = 7


def score_suppliers(orders: pl.DataFrame, *, as_of: dt.date, window_days: int) -> pl.DataFrame:
    """Score every supplier that `orders` name on its lines due in the window.

    A line is due in the window where the day asked for is one of the `window_days` days up to
    `as_of`; cancelled lines do not count. It is late when its last delivery came after the day
    asked for, or when it is still open at the close of that day: an overdue line is known to be
    late already; one received on an unknown day is neither. It is short when it was closed below
    the ordered quantity; open lines are not known to be. Units count as on time only where the
    last delivery of their line was, as the day of earlier ones is not known, so OTIF errs low on
    lines that come in parts.

    p_late, p_short and p_short_confirmed (of the lines that the supplier confirmed in full) are
    beta-binomial posterior means; prior mean and strength come from all suppliers by the moments of
    Kleinman (1973, JASA 68, 46-54). Lead times are those of delivered lines, and of overdue lines
    the days they have taken so far, a lower bound, with the weight of the chance that they still
    come (`judge_lateness`): what nobody closed says nothing of other lines. A line delivered before
    it was ordered, or asked for before it or more than `window_days` after it, has none. To them
    are added `PRIOR_LINES` lines of what all suppliers needed as a multiple of the days asked of
    them, times the days asked of this one; so a supplier without lines gets those alone.

    Args:
        orders: rows of the contract PurchaseOrders as they stood on `as_of`, with
            confirmed_quantity as first confirmed.
        as_of: business date.
        window_days: days of the window, at least 1.

    Returns:
        The columns of the contract SupplierScorecard, sorted by supplier.

    Raises:
        ValueError: the window has no days.
    """
    if window_days < 1:
        msg = f"window_days must be at least 1, not {window_days}"
        raise ValueError(msg)
    if orders.is_empty():
        return find_contract(SupplierScorecard).empty()
    lines = judge_lines(orders, as_of, window_days)
    counted = lines.group_by("supplier", maintain_order=True).agg(
        *_delivery(pl.col("due")),
        open_lines=pl.col("open").sum().cast(pl.Int64),
        overdue_lines=pl.col("overdue").sum().cast(pl.Int64),
    )
    rated = counted.with_columns(
        p_late=_shrunk(counted, "late_lines", "dated_lines"),
        p_short=_shrunk(counted, "short_lines", "closed_lines"),
    )
    # Where no confirmed line has closed, confirmations have told nothing yet.
    told = int(counted["confirmed_lines"].sum()) > 0
    confirmed = _shrunk(counted, "broken_lines", "confirmed_lines") if told else rated["p_short"]
    rated = rated.with_columns(p_short_confirmed=confirmed)
    return (
        rated.join(_lead_time_figures(lines), on="supplier")
        .with_columns(business_date=pl.lit(as_of))
        .select(find_contract(SupplierScorecard).columns)
        .sort("supplier")
    )


def estimate_lead_times(  # noqa: PLR0913  # pairs, records, masters and policy
    pairs: pl.DataFrame,
    scorecard: pl.DataFrame,
    item_suppliers: pl.DataFrame,
    lanes: pl.DataFrame,
    calendars: pl.DataFrame,
    *,
    supplier_review_days: float = REVIEW_DAYS,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """State how each pair is replenished, how long that takes, and how often it can be asked for.

    A pair with a supply location is fed by the lane from it: its transit days, taken as certain,
    and 7 days over its order weekdays. Another is fed by the preferred supplier of its sku (the
    cheapest, then the first by name, of several) or else by its main supplier: the mean is the
    scorecard's, shrunk to the contract's by `PRIOR_LINES` lines, or the one of both that is known.
    The standard deviation is the scorecard's, or that of all suppliers in proportion to the mean. A
    supplier that takes orders on certain weekdays can be asked on those, and not more often than
    policy asks.

    Args:
        pairs: frame `supply_paths`.
        scorecard: rows of the contract SupplierScorecard.
        item_suppliers: rows of the contract ItemSuppliers, those in force.
        lanes: rows of the contract Lanes.
        calendars: frame `supplier_calendars`.
        supplier_review_days: days between two chances to order from a supplier, above 0.

    Returns:
        Of the contract LeadTimes sku, location, origin, supplier, lead_time_mean, lead_time_sd and
        review_days, without what closures cost (`add_closures`), and the pairs left out as sku,
        location, problem; both sorted by sku and location.

    Raises:
        ValueError: supplier_review_days is not above 0, or `pairs` breaks its contract.
    """
    if not supplier_review_days > 0:
        msg = f"supplier_review_days must be above 0, not {supplier_review_days}"
        raise ValueError(msg)
    find_frame(SupplyPaths).check(pairs)
    fed = pl.col("supply_location").is_not_null()
    found = pl.concat(
        [
            _from_locations(pairs.filter(fed), lanes),
            _from_suppliers(
                pairs.filter(~fed), scorecard, item_suppliers, calendars, supplier_review_days
            ),
        ]
    ).sort("sku", "location")
    good = found.filter(pl.col("problem").is_null())
    bad = found.filter(pl.col("problem").is_not_null())
    return good.drop("problem"), bad.select("sku", "location", "problem")


def estimate_other_lead_times(
    lead_times: pl.DataFrame,
    scorecard: pl.DataFrame,
    item_suppliers: pl.DataFrame,
    calendars: pl.DataFrame,
) -> pl.DataFrame:
    """Estimate how long the suppliers take that an item could be bought from as well.

    As `estimate_lead_times` does of the supplier that a pair is bought from; one that takes orders
    on no weekday is none of them.

    Args:
        lead_times: rows of the contract LeadTimes.
        scorecard: rows of the contract SupplierScorecard.
        item_suppliers: rows of the contract ItemSuppliers, those in force.
        calendars: frame `supplier_calendars`.

    Returns:
        The columns of `lead_times`, a row for each other supplier that has terms for the item,
        sorted by sku, location and supplier.
    """
    bought = lead_times.filter(pl.col("supplier").is_not_null())
    others = bought.select("sku", "location", "review_days", bought_from="supplier").join(
        item_suppliers.select("sku", "supplier"), on="sku", maintain_order="left_right"
    )
    others = others.filter(pl.col("supplier") != pl.col("bought_from"))
    # Terms agree on days, so none is missing.
    timed = _time_suppliers(others, scorecard, item_suppliers, calendars, REVIEW_DAYS)
    return (
        timed.filter(pl.col("review_days").is_not_null())
        .drop("review_days")
        .join(bought.select("sku", "location", "review_days"), on=["sku", "location"])
        .sort("sku", "location", "supplier")
    )


def judge_lines(orders: pl.DataFrame, as_of: dt.date, window_days: int) -> pl.DataFrame:
    """Judge order lines by what is known of them on a day.

    Arguments are those of `score_suppliers`.

    Returns:
        `orders` with due, open, overdue, late (each whether), asked_days and taken_days (the lead
        time asked for, and known so far), days_late, and weight (the chance that an overdue line
        still comes, and 1 for others).
    """
    standing = pl.col("status") != "cancelled"
    is_open = standing & (pl.col("status") != "received")
    past = pl.col("requested_on") <= as_of
    recent = pl.col("requested_on") > as_of - dt.timedelta(days=window_days)
    delivered = ~is_open & pl.col("delivered_on").is_not_null()
    until = pl.when(delivered).then("delivered_on").when(is_open).then(pl.lit(as_of))
    taken = (until - pl.col("ordered_on")).dt.total_days().cast(pl.Float64)
    asked = (pl.col("requested_on") - pl.col("ordered_on")).dt.total_days()
    lines = orders.with_columns(
        due=standing & past & recent,
        open=is_open,
        overdue=is_open & past,
        late=is_open | (pl.col("delivered_on") > pl.col("requested_on")),
        asked_days=asked,
        taken_days=pl.when(taken >= 0, asked.is_between(0, window_days)).then(taken),
        days_late=(until - pl.col("requested_on")).dt.total_days(),
    )
    return _weigh(lines)


def _weigh(lines: pl.DataFrame) -> pl.DataFrame:
    """Add weight: the chance that an overdue line still comes, and 1 for others."""
    of_supplier = lines.select(
        "overdue",
        "days_late",
        record=pl.lit("order_asked"),
        sender="supplier",
        lead_days="asked_days",
        came=~pl.col("open"),
        lines=pl.lit(1, pl.Int64),
    )
    seen = of_supplier.filter(lines["due"], lines["taken_days"].is_not_null())
    asked = of_supplier.with_columns(
        pl.col("days_late").fill_null(0), modelled_late=pl.lit(None, pl.Float64)
    )
    judged = judge_lateness(asked, seen)
    weight = pl.when("overdue").then("chance").otherwise(1.0)
    return lines.with_columns(judged.select(weight=weight).to_series())


def _delivery(due: pl.Expr) -> list[pl.Expr]:
    """Counts and shares of the lines that are due, as expressions to aggregate by supplier."""
    ordered = pl.col("ordered_quantity").filter(due)
    useful = pl.min_horizontal("delivered_quantity", "ordered_quantity")
    on_time = (pl.col("delivered_on") <= pl.col("requested_on")).fill_null(value=False)
    closed = due & ~pl.col("open")
    short = closed & (pl.col("delivered_quantity") < pl.col("ordered_quantity"))
    confirmed = pl.col("confirmed_quantity") >= pl.col("ordered_quantity")
    some = due.any()
    return [
        due.sum().cast(pl.Int64).alias("order_lines"),
        ordered.sum().alias("ordered_units"),
        pl.when(some).then(useful.filter(due & on_time).sum() / ordered.sum()).alias("otif"),
        pl.when(some).then(useful.filter(due).sum() / ordered.sum()).alias("fill_rate"),
        (due & pl.col("late")).sum().cast(pl.Int64).alias("late_lines"),
        (due & pl.col("late").is_not_null()).sum().cast(pl.Int64).alias("dated_lines"),
        closed.sum().cast(pl.Int64).alias("closed_lines"),
        short.sum().cast(pl.Int64).alias("short_lines"),
        (closed & confirmed).sum().cast(pl.Int64).alias("confirmed_lines"),
        (short & confirmed).sum().cast(pl.Int64).alias("broken_lines"),
    ]


def _shrunk(counted: pl.DataFrame, cases: str, lines: str) -> pl.Series:
    """The posterior mean of each supplier's rate; half a case in one line is the first guess."""
    seen = counted.filter(pl.col(lines) > 0)
    mean = (float(seen[cases].sum()) + 0.5) / (float(seen[lines].sum()) + 1)
    strength = _prior_strength(seen[cases], seen[lines])
    return (counted[cases] + strength * mean) / (counted[lines] + strength)


def _prior_strength(cases: pl.Series, lines: pl.Series) -> float:
    """Lines that the prior is worth: 1 / rho - 1, rho the intra-class correlation (Kleinman).

    rho = (S - p q (m - 1)) / (p q (N - sum n^2 / N - (m - 1))) for m suppliers with n of N lines
    each and S = sum n (p_i - p)^2.
    """
    total, suppliers = float(lines.sum()), len(lines)
    if suppliers < 2:  # noqa: PLR2004  # one supplier says nothing of how suppliers differ
        return DEFAULT_STRENGTH
    mean = float(cases.sum()) / total
    binomial = mean * (1 - mean)
    effective = total - float((lines**2).sum()) / total - (suppliers - 1)
    if binomial * effective <= 0:
        return DEFAULT_STRENGTH
    spread = float((lines * (cases / lines - mean) ** 2).sum())
    rho = (spread - binomial * (suppliers - 1)) / (binomial * effective)
    return min(max(1 / max(rho, 1 / (1 + MAX_STRENGTH)) - 1, MIN_STRENGTH), MAX_STRENGTH)


def _lead_time_figures(lines: pl.DataFrame) -> pl.DataFrame:
    """Mean, deviation and quantiles of lead time by supplier, over own and pooled lines."""
    own = lines.filter(pl.col("due"), pl.col("taken_days").is_not_null()).select(
        "supplier", "weight", days="taken_days"
    )
    asked = lines.group_by("supplier", maintain_order=True).agg(
        asked_days=pl.col("asked_days").clip(1).median()
    )
    pooled = asked.join(_pooled_multiples(lines), how="cross").select(
        "supplier",
        days=pl.col("asked_days") * pl.col("multiple"),
        weight=pl.lit(PRIOR_LINES / POOL_POINTS),
    )
    days, weight = pl.col("days"), pl.col("weight")
    mean = (days * weight).sum() / weight.sum()
    reached = weight.cum_sum() / weight.sum()
    return aggregate_groups(
        pl.concat([own.select(pooled.columns), pooled]).sort("supplier", "days", "weight"),
        "supplier",
        lead_time_mean=mean,
        lead_time_sd=((days - mean).pow(2) * weight).sum().truediv(weight.sum()).sqrt(),
        # A share is reached up to rounding of the weights' sum.
        lead_time_p50=days.filter(reached >= 0.5 - 1e-9).first(),
        lead_time_p90=days.filter(reached >= 0.9 - 1e-9).first(),
    )


def _pooled_multiples(lines: pl.DataFrame) -> pl.DataFrame:
    """Quantiles of days taken over days asked for, over all suppliers; 1 where none is known."""
    multiples = (
        lines.filter(pl.col("due"), pl.col("asked_days") >= 1, pl.col("taken_days").is_not_null())
        .select("weight", multiple=pl.col("taken_days") / pl.col("asked_days"))
        .sort("multiple", "weight")
    )
    shares = (np.arange(POOL_POINTS) + 0.5) / POOL_POINTS
    if multiples.is_empty():
        return pl.DataFrame({"multiple": np.ones(POOL_POINTS)})
    reached = np.cumsum(multiples["weight"].to_numpy())
    # A share is reached up to rounding of the weights' sum.
    at = np.searchsorted(reached / reached[-1], shares - 1e-9)
    return multiples[at].select("multiple")


def _from_locations(pairs: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    ways = lanes.filter(pl.col("allowed")).select(
        "origin", "destination", "transit_days", "order_weekdays"
    )
    chances = pl.col("order_weekdays").str.count_matches("1")
    missing = pl.format(
        "no allowed lane from {} to {}", pl.col("supply_location"), pl.col("location")
    )
    idle = pl.format("the lane from {} ships on no weekday", pl.col("supply_location"))
    return pairs.join(
        ways,
        left_on=["supply_location", "location"],
        right_on=["origin", "destination"],
        how="left",
    ).select(
        "sku",
        "location",
        origin=pl.col("supply_location"),
        supplier=pl.lit(None, pl.String),
        lead_time_mean=pl.col("transit_days").cast(pl.Float64),
        lead_time_sd=pl.lit(0.0),
        review_days=7 / chances,
        problem=pl.when(chances.is_null()).then(missing).when(chances == 0).then(idle),
    )


def _from_suppliers(
    pairs: pl.DataFrame,
    scorecard: pl.DataFrame,
    item_suppliers: pl.DataFrame,
    calendars: pl.DataFrame,
    review_days: float,
) -> pl.DataFrame:
    preferred = (
        item_suppliers.filter(pl.col("preferred"))
        .sort("sku", "unit_price", "supplier")
        .unique("sku", keep="first", maintain_order=True)
        .select("sku", preferred_supplier="supplier")
    )
    bought = pairs.join(preferred, on="sku", how="left").with_columns(
        supplier=pl.coalesce("preferred_supplier", "supplier")
    )
    nobody = pl.lit("no supplier is known for the sku")
    unknown = pl.format("supplier {} has neither terms nor orders", pl.col("supplier"))
    never = pl.format("supplier {} takes orders on no weekday", pl.col("supplier"))
    timed = _time_suppliers(bought, scorecard, item_suppliers, calendars, review_days)
    return timed.with_columns(
        problem=pl.when(pl.col("supplier").is_null())
        .then(nobody)
        .when(pl.col("lead_time_mean").is_null())
        .then(unknown)
        .when(pl.col("review_days").is_null())
        .then(never)
    )


def _time_suppliers(
    pairs: pl.DataFrame,
    scorecard: pl.DataFrame,
    item_suppliers: pl.DataFrame,
    calendars: pl.DataFrame,
    review_days: float,
) -> pl.DataFrame:
    """How long the supplier of each row takes; missing where nothing is known of it.

    review_days is missing where it takes orders on no weekday.
    """
    own = find_frame(SupplierCalendars).read(calendars)
    chances = count_order_days(pl.col("order_weekdays")).fill_null(_WEEK)
    often = pl.max_horizontal(pl.lit(float(review_days)), _WEEK / chances)
    terms = item_suppliers.select("sku", "supplier", "contract_lead_time_days")
    cards = scorecard.select("supplier", "order_lines", "lead_time_mean", "lead_time_sd")
    agreed = pl.col("contract_lead_time_days").cast(pl.Float64)
    lines, seen = pl.col("order_lines"), pl.col("lead_time_mean")
    shrunk = (lines * seen + PRIOR_LINES * agreed) / (lines + PRIOR_LINES)
    mean = pl.coalesce(shrunk, seen, agreed)
    variation = _variation(scorecard)
    return (
        pairs.join(terms, on=["sku", "supplier"], how="left")
        .join(cards, on="supplier", how="left")
        .join(own, on="supplier", how="left")
        .select(
            "sku",
            "location",
            origin=pl.lit(None, pl.String),
            supplier=pl.col("supplier"),
            lead_time_mean=mean,
            lead_time_sd=pl.coalesce(pl.col("lead_time_sd"), mean * variation),
            review_days=pl.when(chances > 0).then(often),
        )
    )


def _variation(scorecard: pl.DataFrame) -> float:
    """Coefficient of variation of lead times over all suppliers."""
    cards = scorecard.rechunk()
    days = float(cards["lead_time_mean"].sum())
    return float(cards["lead_time_sd"].sum()) / days if days > 0 else DEFAULT_VARIATION
