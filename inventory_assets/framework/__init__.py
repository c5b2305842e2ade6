"""How assets are made: the factory, pictures, partitions, the guard, the retailer worked on.

Which assets there are lives in the folders of the stages.
"""

from inventory_assets.framework.asset_factory import (
    OWNERS,
    Computed,
    asset_key,
    check_spec,
    column_schema,
    report,
    result_asset,
    result_assets,
    table,
)
from inventory_assets.framework.code_version import code_version
from inventory_assets.framework.guard import refuse_failures
from inventory_assets.framework.inputs import Inputs, UndeclaredInputError
from inventory_assets.framework.landing_state import LANDING_STATE_TAG, landing_state
from inventory_assets.framework.partitions import business_dates
from inventory_assets.framework.plots import (
    HISTORY_DAYS,
    accuracy_plot,
    accuracy_table,
    bindings_table,
    demand_plot,
    launches_table,
    level_plot,
    levels_table,
    models_table,
    returns_table,
    total_plot,
    trade_off_plot,
)
from inventory_assets.framework.retailer import Retailer

__all__ = [
    "HISTORY_DAYS",
    "LANDING_STATE_TAG",
    "OWNERS",
    "Computed",
    "Inputs",
    "Retailer",
    "UndeclaredInputError",
    "accuracy_plot",
    "accuracy_table",
    "asset_key",
    "bindings_table",
    "business_dates",
    "check_spec",
    "code_version",
    "column_schema",
    "demand_plot",
    "landing_state",
    "launches_table",
    "level_plot",
    "levels_table",
    "models_table",
    "refuse_failures",
    "report",
    "result_asset",
    "result_assets",
    "returns_table",
    "table",
    "total_plot",
    "trade_off_plot",
]
