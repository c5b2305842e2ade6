"""What is handed to the ERP and what comes back: batches, acknowledgements, open proposals."""

from governance.exchange.batch import BatchError, ManifestInputs
from governance.exchange.export import new_lines, read_batch, read_batches, write_batch
from governance.exchange.open_proposals import open_proposals, spent_earlier, units_underway

__all__ = [
    "BatchError",
    "ManifestInputs",
    "new_lines",
    "open_proposals",
    "read_batch",
    "read_batches",
    "spent_earlier",
    "units_underway",
    "write_batch",
]
