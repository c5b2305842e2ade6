"""What the rest of each season is priced from, gathered alike for moves and for prices."""

from datetime import timedelta

import polars as pl

from governance.exchange import select_standing_lines
from inventory_assets.framework import Inputs
from inventory_assets.plans.pairs import choose_skus, read_outlook, read_pairs
from optimization.night import PriceInputs, gather_price_inputs
from quality_checks.contracts import AnnouncedOffers, find_frame

PRICED_FROM = [
    "acknowledgements",
    "forecast",
    "launch_forecast",
    "season_factors",
    "receipts_ahead",
    "price_responses",
    "prices",
    "products",
    "promotions",
    "item_locations",
    "locations",
]
"""What `read_price_inputs` reads besides pairs, values of sales, and lines of earlier dates."""


def read_price_inputs(inputs: Inputs, moved: pl.DataFrame) -> PriceInputs:
    """What prices are planned from, once the lines of transfers are on their way."""
    return gather_price_inputs(
        pairs=read_pairs(inputs),
        outlook=read_outlook(inputs),
        values=inputs.read("sale_values"),
        responses=inputs.read("price_responses"),
        prices=inputs.query("priced_entries"),
        offers=_read_past_offers(inputs),
        products=inputs.known("products"),
        moves=moved,
        exported=select_standing_lines(
            inputs.read_until("export_lines"),
            inputs.known("acknowledgements"),
            inputs.read_until("cancel_lines"),
        ),
        policy=inputs.policy,
        business_date=inputs.business_date,
    )


def _read_past_offers(inputs: Inputs) -> pl.DataFrame:
    """What set prices in the year before; nothing where policy counts from no past price."""
    if not inputs.policy.markdown.prior_prices:
        return find_frame(AnnouncedOffers).empty()
    return inputs.query(
        "announced_offers",
        frames={"sku_range": choose_skus(None)},
        first_day=inputs.business_date - timedelta(days=365),
        last_day=inputs.business_date,
    )
