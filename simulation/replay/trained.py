"""A trained global model as the forecaster of a replay: what it is worth in money.

It is given what a night knows: unconstrained demand, and the offers and days off that the masters
announce. Pairs that it has nothing to say of are forecast by the fallback.
"""

from pathlib import Path

import polars as pl

from forecasting.baseline import stop_at_exit
from forecasting.global_model import (
    NAMES,
    WEATHER,
    ModelPanel,
    build_model_panel,
    forecast,
    from_files,
)
from forecasting.history import unconstrain
from forecasting.lifecycle import load
from simulation.replay.decision import Seen
from simulation.replay.night_inputs import sales_history
from simulation.replay.pipeline import Forecaster, Planning, baseline

_KEYS = ["sku", "location"]
_NO_EVENTS = pl.DataFrame(schema={"location": pl.String, "date": pl.Date})
_NO_WEATHER = pl.DataFrame(
    schema={"region": pl.String, "issued_on": pl.Date, "date": pl.Date}
    | dict.fromkeys(WEATHER, pl.Float64)
)


def model_forecaster(folder: Path) -> Forecaster:
    """The forecaster of a version in a registry of models.

    Args:
        folder: of the version, as `models/models/<version>` below a data folder.

    Returns:
        A forecaster, which raises ValueError where the model was trained on days that are to be
        played, or where the retailer's masters do not say what is announced.

    Raises:
        RegistryError: there is no such version, or it was altered.
        ValueError: it was trained on other features than this code makes.
    """
    registered = load(folder.parent.parent, folder.name)
    card = registered.card
    if card.features != NAMES:
        raise ValueError(f"{card.version} was trained on other features than this code makes")
    model = from_files(registered.files)

    def of_night(seen: Seen, planning: Planning) -> pl.DataFrame:
        today = seen.masters.date(seen.day)
        if card.last_day > today:
            msg = f"{card.version} knows days until {card.last_day}, and is to plan on {today}"
            raise ValueError(msg)
        own = stop_at_exit(forecast(model, known_panel(seen, planning)), seen.masters.attributes)
        rest = baseline(seen, planning).join(own.select(_KEYS).unique(), on=_KEYS, how="anti")
        return pl.concat([own, rest.select(own.columns)])

    return of_night


def known_panel(seen: Seen, planning: Planning) -> ModelPanel:
    """What a model is given: all that is known, and horizon days as the pipeline looks ahead.

    Raises:
        ValueError: the masters do not say what is announced.
    """
    masters, today = seen.masters, seen.masters.date(seen.day)
    if masters.offers is None or masters.days_off is None:
        raise ValueError("a trained model is played on a history only: nothing is announced here")
    demand = unconstrain(sales_history(seen, planning.history_days, planning.horizon_days))
    return build_model_panel(
        demand,
        masters.attributes.select("sku", "category"),
        masters.offers.filter(pl.col("announced_on") <= today),
        masters.days_off,
        _NO_EVENTS,
        _NO_WEATHER,
        as_of=today,
        horizon=planning.horizon_days + planning.supplier_review_days - 1,
    )
