"""What each substitute for a line earns and costs from each node and day, by itself.

A line that no node serves by its promise costs C without a substitute. With chance a the customer
takes one of margin m' in place of m, at carriage, hands and chances f of its own, or declines at a
cost d and leaves the line as it was:

    offered first:  a (f + m - m' - x) + (1 - a) (C + d)
    sent unasked:   f + a (m - m' - x) + (1 - a) (C + d)

with x the loss at the item's exit that is avoided. What the units are worth to the node is given up
while they are held for the customer; where he declines they are there again, and (1 - a) of what
they are worth alone comes back.
"""

from typing import NamedTuple

import polars as pl

from optimization.order_costs import NodeFacts, price_options, value_units
from quality_checks.contracts import (
    AnsweredLines,
    CustomerLines,
    LineRules,
    SourcingRules,
    SubstituteChances,
    SubstituteGoods,
    SubstitutionRules,
    find_frame,
)

LINE = ["order_id", "line"]
NODE_DAY = ["location", "ship_on"]
CARRIED = ("shipping_cost", "handling_cost", "refusal_cost", "late_cost")
_ASK = "ask"


class SubstituteRecords(NamedTuple):
    """Lines without a node in time, and what may be sent in their place.

    Attributes:
        lines: frame `customer_lines`, with otherwise (currency: what the line costs without a
            substitute), is_open (nothing is to be shipped without one) and has_others (its order
            has other lines to its place).
        chances: frame `substitute_chances`.
        goods: frame `substitute_goods`.
        answered: frame `answered_lines`.
    """

    lines: pl.DataFrame
    chances: pl.DataFrame
    goods: pl.DataFrame
    answered: pl.DataFrame


class SubstituteCosts(NamedTuple):
    """What policy says that shipping, asking and taking back cost.

    Attributes:
        rules: of substitutes.
        sourcing: of customers' orders.
        lines: of hands.
        return_cost: of a unit that comes back, currency.
    """

    rules: SubstitutionRules
    sourcing: SourcingRules
    lines: LineRules
    return_cost: float


class PricedSubstitutes(NamedTuple):
    """Substitutes for lines, each from each node and day.

    Attributes:
        lines: frame `customer_lines`, as the records have it: those that have any substitute.
        rows: order_id, line, substitute, location, ship_on, the columns of SubstitutionOptions that
            depend on nothing else, quantity, promised_on, due_by (day by which it must come),
            gain_chance, and expected_cost (currency), what is expected of it but for unit_value.
        costs: what they were priced by.
    """

    lines: pl.DataFrame
    rows: pl.DataFrame
    costs: SubstituteCosts


def price_substitutes(
    records: SubstituteRecords, facts: NodeFacts, costs: SubstituteCosts
) -> PricedSubstitutes:
    """Price every substitute of each line, from every node and day that could ship it.

    What the customer has declined for the line is not asked again, and nothing once he took one. A
    substitute comes by the promise. Where nothing is to be shipped without one, it may come until
    the day by which each of them can from some node; what comes after the promise is late.

    Args:
        records: of lines and substitutes.
        facts: of the nodes, their stock as other plans leave it.
        costs: by policy.

    Raises:
        ValueError: a frame breaks its contract.
    """
    asks = _list_asks(records, costs.rules)
    options = price_options(_word_lines(asks), facts, costs.sourcing, costs.lines)
    key = ["order_id", *NODE_DAY]
    rows = (
        options.candidates.drop("line")
        .join(
            options.parcels.select(*key, "carrier", "arrives_on", "parcel_cost"),
            on=key,
            maintain_order="left",
        )
        .join(options.lines.select("order_id", "due_on"), on="order_id", maintain_order="left")
        .rename({"order_id": _ASK})
        .join(asks, on=_ASK, maintain_order="left")
        .pipe(_add_returned, facts.pairs)
    )
    lines = records.lines.join(rows, on=LINE, how="semi", maintain_order="left").sort(LINE)
    priced = _expect_costs(_add_terms(rows, costs))
    return PricedSubstitutes(lines, priced.sort(*LINE, "substitute", *NODE_DAY), costs)


