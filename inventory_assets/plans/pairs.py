"""What every plan asks about an item-location, gathered once: masters, position, lead time."""

from collections.abc import Iterator

import polars as pl

from governance.exchange import list_departed_collections, list_departed_moves
from inventory_assets.framework import Computed, Inputs, result_asset
from inventory_assets.inventory import read_departed_lines
from optimization.levels import Outlook
from optimization.levels import join_targets as with_levels
from optimization.night import LeftLimits, net_limits
from optimization.value import join_sale_values
from warehouse import SkuRange

_RANGE_PAIRS = 200_000
"""Pairs whose levels are worked out at once; their forecast is 28 times as many rows."""

_EVERY_SKU = pl.DataFrame(
    {"first_sku": [None], "last_sku": [None]},
    schema={"first_sku": pl.String, "last_sku": pl.String},
)


@result_asset(
    "planning_pairs",
    reads=[
        "item_locations",
        "locations",
        "products",
        "prices",
        "lanes",
        "transfers",
        "position",
        "lead_times",
        "supplier_scorecard",
        "supplier_yields",
        "dates_in_force",
        "changed_levels",
    ],
    # The version comes first: it refuses inputs that are known to be bad.
    after=["plan_versions"],
    by_item=True,
)
def planning_pairs(inputs: Inputs) -> Computed:
    """Every pair of the assortment with its status, position and supply."""
    recent = inputs.policy.transfers.recently_moved_days
    return Computed(inputs.query("planning_pairs", recent_days=recent))


def list_sku_ranges(inputs: Inputs) -> Iterator[SkuRange]:
    """The assortment in ranges of skus that fit in memory."""
    yield from inputs.query("sku_ranges", range_pairs=_RANGE_PAIRS).iter_rows()


def read_pairs(inputs: Inputs, skus: SkuRange | None = None) -> pl.DataFrame:
    """Every pair of the assortment, or of a range of skus, with what a sale of it earns."""
    pairs = inputs.read("planning_pairs", skus=skus).drop("business_date")
    return join_sale_values(pairs, inputs.read("sale_values", skus=skus))


def read_planned(inputs: Inputs) -> pl.DataFrame:
    """Pairs that have a target, and the target."""
    return with_levels(read_pairs(inputs), inputs.read("targets"))


def read_left_limits(inputs: Inputs, pairs: pl.DataFrame) -> LeftLimits:
    """Pairs, lanes and policy with what lower versions of the plan leave of the day's limits."""
    gone = read_departed_lines(inputs)
    moved, collected = list_departed_moves(gone), list_departed_collections(gone)
    return net_limits(pairs, inputs.known("lanes"), inputs.policy, moved, collected)


def read_outlook(inputs: Inputs, skus: SkuRange | None = None) -> Outlook:
    """What is expected to sell and to come, of the assortment or of a range of skus."""
    return Outlook(
        read_forecast(inputs, skus),
        inputs.query("receipts_due"),
        inputs.read("season_factors", skus=skus),
    )


def read_forecast(inputs: Inputs, skus: SkuRange | None = None) -> pl.DataFrame:
    """The forecast that plans look ahead by, of the assortment or of a range of skus."""
    return inputs.query("planning_forecast", frames={"sku_range": choose_skus(skus)})


def choose_skus(skus: SkuRange | None) -> pl.DataFrame:
    """The frame `sku_range` of queries: a range of skus, or every one."""
    schema = ["first_sku", "last_sku"]
    return _EVERY_SKU if skus is None else pl.DataFrame([skus], schema=schema, orient="row")
