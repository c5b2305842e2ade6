"""Forecasts of statsforecast and mlforecast with plain settings, to compare ours with.

Each peer sees what its users would give it: daily sales up to the cut-off, stock-outs and all.
Quantiles are the model's own prediction intervals where it has them and conformal ones where it
has none.
"""

import datetime as dt
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from lightgbm import LGBMRegressor
from mlforecast import MLForecast
from mlforecast.utils import PredictionIntervals
from statsforecast import StatsForecast
from statsforecast.models import TSB, AutoETS, CrostonSBA, SeasonalNaive, SeasonalWindowAverage
from statsforecast.utils import ConformalIntervals

from benchmarks.demand_scores import LEVELS

Units = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float32]

WEEK = 7
WINDOWS = 2
"""Windows of conformal intervals, the least that both libraries take: 62 days hold few more."""

CENTRAL_PERCENT = tuple(range(10, 100, 10))
"""Central intervals whose ends, with the mean as the median, are all `LEVELS`."""

JOBS = 2
"""Processes of statsforecast. LightGBM gets one thread: its threads spin while they wait for each
other, which on cores shared with anything else took it 38 s for 0.5 s of work."""

CHUNK_SERIES = 10_000
"""Series given to statsforecast at a time, which bounds the size of its frames."""

SAMPLED = {"AutoETS": 10_000}
"""Peers that see only so many series, evenly spaced: all 50,000 take AutoETS more than ten minutes.
"""

SEED = 7
TSB_ALPHA = 0.1
LAGS = (1, 7, 14, 28)

SAMPLE_SECONDS = 0.1
_KILOBYTES_A_MEGABYTE = 1024


@dataclass(frozen=True)
class PeerResult:
    """What a peer forecast and what it took.

    Attributes:
        name: the peer, of `PEERS`.
        rows: the series that it forecast, rows of the history.
        mean: units, [series, days].
        quantiles: units, [levels, series, days], a level of `LEVELS` each.
        seconds: time taken, its fitting and intervals included.
        peak_mb: highest memory of this process and its children meanwhile.
    """

    name: str
    rows: npt.NDArray[np.int64]
    mean: Floats
    quantiles: Floats
    seconds: float
    peak_mb: float


