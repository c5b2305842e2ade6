"""Every frame that planners and forecasts are given, stated once, and how a bad one is refused.

A module a stage. `find_frame(Receivers).read(frame)` is the one reader; FRAMES lists them all.
"""

# Frames register in the order of a night: what comes first is listed first.
# ruff: noqa: I001
from quality_checks.contracts.frames.contract import FRAMES, FrameContract, find_frame
from quality_checks.contracts.frames.history import (
    ItemLikeness,
    NewItems,
    BottomForecast,
    ItemSales,
    ItemViews,
    LocationSales,
    DailyDemand,
    DayTotals,
    EstimatedDemand,
    EventDays,
    HourlySales,
    ItemDates,
    ItemExits,
    ItemGroups,
    ItemWeeks,
    LaunchCurves,
    PastFactors,
    LocationOpenings,
    Offers,
    SalesHistory,
    SeenToday,
    WeekFactors,
)
from quality_checks.contracts.frames.supply import (
    AskedOrderLines,
    DeliveryRecord,
    OpenDocuments,
    PastOrderLines,
    ReceiptsDue,
    SupplyPaths,
)
from quality_checks.contracts.frames.returns import ChannelSales, ReturnedUnits
from quality_checks.contracts.frames.price_response import PricedWeeks, SoldWeeks
from quality_checks.contracts.frames.sale_values import (
    AnnouncedOffers,
    CategoryPrices,
    PaidSales,
    PairReturns,
)
from quality_checks.contracts.frames.levels import (
    EchelonMembers,
    PlannedPairs,
    SteadyPairs,
    WindowedPairs,
    Windows,
)
from quality_checks.contracts.frames.allocation import (
    BarredPairs,
    DcSupply,
    KeptUnits,
    LanesLeft,
    Receivers,
    RingFences,
    Limits,
)
from quality_checks.contracts.frames.projection import PlannedMoves, ProjectedPairs
from quality_checks.contracts.frames.transfers import Movers, Places
from quality_checks.contracts.frames.purchasing import (
    BreakPrices,
    BudgetRooms,
    PurchaseItems,
    PurchaseTerms,
)
from quality_checks.contracts.frames.open_orders import (
    EchelonDemand,
    JudgedRisks,
    LineArrivals,
    LineChances,
    OpenOrderLines,
    OrderItems,
)
from quality_checks.contracts.frames.shortages import ShortItemLocations
from quality_checks.contracts.frames.finance import (
    CostedItems,
    ExpectedLines,
    PaymentTerms,
    ReceivedLines,
    StockedPairs,
    SupplierActions,
)

__all__ = [
    "FRAMES",
    "AnnouncedOffers",
    "AskedOrderLines",
    "BarredPairs",
    "BottomForecast",
    "BreakPrices",
    "BudgetRooms",
    "CategoryPrices",
    "ChannelSales",
    "CostedItems",
    "DailyDemand",
    "DayTotals",
    "DcSupply",
    "DeliveryRecord",
    "EchelonDemand",
    "EchelonMembers",
    "EstimatedDemand",
    "EventDays",
    "ExpectedLines",
    "FrameContract",
    "HourlySales",
    "ItemDates",
    "ItemExits",
    "ItemGroups",
    "ItemLikeness",
    "ItemSales",
    "ItemViews",
    "ItemWeeks",
    "JudgedRisks",
    "KeptUnits",
    "LanesLeft",
    "LaunchCurves",
    "Limits",
    "LineArrivals",
    "LineChances",
    "LocationOpenings",
    "LocationSales",
    "Movers",
    "NewItems",
    "Offers",
    "OpenDocuments",
    "OpenOrderLines",
    "OrderItems",
    "PaidSales",
    "PairReturns",
    "PastFactors",
    "PastOrderLines",
    "PaymentTerms",
    "Places",
    "PlannedMoves",
    "PlannedPairs",
    "PricedWeeks",
    "ProjectedPairs",
    "PurchaseItems",
    "PurchaseTerms",
    "ReceiptsDue",
    "ReceivedLines",
    "Receivers",
    "ReturnedUnits",
    "RingFences",
    "SalesHistory",
    "SeenToday",
    "ShortItemLocations",
    "SoldWeeks",
    "SteadyPairs",
    "StockedPairs",
    "SupplierActions",
    "SupplyPaths",
    "WeekFactors",
    "WindowedPairs",
    "Windows",
    "find_frame",
]
