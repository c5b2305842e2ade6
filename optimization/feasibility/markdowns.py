"""Whether prices may fall as planned, and are worth what they say."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from optimization.feasibility.findings import (
    CENT,
    collect,
    report,
    report_excess,
)
from optimization.feasibility.price_paths import WeekDemand, work_out_first_weeks
from optimization.value import FloatArray
from quality_checks.contracts import (
    DeferralPlan,
    MarkdownPlan,
    MarkdownRooms,
    MarkdownRules,
    SeasonItems,
    SeasonWeeks,
    find_contract,
    find_frame,
)

_KEY = ("sku", "zone")

_NEAR = 0.005
"""Share of a season's worth by which a plan on a coarser grid of stock may be off."""


def find_price_problems(  # noqa: PLR0913  # the plan, and what it is made from
    markdowns: pl.DataFrame,
    deferrals: pl.DataFrame,
    items: pl.DataFrame,
    weeks: pl.DataFrame,
    *,
    rooms: pl.DataFrame,
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
        rules: of policy.
        first_day: day on which a price may change.
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
        _recompute(found, ahead, rules),
    )  # fmt: skip


def _shared() -> list[str]:
    """Columns that both plans have."""
    of_deferrals = find_contract(DeferralPlan).made_schema
    return [name for name in find_contract(MarkdownPlan).made_schema if name in of_deferrals]


def _recompute(rows: pl.DataFrame, weeks: pl.DataFrame, rules: MarkdownRules) -> pl.DataFrame:
    """Report misstated worth, terms that do not add up, and prices that another one beats."""
    stated = [_work_out(row, weeks, rules) for row in rows.iter_rows(named=True)]
    worth = pl.DataFrame(
        stated,
        schema={"then": pl.Float64, "recomputed": pl.Float64, "best": pl.Float64},
        orient="row",
    )
    gain = pl.col("margin_kept") - pl.col("margin_given_up") - pl.col("holding_cost")
    added = (
        pl.col("proceeds_then")
        - pl.col("proceeds_as_is")
        - pl.col("salvage") * (pl.col("sold_then") - pl.col("sold_as_is"))
        - (pl.col("kept_then") - pl.col("kept_as_is"))
    )
    near = pl.max_horizontal(pl.col("recomputed").abs() * _NEAR, CENT)
    return report(rows.hstack(worth), _KEY, {
        "stated_worth": (
            (pl.col("then") - pl.col("recomputed")).abs() > near, "recomputed", "then",
        ),
        "better_price": (
            pl.col("then") < pl.col("best") - near - rules.least_gain,
            pl.format("no price worth more than {}", "then"), "best",
        ),
        "stated_gain": ((gain - added).abs() > CENT, added, gain),
        "least_price_gain": (
            gain <= rules.least_gain, pl.format("above {}", pl.lit(rules.least_gain)), gain,
        ),
    })  # fmt: skip


def _work_out(
    row: dict[str, Any], weeks: pl.DataFrame, rules: MarkdownRules
) -> tuple[float, float, float]:
    """Worth as stated, of the same first price recomputed, and of the best within the budget."""
    ahead = weeks.filter(sku=row["sku"], zone=row["zone"]).sort("week")
    full = max(row["of_list"], row["price"])
    lower = {round(full * (1 - share), 2) for share in rules.ladder} | {row["planned_price"]}
    most = row["price"] * 0.99
    allowed = sorted((p for p in lower if p and row["least"] <= p <= most), reverse=True)
    prices = np.array([row["price"], *allowed])
    demand = _answer(ahead, prices, row)
    again = row["return_rate"] * (row["resalable_share"] * row["salvage"] - row["return_cost"])
    found = work_out_first_weeks(
        demand,
        list((1 - row["return_rate"]) * prices + again),
        stock=row["stock"],
        salvage=row["salvage"],
        keeping=row["keeping_cost"],
        weeks_between=max(-(-rules.least_days_between_steps // 7), 1),
        locked=row["locked_weeks"],
    )
    then = row["proceeds_then"] - row["kept_then"]
    then += row["salvage"] * (row["stock"] - row["sold_then"])
    held = row["planned_on"] is not None
    first = 0 if held else int(np.argmin(np.abs(prices - row["new_price"])))
    # What a spent budget keeps from falling further is not beaten by what it cannot pay.
    limited = row["binding"] == "department_budget" or held
    best = found[first] if limited else found.max()
    return float(then), float(found[first]), float(best)


def _answer(ahead: pl.DataFrame, prices: FloatArray, row: dict[str, Any]) -> WeekDemand:
    """Demand at prices: a lognormal factor by the slope and how unsure it is."""
    mean, variance, base = (ahead[name].to_numpy() for name in ("mean", "variance", "base_price"))
    away = np.log(prices[None, :] / base[:, None])
    wide = np.exp((row["slope_sd"] * away) ** 2)
    times = np.exp(row["slope"] * away) * np.sqrt(wide)
    at_price = mean[:, None] * times
    beyond = np.maximum(variance - mean, 0)[:, None] * times**2 * wide
    return WeekDemand(at_price, at_price + beyond + at_price**2 * (wide - 1))