class Measured:
    """Context that takes the time of its body and the highest memory meanwhile.

    Memory is the proportional set size (proc(5), smaps_rollup) of this process with all its
    descendants, so that pages which forked children share count once. What was held before counts.

    Attributes:
        seconds: time taken, once the body is left.
        peak_mb: the highest of samples taken every `SAMPLE_SECONDS`, at entry and at exit.
    """

    def __enter__(self) -> Self:
        """Start the clock and the sampling thread."""
        self.seconds = 0.0
        self.peak_mb = _memory_mb()
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        self._started = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both."""
        self.seconds = time.perf_counter() - self._started
        self._done.set()
        self._sampler.join()
        self.peak_mb = max(self.peak_mb, _memory_mb())

    def _sample(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.peak_mb = max(self.peak_mb, _memory_mb())


def run_peers(
    units: Units, first_day: dt.date, horizon: int, names: Sequence[str]
) -> Iterator[PeerResult]:
    """Forecast the days after the history by each peer in turn.

    Args:
        units: units sold up to the cut-off, [series, days].
        first_day: date of the first column.
        horizon: days to forecast.
        names: peers, of `PEERS`.

    Returns:
        A result a peer, as it is asked for.

    Raises:
        ValueError: a name is not known, or the history is too short for conformal intervals.
    """
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise ValueError(f"no peer is called {unknown[0]!r}; there are {', '.join(PEERS)}")
    needed = WINDOWS * horizon + max(LAGS) + 1
    if units.shape[1] < needed:
        raise ValueError(f"the history has {units.shape[1]} days; the peers need {needed}")
    return (_run(name, units, first_day, horizon) for name in names)


def _run(name: str, units: Units, first_day: dt.date, horizon: int) -> PeerResult:
    count = min(len(units), SAMPLED.get(name, len(units)))
    rows = np.linspace(0, len(units) - 1, count).astype(np.int64)
    with Measured() as measured:
        mean, quantiles = PEERS[name](units[rows], first_day, horizon)
    return PeerResult(name, rows, mean, quantiles, measured.seconds, measured.peak_mb)


def _by_statsforecast(
    make: Callable[[ConformalIntervals], Any], units: Units, first_day: dt.date, horizon: int
) -> tuple[Floats, Floats]:
    model = make(ConformalIntervals(n_windows=WINDOWS, h=horizon))
    engine = StatsForecast(models=[model], freq="1d", n_jobs=JOBS)
    parts = []
    for start in range(0, len(units), CHUNK_SERIES):
        frame = _frame(units[start : start + CHUNK_SERIES], first_day)
        ahead = engine.forecast(df=frame, h=horizon, level=list(CENTRAL_PERCENT))
        parts.append(_arrays(ahead, model.alias, horizon))
    means, quantiles = zip(*parts, strict=True)
    return np.concatenate(means), np.concatenate(quantiles, axis=1)


def _by_mlforecast(units: Units, first_day: dt.date, horizon: int) -> tuple[Floats, Floats]:
    name = "LightGBM"
    regressor = LGBMRegressor(verbosity=-1, random_state=SEED, deterministic=True, n_jobs=1)
    engine = MLForecast(
        models={name: regressor}, freq="1d", lags=list(LAGS), date_features=["weekday"]
    )
    intervals = PredictionIntervals(n_windows=WINDOWS, h=horizon)
    engine.fit(_frame(units, first_day), static_features=[], prediction_intervals=intervals)
    return _arrays(engine.predict(horizon, level=list(CENTRAL_PERCENT)), name, horizon)


PEERS: dict[str, Callable[[Units, dt.date, int], tuple[Floats, Floats]]] = {
    "SeasonalNaive": partial(_by_statsforecast, lambda _: SeasonalNaive(season_length=WEEK)),
    "SeasonalWindowAverage": partial(
        _by_statsforecast,
        lambda conformal: SeasonalWindowAverage(
            season_length=WEEK, window_size=4, prediction_intervals=conformal
        ),
    ),
    "AutoETS": partial(_by_statsforecast, lambda _: AutoETS(season_length=WEEK)),
    "CrostonSBA": partial(
        _by_statsforecast, lambda conformal: CrostonSBA(prediction_intervals=conformal)
    ),
    "TSB": partial(
        _by_statsforecast,
        lambda conformal: TSB(alpha_d=TSB_ALPHA, alpha_p=TSB_ALPHA, prediction_intervals=conformal),
    ),
    "LightGBM": _by_mlforecast,
}
"""The peers by name; a function of history, first day and horizon each."""

MACHINE_LEARNING = "LightGBM"
"""The peer that is not a statistical model."""


def _frame(units: Units, first_day: dt.date) -> pl.DataFrame:
    """Rows unique_id, ds, y of a panel, sorted."""
    series, days = units.shape
    dates = pl.date_range(first_day, first_day + dt.timedelta(days=days - 1), eager=True)
    return pl.DataFrame(
        {
            "unique_id": np.repeat(np.arange(series), days),
            "ds": dates[np.tile(np.arange(days), series)],
            "y": units.ravel().astype(np.float64),
        }
    )


def _arrays(ahead: pl.DataFrame, name: str, horizon: int) -> tuple[Floats, Floats]:
    """Mean and quantiles of a frame of forecasts; no demand is below 0."""
    ordered = ahead.sort("unique_id", "ds")
    columns = [_column(name, level) for level in LEVELS]
    found = [
        np.maximum(ordered[column].to_numpy(), 0).astype(np.float32).reshape(-1, horizon)
        for column in [name, *columns]
    ]
    return found[0], np.stack(found[1:])


def _column(name: str, level: float) -> str:
    percent = round(200 * level - 100)
    if percent == 0:
        return name
    return f"{name}-hi-{percent}" if percent > 0 else f"{name}-lo-{-percent}"


def _memory_mb() -> float:
    kilobytes = sum(_proportional_kilobytes(process) for process in _family(os.getpid()))
    return kilobytes / _KILOBYTES_A_MEGABYTE


def _family(root: int) -> list[int]:
    """The process and all its descendants."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold anything, so the fields count from its end.
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        parents[int(status.parent.name)] = int(fields[1])
    family = [root]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def _proportional_kilobytes(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended meanwhile
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
