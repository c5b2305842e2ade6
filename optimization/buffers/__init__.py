"""How much of a node's stock each online channel is offered.

Which node ships an order lives in `sourcing`; how far records are off in `forecasting.records`.
"""

from optimization.buffers.plan import set_channel_buffers

__all__ = ["set_channel_buffers"]
