"""What others say of a change of discount: nothing, log-log regressions, and LightGBM."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.price_peers import ALIKE

FloatArray = npt.NDArray[np.float64]


class Moved(NamedTuple):
    """The log by which sales move, and the variance of what is known of it."""

    log: FloatArray
    variance: FloatArray | float = 0.0


Respond = Callable[[pl.DataFrame, float], Moved]
"""Of changes, and of a further rise of the price."""
Peer = Callable[[pl.DataFrame, int], Respond]


def say_nothing(past: pl.DataFrame, seed: int) -> Respond:
    """Sales do not answer to prices."""
    del past, seed  # it learns nothing
    return lambda changes, _rise: Moved(np.zeros(changes.height))


def regress_pooled(past: pl.DataFrame, seed: int) -> Respond:
    """Log-log with one response for all, and what a promotion does besides."""
    del seed  # it draws nothing
    slope, effect = _regress(past)

    def respond(changes: pl.DataFrame, rise: float) -> Moved:
        step = changes["step"].to_numpy() + np.log1p(rise)
        return Moved(slope * step + effect * changes["promoted"].to_numpy())

    return respond


def regress_by_item(past: pl.DataFrame, seed: int) -> Respond:
    """Log-log with a response for each item; of an item without changes, that of all."""
    del seed  # it draws nothing
    slope, effect = _regress(past)
    weight, step, moved = _see(past)
    left = moved - effect * past["promoted"].to_numpy()
    own = (
        past.select("sku", top=pl.Series(weight * step * left), square=pl.Series(weight * step**2))
        .group_by("sku", maintain_order=True)
        .agg(slope=pl.col("top").sum() / pl.col("square").sum())
    )

    def respond(changes: pl.DataFrame, rise: float) -> Moved:
        found = changes.join(own, on="sku", how="left", maintain_order="left")["slope"]
        asked = changes["step"].to_numpy() + np.log1p(rise)
        promoted = effect * changes["promoted"].to_numpy()
        return Moved(found.fill_null(slope).to_numpy() * asked + promoted)

    return respond


def boost(past: pl.DataFrame, seed: int, *, rounds: int, **more: Any) -> Respond:  # noqa: ANN401  # as LightGBM types them
    """LightGBM on item, category, store, what sold before, the step and the promotion."""
    codes = {name: past[name].unique().sort() for name in ("sku", "category", "place")}

    def tabulate(changes: pl.DataFrame, rise: float) -> FloatArray:
        return np.column_stack(
            [
                *(of.search_sorted(changes[name]).to_numpy() for name, of in codes.items()),
                changes.select(
                    pl.col("step") + np.log1p(rise),
                    "promoted",
                    pl.col("expected").log(),
                    "sold_before",
                    "usual_before",
                ).to_numpy(),
            ]
        )

    weight, _, moved = _see(past)
    data = lgb.Dataset(tabulate(past, 0.0), moved, weight=weight, categorical_feature=[0, 1, 2])
    model = lgb.train({**ALIKE, "seed": seed, **more}, data, num_boost_round=rounds)
    return lambda changes, rise: Moved(np.asarray(model.predict(tabulate(changes, rise))))


def _see(past: pl.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, steps, and the logs by which sales moved."""
    expected = past["expected"].to_numpy()
    moved = np.log((past["sold_after"].to_numpy() + 0.5) / (expected + 0.5))
    return expected, past["step"].to_numpy(), moved


def _regress(past: pl.DataFrame) -> tuple[float, float]:
    weight, step, moved = _see(past)
    root = np.sqrt(weight)
    by = np.column_stack([step, past["promoted"].to_numpy()]) * root[:, None]
    (slope, effect), *_ = np.linalg.lstsq(by, moved * root, rcond=None)
    return float(slope), float(effect)


PEERS: Final[dict[str, Peer]] = {
    "no response": say_nothing,
    "log-log by item": regress_by_item,
    "pooled log-log": regress_pooled,
    "lightgbm": partial(boost, rounds=100),
}
"""What ours is held against, by name."""
