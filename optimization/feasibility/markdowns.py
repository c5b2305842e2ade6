"""Whether prices may fall as planned, and are worth what they say."""

import datetime as dt

import polars as pl

from optimization.feasibility.findings import (
    CENT,
    collect,
    report,
    report_excess,
)
from optimization.feasibility.price_families import FAMILY, work_out_families
from optimization.feasibility.prior_prices import count_reductions
from quality_checks.contracts import (
    DeferralPlan,
    MarkdownPlan,
    MarkdownRooms,
    MarkdownRules,
    SeasonItems,
    SeasonPlaces,
    SeasonWeeks,
    find_contract,
    find_frame,
)

_KEY = ("sku", "zone")

_NEAR = 0.005
"""Share of a season's worth by which a plan on a coarser grid of stock may be off."""

_NEAR_CHANCE = 0.01
"""By which a chance may be off."""


def find_price_problems(  # noqa: PLR0913  # the plan, and what it is made from
    markdowns: pl.DataFrame,
    deferrals: pl.DataFrame,
    items: pl.DataFrame,
    weeks: pl.DataFrame,
    *,
    rooms: pl.DataFrame,
    places: pl.DataFrame,
    offers: pl.DataFrame,
    rules: MarkdownRules,
    first_day: dt.date,
) -> pl.DataFrame:
    """Find prices that may not fall so, budgets that are overdrawn, and worth that is misstated.

    Args:
        markdowns: the columns of the contract MarkdownPlan without business_date.
        deferrals: the columns of the contract DeferralPlan without business_date.
        items: frame `season_items`.
        weeks: frame `season_weeks`.
        rooms: frame `markdown_rooms`.
        places: frame `season_places`.
        offers: frame `announced_offers`, of the year before.
        rules: of policy.
        first_day: day on which a price may change.

    Returns:
        Frame `plan_problems`.
    """
    known = find_frame(SeasonItems).read(items)
    ahead = find_frame(SeasonWeeks).read(weeks)
    both = pl.concat(
        [
            markdowns.select(*_shared(), planned_on=pl.lit(None, pl.Date)),
            deferrals.select(*_shared(), "planned_on"),
        ]
    )
    put_off = pl.col("planned_on").is_not_null()
    facts = known.select(
        *_KEY, "stock", "price", "locked_weeks", "planned_price", "keeping_cost", "return_rate",
        "resalable_share", "return_cost", of_list=pl.col("list_price").fill_null(pl.col("price")),
        least=pl.col("floor_price"), ends=pl.col("season_end"), list_plans=pl.col("planned_on"),
    )  # fmt: skip
    rows = both.join(facts, on=list(_KEY), how="left", maintain_order="left")
    found = rows.filter(pl.col("stock").is_not_null())
    full = pl.max_horizontal("of_list", "price")
    on_ladder = pl.any_horizontal(
        pl.col("new_price") == pl.col("planned_price"),
        *((pl.col("new_price") - full * (1 - share)).abs() < CENT for share in rules.ladder),
    ).fill_null(value=False)
    money = (pl.col("old_price") - pl.col("new_price")) * pl.col("quantity")
    drawn = markdowns.select("department", money=money)
    return collect(
        report(both.filter(pl.struct(_KEY).is_duplicated()), _KEY, {
            "price_twice": (pl.lit(value=True), pl.lit("once"), pl.lit("more than once")),
        }),
        report(rows, _KEY, {
            "unknown_season": (
                pl.col("stock").is_null(), pl.lit("an item whose season is weighed"),
                pl.lit("none"),
            ),
        }),
        report(found, _KEY, {
            "price_in_force": (
                (pl.col("old_price") - pl.col("price")).abs() >= CENT, "price", "old_price",
            ),
            "off_ladder": (~on_ladder, pl.lit("a rung of the ladder"), "new_price"),
            "no_fall": (
                pl.col("new_price") >= pl.col("old_price"), pl.format("below {}", "old_price"),
                "new_price",
            ),
            "below_floor": (
                pl.col("new_price") < pl.col("least"), pl.format("at least {}", "least"),
                "new_price",
            ),
            "step_too_soon": (
                ~put_off & (pl.col("locked_weeks") > 0),
                pl.format("in {} weeks", "locked_weeks"), pl.lit("now"),
            ),
            "price_day": (
                pl.when(put_off)
                .then(
                    (pl.col("planned_on") != pl.col("list_plans"))
                    | (pl.col("due_on") <= pl.col("planned_on"))
                    | (pl.col("due_on") > pl.col("ends"))
                )
                .otherwise(pl.col("due_on") != first_day),
                pl.when(put_off).then(pl.lit("after the day planned")).otherwise(pl.lit(first_day)),
                "due_on",
            ),
            "units_of_zone": (
                pl.col("quantity") != pl.col("stock"), pl.col("stock"), "quantity",
            ),
        }),
        report_excess(drawn, "markdown_budget", "money", find_frame(MarkdownRooms).read(rooms)),
        _recompute(found, known, ahead, rules, first_day),
        _count_reductions(markdowns, known, places, offers, rules, first_day),
    )  # fmt: skip


