"""A dry run: what playbooks would have opened over past dates, and whom that keeps busy."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from governance.cases.linking import link_actions
from governance.cases.matching import match_playbooks
from governance.cases.playbooks import Playbooks
from governance.money import round_to_cents


@dataclass(frozen=True)
class PastDate:
    """What a past business date knew.

    Attributes:
        exceptions: its `Exceptions` frame.
        scope: its `ExceptionScope` frame.
        proposals: its `Proposals` frame.
        routed: its `Routed` frame.
        lanes: columns origin and destination of `Lanes`, as of the date.
        locations: columns location and region of `Locations`, as of the date.
    """

    exceptions: pl.DataFrame
    scope: pl.DataFrame
    proposals: pl.DataFrame
    routed: pl.DataFrame
    lanes: pl.DataFrame
    locations: pl.DataFrame


@dataclass(frozen=True)
class Rehearsal:
    """What playbooks would have done.

    Attributes:
        cases: playbook, cases (opened), money (at risk when they opened, in currency), actions and
            benefit (of the dates on which they opened, in currency), in the order of the playbooks.
        workload: role, cases (that it would own), alerts (at openings), approvals (actions of cases
            that policy asks it for, each once), by role.
        unmatched: kind, exceptions, money of exceptions that met no playbook, by kind.
    """

    cases: pl.DataFrame
    workload: pl.DataFrame
    unmatched: pl.DataFrame


def rehearse_playbooks(dates: Iterable[PastDate], playbooks: Playbooks) -> Rehearsal:
    """Open the cases of past business dates by other playbooks, with the actions of these dates.

    Args:
        dates: what each knew, the oldest first.
        playbooks: that are tried.
    """
    found, actions, exceptions = [], [], []
    for past in dates:
        found.append(match_playbooks(past.exceptions, playbooks))
        linked = link_actions(
            past.exceptions, past.scope, past.proposals, past.lanes, past.locations, playbooks
        )
        roles = past.routed.select("action_id", "roles")
        actions.append(linked.join(roles, on="action_id", how="left", maintain_order="left"))
        exceptions.append(past.exceptions.filter(pl.col("state") != "closed"))
    opened = pl.concat(found).unique("case_id", keep="first", maintain_order=True)
    linked = pl.concat(actions)
    missed = pl.concat(exceptions).join(opened, on="exception_id", how="anti")
    return Rehearsal(
        _count_cases(opened, linked, playbooks),
        _count_work(opened, linked, playbooks),
        missed.unique("exception_id", keep="first", maintain_order=True)
        .group_by("kind", maintain_order=True)
        .agg(exceptions=pl.len(), money=round_to_cents(pl.col("money_at_risk").sum()))
        .sort("kind"),
    )


def _count_cases(opened: pl.DataFrame, linked: pl.DataFrame, playbooks: Playbooks) -> pl.DataFrame:
    first = opened.select("case_id", "business_date")
    answers = (
        linked.join(first, on=["case_id", "business_date"])
        .group_by("playbook", maintain_order=True)
        .agg(actions=pl.len(), benefit=round_to_cents(pl.col("benefit").sum()))
    )
    counts = opened.group_by("playbook", maintain_order=True).agg(
        cases=pl.len(), money=round_to_cents(pl.col("money_at_risk").sum())
    )
    names = pl.DataFrame({"playbook": [book.name for book in playbooks.playbooks]})
    return (
        names.join(counts, on="playbook", how="left", maintain_order="left")
        .join(answers, on="playbook", how="left", maintain_order="left")
        .with_columns(pl.col("cases", "actions").fill_null(0))
        .with_columns(pl.col("money", "benefit").fill_null(0.0))
    )


def _count_work(opened: pl.DataFrame, linked: pl.DataFrame, playbooks: Playbooks) -> pl.DataFrame:
    schema = {"playbook": pl.String, "role": pl.String}
    owners = [(book.name, book.owner) for book in playbooks.playbooks]
    told = [(book.name, alert.role) for book in playbooks.playbooks for alert in book.alerts]
    counted = [
        opened.join(pl.DataFrame(pairs, schema=schema, orient="row"), on="playbook")
        .group_by("role", maintain_order=True)
        .agg(pl.len().alias(name))
        for name, pairs in (("cases", owners), ("alerts", told))
    ]
    asked = (
        linked.unique("action_id", maintain_order=True)
        .select(role=pl.col("roles").str.split(";"))
        .explode("role")
        .filter(pl.col("role") != "")
        .group_by("role", maintain_order=True)
        .agg(approvals=pl.len())
    )
    work = counted[0]
    for other in (counted[1], asked):
        work = work.join(other, on="role", how="full", coalesce=True)
    return work.with_columns(pl.exclude("role").fill_null(0)).sort("role")
