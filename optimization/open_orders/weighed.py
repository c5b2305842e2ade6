"""All that was weighed for lines at risk, as rows: what each gains, and why it is done or not."""

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.open_orders.alternatives import (
    EXPEDITE,
    NEVER,
    PULL_IN,
    SPLIT,
    TAKEN_OFF,
    Alternative,
)
from optimization.open_orders.lines import KEY, OpenLines
from optimization.open_orders.splits import LEAST_GAIN
from optimization.open_orders.statement import find_day, state_limit
from optimization.value import FloatArray, IntArray
from quality_checks.contracts import OpenOrderRules, OrderAlternatives, find_contract

ACCEPT = "accept"
"""To leave a line as it is."""

_OF_LINE = [*KEY, "region", "sku", "destination", "supplier"]
_CAPACITY = "supplier_capacity"
_LIMIT = {"capacity_limit": pl.String, "capacity_missing": pl.Int64}
_COLUMNS = find_contract(OrderAlternatives).made_schema


def state_alternatives(  # noqa: PLR0913  # lines, what may be asked of them, and what is done
    lines: OpenLines,
    alternatives: list[Alternative],
    some: IntArray,
    chances: FloatArray,
    *,
    taken: npt.NDArray[np.str_],
    rules: OpenOrderRules,
) -> pl.DataFrame:
    """State what was weighed for some lines: each alternative, and to accept what comes.

    Args:
        lines: open lines.
        alternatives: what can be asked of each.
        some: which lines.
        chances: that each alternative gains on each of them, [some, alternative].
        taken: form of what is done about each of them, `accept` where nothing is, [some].
        rules: what may be asked.

    Returns:
        The columns of the contract OrderAlternatives without business_date.
    """
    stated = [
        _state_asked(lines, one, some, chances[:, number], taken == one.form, rules)
        for number, one in enumerate(alternatives)
    ]
    accepted = _state_accepted(lines, some, taken == ACCEPT)
    return pl.concat([*stated, accepted]).select(_COLUMNS.names())


def _state_asked(  # noqa: PLR0913, PLR0917  # what is asked of which lines, and how it ends
    lines: OpenLines,
    one: Alternative,
    some: IntArray,
    chances: FloatArray,
    taken: npt.NDArray[np.bool_],
    rules: OpenOrderRules,
) -> pl.DataFrame:
    """Rows of one alternative of some lines."""
    gain = one.gain[some]
    may = gain > NEVER
    days = [find_day(lines, one, line) for line in some.tolist()]
    limits = [state_limit(one, line) for line in some.tolist()]
    return _name_lines(lines, some).with_columns(
        pl.DataFrame(limits, schema=_LIMIT).get_columns(),
        alternative=pl.lit(one.form),
        due_on=pl.when(pl.Series(may & (one.units[some] > 0))).then(pl.Series(days, dtype=pl.Date)),
        left_units=pl.when(pl.Series(may)).then(pl.Series(one.units[some]).round().cast(pl.Int64)),
        gain=pl.when(pl.Series(may)).then(pl.Series(gain)),
        fee=pl.when(pl.Series(may)).then(pl.Series(one.fee[some])),
        gain_chance=pl.when(pl.Series(may)).then(pl.Series(chances)),
        verdict=pl.when(pl.Series(taken))
        .then(pl.lit("taken"))
        .when(pl.Series(~may))
        .then(pl.Series(_name_limits(lines, one, some, rules), dtype=pl.String))
        .when(pl.Series(gain <= LEAST_GAIN))
        .then(pl.lit("no_benefit"))
        .when(pl.Series(gain <= rules.least_change_gain))
        .then(pl.lit("least_gain"))
        .otherwise(pl.lit("dearer")),
    )


def _state_accepted(lines: OpenLines, some: IntArray, taken: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Rows of leaving some lines as they are, against which all else gains."""
    return _name_lines(lines, some).with_columns(
        **{name: pl.lit(None, dtype) for name, dtype in _LIMIT.items()},
        alternative=pl.lit(ACCEPT),
        due_on=lines.rows["stated_on"][some.tolist()],
        left_units=lines.rows["units"][some.tolist()],
        gain=pl.lit(0.0),
        fee=pl.lit(0.0),
        gain_chance=pl.lit(None, pl.Float64),
        verdict=pl.when(pl.Series(taken)).then(pl.lit("taken")).otherwise(pl.lit("dearer")),
    )


def _name_lines(lines: OpenLines, some: IntArray) -> pl.DataFrame:
    named: pl.DataFrame = lines.rows[some.tolist()].select(_OF_LINE)
    return named


def _name_limits(
    lines: OpenLines, one: Alternative, some: IntArray, rules: OpenOrderRules
) -> list[str]:
    """What keeps an alternative from being asked of each line, if it cannot be."""
    changeable = lines.rows["changeable"].to_numpy()[some]
    near = lines.count_days("stated_on")[some] < rules.frozen_days + (one.form == PULL_IN)
    held = np.array([one.is_held(line) for line in some.tolist()], dtype=bool)
    if one.form == EXPEDITE:
        bound = np.where(changeable, np.where(held, _CAPACITY, "no_terms"), "not_changeable")
    elif one.form in TAKEN_OFF:
        few = np.where(one.units[some] > 0, "no_benefit", "as_cancel")
        few = np.where(one.bound[some], "least_quantity", few)
        bound = np.where(changeable, np.where(near, "frozen", few), "not_changeable")
    else:
        other = "no_part" if one.form == SPLIT else "most_days"
        far = np.where(held, _CAPACITY, other)
        bound = np.where(changeable, np.where(near, "frozen", far), "not_changeable")
    return [str(name) for name in bound]
