"""The connected inventory model: daily history, position, book balance."""

import dagster as dg

from inventory_assets.inventory import delays, history, masters, position, records
from inventory_assets.inventory.documents import (
    DEPARTED_LINES_FROM,
    OPEN_DOCUMENTS_FROM,
    OPEN_PROPOSALS_FROM,
    PENDING_MOVES_FROM,
    read_answer_faults,
    read_asked_changes,
    read_departed_lines,
    read_open_documents,
    read_open_proposals,
    read_pending_changes,
    read_pending_moves,
)
from inventory_assets.inventory.late_inputs import read_late_inputs
from inventory_assets.inventory.open_date import read_hour_told
from inventory_assets.inventory.record_doubts import RECORD_DOUBTS_FROM, read_record_doubts

assets = dg.load_assets_from_modules([delays, history, masters, position, records])

__all__ = [
    "DEPARTED_LINES_FROM",
    "OPEN_DOCUMENTS_FROM",
    "OPEN_PROPOSALS_FROM",
    "PENDING_MOVES_FROM",
    "RECORD_DOUBTS_FROM",
    "assets",
    "read_answer_faults",
    "read_asked_changes",
    "read_departed_lines",
    "read_hour_told",
    "read_late_inputs",
    "read_open_documents",
    "read_open_proposals",
    "read_pending_changes",
    "read_pending_moves",
    "read_record_doubts",
]
