"""Links tonight's actions to cases, and says which of them are alternatives."""

from typing import Final

import polars as pl

from governance.cases.matching import match_playbooks
from governance.cases.playbooks import Playbook, Playbooks
from governance.kinds import KINDS, add_commitments
from governance.money import round_to_cents
from quality_checks.contracts import (
    EVERYWHERE,
    CaseActions,
    ExceptionScope,
    Proposals,
    find_contract,
)

_CASE: Final = ("exception_id", "case_id", "playbook")


def link_actions(  # noqa: PLR0913, PLR0917  # the exceptions, the actions, and what joins them
    exceptions: pl.DataFrame,
    scope: pl.DataFrame,
    proposals: pl.DataFrame,
    lanes: pl.DataFrame,
    locations: pl.DataFrame,
    playbooks: Playbooks,
    departed: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Link the actions of a night to the cases of its open exceptions.

    An action touches an exception where its item is in the scope of it and its destination is the
    item-location, where it takes units from one that has too much, where it is bought for a node
    that sends to the item-location, or where it prices the zone that holds it.

    Args:
        exceptions: an `Exceptions` frame of the business date.
        scope: their `ExceptionScope` frame.
        proposals: the `Proposals` frame of the business date.
        lanes: columns origin and destination of `Lanes`.
        locations: columns location, region and price_zone of `Locations`.
        playbooks: by which cases are opened.
        departed: a `CaseActions` frame of what has left with earlier plans, each row of the
            business date of tonight; none where it is missing.

    Returns:
        A `CaseActions` frame: of each case the actions of the kinds that its playbook names, and
        what has left for it.
    """
    cases = match_playbooks(exceptions, playbooks).select(*_CASE, exception="kind")
    touched = (
        find_contract(ExceptionScope)
        .conform(scope)
        .join(cases, on="exception_id", maintain_order="left")
        .select(*_CASE, "exception", "sku", "location", "side")
    )
    actions = find_contract(Proposals).conform(proposals)
    facts = add_commitments(actions).select(
        *("action_id", "form", "sku", "business_date", "benefit"),
        codes=pl.col("reason_codes").str.split(";"),
    )
    given = pl.col("codes").list.set_intersection("reasons").list.len() > 0
    linked = (
        _meet(touched, actions, lanes, locations)
        .join(facts, on="action_id", validate="m:1")
        .join(_list_parts(playbooks), on=["playbook", "kind", "form"])
        .filter((pl.col("at") == "any") | (pl.col("at") == pl.col("side")))
        .filter(pl.col("reasons").is_null() | given)
        .unique(["case_id", "action_id"], maintain_order=True)
    )
    contract = find_contract(CaseActions)
    gone = contract.empty() if departed is None else contract.conform(departed)
    kept = _keep_departed(gone, cases, playbooks).join(
        linked, on=["case_id", "action_id"], how="anti"
    )
    rows = pl.concat([linked, kept], how="diagonal").sort("case_id", "action_id")
    return contract.conform(_rank_options(rows))


def _keep_departed(
    departed: pl.DataFrame, cases: pl.DataFrame, playbooks: Playbooks
) -> pl.DataFrame:
    """What has left for cases, with the option that it is of by the playbook of tonight."""
    options = (
        _list_parts(playbooks)
        .select("playbook", "kind", "option", "order")
        .unique(maintain_order=True)
    )
    return (
        departed.drop("choice", "option", "option_rank", "option_benefit")
        .join(cases.select("case_id", met="playbook"), on="case_id", how="left")
        .with_columns(
            playbook=pl.coalesce("met", "playbook"),
            part=pl.col("part").replace("alternative", "answer"),
        )
        .drop("met")
        .join(options, on=["playbook", "kind"], how="left", validate="m:1")
    )


def _list_parts(playbooks: Playbooks) -> pl.DataFrame:
    """What each kind of action is to cases of a playbook, and the option that it is of."""
    rows = [
        (
            *(book.name, answer.kind, form, answer.at, answer.part),
            *_find_option(book, answer.kind),
            answer.reason,
        )
        for book in playbooks.playbooks
        for answer in book.answers
        for form in answer.forms
    ]
    texts = ("playbook", "kind", "form", "at", "part", "option")
    schema = pl.Schema(dict.fromkeys(texts, pl.String()))
    schema.update(order=pl.Int64(), reasons=pl.List(pl.String))
    return pl.DataFrame(rows, schema=schema, orient="row")


def _find_option(playbook: Playbook, kind: str) -> tuple[str | None, int | None]:
    """Name and place of the option that a kind of action is of; none where it is of none."""
    for place, option in enumerate(playbook.alternatives):
        if kind in option:
            return "+".join(option), place
    return None, None


def _meet(
    touched: pl.DataFrame, actions: pl.DataFrame, lanes: pl.DataFrame, locations: pl.DataFrame
) -> pl.DataFrame:
    """Each action with the cases whose item-locations it touches, and the side of these."""
    priced = [
        kind.name
        for kind in KINDS.values()
        if any(form.commits.reprices for form in kind.forms.values())
    ]
    prices = pl.col("kind").is_in(priced)
    bought = pl.col("origin").is_null() & pl.col("supplier").is_not_null()
    served = lanes.select("destination", node="origin")
    zones = pl.concat(
        [
            locations.select(destination="location", node="location"),
            locations.select(destination="location", node="region"),
            locations.select(destination="location", node="price_zone").drop_nulls(),
            locations.select(destination="location", node=pl.lit(EVERYWHERE)),
        ]
    )
    found = [
        _join(touched, actions.filter(~prices), "destination"),
        _join(touched.filter(side="over"), actions, "origin"),
        _join(_stand_in(touched, served), actions.filter(bought), "destination"),
        _join(_stand_in(touched, zones), actions.filter(prices), "destination"),
    ]
    return pl.concat(found).unique(maintain_order=True)


def _stand_in(touched: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """The scope with the nodes in place of its locations that stand for these."""
    held = nodes.unique(maintain_order=True).rename({"destination": "location"})
    return touched.join(held, on="location").drop("location").rename({"node": "location"})


def _join(touched: pl.DataFrame, actions: pl.DataFrame, end: str) -> pl.DataFrame:
    ends = actions.select("action_id", "kind", "sku", location=end)
    return touched.join(ends, on=["sku", "location"]).select(
        *_CASE, "exception", "side", "action_id", "kind"
    )


def _rank_options(linked: pl.DataFrame) -> pl.DataFrame:
    """Add choice, rank and benefit of options; what has no other beside it is an answer."""
    choice = ["case_id", "sku"]
    several = pl.col("option").is_not_null() & (
        pl.col("option").drop_nulls().n_unique().over(choice) > 1
    )
    options = (
        linked.filter(several)
        .group_by(*choice, "option", "order", maintain_order=True)
        .agg(option_benefit=round_to_cents(pl.col("benefit").sum()))
        .sort(*choice, "option_benefit", "order", descending=[False, False, True, False])
        .with_columns(option_rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(choice))
        .drop("order")
    )
    return linked.with_columns(
        part=pl.when(several).then(pl.lit("alternative")).otherwise("part"),
        choice=pl.when(several).then("sku"),
        option=pl.when(several).then("option"),
    ).join(options, on=[*choice, "option"], how="left", validate="m:1", maintain_order="left")
