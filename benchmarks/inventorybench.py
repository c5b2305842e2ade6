"""InventoryBench: orders under unknown demand and lead times, beside base-stock policies."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from simulation.games import (
    AdaptiveBaseStock,
    BaseStock,
    Briefing,
    Instance,
    OrderingPolicy,
    RolloutPolicy,
    play_instance,
    read_instances,
    score_hindsight,
)


def measure(data: Path, seed: int) -> dict[str, Any]:
    """Mean score over all instances found, and by family, lead time, both, family and profit.

    Standard errors take the instances of one demand series as one.
    `peers` and `hindsight`, the best that one could do who knew all, are of the same instances.

    Args:
        data: folder of `instances.parquet`.
        seed: of the paths that our policy samples.
    """
    started = time.perf_counter()
    instances = read_instances(data)
    ours = _scores(instances, partial(RolloutPolicy, seed=seed))
    seconds = time.perf_counter() - started
    peers: dict[str, Callable[[Briefing], OrderingPolicy]] = {
        "base stock on the history": BaseStock,
        "adaptive capped base stock": AdaptiveBaseStock,
    }
    return {
        "benchmark": "inventorybench",
        "seed": seed,
        "instances": len(instances),
        **_means(instances, ours),
        "peers": {
            name: _means(instances, _scores(instances, brief)) for name, brief in peers.items()
        },
        "hindsight": _means(instances, [score_hindsight(instance) for instance in instances]),
        "seconds": seconds,
    }


def _scores(instances: list[Instance], brief: Callable[[Briefing], OrderingPolicy]) -> list[float]:
    return [play_instance(instance, brief) for instance in instances]


def _means(instances: list[Instance], scores: list[float]) -> dict[str, Any]:
    settings = [f"{instance.family}/{instance.lead_time_setting}" for instance in instances]
    profits = [f"{instance.family}/{instance.briefing.profit:g}" for instance in instances]
    return {
        "mean": float(np.mean(scores)),
        "standard error": _error(instances, scores, ""),
        "standard error by_family": {
            family: _error(instances, scores, family)
            for family in sorted({instance.family for instance in instances})
        },
        "by_family": _by([instance.family for instance in instances], scores),
        "by_lead_time": _by([instance.lead_time_setting for instance in instances], scores),
        "by_family_and_lead_time": _by(settings, scores),
        "by_family_and_profit": _by(profits, scores),
    }


def _error(instances: list[Instance], scores: list[float], family: str) -> float:
    """Standard error of the mean over the series of a family, of all where it is empty."""
    of_family = zip(instances, scores, strict=True)
    chosen = [(one.series, score) for one, score in of_family if one.family.startswith(family)]
    means = _by([series for series, _ in chosen], [score for _, score in chosen])
    return float(np.std(list(means.values())) / np.sqrt(len(means)))


def _by(groups: list[str], scores: list[float]) -> dict[str, float]:
    return {
        group: float(np.mean([s for s, of in zip(scores, groups, strict=True) if of == group]))
        for group in sorted(set(groups))
    }
