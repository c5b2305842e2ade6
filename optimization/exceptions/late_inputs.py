"""Which sources that an exception rests on have not come in time."""

from collections.abc import Collection

import polars as pl

from quality_checks.contracts import SOURCES_OF_EXCEPTIONS, LateFeeds, find_frame


def name_late_inputs(
    exceptions: pl.DataFrame, scope: pl.DataFrame, late: Collection[str], feeds: pl.DataFrame
) -> pl.DataFrame:
    """Name on each exception what it rests on and is late; nothing on one that has closed.

    Args:
        exceptions: exception_id, kind, state.
        scope: exception_id and location of what those that are open touch.
        late: sources that are late everywhere.
        feeds: frame `late_feeds`.

    Returns:
        The exceptions with late_inputs, in the same order.

    Raises:
        ValueError: `feeds` breaks its contract.
    """
    rests_on = pl.DataFrame(
        [(kind, source) for kind, sources in SOURCES_OF_EXCEPTIONS.items() for source in sources],
        schema={"kind": pl.String, "source": pl.String},
        orient="row",
    )
    rests = exceptions.filter(pl.col("state") != "closed").join(rests_on, on="kind")
    rests = rests.select("exception_id", "source")
    at = scope.select("exception_id", "location").unique(maintain_order=True)
    of_nodes = at.join(find_frame(LateFeeds).read(feeds), on="location")
    everywhere = rests.filter(pl.col("source").is_in(sorted(late)))
    there = rests.join(of_nodes, on=["exception_id", "source"], how="semi")
    found = pl.concat([everywhere, there]).unique(maintain_order=True)
    told = (
        found.sort("exception_id", "source")
        .group_by("exception_id", maintain_order=True)
        .agg(late_inputs=pl.col("source").str.join(";"))
    )
    return exceptions.join(told, on="exception_id", how="left", maintain_order="left")
