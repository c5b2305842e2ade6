"""How often order lines were late or short, beside how likely that was said to be."""

import polars as pl

from forecasting.evaluation.chances import score_chances
from quality_checks.contracts import JudgedRisks, RiskAccuracy, find_contract, find_frame

_LATE = {"late": ("late_chance", 0), "late_week": ("late_week_chance", 7)}
"""Outcome -> the chance that was stated of it, and the days late beyond which it happened."""

OUTCOMES = (*_LATE, "short")
"""What may become of an order line."""


def list_outcomes(lines: pl.DataFrame, outcome: str) -> pl.DataFrame:
    """List the lines of which an outcome is known.

    Args:
        lines: frame `judged_risks`.
        outcome: one of `OUTCOMES`.

    Returns:
        stated_on, chance (as stated) and happened, a row a line.
    """
    told = find_frame(JudgedRisks).read(lines)
    if outcome == "short":
        known = told.filter(pl.col("short").is_not_null(), pl.col("short_chance").is_not_null())
        return known.select("stated_on", chance="short_chance", happened="short")
    chance, days = _LATE[outcome]
    late = pl.col("days_late") > days
    # A line that is open is known to be late once its days have passed, and never to be in time.
    return told.filter(pl.col("came") | late).select("stated_on", chance=chance, happened=late)


def score_order_risks(lines: pl.DataFrame, chances: str) -> pl.DataFrame:
    """Score the chances stated of order lines by what became of them.

    The middle day of the lines of which an outcome is known parts the earlier half of them from the
    recent one, which has that day.

    Args:
        lines: frame `judged_risks`.
        chances: what they were stated of, as the contract RiskAccuracy names it.

    Returns:
        The columns of the contract RiskAccuracy but business_date, a row for each part of each of
        `OUTCOMES` of which any line is known.

    Raises:
        ValueError: `lines` breaks its contract.
    """
    rows: list[dict[str, object]] = []
    for outcome in OUTCOMES:
        known = list_outcomes(lines, outcome).sort("stated_on", "chance", "happened")
        middle = known["stated_on"][known.height // 2] if known.height else None
        recent = pl.col("stated_on") >= pl.lit(middle, pl.Date)
        parts = {"all": known, "earlier": known.filter(~recent), "recent": known.filter(recent)}
        rows += [
            {"chances": chances, "outcome": outcome, "part": part, **_score(part_lines)}
            for part, part_lines in parts.items()
            if part_lines.height
        ]
    return pl.DataFrame(rows, schema=find_contract(RiskAccuracy).made_schema)


def _score(known: pl.DataFrame) -> dict[str, float | None]:
    """Lines, what was said of them, what happened, and the scores of that."""
    happened, chance = known["happened"].to_numpy(), known["chance"].to_numpy()
    share = float(happened.mean())
    return {
        "lines": known.height,
        "stated": float(chance.mean()),
        "share": share,
        **score_chances(happened, chance, base_rate=share),
    }
