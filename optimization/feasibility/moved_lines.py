"""Whether suppliers can deliver what is moved into a week, beside what is ordered for it."""

import polars as pl

from optimization.feasibility.findings import collect, report

_CAPACITY = ("supplier", "stated_sku", "stated_category", "week")


def find_moved_line_problems(
    actions: pl.DataFrame, lines: pl.DataFrame, purchases: pl.DataFrame, capacities: pl.DataFrame
) -> pl.DataFrame:
    """Find weeks into which more is moved than their suppliers say that they can deliver.

    Args:
        actions: the columns of ChangePlan and of ExpeditePlan that both have, of tonight.
        lines: frame `open_order_lines`.
        purchases: the columns of PurchasePlan, of tonight.
        capacities: frame `capacity_rooms`: what is left beside open orders.

    Returns:
        Frame `plan_problems`.
    """
    expected = lines.filter(document_kind="purchase_order").select(
        po="document", po_line="line", before="due_on"
    )
    moved = actions.filter(pl.col("due_on") != pl.col("stated_on")).join(
        expected, on=["po", "po_line"], how="left", maintain_order="left"
    )
    asked = pl.concat(
        [
            moved.select("supplier", "sku", "quantity", "before", day="due_on"),
            purchases.select(
                "supplier",
                "sku",
                "quantity",
                before=pl.lit(None, pl.Date),
                day="requested_on",
            ),
        ]
    )

    def within(day: str) -> pl.Expr:
        return (pl.col(day) - pl.col("week")).dt.total_days().is_between(0, 6)

    # What is expected in the week already counts among open orders.
    new = within("day") & ~within("before").fill_null(value=False)
    drawn = (
        capacities.join(asked, on=["supplier", "sku"])
        .filter(new)
        .group_by(_CAPACITY, maintain_order=True)
        .agg(
            pl.col("quantity").sum(), pl.col("room").first(), any_moved=pl.col("before").count() > 0
        )
        .filter("any_moved")
    )
    return collect(
        report(drawn, _CAPACITY, {
            "supplier_capacity": (
                pl.col("quantity") > pl.col("room"), pl.format("at most {}", "room"), "quantity",
            ),
        })
    )  # fmt: skip