def _count_reductions(  # noqa: PLR0913, PLR0917  # lines, and what their past prices rest on
    markdowns: pl.DataFrame,
    known: pl.DataFrame,
    places: pl.DataFrame,
    offers: pl.DataFrame,
    rules: MarkdownRules,
    first_day: dt.date,
) -> pl.DataFrame:
    """Report lines that are no reduction from the lowest price of past days, or misstate it."""
    facts = known.select(*_KEY, "list_price", "price")
    lines = markdowns.select(*_KEY, "prior_price", "new_price").join(
        facts, on=list(_KEY), maintain_order="left"
    )
    counted = lines.hstack(
        count_reductions(lines, find_frame(SeasonPlaces).read(places), offers, rules, first_day)
    )
    apart = (pl.col("prior_price") - pl.col("counted_from")).abs() >= CENT
    neither = pl.col("prior_price").is_null() & pl.col("counted_from").is_null()
    return report(counted, _KEY, {
        "prior_price": (apart.fill_null(~neither), "counted_from", "prior_price"),
        "no_reduction": (
            pl.col("unknown")
            | (pl.col("new_price") >= pl.col("counted_from")).fill_null(value=False),
            pl.format("below {}", "counted_from"), "new_price",
        ),
        "reduced_too_far": (
            (pl.col("new_price") < pl.col("least") - CENT).fill_null(value=False),
            pl.format("at least {}", "least"),
            "new_price",
        ),
    })  # fmt: skip


def _shared() -> list[str]:
    """Columns that both plans have."""
    of_deferrals = find_contract(DeferralPlan).made_schema
    return [name for name in find_contract(MarkdownPlan).made_schema if name in of_deferrals]


def _recompute(
    rows: pl.DataFrame,
    known: pl.DataFrame,
    weeks: pl.DataFrame,
    rules: MarkdownRules,
    first_day: dt.date,
) -> pl.DataFrame:
    """Report misstated worth, terms that do not add up, and prices that another one beats."""
    worked_out = work_out_families(rows, known, weeks, rules, first_day)
    gain = pl.col("margin_kept") - pl.col("margin_given_up") - pl.col("holding_cost")
    added = (
        pl.col("proceeds_then")
        - pl.col("proceeds_as_is")
        - pl.col("salvage") * (pl.col("sold_then") - pl.col("sold_as_is"))
        - (pl.col("kept_then") - pl.col("kept_as_is"))
    )
    near, family_near = (
        pl.max_horizontal(pl.col(name).abs() * _NEAR, CENT) for name in ("recomputed", "best")
    )
    together = gain.sum().over(*FAMILY, pl.col("planned_on").is_not_null())
    return report(rows.hstack(worked_out), _KEY, {
        "stated_worth": (
            (pl.col("then") - pl.col("recomputed")).abs() > near, "recomputed", "then",
        ),
        "family_apart": (
            ~pl.col("together"), pl.format("a step that all of {} take", "family"), "new_price",
        ),
        "stated_family_worth": (
            (pl.col("family_worth") - pl.col("of_family")).abs() > family_near,
            "of_family", "family_worth",
        ),
        "better_price": (
            pl.col("of_family") < pl.col("best") - family_near - rules.least_gain,
            pl.format("no price worth more than {}", "of_family"), "best",
        ),
        "stated_gain": ((gain - added).abs() > CENT, added, gain),
        "least_price_gain": (
            together <= rules.least_gain, pl.format("above {}", pl.lit(rules.least_gain)), together,
        ),
        "stated_gain_chance": (
            (pl.col("gain_chance") - pl.col("gains_with")).abs() > _NEAR_CHANCE,
            "gains_with", "gain_chance",
        ),
    })  # fmt: skip
