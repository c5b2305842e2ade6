"""What our own actions bring, take and spend, exported ones above all.

Exported actions that no ERP document shows yet are stock that is coming or going. Ignoring them
orders the same goods again the next night; counting them beside their document counts them twice.
So an exported line counts from the plan after the one that exported it until the first purchase
order or transfer that refers to it appears, or the document that the ERP named in its answer, with
its item, whatever the state of that document, or until the ERP rejects it, or cancels it as people
called it back, or until it expires. A line whose units the answer shows (see
`Commitment.shown_by`) counts until the ERP answers at all.
"""

from datetime import date

import polars as pl

from governance.exchange.acknowledgements import apply, stands
from governance.kinds import (
    KINDS,
    Kind,
    add_commitments,
    list_kinds_of_order_lines,
    unpack_details,
)
from quality_checks.contracts import (
    AskedChanges,
    ChangedOrderLines,
    InboundActions,
    MovedUnits,
    OpenUnits,
    PendingCustomerLines,
    find_frame,
)

EXPIRE_AFTER_DAYS = 14
"""Days past due after which a line without a document is given up."""


def select_lines_before(
    export_lines: pl.DataFrame, business_date: date, plan_version: int
) -> pl.DataFrame:
    """Select the lines that plans before one have handed out: `ExportLines` rows.

    Those of earlier business dates, and of lower versions of its own. A plan never nets itself, so
    running it again gives the same bytes.

    Args:
        export_lines: an `ExportLines` frame of any number of batches.
        business_date: business date of the plan.
        plan_version: version of the plan that asks.
    """
    day, version = pl.col("business_date"), pl.col("plan_version")
    earlier_version = (day == business_date) & (version < plan_version)
    return export_lines.filter((day < business_date) | earlier_version)


def list_open_proposals(  # noqa: PLR0913  # what left, what was heard, what is shown
    export_lines: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    cancels: pl.DataFrame,
    purchase_orders: pl.DataFrame,
    transfers: pl.DataFrame,
    *,
    business_date: date,
) -> pl.DataFrame:
    """List exported lines that no document shows yet.

    A line counts with the units of `acknowledgements.apply`. It stops counting when the business
    date is more than `EXPIRE_AFTER_DAYS` past the day it was due: the ERP lost it or dropped it.

    Args:
        export_lines: as `select_lines_before` gives them.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        cancels: a `CancelLines` frame of all that has left.
        purchase_orders: proposal_ref, po, sku; a `PurchaseOrders` frame.
        transfers: proposal_ref, transfer_id, sku; a `Transfers` frame.
        business_date: business date of the plan.

    Returns:
        The columns of `ExportLines`, and open_units (units), inbound and outbound (units that come
        and leave for each of them), sorted by idempotency key.
    """
    documents = pl.concat(
        [
            purchase_orders.select("proposal_ref", "sku", document="po"),
            transfers.select("proposal_ref", "sku", document="transfer_id"),
        ]
    )
    alive = pl.lit(business_date) <= pl.col("due_on") + pl.duration(days=EXPIRE_AFTER_DAYS)
    return (
        add_commitments(apply(export_lines, acknowledgements, cancels))
        .filter(alive & (pl.col("open_units") > 0))
        .filter((pl.col("shown_by") == "document") | (pl.col("status") == "waiting"))
        .join(documents, left_on="action_id", right_on="proposal_ref", how="anti")
        # The ERP's documents do not always repeat our reference; its answer names them. A line that
        # is added to an order is not in the order's document until that has its item.
        .join(documents, left_on=["erp_document", "sku"], right_on=["document", "sku"], how="anti")
        .sort("idempotency_key")
    )


def select_standing_lines(
    export_lines: pl.DataFrame, acknowledgements: pl.DataFrame, cancels: pl.DataFrame
) -> pl.DataFrame:
    """Select the lines that the other system has neither rejected nor cancelled.

    Args:
        export_lines: an `ExportLines` frame of any number of batches.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        cancels: a `CancelLines` frame of all that has left.

    Returns:
        `ExportLines` rows, in their order.
    """
    standing = apply(export_lines, acknowledgements, cancels).filter(stands())
    return export_lines.join(standing, on="idempotency_key", how="semi", maintain_order="left")


def select_open_cancels(
    cancels: pl.DataFrame, acknowledgements: pl.DataFrame, business_date: date
) -> pl.DataFrame:
    """Select the cancel lines of which an answer still matters.

    None does of a line that the ERP has rejected, or that no longer counts as it was due more than
    `EXPIRE_AFTER_DAYS` ago.

    Args:
        cancels: a `CancelLines` frame.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        business_date: on which it is asked.

    Returns:
        `CancelLines` rows, in their order.
    """
    rejected = acknowledgements.filter(status="rejected").select(cancels="idempotency_key")
    alive = pl.lit(business_date) <= pl.col("due_on") + pl.duration(days=EXPIRE_AFTER_DAYS)
    return cancels.filter(alive).join(rejected, on="cancels", how="anti", maintain_order="left")


