"""Tonight's actions by the case that they belong to."""

from governance.cases import link_actions
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.pictures import tabulate_case_actions


@result_asset(
    "case_actions",
    reads=[
        "exceptions",
        "exception_scope",
        "proposals",
        "lanes",
        "locations",
        "plan_versions",
        "acknowledgements",
    ],
    earlier=["case_actions", "export_lines", "cancel_lines"],
    by_item=True,
)
def case_actions(inputs: Inputs) -> Computed:
    """The actions that answer an exception, and which of them exclude each other.

    What has left with a lower version of the plan is taken from the slice that this one replaces,
    and carried on in it, so that making it again gives the same.
    """
    frame = link_actions(
        inputs.read("exceptions"),
        inputs.read("exception_scope"),
        inputs.read("proposals"),
        inputs.known("lanes"),
        inputs.known("locations"),
        inputs.playbooks,
        inputs.query("departed_links", plan_version=inputs.plan_version().plan_version),
    )
    by_kind = tabulate_case_actions(frame)
    return Computed(frame, metadata={"by kind": show_rows(by_kind, len(by_kind))})
