"""Why a stock record is counted."""

import polars as pl

from optimization.explanation.common import alternative_steps, benefit_step, of_action, with_facts
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import (
    AT_DESTINATION,
    OF_ACTION,
    POLICY,
    Explained,
    Source,
    Step,
)
from quality_checks.contracts import SECONDS_PER_HOUR

_TABLE = "plans.count_plan"
_VALUED = "optimization.counting.plan_counts"
_STATED = [
    *("days_uncounted", "short_chance", "record_chance", "wrong_chance", "missing_mean"),
    *("lost_a_review", "reviews"),
]


def explain_counts(night: PlannedNight) -> Explained:
    """Records that are counted, by how likely they are wrong and by what that costs."""
    stated = (
        night.plans["stock_count"]
        .select("sku", "location", *_STATED, "inventory_position")
        .rename({"location": "destination"})
    )
    rules = night.policy.lines
    seconds = night.policy.counting.count_seconds
    told = (
        with_facts(night.lines("stock_count"), night)
        .join(stated, on=["sku", "destination"], how="left", validate="1:1", maintain_order="left")
        .with_columns(
            labour_cost_per_hour=pl.lit(float(rules.labour_cost_per_hour)),
            count_seconds=pl.lit(float(seconds)),
        )
    )
    return Explained(told, _list_steps())


def _list_steps() -> list[tuple[str, list[Step]]]:
    def stated(name: str, unit: str, words: str, formula: str | None = None) -> Step:
        function = None if formula else _VALUED
        return Step(name, unit, words, Source(_TABLE, AT_DESTINATION, name), formula, function)

    def option(part: str, name: str, unit: str, words: str) -> Step:
        return Step(name, unit, words, Source(POLICY, part, name))

    position = Source(_TABLE, AT_DESTINATION, "inventory_position")
    wrong = "1 - record_chance * (1 - short_chance)"
    hands = f"labour_cost_per_hour * count_seconds / {SECONDS_PER_HOUR:.0f}"
    return [
        (
            "position",
            [
                Step("on_hand", "units", "on record", _of_position("on_hand")),
                Step(
                    "inventory_position",
                    "units",
                    "inventory position by it",
                    position,
                    function="optimization.levels.join_targets",
                ),
                stated("days_uncounted", "days", "since it was counted"),
                stated("short_chance", "share", "probability that such a record is short by then"),
                stated("record_chance", "share", "probability that its stock is there at all"),
                stated("wrong_chance", "share", "probability that units are missing", wrong),
                stated("missing_mean", "units", "expected to be missing"),
            ],
        ),
        (
            "quantity",
            [
                Step(
                    "quantity",
                    "units",
                    "missing where it is wrong",
                    Source("actions.proposals", OF_ACTION, "quantity"),
                    "GREATEST(FLOOR(missing_mean / wrong_chance + 0.5), 1)",
                )
            ],
        ),
        (
            "benefit",
            [
                stated("lost_a_review", "currency", "lost a review by not replacing these"),
                stated("reviews", "reviews", "until it would be found wrong otherwise"),
                of_action("margin_kept", "currency", "margin kept", "lost_a_review * reviews"),
                option("lines", "labour_cost_per_hour", "currency", "cost of an hour of labour"),
                option("counting", "count_seconds", "seconds", "to count an item"),
                of_action("margin_given_up", "currency", "given up"),
                of_action("holding_cost", "currency", "holding"),
                of_action("moving_cost", "currency", "to count", hands),
                benefit_step(),
            ],
        ),
        ("alternative", alternative_steps(_TABLE, AT_DESTINATION)),
    ]


def _of_position(column: str) -> Source:
    return Source("inventory.position", AT_DESTINATION, column)
