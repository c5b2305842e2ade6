"""What is handed to the ERP and what comes back: batches, acknowledgements, open proposals."""

from governance.exchange.batch import BatchError, ManifestInputs
from governance.exchange.export import read_batch, read_batches, select_new_lines, write_batch
from governance.exchange.open_proposals import (
    find_open_proposals,
    list_inbound_actions,
    sum_earlier_spend,
)

__all__ = [
    "BatchError",
    "ManifestInputs",
    "find_open_proposals",
    "list_inbound_actions",
    "read_batch",
    "read_batches",
    "select_new_lines",
    "sum_earlier_spend",
    "write_batch",
]
