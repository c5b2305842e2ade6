"""Substitutes for lines without a node: what is learned, how near to optimal, and what it is worth.

Choices are made by chances learned from answers and paid for by the built-in retailer's truth,
beside those made by answers' shares as they are, by the truth itself, and none. HiGHS is given a
night of at most MIP_LINES lines as a mixed-integer program, and MIP_SECONDS.
"""

import time
from typing import Any

import polars as pl

from benchmarks.demand_peers import Measured
from benchmarks.sourcing_program import solve_program
from benchmarks.substitution_instances import (
    KEY,
    Customers,
    Night,
    build_customers,
    draw_night,
    list_records,
    set_costs,
)
from forecasting.substitution import estimate_substitute_chances
from optimization.sourcing import SourcingFrames
from optimization.substitution import (
    PricedSubstitutes,
    SubstituteChoice,
    choose_substitutes,
    price_substitutes,
)

MIP_LINES = 100
MIP_SECONDS = 120.0
WARM_UP = 20

_ROW = ["order_id", "line", "substitute", "location", "ship_on"]
_NO_WORD = pl.DataFrame(schema={"sku": pl.String, "substitute": pl.String, "allowed": pl.Boolean})


def measure(lines: int, seed: int) -> dict[str, Any]:
    """Choose substitutes for a night's lines, and for those of a small night beside HiGHS.

    Args:
        lines: lines of the night without a node.
        seed: of the retailer, his answers and what is drawn.

    Returns:
        gap_to_bound, seconds (of learning, pricing and choosing), cpu_seconds, peak_mb; points:
        mean distance of chances from the truth in points, at an equal price and at the price that
        was asked, of ours and of shares as they are, and the price slope found and true; saved:
        what choices save of the cost of doing nothing, by the truth, as a share; and of the small
        night gap_to_mip, small_gap_to_bound, highs_gap and highs_seconds.
    """
    customers = build_customers(seed)
    _choose(customers, draw_night(customers, WARM_UP, seed), _learn(customers))
    night = draw_night(customers, lines, seed)
    with Measured() as run:
        cpu = time.process_time()
        learned = _learn(customers)
        priced, choice = _choose(customers, night, learned)
        cpu = time.process_time() - cpu
    return {
        "benchmark": "substitution",
        "lines": lines,
        "rows": priced.rows.height,
        "chosen": choice.chosen.height,
        "seed": seed,
        "cost": round(choice.plan.cost, 1),
        "bound": round(choice.plan.bound, 1),
        "gap_to_bound": round(choice.plan.cost / choice.plan.bound - 1, 4),
        "seconds": round(run.seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_mb": run.peak_mb,
        "points": _judge_chances(customers, learned),
        "saved": _judge_choices(customers, night, learned, choice),
        **_beside_highs(customers, min(lines, MIP_LINES), seed, learned),
    }


def _learn(customers: Customers) -> pl.DataFrame:
    skus = customers.items["sku"]
    rules = set_costs().rules
    return estimate_substitute_chances(
        skus.gather_every(10), customers.items, _NO_WORD, customers.told, rules, at_hand=skus
    )


def _choose(
    customers: Customers, night: Night, chances: pl.DataFrame
) -> tuple[PricedSubstitutes, SubstituteChoice]:
    priced = _price(customers, night, chances)
    return priced, choose_substitutes(priced, night.facts.pairs, night.capacities)


def _price(customers: Customers, night: Night, chances: pl.DataFrame) -> PricedSubstitutes:
    return price_substitutes(list_records(customers, night, chances), night.facts, set_costs())


def _replace(learned: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The pairs that are weighed, at other chances and slopes."""
    kept = learned.drop("equal_chance", "price_slope")
    return kept.join(others, on=KEY, maintain_order="left").select(learned.columns)


def _share_answers(customers: Customers, learned: pl.DataFrame) -> pl.DataFrame:
    """Shares as they are, and policy's prior where nobody was asked; no price matters."""
    prior = set_costs().rules.prior_acceptance
    share = pl.col("accepted").sum() / pl.col("answers").sum()
    shares = customers.answers.group_by(KEY, maintain_order=True).agg(share=share)
    return learned.join(shares, on=KEY, how="left", maintain_order="left").select(
        *KEY,
        equal_chance=pl.coalesce("share", pl.col("closeness").replace_strict(prior)),
        price_slope=pl.lit(0.0),
    )


def _judge_chances(customers: Customers, learned: pl.DataFrame) -> dict[str, float]:
    """How far chances of pairs that were asked about are from the truth."""
    raw = _share_answers(customers, learned).rename(
        {"equal_chance": "share", "price_slope": "none"}
    )
    told = customers.answers.rename({"equal_chance": "true_equal", "chance": "true_chance"})
    own = learned.select(*KEY, "equal_chance", "price_slope").join(raw, on=KEY)
    seen = told.join(own, on=KEY, maintain_order="left")
    equal, times = pl.col("equal_chance"), pl.col("price_ratio") ** pl.col("price_slope")
    at_price = equal / (equal + (1 - equal) * times)
    dearer = seen.filter(pl.col("price_ratio") > 1)
    return {
        "answers": int(told["answers"].sum()),
        "ours": _points(seen, equal - pl.col("true_equal")),
        "shares": _points(seen, pl.col("share") - pl.col("true_equal")),
        "ours_dearer": _points(dearer, at_price - pl.col("true_chance")),
        "shares_dearer": _points(dearer, pl.col("share") - pl.col("true_chance")),
        "price_slope": round(float(learned["price_slope"][0]), 2),
        "true_price_slope": float(customers.truth["price_slope"][0]),
    }


def _points(rows: pl.DataFrame, off: pl.Expr) -> float:
    return round(100 * float(rows.select(off.abs().mean()).item()), 1)


def _judge_choices(
    customers: Customers, night: Night, learned: pl.DataFrame, ours: SubstituteChoice
) -> dict[str, float]:
    """Shares of the cost of doing nothing that choices save, paid for by the truth."""
    truth = _replace(learned, customers.truth)
    raw = _replace(learned, _share_answers(customers, learned))
    costs = _price(customers, night, truth).rows.select(*_ROW, true_cost="expected_cost")
    nothing = float(night.lines["otherwise"].sum())
    choices = {
        "ours": ours,
        "shares": _choose(customers, night, raw)[1],
        "truth": _choose(customers, night, truth)[1],
    }
    saved = {}
    for name, choice in choices.items():
        paid = choice.chosen.join(costs, on=_ROW, validate="1:1")
        gain = paid.select((pl.col("otherwise") - pl.col("true_cost") - pl.col("unit_value")).sum())
        saved[name] = round(float(gain.item()) / nothing, 4)
    return {**saved, "no_substitutes": 0.0}


def _beside_highs(
    customers: Customers, lines: int, seed: int, learned: pl.DataFrame
) -> dict[str, Any]:
    night = draw_night(customers, lines, seed)
    priced, choice = _choose(customers, night, learned)
    started = time.perf_counter()
    best, bound = solve_program(_state_program(priced, night), 0.0, MIP_SECONDS)
    return {
        "small_lines": lines,
        "gap_to_mip": round(choice.plan.cost / best - 1, 4),
        "small_gap_to_bound": round(choice.plan.cost / choice.plan.bound - 1, 4),
        "highs_gap": round(1 - bound / best, 4),
        "highs_seconds": round(time.perf_counter() - started, 1),
    }


def _state_program(priced: PricedSubstitutes, night: Night) -> SourcingFrames:
    """The choice as the program knows it: what a substitute is expected to cost is all its cost."""
    least = priced.costs.rules.least_gain
    lines = priced.lines.select(
        "order_id", "line", "sku", "quantity", "promised_on",
        open_cost=pl.max_horizontal(pl.col("otherwise") - least, 0.0),
        wait_cost=pl.lit(None, pl.Float64),
    )  # fmt: skip
    none = {
        name: pl.lit(0.0)
        for name in (
            "shipping_cost", "handling_cost", "refusal_cost", "late_cost", "markdown_avoided",
        )
    }  # fmt: skip
    candidates = priced.rows.select(
        "order_id", "line", "location", "ship_on", item="substitute", other_cost="expected_cost",
        **none,
    )  # fmt: skip
    parcels = priced.rows.select(
        "order_id", "location", "ship_on", arrives_on="promised_on", parcel_cost=pl.lit(0.0)
    ).unique(maintain_order=True)
    return SourcingFrames(lines, candidates, parcels, night.facts.pairs, night.capacities)
