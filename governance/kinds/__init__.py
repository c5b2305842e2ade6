"""Kinds of action: each is one declaration of its words, roles, file, netting and reason codes.

What holds for all kinds alike (grammar, routing, decisions, batches) lives above, in `governance`,
and how much to do of what in the planners. A kind that nothing plans yet is declared all the same.
"""

from governance.kinds.counts import STOCK_COUNT
from governance.kinds.kind import (
    CHANGES,
    END_NODES,
    SAVINGS,
    Commitment,
    Form,
    Kind,
    Plan,
    Together,
)
from governance.kinds.movements import ALLOCATION, SOURCING, SUBSTITUTION, TRANSFER
from governance.kinds.own_columns import pack_details, unpack_details
from governance.kinds.prices import MARKDOWN, MARKDOWN_DEFERRAL
from governance.kinds.purchases import EXPEDITE, PURCHASE_CHANGE, PURCHASE_ORDER
from governance.kinds.reasons import OF_EVERY_KIND
from governance.kinds.registry import (
    KINDS,
    add_commitments,
    find_kind,
    list_deciders,
    list_inbound_kinds,
    list_kinds_of_order_lines,
    list_kinds_with_documents,
    list_plans,
    list_reasons,
    may_decide,
    register_kind,
)

# The order in which files stand in a batch and kinds in the documents.
for _kind in (
    PURCHASE_ORDER,
    PURCHASE_CHANGE,
    EXPEDITE,
    ALLOCATION,
    TRANSFER,
    SOURCING,
    SUBSTITUTION,
    MARKDOWN,
    MARKDOWN_DEFERRAL,
    STOCK_COUNT,
):
    register_kind(_kind)

__all__ = [
    "CHANGES",
    "END_NODES",
    "KINDS",
    "OF_EVERY_KIND",
    "SAVINGS",
    "Commitment",
    "Form",
    "Kind",
    "Plan",
    "Together",
    "add_commitments",
    "find_kind",
    "list_deciders",
    "list_inbound_kinds",
    "list_kinds_of_order_lines",
    "list_kinds_with_documents",
    "list_plans",
    "list_reasons",
    "may_decide",
    "pack_details",
    "register_kind",
    "unpack_details",
]
