"""Tonight's actions by the case that they belong to."""

from governance.cases import link_actions
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.pictures import tabulate_case_actions


@result_asset(
    "case_actions",
    reads=["exceptions", "exception_scope", "proposals", "lanes", "locations"],
    by_item=True,
)
def case_actions(inputs: Inputs) -> Computed:
    """The actions that answer an exception, and which of them exclude each other."""
    frame = link_actions(
        inputs.read("exceptions"),
        inputs.read("exception_scope"),
        inputs.read("proposals"),
        inputs.known("lanes"),
        inputs.known("locations"),
        inputs.playbooks,
    )
    by_kind = tabulate_case_actions(frame)
    return Computed(frame, metadata={"by kind": show_rows(by_kind, len(by_kind))})