def list_departed_lines(
    export_lines: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    cancels: pl.DataFrame,
    *,
    business_date: date,
) -> pl.DataFrame:
    """List what lower versions of a plan have handed out for its business date.

    A later version only adds to it: it shares the trucks, docks and hands of the same day. A line
    that the ERP rejected or cancelled is none of it, and is not asked for again on the same date.

    Args:
        export_lines: as `select_lines_before` gives them.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        cancels: a `CancelLines` frame of all that has left.
        business_date: business date of the plan.

    Returns:
        The columns of `ExportLines`, and open_units (units that the ERP works with, or that it was
        asked for), sorted by idempotency key.
    """
    return (
        apply(export_lines, acknowledgements, cancels)
        .filter(pl.col("business_date") == business_date, stands())
        .sort("idempotency_key")
    )


def list_departed_moves(lines: pl.DataFrame) -> pl.DataFrame:
    """List the units that lines have sent from one node to another.

    Args:
        lines: as `list_departed_lines` gives them.

    Returns:
        Frame `moved_units`, in the order of the lines.
    """
    return (
        add_commitments(lines)
        .filter(pl.col("inbound") == 1, pl.col("outbound") == 1, pl.col("open_units") > 0)
        .select("origin", "destination", "sku", quantity="open_units")
    )


def list_departed_collections(lines: pl.DataFrame) -> pl.DataFrame:
    """List the units that lines have sent by a lane to where a customer collects them.

    Args:
        lines: as `list_departed_lines` gives them.

    Returns:
        Frame `moved_units`, by kind of action, then in the order of the lines.
    """
    sent = [
        unpack_details(lines.filter(kind=name), kind)
        .filter(pl.col("collect_at") != pl.col("origin"), pl.col("open_units") > 0)
        .select("origin", "sku", destination="collect_at", quantity="open_units")
        for name, kind in KINDS.items()
        if "collect_at" in kind.own_schema
    ]
    return find_frame(MovedUnits).read(pl.concat(sent))


def list_exported_orders(lines: pl.DataFrame) -> pl.DataFrame:
    """List our own orders to suppliers that no document shows yet, with what they spend.

    Args:
        lines: as `list_open_proposals` gives them.

    Returns:
        Frame `order_values`, in the order of the lines.
    """
    return lines.filter(pl.col("spends"), pl.col("inbound") > 0).select(
        "sku",
        # What is planned for a business date is ordered on the day after.
        ordered_on=pl.col("business_date") + pl.duration(days=1),
        value=pl.col("open_units") * pl.col("unit_value"),
    )


def sum_open_units(lines: pl.DataFrame) -> pl.DataFrame:
    """Sum the units that exported lines bring and take.

    Args:
        lines: as `list_open_proposals` gives them.

    Returns:
        Frame `open_units`, sorted by key; no row where nothing comes or leaves.
    """
    return find_frame(OpenUnits).read(_by_location(lines, pl.col("open_units")))


def list_inbound_actions(proposals: pl.DataFrame, routed: pl.DataFrame) -> pl.DataFrame:
    """List the actions of a night that bring units, with what became of each.

    Args:
        proposals: a `Proposals` frame.
        routed: the `Routed` frame of them.

    Returns:
        Frame `inbound_actions`, sorted by key.
    """
    found = (
        add_commitments(proposals)
        .filter(pl.col("inbound") > 0)
        .join(
            routed.select("action_id", "status", "rule", "approved_quantity", "overridden_due_on"),
            on="action_id",
            validate="1:1",
        )
        .select(
            "action_id",
            "sku",
            "kind",
            pl.coalesce("overridden_due_on", "due_on").alias("due_on"),
            "status",
            "rule",
            location="destination",
            units=pl.coalesce("approved_quantity", "quantity"),
        )
        .filter(pl.col("units") > 0)
    )
    return find_frame(InboundActions).read(found)


def _by_location(committed: pl.DataFrame, units: pl.Expr) -> pl.DataFrame:
    """What actions with their commitments bring and take, by sku, location and kind."""
    none = pl.lit(0, pl.Int64)
    inbound = committed.filter(pl.col("inbound") != 0).select(
        "sku", "kind", location="destination", inbound=units * pl.col("inbound"), outbound=none
    )
    outbound = committed.filter((pl.col("outbound") != 0) & pl.col("origin").is_not_null()).select(
        "sku", "kind", location="origin", inbound=none, outbound=units * pl.col("outbound")
    )
    return (
        pl.concat([inbound, outbound])
        .group_by("sku", "location", "kind", maintain_order=True)
        .agg(pl.col("inbound", "outbound").sum())
        .filter((pl.col("inbound") != 0) | (pl.col("outbound") != 0))
        .sort("sku", "location", "kind")
    )


def select_earlier_lines(
    export_lines: pl.DataFrame, business_date: date, plan_version: int
) -> pl.DataFrame:
    """Select the lines that lower plan versions of a date exported: `ExportLines` rows.

    Args:
        export_lines: an `ExportLines` frame of any number of batches.
        business_date: business date of the plan.
        plan_version: version of the plan that asks.
    """
    return export_lines.filter(
        pl.col("business_date") == business_date, pl.col("plan_version") < plan_version
    )


