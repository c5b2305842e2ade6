"""Substitutes whose chance is assumed, and lines without any, are named."""

import datetime as dt

import polars as pl

from quality_checks.checks import judge_acceptance, judge_substitutes


def test_a_substitute_of_whose_like_nobody_told_is_named():
    plan = pl.DataFrame(
        {
            "order_id": ["O", "P"],
            "order_line": 1,
            "ordered_sku": "A",
            "sku": ["B", "C"],
            "closeness": ["other_size", "alike"],
            "like_answers": [9, 0],
            "dearer_answers": 0,
            "equal_chance": 0.1,
            "chance": 0.1,
        }
    )
    found = judge_acceptance(plan)
    assert not found.passed
    assert found.failing["order_id"].to_list() == ["P"]
    assert judge_acceptance(plan.head(1)).passed
    # Nor has any customer told of a higher price.
    dearer = plan.head(1).with_columns(chance=pl.lit(0.05))
    assert not judge_acceptance(dearer).passed
    assert judge_acceptance(dearer.with_columns(dearer_answers=pl.lit(1))).passed


def test_a_line_without_any_substitute_is_named():
    lines = pl.DataFrame(
        {
            "order_id": ["O", "P"],
            "line": 1,
            "sku": "A",
            "quantity": 2,
            "promised_on": dt.date(2026, 3, 2),
        },
        schema_overrides={"line": pl.Int64},
    )
    options = lines.head(1).select("order_id", "line")
    found = judge_substitutes(lines, options)
    assert found.failing["order_id"].to_list() == ["P"]
    assert judge_substitutes(lines.head(1), options).passed
