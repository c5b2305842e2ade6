"""Which landed rows lie behind an action, and which came after it."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.kinds import find_kind
from quality_checks.contracts import list_landing_sources

_NODES = ("location", "origin", "destination")


@dataclass(frozen=True)
class Search:
    """Rows to look for in a landing source.

    Attributes:
        source: landing source.
        every: column -> values; each column has one of them.
        some: column -> values; at least one column has one of them, where any is named.
    """

    source: str
    every: Mapping[str, list[Any]] = field(default_factory=dict)
    some: Mapping[str, list[Any]] = field(default_factory=dict)


def list_input_searches(action: Mapping[str, Any], served: Collection[str]) -> list[Search]:
    """List where the rows are that an action's plan was made from.

    Of each source that its kind depends on: the rows of its item at its nodes and those that they
    supply, of its supplier, its lanes and its nodes. What a source states of neither, such as the
    weather of a region, is not told.

    Args:
        action: a row of `Proposals`.
        served: nodes that the ends of the action supply with its item.
    """
    ends = [node for node in (action["origin"], action["destination"]) if node is not None]
    found = []
    for source, contract in list_landing_sources().items():
        if source not in find_kind(action["kind"]).sources:
            continue
        columns = set(contract.columns)
        every: dict[str, list[Any]] = {
            name: [action[name]] for name in ("sku", "supplier") if name in columns
        }
        # An item's own row names its main supplier, who need not be that of the action.
        if action["supplier"] is None or [*contract.key] == ["sku"]:
            every.pop("supplier", None)
        nodes = [name for name in _NODES if name in columns]
        if "sku" in columns:
            at = sorted({*ends, *served})
            found.append(Search(source, every, dict.fromkeys(nodes, at)))
        elif every or nodes:
            found.append(Search(source, {**every, **dict.fromkeys(nodes, ends)}))
    return [search for search in found if search.every]


def list_answer_searches(action: Mapping[str, Any], erp_document: str | None) -> Iterator[Search]:
    """List where the documents are that came of an action.

    Args:
        action: a row of `Proposals`.
        erp_document: document that the other system named in its answer; None where it named none.
    """
    own = json.loads(action["details"] or "{}")
    named = [erp_document] if erp_document else []
    reference = {"proposal_ref": [action["action_id"]]}
    orders = [*named, *([own["po"]] if "po" in own else [])]
    sku = {"sku": [action["sku"]]}
    yield Search("purchase_orders", sku, {**reference, "po": orders})
    yield Search("transfers", sku, {**reference, "transfer_id": named})
    if "order_id" in own:
        line = {"order_id": [own["order_id"]], "line": [own["order_line"]]}
        yield Search("online_orders", line)
        yield Search("substitution_outcomes", line)
    if "on_record" in own:
        yield Search("stock_counts", {**sku, "location": [action["destination"]]})


def list_delivery_searches(orders: Collection[str], sku: str) -> Iterator[Search]:
    """List where the deliveries of orders are: what suppliers said, shipped, and what came."""
    for source in ("order_acknowledgements", "in_transit", "receipts"):
        columns = list_landing_sources()[source].columns
        item = {"sku": [sku]} if "sku" in columns else {}
        yield Search(source, {"po": sorted(orders), **item})
