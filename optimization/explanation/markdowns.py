"""Why a price falls, or why a fall that was planned waits."""

import polars as pl

from optimization.explanation.common import alternative_steps, benefit_step, of_action
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import OF_ACTION, OF_ITEM, Explained, Source, Step
from quality_checks.contracts import WORTH_OF_REJECTED

_SEASON = "sku={sku};zone={destination}"
_VALUED = "optimization.markdown.plan_markdowns"
_PARTS = (
    "(sold_then - sold_as_is) * (price_then - salvage)",
    "(sold_as_is * price_then - proceeds_as_is)",
)
"""By more or fewer units above salvage, and by the mean price of what would have sold anyway."""

_TOGETHER = "of {family}: priced together with {others} sizes, these seasons are worth so much"


def explain_markdowns(night: PlannedNight) -> Explained:
    """Prices that fall, by what the rest of the season sells with it and without."""
    return _explain(night, "markdown", "plans.markdown_plan", night.plans["markdown"])


def explain_deferrals(night: PlannedNight) -> Explained:
    """Planned falls that wait, by what the season sells with the price held, and as planned."""
    return _explain(
        night, "markdown_deferral", "plans.deferral_plan", night.plans["markdown_deferral"]
    )


def _explain(night: PlannedNight, kind: str, table: str, plan: pl.DataFrame) -> Explained:
    stated = plan.rename({"zone": "destination"}).select(
        "sku", "destination", *("old_price", "new_price", "floor_price", "salvage", "slope"),
        *("slope_sd", "demand_held", "sold_as_is", "sold_then", "proceeds_as_is"),
        *("proceeds_then", "kept_as_is", "kept_then", "list_price", "season_end", "family"),
        *("family_size", "family_worth", "prior_price"),
    )  # fmt: skip
    told = (
        night.lines(kind)
        .join(stated, on=["sku", "destination"], how="left", validate="1:1", maintain_order="left")
        .with_columns(
            rejected_worth=pl.col("rejected").str.extract(WORTH_OF_REJECTED).cast(pl.Float64),
            zone_stock="quantity",
            others=pl.col("family_size") - 1,
            family_worth=pl.when(pl.col("family_size") > 1).then("family_worth"),
            price_then=pl.when(pl.col("sold_then") > 0)
            .then(pl.col("proceeds_then") / pl.col("sold_then"))
            .otherwise("salvage"),
        )
    )
    return Explained(told, _list_steps(table))


def _list_steps(table: str) -> list[tuple[str, list[Step]]]:
    def stated(name: str, unit: str, words: str) -> Step:
        return Step(name, unit, words, Source(table, _SEASON, name), function=_VALUED)

    def learnt(name: str, words: str) -> Step:
        source = Source("demand.price_responses", OF_ITEM, name)
        function = "forecasting.price_response.estimate_price_responses"
        return Step(name, "share", words, source, function=function)

    stock = Source(table, _SEASON, "quantity")
    quantity = Source("actions.proposals", OF_ACTION, "quantity")
    return [
        (
            "demand",
            [
                stated("demand_held", "units", "demand until {season_end} at the old price"),
                learnt("slope", "by which demand moves with a share of the price, in logs"),
                learnt("slope_sd", "standard deviation of that"),
            ],
        ),
        ("position", [Step("zone_stock", "units", "the zone has, there and coming", stock)]),
        (
            "limits",
            [
                stated("list_price", "currency", "list price"),
                stated("floor_price", "currency", "lowest price that policy allows"),
                stated("prior_price", "currency", "lowest of the days before, to count from"),
            ],
        ),
        ("quantity", [Step("quantity", "units", "that the price is for", quantity, "zone_stock")]),
        (
            "benefit",
            [
                stated("old_price", "currency", "price in force"),
                stated("new_price", "currency", "price that it is about"),
                stated("salvage", "currency", "worth of a unit left at the end"),
                stated("sold_as_is", "units", "expected to sell without it"),
                stated("sold_then", "units", "expected to sell with it"),
                stated("proceeds_as_is", "currency", "for these, without it"),
                stated("proceeds_then", "currency", "for these, with it"),
                Step(
                    "price_then",
                    "currency",
                    "for each of these, with it",
                    formula="COALESCE(proceeds_then / NULLIF(sold_then, 0), salvage)",
                ),
                of_action(
                    "margin_kept",
                    "currency",
                    "margin kept, by units that sell besides or by the price",
                    " + ".join(f"GREATEST({part}, 0)" for part in _PARTS),
                ),
                of_action(
                    "margin_given_up",
                    "currency",
                    "given up, by the price of what sells anyway or by units that do not sell",
                    " + ".join(f"GREATEST(-{part}, 0)" for part in _PARTS),
                ),
                stated("kept_as_is", "currency", "stock kept, without it"),
                stated("kept_then", "currency", "stock kept, with it"),
                of_action("holding_cost", "currency", "holding", "kept_then - kept_as_is"),
                of_action("moving_cost", "currency", "moving"),
                benefit_step(),
            ],
        ),
        (
            "alternative",
            [
                stated("family_worth", "currency", _TOGETHER),
                *alternative_steps(table, _SEASON),
            ],
        ),
    ]
