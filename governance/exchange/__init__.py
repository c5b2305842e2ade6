"""What is handed to the ERP and what comes back: batches, acknowledgements, open proposals."""

from governance.exchange.acknowledgements import find_fallen
from governance.exchange.addressees import list_addressees
from governance.exchange.answer_events import LINE_ANSWERED, record_answers
from governance.exchange.answer_faults import list_answer_faults
from governance.exchange.batch import BatchError, ManifestInputs
from governance.exchange.batch_events import (
    BATCH_EXPORTED,
    find_batch_faults,
    read_seals,
    record_batches,
)
from governance.exchange.cancel_lines import (
    select_cancel_lines,
    select_unanswered_recalls,
    select_waiting_recalls,
)
from governance.exchange.channel_files import write_channel_files
from governance.exchange.documents import find_lessened_document
from governance.exchange.erp_documents import list_erp_documents
from governance.exchange.erp_files import write_erp_files
from governance.exchange.export import (
    find_cancel_lines,
    find_lines,
    list_held_documents,
    number_next_batch,
    read_batch,
    read_batches,
    select_new_lines,
    write_batch,
)
from governance.exchange.open_proposals import (
    find_last_exported,
    list_asked_changes,
    list_asked_lines,
    list_departed_collections,
    list_departed_lines,
    list_departed_moves,
    list_exported_orders,
    list_inbound_actions,
    list_open_proposals,
    list_pending_changes,
    list_pending_customer_lines,
    select_earlier_lines,
    select_lines_before,
    select_open_cancels,
    select_standing_lines,
    sum_open_units,
)
from governance.exchange.outbox import hash_content, put_file
from governance.exchange.recalls import (
    LINE_RECALLED,
    Departed,
    Recall,
    RecallRefusedError,
    find_departed,
    read_recalls,
    recall_line,
)
from governance.exchange.supplier_actions import list_proposed_orders, list_supplier_actions
from governance.exchange.supplier_documents import list_cancelled_orders
from governance.exchange.supplier_files import write_supplier_files

__all__ = [
    "BATCH_EXPORTED",
    "LINE_ANSWERED",
    "LINE_RECALLED",
    "BatchError",
    "Departed",
    "ManifestInputs",
    "Recall",
    "RecallRefusedError",
    "find_batch_faults",
    "find_cancel_lines",
    "find_departed",
    "find_fallen",
    "find_last_exported",
    "find_lessened_document",
    "find_lines",
    "hash_content",
    "list_addressees",
    "list_answer_faults",
    "list_asked_changes",
    "list_asked_lines",
    "list_cancelled_orders",
    "list_departed_collections",
    "list_departed_lines",
    "list_departed_moves",
    "list_erp_documents",
    "list_exported_orders",
    "list_held_documents",
    "list_inbound_actions",
    "list_open_proposals",
    "list_pending_changes",
    "list_pending_customer_lines",
    "list_proposed_orders",
    "list_supplier_actions",
    "number_next_batch",
    "put_file",
    "read_batch",
    "read_batches",
    "read_recalls",
    "read_seals",
    "recall_line",
    "record_answers",
    "record_batches",
    "select_cancel_lines",
    "select_earlier_lines",
    "select_lines_before",
    "select_new_lines",
    "select_open_cancels",
    "select_standing_lines",
    "select_unanswered_recalls",
    "select_waiting_recalls",
    "sum_open_units",
    "write_batch",
    "write_channel_files",
    "write_erp_files",
    "write_supplier_files",
]
