"""InventoryBench: its instances, and the game with what a policy may see of it.

Baek, Fu, Ma and Peng (AI Agents for Inventory Control: Human-LLM-OR Complementarity, 2026). One
item is ordered over some fifty periods. Per period: the order is placed, what is due arrives,
demand takes stock and the rest is lost, each unit sold earns and each unit left costs. Ordering is
free, stock left at the end is worth nothing. Demand is seen in full, lost sales too; lead times are
never seen, only the units that arrive.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

FloatArray = npt.NDArray[np.float64]

PROMISED = {"lead_time_0": 0, "lead_time_4": 4, "lead_time_stochastic": 2}
"""Lead time that the policy is told, by the folder of the instance."""

_NUMBERS = ("demand", "lead_time", "profit", "holding_cost")


@dataclass(frozen=True)
class Briefing:
    """What a policy knows before the first period.

    Attributes:
        history: demand of the periods before, units, shape (n,).
        promised: lead time that the supplier promises, periods.
        profit: of a unit sold.
        holding_cost: of a unit left at the end of a period.
        periods: how many are played.
    """

    history: FloatArray
    promised: int
    profit: float
    holding_cost: float
    periods: int


@dataclass(frozen=True)
class PeriodOutcome:
    """What a policy sees of a period once it is over.

    Attributes:
        demand: units asked for, lost sales included.
        arrived: units that came.
    """

    demand: float
    arrived: float


class OrderingPolicy(Protocol):
    """Decides one order a period."""

    def order(self, on_hand: float, last: PeriodOutcome | None) -> int:
        """Units to order, given stock before arrivals and the last period; None in the first."""


@dataclass(frozen=True)
class Instance:
    """One game.

    Attributes:
        name: folder of the instance.
        briefing: what the policy knows.
        demand: units asked for, shape (t,).
        lead_time: periods that the order of each period takes, infinite where it never arrives.
    """

    name: str
    briefing: Briefing
    demand: FloatArray
    lead_time: FloatArray

    @property
    def family(self) -> str:
        """`real_trajectory` (sales of H&M) or `synthetic_trajectory`."""
        return self.name.split("/")[0]

    @property
    def lead_time_setting(self) -> str:
        """`lead_time_0`, `lead_time_4` or `lead_time_stochastic`."""
        return self.name.split("/")[1]

    @property
    def series(self) -> str:
        """The demand, which instances of other lead times share."""
        return self.name.split("/", maxsplit=2)[-1]


def read_instances(data: Path) -> list[Instance]:
    """All instances of `instances.parquet` in the folder, by name.

    Raises:
        FileNotFoundError: the folder has no such file.
        ValueError: an instance's setting is unknown, or it lacks values; names it.
    """
    rows = pl.read_parquet(data / "instances.parquet").sort("instance", "split", "period")
    return [
        _instance(str(name), frame)
        for (name,), frame in rows.group_by("instance", maintain_order=True)
    ]


def play_instance(instance: Instance, brief: Callable[[Briefing], OrderingPolicy]) -> float:
    """Score of a policy: reward over profit times total demand, at least 0.

    Args:
        instance: the game.
        brief: makes the policy from what it may know.

    Raises:
        ValueError: the policy orders less than nothing; names the period.
    """
    told = instance.briefing
    policy, last = brief(told), None
    due = np.zeros(told.periods)
    stock = reward = 0.0
    for period in range(told.periods):
        quantity = policy.order(stock, last)
        if quantity < 0:
            raise ValueError(f"{instance.name}: order of {quantity} units in period {period + 1}")
        arrival = period + instance.lead_time[period]
        if arrival < told.periods:
            due[int(arrival)] += quantity
        stock += due[period]
        sold = min(stock, instance.demand[period])
        stock -= sold
        reward += told.profit * sold - told.holding_cost * stock
        last = PeriodOutcome(float(instance.demand[period]), float(due[period]))
    return max(float(reward / (told.profit * instance.demand.sum())), 0.0)


def score_hindsight(instance: Instance) -> float:
    """Find the best score of a player who knows all demand and lead times.

    Orders are free and unlimited, so every unit of demand comes from the last period up to its
    own in which some order arrives, if the profit is worth the holding.
    """
    told = instance.briefing
    arrival = np.arange(told.periods) + instance.lead_time
    reachable = np.zeros(told.periods, dtype=bool)
    reachable[arrival[arrival < told.periods].astype(np.int64)] = True
    waited, worth = np.inf, 0.0
    for period in range(told.periods):
        waited = 0.0 if reachable[period] else waited + 1
        gain = max(told.profit - told.holding_cost * waited, 0.0)
        worth += gain * float(instance.demand[period])
    return worth / (told.profit * float(instance.demand.sum()))


def _instance(name: str, rows: pl.DataFrame) -> Instance:
    setting = name.split("/")[1] if "/" in name else ""
    if setting not in PROMISED:
        raise ValueError(f"instance {name!r} names none of {sorted(PROMISED)}")
    history = rows.filter(pl.col("split") == "train")
    played = rows.filter(pl.col("split") == "test")
    if history.is_empty() or played.is_empty() or history["demand"].null_count():
        raise ValueError(f"instance {name!r} lacks rows of train or test")
    if any(played[column].null_count() for column in _NUMBERS) or played["demand"].sum() <= 0:
        raise ValueError(f"instance {name!r} lacks values of {', '.join(_NUMBERS)}")
    profit, holding_cost = (
        played["profit"].unique(maintain_order=True),
        played["holding_cost"].unique(maintain_order=True),
    )
    if len(profit) > 1 or len(holding_cost) > 1:
        raise ValueError(f"instance {name!r} changes profit or holding cost")
    briefing = Briefing(
        history=history["demand"].to_numpy(),
        promised=PROMISED[setting],
        profit=float(profit[0]),
        holding_cost=float(holding_cost[0]),
        periods=len(played),
    )
    return Instance(name, briefing, played["demand"].to_numpy(), played["lead_time"].to_numpy())
