"""Which lists there are beside those of supply and metrics: what each shows and is narrowed by."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from workbench.reading.desk_listings import DESK_LISTINGS
from workbench.reading.listing import Choice, Listing
from workbench.reading.metric_listings import METRIC_LISTINGS

WORKLIST: Final = Listing(
    name="worklist",
    title="Worklist",
    view="planned_actions",
    key=("action_id",),
    shown=(
        "rank",
        "kind",
        "item_name",
        "due_on",
        "quantity",
        "value",
        "benefit",
        "confidence",
        "urgency_days",
    ),
    choices=(
        Choice("standing", "Status"),
        Choice("missing_roles", "Asked", is_joined=True),
        Choice("kind", "Kind"),
        Choice("category", "Category"),
        Choice("region", "Region"),
        Choice("origin", "From"),
        Choice("destination", "Node"),
        Choice("supplier", "Supplier"),
        Choice("change", "Since before"),
        Choice("decided_by", "Decided by", is_joined=True),
        Choice("case_id", "Case"),
    ),
    searched=(
        "action_id",
        "sku",
        "item_name",
        "origin_name",
        "destination_name",
        "supplier_name",
    ),
    order="rank",
    is_descending=False,
    sums=("quantity", "value", "benefit"),
)
"""The actions of the plan; the one list whose rows are decided."""

_STOCK_OUTS: Final = Listing(
    name="stock-outs",
    title="Stock-outs",
    view="projected_stock_outs",
    key=("sku", "location"),
    shown=(
        "item_name",
        "location_name",
        "state",
        "available",
        "days_until_out",
        "short_until",
        "lost_units",
        "lost_margin",
        "answer",
        "cause",
    ),
    choices=(
        Choice("state", "State"),
        Choice("answer", "Answer"),
        Choice("cause", "Cause"),
        Choice("category", "Category"),
        Choice("region", "Region"),
        Choice("location", "Node"),
    ),
    searched=("sku", "item_name", "location", "location_name", "why"),
    order="lost_margin",
    sums=("lost_units", "lost_margin"),
)

_EXCEPTIONS: Final = Listing(
    name="exceptions",
    title="Exceptions",
    view="open_exceptions",
    key=("exception_id",),
    shown=(
        "words",
        "kind",
        "state",
        "first_seen_on",
        "trend",
        "item_locations",
        "units_at_risk",
        "money_at_risk",
    ),
    choices=(
        Choice("kind", "Kind"),
        Choice("state", "State"),
        Choice("trend", "Trend"),
        Choice("late_inputs", "Late data"),
        Choice("category", "Category"),
        Choice("region", "Region"),
        Choice("supplier", "Supplier"),
    ),
    searched=("exception_id", "words", "sku", "item_name", "location_name", "supplier_name"),
    order="money_at_risk",
    sums=("units_at_risk", "money_at_risk"),
    page="/exceptions/{exception_id}",
)

_CASES: Final = Listing(
    name="cases",
    title="Cases",
    view="cases_followed",
    key=("case_id",),
    shown=(
        "words",
        "playbook",
        "state",
        "in_charge",
        "due_on",
        "escalates_on",
        "money_at_risk",
        "waiting",
        "approved",
        "benefit_waiting",
    ),
    choices=(
        Choice("state", "State"),
        Choice("in_charge", "In charge"),
        Choice("playbook", "Playbook"),
        Choice("kind", "Kind"),
    ),
    searched=("case_id", "words", "playbook"),
    order="money_at_risk",
    sums=("money_at_risk", "benefit_waiting"),
    page="/cases/{case_id}",
)

_CHANGES: Final = Listing(
    name="changes",
    title="Changes since the plan before",
    view="plan_differences",
    key=("kind", "sku", "partner", "destination"),
    shown=(
        "words",
        "kind",
        "change",
        "cause",
        "quantity_before",
        "quantity",
        "value_before",
        "value",
    ),
    choices=(
        Choice("change", "Change"),
        Choice("cause", "Cause"),
        Choice("kind", "Kind"),
        Choice("category", "Category"),
        Choice("region", "Region"),
    ),
    searched=("sku", "item_name", "destination_name", "partner_name", "words"),
    order="value",
    sums=("value_before", "value"),
)

_CHECKS: Final = Listing(
    name="checks",
    title="Checks",
    view="checks_made",
    key=("asset", "check"),
    shown=("asset", "check", "passed", "blocking", "failing_rows", "message", "remedy"),
    choices=(Choice("passed", "Passed"), Choice("blocking", "Blocking"), Choice("asset", "Table")),
    searched=("asset", "check", "message"),
    order="failing_rows",
    sums=("failing_rows",),
)

_ROWS_WAITING: Final = Listing(
    name="rows-waiting",
    title="Rows in quarantine",
    view="rows_waiting",
    key=("file_name", "row"),
    shown=("source", "file_name", "row", "field", "reason", "message", "known_on"),
    choices=(Choice("source", "Source"), Choice("reason", "Reason"), Choice("field", "Column")),
    searched=("file_name", "message"),
    order="known_on",
)

_OUTCOMES: Final = Listing(
    name="outcomes",
    title="Lines that left, and what they brought",
    view="line_outcomes",
    key=("idempotency_key",),
    shown=(
        "business_date",
        "kind",
        "item_name",
        "destination_name",
        "promised_benefit",
        "quantity",
        "erp_status",
        "shown_units",
        "came_units",
        "units_needed",
        "promised",
        "realised",
    ),
    choices=(
        Choice("kind", "Kind"),
        Choice("erp_status", "ERP"),
        Choice("category", "Category"),
        Choice("region", "Region"),
        Choice("supplier", "Supplier"),
    ),
    searched=("action_id", "sku", "item_name", "destination_name", "supplier_name"),
    order="business_date",
    sums=("quantity", "promised_benefit", "promised", "realised"),
)

_SOURCES: Final = Listing(
    name="sources",
    title="Landing sources",
    view="sources_landed",
    key=("source",),
    shown=("source", "newest_file", "days_behind", "files", "refused", "rows", "waiting"),
    choices=(),
    searched=("source",),
    order="days_behind",
    sums=("rows", "waiting"),
)

LISTINGS: Final[Mapping[str, Listing]] = MappingProxyType(
    {
        listing.name: listing
        for listing in (
            _STOCK_OUTS,
            _EXCEPTIONS,
            _CASES,
            _CHANGES,
            _CHECKS,
            _ROWS_WAITING,
            _SOURCES,
            _OUTCOMES,
            *DESK_LISTINGS,
            *METRIC_LISTINGS,
        )
    }
)
"""Lists that are read only, by the name in their address."""
