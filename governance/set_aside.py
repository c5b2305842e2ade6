"""Says in words which items a night set aside, and which actions that took away."""

import polars as pl

_SHORT_ID = 8
_REMEDY = (
    "Nothing is planned that rests on it; look for what is out of the ordinary in the item's rows."
)


def describe_set_aside(set_aside: pl.DataFrame) -> list[str]:
    """Say of each item since when it is set aside, by which calculations, and what to do.

    Args:
        set_aside: `ItemsSetAside` rows of a business date.

    Returns:
        A sentence or two for each item, by sku.
    """
    items = (
        set_aside.sort("sku", "asset")
        .group_by("sku", maintain_order=True)
        .agg(pl.col("since").min(), pl.col("asset"), pl.col("error").first())
    )
    return [
        f"{sku} is set aside since {since}: {', '.join(assets)} could not be calculated of it "
        f"({error}). {_REMEDY}"
        for sku, since, assets, error in items.iter_rows()
    ]


def explain_dropped_action(digits: str, lines: pl.DataFrame, set_aside: pl.DataFrame) -> str | None:
    """Say of an action that an earlier version of a plan proposed why it is there no more.

    Args:
        digits: how its id starts.
        lines: `PlanLines` rows of the business date, of all versions.
        set_aside: `ItemsSetAside` rows of the business date.

    Returns:
        In words; None where no earlier version proposed such an action, or several did.
    """
    found = lines.filter(pl.col("action_id").str.starts_with(digits.lower()))
    if found["action_id"].n_unique() != 1:
        return None
    action = found.sort("plan_version").row(-1, named=True)
    of_item = describe_set_aside(set_aside.filter(sku=action["sku"]))
    why = f": {of_item[0]}" if of_item else "."
    return (
        f"action {action['action_id'][:_SHORT_ID]} of {action['sku']} for {action['destination']} "
        f"was proposed by version {action['plan_version']} of the plan of "
        f"{action['business_date']}, and is no more{why}"
    )
