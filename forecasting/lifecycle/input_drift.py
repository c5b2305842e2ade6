"""Drift of inputs: are the features still distributed as they were in training.

The limit allows for noise and for how many features are looked at: on a night on which nothing
changed, the chance that any is reported is at most about `FALSE_ALARM`.
"""

from typing import Final, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict, FiniteFloat, model_validator
from scipy import special

FloatArray = npt.NDArray[np.float64]

FALSE_ALARM: Final = 0.05
"""Chance that a night without drift reports any feature."""

BINS: Final = 10
"""Bins of equal share, Siddiqi's choice; values that are frequent get a bin of their own."""

PSI_LIMIT: Final = 0.25
"""Population stability index from which a shift is significant (Siddiqi 2006)."""


class FeatureReference(BaseModel):
    """Distribution of one feature in training.

    Attributes:
        feature: its name.
        edges: upper ends of the bins, each included, rising; a last bin lies above them.
        shares: share of rows in each bin; those of all bins and `missing` add up to 1.
        missing: share of rows without a value.
        rows: rows that were counted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str
    edges: tuple[FiniteFloat, ...]
    shares: tuple[FiniteFloat, ...]
    missing: FiniteFloat
    rows: int

    @model_validator(mode="after")
    def _a_share_for_each_bin(self) -> Self:
        if len(self.shares) != len(self.edges) + 1:
            raise ValueError(f"{self.feature}: {len(self.edges)} edges, {len(self.shares)} shares")
        return self


def reference(features: pl.DataFrame) -> tuple[FeatureReference, ...]:
    """The distribution of every numeric and boolean column.

    Leave out features that are meant to move, such as the date or the age of a product.

    Args:
        features: a row a case, a column a feature; null and NaN are missing.

    Raises:
        ValueError: there are no rows, or a value is infinite (names the feature).
    """
    if features.is_empty():
        raise ValueError("features have no rows to take a reference from")
    found = []
    for name, dtype in features.schema.items():
        if not (dtype.is_numeric() or dtype == pl.Boolean):
            continue
        values = _values(features[name])
        edges = _edges(values[~np.isnan(values)])
        shares = _shares(values, edges)
        found.append(
            FeatureReference(
                feature=name,
                edges=tuple(edges.tolist()),
                shares=tuple(shares[:-1].tolist()),
                missing=float(shares[-1]),
                rows=len(values),
            )
        )
    return tuple(found)


def measure_input_drift(
    reference: tuple[FeatureReference, ...], features: pl.DataFrame
) -> pl.DataFrame:
    """Population stability index of each feature against its reference.

    psi = sum (p - q) ln(p / q) over the bins and the missing rows, p the share now and q then
    (Siddiqi, Credit Risk Scorecards, 2006). No share counts as less than half a row of the smaller
    frame. Without drift psi is about (1 / n + 1 / m) chi^2 with one degree less than bins, for n
    and m rows (Yurdakul, Statistical Properties of Population Stability Index, 2018), so the limit
    of a small frame is higher than `PSI_LIMIT`.

    Args:
        reference: made by `reference` from the training features.
        features: those of the night, with at least the columns of the reference.

    Returns:
        feature, psi, missing_then, missing_now (shares), limit, drifted; the largest psi first.

    Raises:
        ValueError: there are no rows, a feature is absent, or a value is infinite (names it).
    """
    if reference and features.is_empty():
        raise ValueError("features have no rows to compare with the reference")
    absent = sorted({known.feature for known in reference} - set(features.columns))
    if absent:
        raise ValueError(f"features lack {', '.join(absent)}")
    schema = {"feature": pl.String, "psi": pl.Float64}
    schema |= {"missing_then": pl.Float64, "missing_now": pl.Float64, "limit": pl.Float64}
    rows = [_stability(known, features, FALSE_ALARM / len(reference)) for known in reference]
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .with_columns(drifted=pl.col("psi") > pl.col("limit"))
        .sort("psi", "feature", descending=[True, False])
    )


def _values(column: pl.Series) -> FloatArray:
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    if np.isinf(values).any():
        raise ValueError(f"feature {column.name} has an infinite value")
    return values


def _edges(known: FloatArray) -> FloatArray:
    """The bounds of the bins: quantiles, and a bin of its own for a frequent value."""
    if not len(known):
        return known
    shares = np.arange(1, BINS) / BINS
    edges, times = np.unique(np.quantile(known, shares, method="inverted_cdf"), return_counts=True)
    return np.union1d(edges, np.nextafter(edges[times > 1], -np.inf))


def _shares(values: FloatArray, edges: FloatArray) -> FloatArray:
    """The share of rows in each bin, missing values last."""
    missing = np.isnan(values)
    bins = np.searchsorted(edges, values, side="left")
    bins[missing] = len(edges) + 1
    return np.asarray(np.bincount(bins, minlength=len(edges) + 2) / len(values))


def _stability(
    known: FeatureReference, features: pl.DataFrame, chance: float
) -> tuple[str, float, float, float, float]:
    values = _values(features[known.feature])
    edges = np.array(known.edges, dtype=np.float64)
    now, then = _shares(values, edges), np.array([*known.shares, known.missing])
    least = 0.5 / min(len(values), known.rows)
    p, q = np.maximum(now, least), np.maximum(then, least)
    noise = float(special.chdtri(len(now) - 1, chance)) * (1 / len(values) + 1 / known.rows)
    psi = float(np.sum((p - q) * np.log(p / q)))
    return known.feature, psi, known.missing, float(now[-1]), max(PSI_LIMIT, noise)
