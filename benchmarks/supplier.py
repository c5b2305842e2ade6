"""Chances that supplier order lines are late, on USAID SCMS deliveries, beside five peers."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.supplier_peers import PEERS, Known
from forecasting.evaluation import score_chances, tabulate_reliability
from forecasting.supply import QUANTILES, fit_delays, predict_delays

FloatArray = npt.NDArray[np.float64]

OWN_WAREHOUSE = "SCMS from RDC"
"""Vendor that stands for the programme's own warehouse."""

LATER_THAN = (0, 7)

BINS = 5
"""Rows of the reliability table."""

_USUAL_DAYS = 60
"""Days before the day due by which a line was placed whose order has no day."""


def measure(data: Path, cutoff: dt.date, seed: int) -> dict[str, Any]:
    """Figures of ours and of the peers for lines scheduled after a cutoff.

    Learnt is from the lines scheduled by the cutoff, of which those that had not been recorded as
    delivered by then are open: late so far, and no more is known. All lines scheduled later are
    scored, each by what was known on the day of its order, or on the cutoff if that came first.
    Lines of the programme's own warehouse are learnt and scored apart.

    Args:
        data: folder of deliveries.parquet.
        cutoff: last day whose outcomes are known.
        seed: of ours and of the peers.

    Raises:
        ValueError: no line is scheduled by the cutoff, or after it.
    """
    lines = read_lines(data)
    own = pl.col("supplier") == OWN_WAREHOUSE
    return {
        "benchmark": "supplier",
        "cutoff": cutoff.isoformat(),
        "seed": seed,
        **compare(lines.filter(~own), cutoff, None, seed),
        "own warehouse": compare(lines.filter(own), cutoff, None, seed),
    }


def measure_years(data: Path, seed: int) -> dict[str, Any]:
    """The same figures of suppliers' lines for the year after the end of each one."""
    lines = read_lines(data).filter(pl.col("supplier") != OWN_WAREHOUSE)
    years = lines["due_on"].dt.year().unique().sort().to_list()
    # The first two years have too few lines to learn from.
    ends = [dt.date(year, 12, 31) for year in years[2:-1]]
    return {
        "benchmark": "supplier",
        "seed": seed,
        "years": {
            end.isoformat(): compare(lines, end, end.replace(year=end.year + 1), seed)
            for end in ends
        },
    }


def read_lines(data: Path) -> pl.DataFrame:
    """Order lines with what was known when they were placed, and what became of them."""
    found = pl.read_parquet(data / "deliveries.parquet")
    return found.select(
        record=pl.lit("order_asked"),
        order="po_so",
        line=pl.col("id").cast(pl.Int64),
        supplier="vendor",
        destination="country",
        origin="manufacturing_site",
        mode="shipment_mode",
        item="item_description",
        category="sub_classification",
        ordered_on="po_sent_date",
        due_on="scheduled_delivery_date",
        units="line_item_quantity",
        worth="line_item_value",
        order_lines=pl.len().over("po_so").cast(pl.Int64),
        order_worth=pl.col("line_item_value").sum().over("po_so"),
        known_on=pl.max_horizontal("delivery_recorded_date", "delivered_to_client_date"),
        days_late=pl.col("days_late").cast(pl.Int64),
    ).sort("order", "line")


def compare(
    lines: pl.DataFrame, cutoff: dt.date, until: dt.date | None, seed: int
) -> dict[str, Any]:
    """Figures of ours and of the peers for lines scheduled after a cutoff, up to a day."""
    past, ahead = split_lines(lines, cutoff, until)
    truth = ahead["days_late"].to_numpy()
    known = Known(past, cutoff)
    started = time.perf_counter()
    ours = predict_lines(past, ahead, cutoff, seed)
    seconds = time.perf_counter() - started
    chances = {x: ours[f"p_late_{x}"].to_numpy() for x in LATER_THAN}
    quantiles = ours.select(f"q{round(100 * level)}" for level in QUANTILES).to_numpy()
    return {
        "lines": {
            "learnt": past.height,
            "open": int(past["known_on"].null_count()),
            "scored": ahead.height,
            "late": int((truth > 0).sum()),
        },
        "seconds": round(seconds, 1),
        "ours": _score(known, truth, chances, quantiles),
        "reliability of late_0": tabulate_reliability(truth > 0, chances[0], bins=BINS)
        .with_columns(pl.col("stated", "share").round(4))
        .to_dicts(),
        "peers": {
            name: _score(known, truth, *peer(known, ahead, seed)) for name, peer in PEERS.items()
        },
    }


def split_lines(
    lines: pl.DataFrame, cutoff: dt.date, until: dt.date | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines due by the cutoff with what was known of them then, and those due after it."""
    known = pl.col("known_on") <= cutoff
    past = lines.filter(pl.col("due_on") <= cutoff).with_columns(
        pl.when(known).then(name).alias(name) for name in ("known_on", "days_late")
    )
    ahead = lines.filter(pl.col("due_on") > cutoff, pl.col("due_on") <= (until or dt.date.max))
    if past.is_empty() or ahead.is_empty():
        raise ValueError(f"no lines are scheduled by {cutoff}, or after it")
    return past, ahead


def predict_lines(
    past: pl.DataFrame, ahead: pl.DataFrame, cutoff: dt.date, seed: int
) -> pl.DataFrame:
    """What ours says of lines ahead, each by what was known when it was placed."""
    placed = pl.coalesce("ordered_on", pl.col("due_on") - pl.duration(days=_USUAL_DAYS))
    asked = ahead.drop("known_on", "days_late").with_columns(
        judged_on=pl.min_horizontal(placed, pl.lit(cutoff))
    )
    return predict_delays(fit_delays(past, as_of=cutoff, seed=seed), asked)


def _score(
    known: Known,
    truth: npt.NDArray[np.int64],
    chances: dict[int, FloatArray],
    quantiles: FloatArray | None,
) -> dict[str, Any]:
    """Scores of chances and quantiles of the lines ahead."""
    scores: dict[str, Any] = {}
    for later in LATER_THAN:
        base = float(known.find_late(later)[1].mean())
        found = score_chances(truth > later, chances[later], base_rate=base)
        scores[f"late_{later}"] = {
            name: None if value is None else round(value, 4) for name, value in found.items()
        }
    scores["pinball"] = None if quantiles is None else round(_pinball(truth, quantiles), 4)
    return scores


def _pinball(truth: npt.NDArray[np.int64], quantiles: FloatArray) -> float:
    """Mean pinball loss of days late over all levels."""
    levels = np.array(QUANTILES)
    error = truth[:, None] - quantiles
    return float(np.maximum(levels * error, (levels - 1) * error).mean())
