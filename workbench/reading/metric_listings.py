"""Lists of metrics: what each key metric is made of, by region, category, kind or role."""

from typing import Final

from workbench.reading.listing import Choice, Listing

_WEEKS: Final = "Of the last thirteen weeks."
_CUTS: Final = (Choice("region", "Region"), Choice("category", "Category"))

_TURNS: Final = Listing(
    name="turns",
    title="Turns of stock",
    view="stock_turns",
    key=("region", "category"),
    shown=("category", "region", "cost_of_sales", "stock_days", "turns"),
    choices=_CUTS,
    searched=("region", "category"),
    order="turns",
    is_descending=False,
    sums=("cost_of_sales", "stock_days"),
    labels={"stock_days": "stock times days", "turns": "turns a year"},
    note=f"{_WEEKS} Days of which records or sales are not known count in neither column.",
)

_AGEING: Final = Listing(
    name="ageing",
    title="Age of stock",
    view="stock_ageing",
    key=("region", "category", "since", "age"),
    shown=("category", "region", "since", "age", "item_locations", "units", "value"),
    choices=(Choice("since", "Since"), Choice("age", "Days"), *_CUTS),
    searched=("region", "category"),
    order="value",
    sums=("item_locations", "units", "value"),
    note="The age of a unit is on no record: it is told how long ago its item last came to the "
    "node, and last sold there. All stock is in the list twice, once for each.",
)

_MARKDOWN_RESULTS: Final = Listing(
    name="markdown-results",
    title="What markdowns brought",
    view="markdown_results",
    key=("kind", "category"),
    shown=(
        *("kind", "category", "actions", "sold", "revenue", "list_value", "price_share"),
        *("promised", "gained"),
    ),
    choices=(Choice("kind", "Kind"), Choice("category", "Category")),
    searched=("category",),
    order="gained",
    sums=("actions", "revenue", "list_value", "promised", "gained"),
    labels={"list_value": "at list price", "price_share": "of list price"},
    shares=("price_share",),
)

_FULFILMENT: Final = Listing(
    name="fulfilment",
    title="Cost of customers' orders",
    view="fulfilment_costs",
    key=("region",),
    shown=("region", "orders", "lines", "units", "cost", "order_cost"),
    choices=(Choice("region", "Region"),),
    searched=("region",),
    order="cost",
    sums=("orders", "lines", "units", "cost"),
    labels={"order_cost": "cost of an order"},
    note=f"{_WEEKS} By the rates in force; bills of carriers are on no record.",
)

_TRANSFER_YIELD: Final = Listing(
    name="transfer-yield",
    title="What transfers kept",
    view="transfer_yield",
    key=("region", "category", "currency"),
    shown=(
        *("category", "region", "lines", "units", "trip_cost", "promised", "realised"),
        *("promised_a_unit", "realised_a_unit", "promised_return", "realised_return"),
    ),
    choices=_CUTS,
    searched=("region", "category"),
    order="realised",
    sums=("lines", "units", "trip_cost", "promised", "realised"),
    labels={
        "promised_return": "promised by cost of trips",
        "realised_return": "realised by cost of trips",
    },
)

_PLANNER_DAYS: Final = Listing(
    name="planner-days",
    title="Decisions a day",
    view="planner_days",
    key=("day", "role"),
    shown=("day", "role", "people", "decisions", "value", "exceptions"),
    choices=(Choice("role", "Role"),),
    searched=("role",),
    order="day",
    sums=("people", "decisions", "value", "exceptions"),
    labels={"people": "days of people"},
    note=_WEEKS,
)

_RECORD_ACCURACY: Final = Listing(
    name="record-accuracy",
    title="Stock records against counts",
    view="record_accuracy",
    key=("region", "category"),
    shown=("category", "region", "counts", "exact", "recorded", "counted", "units_off", "accuracy"),
    choices=_CUTS,
    searched=("region", "category"),
    order="accuracy",
    is_descending=False,
    sums=("counts", "exact", "recorded", "counted", "units_off"),
    shares=("accuracy",),
    note=_WEEKS,
)

_SERVICE: Final = Listing(
    name="service",
    title="Service by channel and node",
    view="channel_service",
    key=("channel", "location"),
    shown=("location", "channel", "region", "asked", "served", "served_share"),
    choices=(Choice("channel", "Channel"), Choice("region", "Region"), Choice("location", "Node")),
    searched=("location", "region"),
    order="served_share",
    is_descending=False,
    sums=("asked", "served"),
    labels={"location": "node"},
    shares=("served_share",),
    note=f"{_WEEKS} Asked is estimated demand: what an empty shelf hid is in it.",
)

_PROMISES: Final = Listing(
    name="promises",
    title="Promises to customers",
    view="promises_kept",
    key=("channel", "region"),
    shown=("channel", "region", "lines", "in_time", "late", "unknown", "kept_share"),
    choices=(Choice("channel", "Channel"), Choice("region", "Region")),
    searched=("channel", "region"),
    order="kept_share",
    is_descending=False,
    sums=("lines", "in_time", "late", "unknown"),
    shares=("kept_share",),
    note=_WEEKS,
)

_EXCEPTION_TIMES: Final = Listing(
    name="exception-times",
    title="Days until exceptions close",
    view="exception_times",
    key=("kind",),
    shown=("kind", "closed", "median_days", "slow_days", "open", "oldest_days"),
    choices=(Choice("kind", "Kind"),),
    searched=("kind",),
    order="median_days",
    labels={"slow_days": "nine of ten within", "oldest_days": "oldest open"},
    note=_WEEKS,
)

METRIC_LISTINGS: Final = (
    _TURNS,
    _AGEING,
    _MARKDOWN_RESULTS,
    _FULFILMENT,
    _TRANSFER_YIELD,
    _PLANNER_DAYS,
    _RECORD_ACCURACY,
    _SERVICE,
    _PROMISES,
    _EXCEPTION_TIMES,
)
"""Lists of this module, each of another view."""
