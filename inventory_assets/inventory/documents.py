"""Open documents as plans read them: what is on its way, each unit once."""

import polars as pl

from governance.exchange import (
    list_answer_faults,
    list_asked_changes,
    list_departed_lines,
    list_open_proposals,
    list_pending_changes,
)
from inventory_assets.framework import Inputs

OPEN_PROPOSALS_FROM = ["purchase_orders", "transfers", "acknowledgements", "plan_versions"]
"""What is read to find our own open proposals, besides export and cancel lines."""

DEPARTED_LINES_FROM = ["acknowledgements", "plan_versions"]
"""What is read to find what left of a date's plan before, besides export and cancel lines."""

OPEN_DOCUMENTS_FROM = [
    "order_acknowledgements",
    "in_transit",
    "receipts",
    "returns",
    "stock",
    "locations",
    *OPEN_PROPOSALS_FROM,
]
"""What is read to find every open document."""

PENDING_MOVES_FROM = [
    "purchase_orders",
    "order_acknowledgements",
    "acknowledgements",
    "plan_versions",
]
"""What is read to find what was moved and does not show yet, besides export and cancel lines."""


def read_open_documents(inputs: Inputs) -> pl.DataFrame:
    """Frame `open_documents`: lines that will bring goods, each unit once."""
    frames = {"open_proposals": read_open_proposals, "asked": read_asked_changes}
    return inputs.query("open_documents", frames=frames)


def read_asked_changes(inputs: Inputs) -> pl.DataFrame:
    """Frame `asked_changes`: what has been asked of order lines."""
    return list_asked_changes(
        inputs.read_until("export_lines"),
        inputs.known("acknowledgements"),
        inputs.read_until("cancel_lines"),
    )


def read_pending_changes(inputs: Inputs) -> pl.DataFrame:
    """Frame `changed_order_lines`: lines of which a change has left and is not settled."""
    return list_pending_changes(
        inputs.read_lines_before(),
        inputs.known("acknowledgements"),
        inputs.read_until("cancel_lines"),
        business_date=inputs.business_date,
        settled_days=inputs.policy.open_orders.settled_days,
    )


def read_pending_moves(inputs: Inputs) -> pl.DataFrame:
    """Frame `pending_moves`: what was asked for on another day, and no document shows yet."""
    # What is moved takes its place also where the item is set aside.
    every = inputs.of_all()
    frames = {"asked": read_asked_changes, "pending": read_pending_changes}
    return every.query("pending_moves", frames=frames)


def read_open_proposals(inputs: Inputs) -> pl.DataFrame:
    """Lines that we exported and no document of the ERP shows."""
    lines = inputs.read_lines_before()
    # A year of documents is long, and few of them can show what we have sent.
    shown = inputs.query("shown_documents", frames={"lines": lines.select("action_id")})
    return list_open_proposals(
        lines,
        inputs.known("acknowledgements"),
        inputs.read_until("cancel_lines"),
        shown.drop_nulls("po"),
        shown.drop_nulls("transfer_id"),
        business_date=inputs.business_date,
    )


def read_answer_faults(inputs: Inputs) -> pl.DataFrame:
    """Frame `answer_faults`: what was answered otherwise than asked, or not at all in time."""
    return list_answer_faults(
        inputs.read_until("export_lines"),
        inputs.known("acknowledgements"),
        inputs.read_until("cancel_lines"),
        read_open_proposals(inputs),
        business_date=inputs.business_date,
        answer_days=inputs.policy.erp_exchange.answer_days,
    )


def read_departed_lines(inputs: Inputs) -> pl.DataFrame:
    """Lines that lower versions of the plan have handed out for the business date."""
    return list_departed_lines(
        inputs.read_lines_before(),
        inputs.known("acknowledgements"),
        inputs.read_until("cancel_lines"),
        business_date=inputs.business_date,
    )
