"""What others say of late order lines: rates by vendor, and models as their libraries have them."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from forecasting.supply import QUANTILES

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Said = tuple[dict[int, FloatArray], FloatArray | None]
"""Chances to come later than 0 and 7 days, and quantiles of days late where the peer has them."""

LATER_THAN = (0, 7)
SHRUNK_BY = 20.0
"""Lines of all vendors that are added to a vendor's own by the shrunken rate."""

CLASSES = ["supplier", "destination", "origin", "mode", "item", "category"]
_TREES = 300


class Known:
    """Lines that were due by the cutoff, and what was known of them then."""

    def __init__(self, past: pl.DataFrame, cutoff: dt.date) -> None:
        """Keep the lines; one that is open was late by the cutoff for so many days."""
        self.past = past
        so_far = (pl.lit(cutoff) - pl.col("due_on")).dt.total_days()
        self.days = past.select(pl.coalesce("days_late", so_far)).to_series().to_numpy()
        self.came = past["days_late"].is_not_null().to_numpy()

    def find_late(self, later: int) -> tuple[pl.DataFrame, BoolArray]:
        """Lines of which it is known whether they came later than so many days, and whether."""
        late = self.days > later
        told = self.came | late
        return self.past.filter(pl.Series(told)), late[told]


def rate_vendors(known: Known, ahead: pl.DataFrame, seed: int, *, shrunk_by: float) -> Said:
    """Late lines of each vendor over its lines, and the quantiles of its days late."""
    del seed  # it draws nothing
    chances = {}
    for later in LATER_THAN:
        lines, late = known.find_late(later)
        seen = lines.select("supplier", late=pl.Series(late)).group_by("supplier")
        rates = seen.agg(lines=pl.len(), cases=pl.col("late").sum())
        own = ahead.join(rates, on="supplier", how="left", maintain_order="left")
        count = own["lines"].fill_null(0).to_numpy() + shrunk_by
        cases = own["cases"].fill_null(0).to_numpy() + shrunk_by * late.mean()
        some = np.divide(cases, count, out=np.full(len(count), late.mean()), where=count > 0)
        chances[later] = some
    pooled = np.quantile(known.days[known.came], QUANTILES)
    came = known.past.filter(pl.Series(known.came)).group_by("supplier").agg("days_late")
    own_days = {name: np.quantile(days, QUANTILES) for name, days in came.iter_rows()}
    return chances, np.stack([own_days.get(name, pooled) for name in ahead["supplier"]])


def _tabulate(lines: pl.DataFrame) -> FloatArray:
    """Numbers that are known when a line is placed."""
    asked = (pl.col("due_on") - pl.col("ordered_on")).dt.total_days()
    numbers = lines.select(
        pl.col("units", "worth").log1p(),
        asked=asked.fill_null(-1).cast(pl.Float64),
        month=pl.col("due_on").dt.month().cast(pl.Float64),
    )
    return numbers.to_numpy()


def _fit_sklearn(known: Known, ahead: pl.DataFrame, seed: int, *, forest: bool) -> Said:
    """Chances of logistic regression, or of a random forest, over classes and numbers."""
    chances = {}
    for later in LATER_THAN:
        lines, late = known.find_late(later)
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        classes = [pl.col(name).fill_null("") for name in CLASSES]
        encoded = encoder.fit_transform(lines.select(classes).to_numpy())
        asked = encoder.transform(ahead.select(classes).to_numpy())
        model = (
            RandomForestClassifier(_TREES, random_state=seed, n_jobs=1)
            if forest
            else make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        )
        model.fit(np.hstack([encoded, _tabulate(lines)]), late)
        chances[later] = model.predict_proba(np.hstack([asked, _tabulate(ahead)]))[:, 1]
    return chances, None


def fit_lightgbm(known: Known, ahead: pl.DataFrame, seed: int) -> Said:
    """Chances and quantiles of LightGBM with its own settings over classes and numbers."""

    def tabulate(lines: pl.DataFrame) -> FloatArray:
        codes = [
            pl.col(name).replace_strict(numbers[name], default=None, return_dtype=pl.Float64)
            for name in CLASSES
        ]
        return np.hstack([lines.select(codes).to_numpy(), _tabulate(lines)])

    numbers = {
        name: {value: float(at) for at, value in enumerate(known.past[name].unique().sort())}
        for name in CLASSES
    }
    settings: dict[str, object] = {
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    classes = list(range(len(CLASSES)))

    def fit(lines: pl.DataFrame, aim: FloatArray, **more: object) -> FloatArray:
        data = lgb.Dataset(tabulate(lines), aim, categorical_feature=classes)
        model = lgb.train({**settings, **more}, data)
        return np.asarray(model.predict(tabulate(ahead)))

    chances = {}
    for later in LATER_THAN:
        lines, late = known.find_late(later)
        chances[later] = fit(lines, late.astype(float), objective="binary")
    came = known.past.filter(pl.Series(known.came))
    days = came["days_late"].to_numpy().astype(float)
    quantiles = [fit(came, days, objective="quantile", alpha=level) for level in QUANTILES]
    return chances, np.sort(np.column_stack(quantiles), axis=1)


PEERS: dict[str, Callable[[Known, pl.DataFrame, int], Said]] = {
    "base rate by vendor": partial(rate_vendors, shrunk_by=0.0),
    "shrunken vendor rate": partial(rate_vendors, shrunk_by=SHRUNK_BY),
    "logistic regression": partial(_fit_sklearn, forest=False),
    "random forest": partial(_fit_sklearn, forest=True),
    "lightgbm": fit_lightgbm,
}
"""What ours is held against, by name."""
