"""Why an open order line is changed, or sped up."""

import polars as pl

from optimization.explanation.common import (
    alternative_steps,
    benefit_step,
    demand_steps,
    level_steps,
    of_action,
    with_facts,
)
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import OF_ACTION, Explained, Source, Step
from quality_checks.contracts import ALTERNATIVES

_LINE = "po={po};po_line={po_line}"
_WEIGHED = "document_kind=purchase_order;document={po};line={po_line};alternative="
_VALUED = "optimization.open_orders.plan_open_orders"
_OF_LINE = pl.Struct({"po": pl.String, "po_line": pl.Int64})
_STATED = [
    "open_units",
    "left_units",
    "refusal_chance",
    "lost_as_is",
    "lost_then",
    "holding_as_is",
    "holding_then",
    "capacity_limit",
    "capacity_missing",
]


def explain_changes(night: PlannedNight) -> Explained:
    """Changes of open order lines, by what the echelon loses and keeps as things are and then."""
    return _explain(night, "purchase_change", "plans.change_plan", night.plans["purchase_change"])


def explain_expedites(night: PlannedNight) -> Explained:
    """Open order lines that are sped up, likewise."""
    plan = night.plans["expedite"].with_columns(form=pl.lit("expedite"))
    return _explain(night, "expedite", "plans.expedite_plan", plan)


def _explain(night: PlannedNight, kind: str, table: str, plan: pl.DataFrame) -> Explained:
    lines = night.lines(kind)
    of_line = lines.select(pl.col("details").str.json_decode(_OF_LINE)).unnest("details")
    own = ["po", "po_line"]
    stated = plan.select(*own, "form", "inventory_position", *_STATED, unit_margin="underage_cost")
    less, apart = pl.col("form").is_in(["cut", "cancel"]), pl.col("form") == "split"
    told = (
        with_facts(lines.hstack(of_line), night)
        .join(stated, on=own, how="left", validate="1:1", maintain_order="left")
        .join(_list_weighed(night), on=own, how="left", validate="m:1", maintain_order="left")
        .with_columns(
            asked=pl.col("form").str.replace_all("_", " "),
            taken_off=pl.when(less).then("quantity"),
            moved=pl.when(~less & ~apart).then("quantity"),
            moved_apart=pl.when(apart).then("quantity"),
        )
    )
    return Explained(told, _list_steps(table))


def _list_weighed(night: PlannedNight) -> pl.DataFrame:
    """What each alternative of an order line gains, and in words, a column each; po, po_line."""
    weighed = night.order_alternatives.filter(document_kind="purchase_order")
    words = pl.format("{}: {}", pl.col("alternative"), pl.col("verdict")).str.replace_all("_", " ")
    chance = pl.format(", gains with chance {}", pl.col("gain_chance").round(2))
    beyond = pl.format(", {} units more than {}", "capacity_missing", "capacity_limit")
    told = weighed.with_columns(
        words=pl.concat_str(words, chance.fill_null(""), beyond.fill_null(""))
    )
    columns = [
        pl.col(column).filter(alternative=name).first().alias(f"{column}_{name}")
        for name in ALTERNATIVES
        for column in ("gain", "words")
    ]
    return told.group_by(po="document", po_line="line", maintain_order=True).agg(columns)


def _weighed_steps() -> list[Step]:
    """What each alternative gains, its fee taken off, beside what became of it."""
    return [
        Step(
            f"gain_{name}",
            "currency",
            f"{{words_{name}}}",
            Source("plans.order_alternatives", f"{_WEIGHED}{name}", "gain"),
            function=_VALUED,
        )
        for name in ALTERNATIVES
    ]


def _list_steps(table: str) -> list[tuple[str, list[Step]]]:
    def stated(name: str, unit: str, words: str, column: str | None = None) -> Step:
        return Step(name, unit, words, Source(table, _LINE, column or name), function=_VALUED)

    until = "until the goods of the next order come"
    quantity = Source("actions.proposals", OF_ACTION, "quantity")
    return [
        (
            "demand",
            demand_steps(
                "optimization.levels.build_echelon_windows",
                "forecasting.distribution.sum_echelon_demand",
            ),
        ),
        ("level", level_steps()),
        (
            "position",
            [stated("inventory_position", "units", "inventory position of the echelon")],
        ),
        (
            "quantity",
            [
                stated(
                    "capacity_missing",
                    "units",
                    "more than {capacity_limit}, of what would gain more than to {asked}",
                ),
                stated("open_units", "units", "still to come of line {po_line} of order {po}"),
                stated("left_units", "units", "to come of it then"),
                Step("quantity", "units", "to {asked}", quantity, "open_units", value="moved"),
                Step(
                    "quantity",
                    "units",
                    "to {asked}, set by {binding}",
                    quantity,
                    "open_units - left_units",
                    value="taken_off",
                ),
                Step(
                    "moved_units",
                    "units",
                    "of it that gain most on another day; the rest stays on its own",
                    Source(table, _LINE, "quantity"),
                    function=_VALUED,
                    value="moved_apart",
                ),
                Step(
                    "quantity",
                    "units",
                    "to {asked}, set by {binding}",
                    quantity,
                    "moved_units",
                    value="moved_apart",
                ),
            ],
        ),
        (
            "benefit",
            [
                stated(
                    "unit_margin", "currency", "cost of a unit short at its price", "underage_cost"
                ),
                stated("lost_as_is", "units", f"expected to be short {until}, as things are"),
                stated(
                    "refusal_chance", "share", "probability that {supplier} refuses, as it may do"
                ),
                stated("lost_then", "units", "expected to be short then, with this"),
                of_action(
                    "margin_kept",
                    "currency",
                    "margin kept",
                    "GREATEST(lost_as_is - lost_then, 0) * unit_margin",
                ),
                of_action(
                    "margin_given_up",
                    "currency",
                    "given up",
                    "GREATEST(lost_then - lost_as_is, 0) * unit_margin",
                ),
                stated("holding_as_is", "currency", f"stock kept {until} and left, as things are"),
                stated("holding_then", "currency", "the same with this"),
                of_action("holding_cost", "currency", "holding", "holding_then - holding_as_is"),
                of_action("moving_cost", "currency", "fee"),
                benefit_step(),
            ],
        ),
        ("alternative", [*_weighed_steps(), *alternative_steps(table, _LINE)]),
    ]