def find_last_exported(handed_out: pl.DataFrame, business_date: date) -> int:
    """Find the highest version of a business date's plan that has handed out lines; 0 if none has.

    Args:
        handed_out: an `ExportLines` or `CancelLines` frame of any number of batches.
        business_date: business date of the plan.
    """
    last = handed_out.filter(pl.col("business_date") == business_date)["plan_version"].max()
    return last if isinstance(last, int) else 0


def list_pending_changes(
    export_lines: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    cancels: pl.DataFrame,
    *,
    business_date: date,
    settled_days: int,
) -> pl.DataFrame:
    """List the lines of orders of which a change or an expedite has left of late.

    What was asked for shows in the order only once the supplier and the other system have worked
    it in, and asking again meanwhile asks twice. So a line counts for `settled_days` days from
    the business date of its change, unless the other system rejected or cancelled it.

    Args:
        export_lines: as `select_lines_before` gives them.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        cancels: a `CancelLines` frame of all that has left.
        business_date: business date of the plan.
        settled_days: days after which what was asked for is worked in, or never will be.

    Returns:
        Frame `changed_order_lines`, sorted by key.
    """
    age = (pl.lit(business_date) - pl.col("business_date")).dt.total_days()
    asked = apply(export_lines, acknowledgements, cancels).filter((age <= settled_days) & stands())
    return list_asked_lines(asked)


def list_asked_changes(
    export_lines: pl.DataFrame, acknowledgements: pl.DataFrame, cancels: pl.DataFrame
) -> pl.DataFrame:
    """List what has been asked of order lines, but for what the other system has let go.

    Args:
        export_lines: an `ExportLines` frame of any number of batches.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        cancels: a `CancelLines` frame of all that has left.

    Returns:
        Frame `asked_changes`.
    """
    left = apply(export_lines, acknowledgements, cancels).filter(stands())
    found = pl.concat(
        _list_asked_of(unpack_details(left.filter(kind=kind.name), kind), kind)
        for kind in list_kinds_of_order_lines()
    )
    find_frame(AskedChanges).check(found)
    return found


def _list_asked_of(lines: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """What the lines of a kind ask of order lines; where none can be split, nothing is left."""
    if "rest_on" not in kind.own_schema:
        lines = lines.with_columns(rest_on=pl.lit(None, pl.Date))
    rest = (pl.col("open_units") - pl.col("quantity")).clip(lower_bound=0)
    return lines.select(
        *("po", "po_line", "supplier", "due_on", "quantity", "rest_on"),
        form="form" if "form" in kind.own_schema else pl.lit(kind.name),
        rest_units=pl.when(pl.col("rest_on").is_not_null()).then(rest),
        asked_on="business_date",
    )


def list_pending_customer_lines(
    export_lines: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    cancels: pl.DataFrame,
    declined: pl.DataFrame,
    *,
    business_date: date,
) -> pl.DataFrame:
    """List the lines of customers' orders that a node was asked for by an action of ours.

    Asking another node meanwhile ships the line twice. So a line counts until it was due
    `EXPIRE_AFTER_DAYS` days ago, unless the other system let the action go or the customer
    declined the substitute that it sends; who reads it stops
    counting it once the order itself shows the line at that node.

    Args:
        export_lines: as `select_lines_before` gives them.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        cancels: a `CancelLines` frame of all that has left.
        declined: order_id, line and substitute of the contract SubstitutionOutcomes: what customers
            did not take.
        business_date: business date of the plan.

    Returns:
        Frame `pending_customer_lines`, sorted by key.
    """
    alive = pl.lit(business_date) <= pl.col("due_on") + pl.duration(days=EXPIRE_AFTER_DAYS)
    asked = apply(export_lines, acknowledgements, cancels).filter(alive & stands())
    columns = ["order_id", "order_line", "origin"]
    found = [
        unpack_details(asked.filter(kind=name), kind).select(*columns, "sku")
        for name, kind in KINDS.items()
        if {"order_id", "order_line"} <= kind.own_schema.keys()
    ]
    over = declined.select("order_id", order_line="line", sku="substitute")
    waits = pl.concat(found).join(over, on=over.columns, how="anti")
    return find_frame(PendingCustomerLines).read(waits.select(columns).unique(maintain_order=True))


def list_asked_lines(export_lines: pl.DataFrame) -> pl.DataFrame:
    """List the order lines that exported actions are about.

    Args:
        export_lines: an `ExportLines` frame of any number of batches.

    Returns:
        Frame `changed_order_lines`, sorted by key.
    """
    asked = [
        unpack_details(export_lines.filter(kind=kind.name), kind).select("po", "po_line")
        for kind in list_kinds_of_order_lines()
    ]
    none = pl.DataFrame(schema={"po": pl.String, "po_line": pl.Int64})
    return find_frame(ChangedOrderLines).read(pl.concat([none, *asked]).unique(maintain_order=True))
