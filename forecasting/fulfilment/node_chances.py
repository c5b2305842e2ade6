"""The chance that a node refuses a line, or ships it late, learnt from the lines it was asked for.

A node's own share of so many lines is drawn to that of its kind as if it had seen m lines of them,

    chance = (x + m p) / (n + m),        p = share of the kind,

the posterior mean of a beta law with mean p. Its m is found from how far nodes differ beyond what
chance alone makes them differ (method of moments; Kleinman, Proportions with extraneous variance,
Journal of the American Statistical Association 68, 1973).
"""

from typing import NamedTuple

import polars as pl

from quality_checks.contracts import NodeRecord, find_frame

LEAST_WEIGHT = 20.0
"""Least lines that a node's own share is weighed against: few nodes tell little of m."""


class NodeChances(NamedTuple):
    """What may happen to a line that a node is asked for.

    Attributes:
        refusal: frame `refusal_chances`.
        late: frame `delay_chances`, from the day after its allocation; without rows where no line
            tells when it left.
    """

    refusal: pl.DataFrame
    late: pl.DataFrame


def estimate_node_chances(record: pl.DataFrame) -> NodeChances:
    """Learn from the lines that nodes were asked for how surely and how soon they ship.

    Args:
        record: frame `node_record`.

    Raises:
        ValueError: it breaks its contract.
    """
    known = find_frame(NodeRecord).read(record)
    refused = known.with_columns(hit=pl.col("outcome") == "refused")
    told = known.filter(pl.col("days_late").is_not_null(), outcome="shipped")
    any_refused = bool(refused["hit"].any())
    chances = _pool(_count(refused)) if any_refused else _NONE
    return NodeChances(chances, _find_late(told))


_NONE = pl.DataFrame(schema={"location": pl.String, "chance": pl.Float64})
_NO_DAYS = pl.DataFrame(schema={"location": pl.String, "days_late": pl.Int64, "chance": pl.Float64})


def _count(rows: pl.DataFrame) -> pl.DataFrame:
    """Lines of each node, and those of `hit`."""
    return (
        rows.group_by("kind", "location", maintain_order=True)
        .agg(asked=pl.col("lines").sum(), hits=pl.col("lines").filter("hit").sum())
        .sort("kind", "location")
    )


def _pool(counts: pl.DataFrame) -> pl.DataFrame:
    """The chance of each node, drawn to the share of its kind."""
    asked, hits = pl.col("asked"), pl.col("hits")
    kind = "kind"
    share = (hits.sum() / asked.sum()).over(kind)
    nodes, lines = pl.len().over(kind), asked.sum().over(kind)
    spread = (asked * (hits / asked - share) ** 2).sum().over(kind)
    by_chance = (nodes - 1) * share * (1 - share)
    reach = lines - (asked**2).sum().over(kind) / lines - (nodes - 1)
    between = (spread - by_chance) / reach
    weight = share * (1 - share) / between - 1
    return (
        counts.with_columns(
            share=share,
            # Nodes that differ no more than chance makes them differ share one chance.
            weight=pl.when((reach > 0) & (between > 0)).then(
                pl.max_horizontal(weight, pl.lit(LEAST_WEIGHT))
            ),
        )
        .with_columns(
            chance=pl.when(pl.col("weight").is_null())
            .then("share")
            .otherwise((hits + pl.col("weight") * pl.col("share")) / (asked + pl.col("weight")))
        )
        .select("location", "chance")
        .sort("location")
    )


def _find_late(told: pl.DataFrame) -> pl.DataFrame:
    """The chance of each node to be so many days late, or more.

    That it is late at all is the node's own; by how much, once it is, that of all nodes together.
    """
    most = told["days_late"].max()
    if not isinstance(most, int) or most == 0:
        return _NO_DAYS
    late = _pool(_count(told.with_columns(hit=pl.col("days_late") > 0)))
    after = told.filter(pl.col("days_late") > 0)
    days = pl.DataFrame({"days_late": range(1, most + 1)}, schema={"days_late": pl.Int64})
    tail = (
        days.join(after.select("lines", took="days_late"), how="cross")
        .group_by("days_late", maintain_order=True)
        .agg(
            tail=pl.col("lines").filter(pl.col("took") >= pl.col("days_late")).sum()
            / pl.col("lines").sum()
        )
    )
    return (
        late.join(tail, how="cross")
        .select("location", "days_late", chance=pl.col("chance") * pl.col("tail"))
        .sort("location", "days_late")
    )
