"""Exceptions against faults of known kind and time, beside fixed thresholds.

The usual rules of a report: a cell that sells so many percent above or below its forecast, over
one, three or seven days, and an amount of money at risk from which a subject is told. Each rule is
given the threshold and the days at which it finds most with no more false alarms than ours, which
nobody could choose as well beforehand. Both are held against the same faults.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple, TypedDict

import numpy as np
import polars as pl

from benchmarks.exceptions_panel import (
    DAYS,
    DEMAND_KINDS,
    FIRST_DAY,
    ITEM_LOCATIONS,
    MONEY_KINDS,
    QUIET_DAYS,
    Fault,
    FloatArray,
    SignalPanel,
    build_panel,
)
from forecasting.anomalies import judge_readings
from optimization.exceptions import settle_exceptions
from quality_checks.contracts import (
    ExceptionRules,
    Exceptions,
    LateFeeds,
    SignalRows,
    find_contract,
    find_frame,
)

_AFTERMATH = 7
"""Days after a fault in which what opens is still put down to it."""

_WEEKS_MEASURED = (DAYS - QUIET_DAYS) / 7
_RULES = ExceptionRules()


class Opened(NamedTuple):
    """Something that opened: kind, subject and number of the day."""

    kind: str
    subject: str
    day: int


class Found(TypedDict):
    """How a set of rules did.

    Attributes:
        faults: that there were.
        detected: share of them that opened an exception while they lasted.
        delay_days: median days from their beginning to that.
        false_alarms: a week and 1,000 item-locations.
    """

    faults: int
    detected: float
    delay_days: float
    false_alarms: float


def measure(seeds: int) -> dict[str, object]:
    """Play panels day by day, and hold what opens against their faults.

    Args:
        seeds: panels.

    Returns:
        JSON: budget (false alarms a week and 1,000 item-locations, as policy states it), and ours
        and fixed, by demand, money and both together.
    """
    panels = [build_panel(seed) for seed in range(seeds)]
    opened = [_play(panel) for panel in panels]
    parts = {"demand": DEMAND_KINDS, "money": MONEY_KINDS}
    ours = {name: _score(panels, opened, kinds) for name, kinds in parts.items()}
    rules = {
        "demand": [_apply_share(panels, days) for days in (1, 3, 7)],
        "money": [_apply_amount(panels)],
    }
    fixed = {
        name: max(
            (_match(panels, rule, parts[name], ours[name]["false_alarms"]) for rule in rules[name]),
            key=lambda found: found["detected"],
        )
        for name in parts
    }
    ratio = {name: ours[name]["detected"] / max(fixed[name]["detected"], 1e-9) for name in parts}
    return {
        "seeds": seeds,
        "panel": f"{ITEM_LOCATIONS} item-locations, {DAYS - QUIET_DAYS} days measured",
        "budget": _RULES.false_alarms_per_week,
        "by_kind": {
            kind: _score(panels, opened, (kind,)) for kind in (*DEMAND_KINDS, *MONEY_KINDS)
        },
        "ours": ours,
        "fixed": fixed,
        "detections_over_fixed": ratio,
    }


def _play(panel: SignalPanel) -> list[Opened]:
    """Judge and settle every day as a night does, by what earlier days told."""
    readings = [panel.read_day(day) for day in range(7, DAYS)]
    contract = find_contract(Exceptions)
    before, nothing = contract.empty(), find_frame(SignalRows).empty()
    feeds = find_frame(LateFeeds).empty()
    opened = []
    for number, day in enumerate(range(7, DAYS)):
        on = FIRST_DAY + timedelta(days=day)
        recent = pl.concat(readings[max(number - _RULES.past_days, 0) : number + 1])
        judged = judge_readings(recent, on, ITEM_LOCATIONS, _RULES)
        settled = settle_exceptions(judged, nothing, before, on, _RULES, (), feeds).exceptions
        before = settled.with_columns(business_date=pl.lit(on)).select(contract.columns)
        new = settled.filter(state="new")
        told = zip(new["kind"], new["subject"], strict=True)
        opened += [Opened(kind, subject, day) for kind, subject in told]
    return opened


def _score(
    panels: list[SignalPanel], opened: Iterable[list[Opened]], kinds: tuple[str, ...]
) -> Found:
    """Hold what opened of some kinds against the faults of these kinds."""
    delays: list[int] = []
    faults = alarms = 0
    for panel, found in zip(panels, opened, strict=True):
        of_kinds = [fault for fault in panel.faults if fault.kind in kinds]
        faults += len(of_kinds)
        late = [one for one in found if one.day >= QUIET_DAYS]
        for fault in of_kinds:
            days = [o.day for o in late if _tells(o, fault) and fault.first <= o.day <= fault.last]
            delays += [min(days) - fault.first] if days else []
        alarms += sum(one.kind in kinds and not _is_told(one, panel.faults) for one in late)
    weeks = _WEEKS_MEASURED * len(panels)
    return Found(
        faults=faults,
        detected=round(len(delays) / max(faults, 1), 3),
        delay_days=float(np.median(delays)) if delays else float("nan"),
        false_alarms=round(alarms / weeks / (ITEM_LOCATIONS / 1000), 3),
    )


def _tells(one: Opened, fault: Fault) -> bool:
    """Whether what opened tells of a fault: a side of a shift does, and a shift of a side."""
    if one.kind == "demand_shift":
        return fault.kind in DEMAND_KINDS and fault.subjects[0].split("|")[0] == one.subject
    if fault.kind == "demand_shift":
        return (one.kind, one.subject) in zip(DEMAND_KINDS, fault.subjects, strict=False)
    return (one.kind, one.subject) == (fault.kind, fault.subjects[0])


def _is_told(one: Opened, faults: list[Fault]) -> bool:
    """Whether a fault explains what opened, its aftermath included.

    The forecast learns what sells while a fault lasts, and is off to the other side after it.
    """
    return any(
        f.first <= one.day <= f.last + _AFTERMATH
        and (_tells(one, f) or (one.day > f.last - 2 and one.subject in f.subjects))
        for f in faults
    )


class _Rule(NamedTuple):
    """A rule of one number: kinds and subjects by row, and what is held against it, by day."""

    names: list[list[tuple[str, str]]]
    values: list[FloatArray]


def _apply_share(panels: list[SignalPanel], days: int) -> _Rule:
    """Shares by which cells are above, then below, their forecast, over so many days."""
    names, values = [], []
    for panel in panels:
        cells = sorted(panel.cells["subject"].unique())
        sold, expected = (_spread(panel.cells, cells, name) for name in ("observed", "expected"))
        share = _roll(sold, days) / np.maximum(_roll(expected, days), 1e-9) - 1
        names.append([("demand_above", c) for c in cells] + [("demand_below", c) for c in cells])
        values.append(np.vstack([share, -share]))
    return _Rule(names, values)


def _apply_amount(panels: list[SignalPanel]) -> _Rule:
    """Money at risk of all subjects."""
    names, values = [], []
    for panel in panels:
        told = panel.money.with_columns(name=pl.col("kind") + ":" + pl.col("subject"))
        rows = sorted(told["name"].unique())
        names.append([(r.partition(":")[0], r.partition(":")[2]) for r in rows])
        values.append(_spread(told.drop("subject").rename({"name": "subject"}), rows, "money"))
    return _Rule(names, values)


def _spread(frame: pl.DataFrame, rows: list[str], value: str) -> FloatArray:
    places = {row: number for number, row in enumerate(rows)}
    spread = np.zeros((len(rows), DAYS))
    spread[[places[s] for s in frame["subject"]], frame["day"].to_numpy()] = frame[value]
    return spread


def _roll(values: FloatArray, days: int) -> FloatArray:
    total = np.cumsum(values, axis=1)
    total[:, days:] = total[:, days:] - total[:, :-days]
    return total


def _match(panels: list[SignalPanel], rule: _Rule, kinds: tuple[str, ...], most: float) -> Found:
    """The best of a rule among thresholds that give no more false alarms than `most`."""
    every = np.concatenate([v[v > 0] for v in rule.values])
    best = Found(faults=0, detected=0.0, delay_days=float("nan"), false_alarms=0.0)
    for threshold in np.quantile(every, 1 - np.geomspace(0.2, 1e-5, 60)):
        opened = [
            _open(names, values, float(threshold))
            for names, values in zip(rule.names, rule.values, strict=True)
        ]
        found = _score(panels, opened, kinds)
        if found["false_alarms"] <= most and found["detected"] >= best["detected"]:
            best = found
    return best


def _open(names: list[tuple[str, str]], values: FloatArray, threshold: float) -> list[Opened]:
    """Days on which a row reaches the threshold after as many quiet days as ours wait for."""
    opened = []
    for (kind, subject), row in zip(names, values >= threshold, strict=True):
        last = -DAYS
        for day in np.flatnonzero(row).tolist():
            if day - last > _RULES.quiet_days:
                opened.append(Opened(kind, subject, day))
            last = day
    return opened
