"""Cases: how each stands, and who is told of it."""

import dagster as dg
import polars as pl

from governance import EVER
from governance.cases import CaseBook, follow_cases, raise_alerts
from inventory_assets.framework import (
    Computed,
    Inputs,
    result_assets,
    show_rows,
    write_for_people,
)
from inventory_assets.pictures import tabulate_cases
from quality_checks.checks import CASES_IN_TIME, judge_cases

_SHOWN = 20
_LISTED = [
    *("case_id", "state", "in_charge", "due_on", "money_at_risk", "words", "playbook", "kind"),
    *("owner", "opened_on", "actions", "waiting", "by_itself", "approved", "withdrawn", "exported"),
    *("benefit_waiting", "benefit_approved", "exposure_change", "closed_by", "outcome"),
]


@result_assets(
    {"cases": [CASES_IN_TIME], "case_alerts": ()},
    reads=["exceptions", "case_actions", "proposals", "routed", "acknowledgements"],
    earlier=["cases", "case_actions", "export_lines", "cancel_lines"],
)
def cases(inputs: Inputs) -> list[Computed]:
    """Cases of the date before and of new exceptions, as decisions and exports stand."""
    earlier = inputs.query("cases_before")
    exceptions = inputs.read("exceptions")
    book = CaseBook(
        business_date=inputs.business_date,
        exceptions=exceptions,
        case_actions=inputs.read("case_actions"),
        proposals=inputs.read("proposals"),
        routed=inputs.read("routed"),
        decisions=inputs.store.decisions(EVER),
        earlier=earlier,
        history=inputs.query("case_history"),
    )
    frame = follow_cases(book, inputs.playbooks)
    alerts = raise_alerts(frame, earlier, exceptions, inputs.playbooks)
    dearest = frame.select(_LISTED).sort(
        "money_at_risk", "case_id", descending=[True, False], nulls_last=True
    )
    paths = write_for_people(inputs.reports / "cases", dearest)
    files = {f"as {path.suffix[1:]}": dg.MetadataValue.path(path) for path in paths}
    told = alerts.select(pl.exclude("business_date"))
    by_state = tabulate_cases(frame)
    return [
        Computed(
            frame,
            [judge_cases(frame)],
            {
                "by state": show_rows(by_state, len(by_state)),
                "dearest first": show_rows(dearest, _SHOWN),
                **files,
            },
        ),
        Computed(alerts, metadata={"told": show_rows(told, _SHOWN)}),
    ]
