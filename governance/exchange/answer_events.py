"""What other systems answer to lines that have left, as events of the audit chain.

The files of answers are theirs, and can be written anew: what was acted on stands in the chain.
"""

from datetime import datetime
from typing import Any, Final

import polars as pl

from governance.audit import write_canonical
from governance.store import Store
from quality_checks.contracts import Acknowledgements, find_contract

LINE_ANSWERED: Final = "line_answered"
"""Kind of the event of an answer: the action, and what the answer says of its key."""


def record_answers(
    store: Store,
    acknowledgements: pl.DataFrame,
    lines: pl.DataFrame,
    cancels: pl.DataFrame,
    at: datetime,
) -> int:
    """Append an event for each answer that is new or another than the last one; gives how many.

    What is answered under a key that never left is left out; the check `answers_known` names it.

    Args:
        store: whose chain the events come into.
        acknowledgements: an `Acknowledgements` frame, one row a key.
        lines: an `ExportLines` frame of all that has left.
        cancels: a `CancelLines` frame of all that has left.
        at: when they are recorded, local wall-clock time.
    """
    given = find_contract(Acknowledgements).conform(acknowledgements)
    keys = [frame.select("idempotency_key", "action_id") for frame in (lines, cancels)]
    asked = given.join(pl.concat(keys), on="idempotency_key", validate="1:1")
    last = {
        str(said["idempotency_key"]): write_canonical(said)
        for said in store.payloads(LINE_ANSWERED)
    }
    fresh: list[dict[str, Any]] = [
        row
        for row in asked.sort("idempotency_key").iter_rows(named=True)
        if last.get(row["idempotency_key"]) != write_canonical(row)
    ]
    if fresh:
        store.append_events(LINE_ANSWERED, fresh, at)
    return len(fresh)
