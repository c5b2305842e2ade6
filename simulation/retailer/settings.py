"""How big the simulated retailer is, and how dirty its extracts are."""

import datetime as dt
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulation.retailer.geography import REGIONS

CURRENCY = "EUR"
"""Of all that the retailer sells, buys and pays."""

Size = Literal["tiny", "small", "demo", "network"]


class Surge(BaseModel):
    """A promotion of one category in one region that sells far more than such promotions do.

    Marketplaces follow it, another region is slack meanwhile, and the category is to be marked down
    everywhere soon after.

    Attributes:
        category: what is promoted.
        region, slack_region: where it sells, and where it does not; numbers of regions.
        days: business dates up to the last one on which it lasts.
        more, less: factors of mean demand in both, beside what the price does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: str
    region: int = Field(default=0, ge=0)
    slack_region: int = Field(default=1, ge=0)
    days: int = Field(default=4, ge=1)
    more: float = Field(default=2.0, gt=1)
    less: float = Field(default=0.4, gt=0, lt=1)


class RetailerSettings(BaseModel):
    """Size of the network, span of business dates and level of dirt.

    Attributes:
        last_date: last business date.
        days: number of business dates, the last one included.
        regions: regions with stores.
        stores: stores, spread evenly over the regions.
        dcs: distribution centres; each supplies the stores of neighbouring regions.
        marketplaces: marketplace nodes, besides the one e-commerce node.
        skus: items.
        suppliers: suppliers.
        assortment_share: share of the items that an average store stocks.
        pos_lines_per_day: sales lines that an average day aims at.
        dirty_rate: share of rows that are broken; 0 also leaves out late and missing files.
        discrepancy_rate: share of pairs a day whose record changes without a document.
        full_stock: whether `stock` is sent in full every day instead of only what changed.
        parts_by_region: whether the big sources come as one file a region and day.
        order_history_days: days of purchase orders before the first business date.
        collected_share: share of the orders of the online shop that customers collect, at a store
            of their region that ships online.
        surge: what happens in the last days, beyond what always may.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    last_date: dt.date = dt.date(2025, 9, 30)
    days: int = Field(ge=2)
    regions: int = Field(ge=1, le=len(REGIONS))
    stores: int = Field(ge=1, le=999)
    dcs: int = Field(ge=1, le=99)
    marketplaces: int = Field(default=2, ge=0, le=99)
    skus: int = Field(ge=10)
    suppliers: int = Field(ge=2, le=60)
    assortment_share: float = Field(gt=0, le=1)
    pos_lines_per_day: int = Field(ge=1)
    dirty_rate: float = Field(default=0.0, ge=0, le=0.2)
    discrepancy_rate: float = Field(default=0.0001, ge=0, le=0.1)
    full_stock: bool = False
    parts_by_region: bool = False
    order_history_days: int = Field(default=120, ge=0)
    collected_share: float = Field(default=0.15, ge=0, le=1)
    surge: Surge | None = None

    @model_validator(mode="after")
    def _regions_have_stores_and_dcs(self) -> Self:
        if not self.dcs <= self.regions <= self.stores:
            msg = (
                f"need dcs <= regions <= stores, got {self.dcs} dcs, {self.regions} regions, "
                f"{self.stores} stores"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _a_surge_is_in_its_regions(self) -> Self:
        surge = self.surge
        if surge is not None and max(surge.region, surge.slack_region) >= self.regions:
            msg = (
                f"a surge in region {surge.region} and slack in {surge.slack_region} need more "
                f"than {self.regions} regions"
            )
            raise ValueError(msg)
        return self

    @property
    def first_date(self) -> dt.date:
        """First business date."""
        return self.last_date - dt.timedelta(days=self.days - 1)


def size_retailer(size: Size) -> RetailerSettings:
    """Settings of a named size.

    `tiny` is for tests, without collected orders; `small` is what replays of several retailers can
    be paid for with; `demo` is the default, one year of about 60 locations; `network` is a large
    chain over a few days.
    Change single values with `model_copy(update={...})`.
    """
    match size:
        case "tiny":
            return RetailerSettings(
                days=120,
                regions=2,
                stores=5,
                dcs=1,
                skus=30,
                suppliers=4,
                assortment_share=0.85,
                pos_lines_per_day=110,
                discrepancy_rate=0.0005,
                collected_share=0.0,
            )
        case "small":
            return RetailerSettings(
                days=365,
                regions=3,
                stores=12,
                dcs=1,
                skus=100,
                suppliers=8,
                assortment_share=0.84,
                pos_lines_per_day=1_800,
                dirty_rate=0.001,
            )
        case "demo":
            return RetailerSettings(
                days=365,
                regions=6,
                stores=54,
                dcs=2,
                skus=500,
                suppliers=14,
                assortment_share=0.84,
                pos_lines_per_day=9_000,
                dirty_rate=0.001,
            )
        case "network":
            return RetailerSettings(
                days=8,
                regions=8,
                stores=400,
                dcs=4,
                skus=5_000,
                suppliers=40,
                assortment_share=0.98,
                pos_lines_per_day=1_500_000,
                full_stock=True,
                parts_by_region=True,
                order_history_days=365,
            )
