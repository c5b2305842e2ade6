"""Cases: what is done about an exception, who answers for it, and how it stands."""

from typing import Final

import polars as pl

from quality_checks.contracts.actions import CaseActions
from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.signals import Exceptions

CASE_STATES: Final = ["open", "waiting", "acting", "escalated", "resolved", "measured"]
"""Where a case stands, in the order in which it may."""

CASE_OUTCOMES: Final = ["held", "came_back", "unanswered"]
"""How a case ended: its answer left and it stayed away, it came back, or it ended by itself."""

ALERT_REASONS: Final = ["opened", "worse", "escalated", "resolved"]
"""What a role is told of a case on the business date on which it happens."""


@result("cases", "reporting", key=("case_id",))
class Cases(Table):
    """Cases as of the business date: how each stands by the decisions and exports of then.

    A case opens with its exception and stands for as long as that is open; it is resolved once the
    exception has closed, and stands for the last time on the date on which it is measured.
    """

    business_date: pl.Date = column("Business date.")
    case_id: str = column_of(CaseActions, "case_id")
    exception_id: str = column_of(Exceptions, "exception_id")
    kind: str = column_of(Exceptions, "kind")
    subject: str = column_of(Exceptions, "subject")
    playbook: str = column("Playbook by which it is worked.")
    state: str = column("Where it stands.", isin=CASE_STATES)
    words: str = column("What is wrong, as a sentence.")
    owner: str = column("Role that answers for it.")
    in_charge: str = column("Role whose turn it is: the owner, or whom it is escalated to.")
    opened_on: pl.Date = column("Business date that opened it.")
    due_on: pl.Date = column("Day by which it should be decided.")
    escalates_on: pl.Date = column("Business date from which on it is escalated if nobody acts.")
    escalates_to: str = column("Role that it is escalated to.")
    measure_days: int = column("Days after its end on which it is measured.", unit="days", ge=0)
    closed_on: pl.Date = column("Business date on which its exception had closed.", nullable=True)
    closed_by: str = column_of(Exceptions, "closed_by")
    money_at_opening: float = column(
        "Money at risk when it opened.", unit="currency", nullable=True, ge=0
    )
    money_at_risk: float = column(
        "Money at risk now; missing once its exception has closed.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    money_at_worst: float = column(
        "Most money that was at risk on a date.", unit="currency", nullable=True, ge=0
    )
    actions: int = column("Actions of tonight.", ge=0)
    waiting: int = column("Those that wait for people.", ge=0)
    by_itself: int = column("Those that policy lets go by themselves.", ge=0)
    approved: int = column("Those that are approved, by policy or by people.", ge=0)
    rejected: int = column("Those that people have rejected.", ge=0)
    withdrawn: int = column("Those in whose place another is approved or has left.", ge=0)
    exported: int = column("Lines that have left for it with earlier plans.", ge=0)
    benefit_approved: float = column(
        "What tonight's approved actions are stated to gain.", unit="currency"
    )
    benefit_waiting: float = column(
        "What those that wait are stated to gain, of each choice the best option.",
        unit="currency",
    )
    benefit_exported: float = column(
        "What lines that have left before were stated to gain.", unit="currency"
    )
    exposure_change: float = column(
        "Money that tonight's approved and waiting actions bind in stock and fees: orders and "
        "expedites less what is called off; of each choice the best option.",
        unit="currency",
    )
    decided: bool = column("Whether people have decided about any of its actions.")
    came_back: bool = column(
        "Whether the same thing about the same subject was seen again after its end."
    )
    outcome: str = column(
        "How it ended; missing until it is measured.", nullable=True, isin=CASE_OUTCOMES
    )


@result("case_alerts", "reporting", key=("case_id", "role", "reason"))
class CaseAlerts(Table):
    """What roles are told of cases, each on the business date on which it happens."""

    business_date: pl.Date = column("Business date.")
    case_id: str = column_of(CaseActions, "case_id")
    role: str = column("Role that is told.")
    reason: str = column("What happened.", isin=ALERT_REASONS)
    words: str = column("What it is told, with the money.")
