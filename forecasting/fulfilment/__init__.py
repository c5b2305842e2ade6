"""How surely a node ships a customer's line that it is asked for, and how soon.

What carriers do afterwards, no landing source tells.
"""

from forecasting.fulfilment.node_chances import NodeChances, estimate_node_chances

__all__ = ["NodeChances", "estimate_node_chances"]
