"""How often open order lines were late, beside how likely that was said to be."""

import polars as pl

from forecasting.evaluation.chances import score_chances
from quality_checks.contracts import JudgedRisks, RiskAccuracy, find_contract, find_frame

STATED = {0: "late_chance", 7: "late_week_chance"}
"""Days late -> the chance that was stated of more."""


def list_outcomes(lines: pl.DataFrame, days: int) -> pl.DataFrame:
    """List the lines of which it is known whether they were later than some days.

    Args:
        lines: frame `judged_risks`.
        days: one of `STATED`.

    Returns:
        chance (as stated) and late (whether it was), a row a line.
    """
    told = find_frame(JudgedRisks).read(lines)
    late = pl.col("days_late") > days
    # A line that is open is known to be late once its days have passed, and never to be in time.
    return told.filter(pl.col("came") | late).select(chance=STATED[days], late=late)


def score_order_risks(lines: pl.DataFrame) -> pl.DataFrame:
    """Score the chances stated of order lines by what became of them.

    Args:
        lines: frame `judged_risks`.

    Returns:
        The columns of the contract RiskAccuracy but business_date, a row for each of `STATED` of
        which any line is known.

    Raises:
        ValueError: `lines` breaks its contract.
    """
    rows = []
    for days in STATED:
        known = list_outcomes(lines, days)
        if known.is_empty():
            continue
        late, chance = known["late"].to_numpy(), known["chance"].to_numpy()
        scores = score_chances(late, chance, base_rate=float(late.mean()))
        rows.append(
            {
                "late_days": days,
                "lines": known.height,
                "stated": float(chance.mean()),
                "share": float(late.mean()),
                **scores,
            }
        )
    return pl.DataFrame(rows, schema=find_contract(RiskAccuracy).made_schema)
