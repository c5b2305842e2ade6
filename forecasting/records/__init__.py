"""How far a stock record lies from what is there, by what counts have found.

Whether the books of a day balance is a check of the inventory; what follows for confidence lives in
`governance`, and for what is offered online in `optimization.buffers`.
"""

from forecasting.records.errors import estimate_record_errors

__all__ = ["estimate_record_errors"]