def _list_asks(records: SubstituteRecords, rules: SubstitutionRules) -> pl.DataFrame:
    """Each line with each substitute that it may be asked, at the price that the customer pays."""
    answered = find_frame(AnsweredLines).read(records.answered)
    chances = find_frame(SubstituteChances).read(records.chances)
    goods = find_frame(SubstituteGoods).read(records.goods)
    own = pl.col("unit_price_right")
    pays = own if rules.customer_pays == "substitute" else pl.min_horizontal("unit_price", own)
    earned = (pl.col("unit_price") - pl.col("unit_cost")).clip(lower_bound=0.0).fill_null(0.0)
    lines = find_frame(CustomerLines).fill(records.lines)
    return (
        lines.join(chances, on="sku", maintain_order="left_right")
        .join(answered.filter("accepted"), on=LINE, how="anti", maintain_order="left")
        .join(answered, on=[*LINE, "substitute"], how="anti", maintain_order="left")
        .join(goods, left_on="substitute", right_on="sku", maintain_order="left")
        .select(
            *LINE,
            *("sku", "substitute", "quantity", "region", "collect_at", "promised_on"),
            *("otherwise", "is_open", "has_others"),
            *("closeness", "answers", "like_answers", "dearer_answers"),
            *("equal_chance", "price_slope"),
            unit_price=pays,
            price_ratio=pl.when(pays <= pl.col("unit_price"))
            .then(1.0)
            .when(pl.col("unit_price") > 0)
            .then(pays / pl.col("unit_price"))
            # Nobody knows how much dearer it is: by as much as policy takes to be alike.
            .otherwise(1 + rules.price_band),
            margin_change=(pays - pl.col("unit_cost_right") - earned) * pl.col("quantity"),
            unit_cost="unit_cost_right",
            volume="volume_right",
            weight="weight_right",
        )
        .with_columns(chance=_find_chance())
        .sort(*LINE, "substitute")
        .with_row_index(_ASK)
        # Numbers as text, in their order.
        .with_columns(pl.col(_ASK).cast(pl.String).str.zfill(9))
    )


def _find_chance() -> pl.Expr:
    """How surely the customer takes it at its price: odds fall by a power of how much more."""
    equal = pl.col("equal_chance")
    return equal / (equal + (1 - equal) * pl.col("price_ratio") ** pl.col("price_slope"))


def _word_lines(asks: pl.DataFrame) -> pl.DataFrame:
    """Each ask as the line of an order of its own."""
    return asks.select(
        order_id=_ASK,
        line=pl.lit(1, pl.Int64),
        sku="substitute",
        quantity="quantity",
        region="region",
        collect_at="collect_at",
        place_unclear=pl.lit(value=False),
        promised_on="promised_on",
        allocated_to=pl.lit(None, pl.String),
        allocated_on=pl.lit(None, pl.Date),
        has_left=pl.lit(value=False),
        choosable=pl.lit(value=True),
        movable=pl.lit(value=True),
        unit_price="unit_price",
        price_foreign=pl.lit(value=False),
        unit_cost="unit_cost",
        volume="volume",
        weight="weight",
    ).select(find_frame(CustomerLines).columns)


def _add_returned(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add returned_value; missing where nobody knows what the node has."""
    key = [_ASK, *NODE_DAY]
    valued = value_units(
        rows.select(*key, "quantity", "chance", sku="substitute"), pairs, added=False
    )
    worth = valued.select(*key, returned_value=pl.col("worth") * (1 - pl.col("chance")))
    return rows.join(worth, on=key, how="left", maintain_order="left")


def _add_terms(rows: pl.DataFrame, costs: SubstituteCosts) -> pl.DataFrame:
    """Add due_by, form, split_penalty and declined_cost; what comes after its promise is late."""
    rules = costs.rules
    sent = (pl.col("chance") >= rules.send_from_chance) & (pl.lit(rules.send_from_chance) < 1)
    late = pl.col("arrives_on") > pl.col("promised_on")
    due_by = pl.when("is_open").then(pl.col("due_on").max().over(LINE)).otherwise("promised_on")
    return rows.with_columns(
        due_by=due_by,
        late_cost=pl.when(late).then(costs.sourcing.late_cost).otherwise("late_cost"),
        form=pl.when(sent).then(pl.lit("send")).otherwise(pl.lit("offer")),
        split_penalty=pl.when("has_others").then(costs.sourcing.split_penalty).otherwise(0.0),
        declined_cost=pl.when(sent)
        .then(costs.return_cost * pl.col("quantity"))
        .otherwise(rules.declined_cost),
    )


def _expect_costs(rows: pl.DataFrame) -> pl.DataFrame:
    """Add expected_cost: all of it but what the units are worth while they are held."""
    chance = pl.col("chance")
    carried = pl.sum_horizontal(*CARRIED, "parcel_cost", "split_penalty")
    paid = pl.when(form="send").then(1.0).otherwise(chance)
    return rows.with_columns(
        expected_cost=paid * carried
        - chance * (pl.col("margin_change") + pl.col("markdown_avoided"))
        + (1 - chance) * (pl.col("otherwise") + pl.col("declined_cost"))
        - pl.col("returned_value")
    )
