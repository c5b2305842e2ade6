"""How assets are made: the factory, partitions, the guard, the retailer worked on.

Which assets there are lives in the folders of the stages.
"""

from inventory_assets.framework.asset_factory import (
    OWNERS,
    make_asset_key,
    make_check_spec,
    make_column_schema,
    report_outcomes,
    result_asset,
    result_assets,
    show_rows,
)
from inventory_assets.framework.code_version import hash_code
from inventory_assets.framework.computed import Computed
from inventory_assets.framework.files_for_people import write_for_people
from inventory_assets.framework.groups import name_group
from inventory_assets.framework.guard import refuse_failures
from inventory_assets.framework.inputs import Inputs, UndeclaredInputError
from inventory_assets.framework.items import set_items_aside
from inventory_assets.framework.partitions import business_dates
from inventory_assets.framework.plain_text import read_plain_text, write_markdown_text
from inventory_assets.framework.retailer import Retailer
from inventory_assets.framework.reuse import CYCLE_JOB

__all__ = [
    "CYCLE_JOB",
    "OWNERS",
    "Computed",
    "Inputs",
    "Retailer",
    "UndeclaredInputError",
    "business_dates",
    "hash_code",
    "make_asset_key",
    "make_check_spec",
    "make_column_schema",
    "name_group",
    "read_plain_text",
    "refuse_failures",
    "report_outcomes",
    "result_asset",
    "result_assets",
    "set_items_aside",
    "show_rows",
    "write_for_people",
    "write_markdown_text",
]
