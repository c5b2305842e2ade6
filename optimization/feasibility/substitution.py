"""Whether substitutes can be sent as planned, to lines that need one, at the cost stated."""

import math

import polars as pl

from optimization.feasibility.findings import CENT, collect, report
from optimization.feasibility.sourcing import DAY, LINE, report_beyond_nodes
from optimization.feasibility.worth import value_lines
from optimization.frames import SubstitutionFrames
from quality_checks.contracts import SubstitutionRules

_ROUNDING = 1e-9
CHOICE = (*LINE, "sku", "location", "ship_on")
_CARRIED = (
    "shipping_cost", "parcel_cost", "split_penalty", "handling_cost", "refusal_cost", "late_cost",
)  # fmt: skip


def find_substitution_problems(
    plan: pl.DataFrame, given: SubstitutionFrames, rules: SubstitutionRules, *, return_cost: float
) -> pl.DataFrame:
    """What makes substitutes impossible, sends them to lines without need, or states them wrong.

    Args:
        plan: the columns of SubstitutionPlan without business_date.
        given: what it was made from.
        rules: of policy.
        return_cost: of a unit that comes back, currency.

    Returns:
        Frame `plan_problems`.
    """
    sent = plan.rename({"order_line": "line", "origin": "location"})
    return collect(
        _line_problems(sent, given.lines),
        _pair_problems(sent, given.chances, given.answered),
        _chance_problems(sent, given, rules),
        _choice_problems(sent, given),
        *report_beyond_nodes(sent, given.stock, given.capacities, CHOICE),
        _cost_problems(sent, given, rules, return_cost),
        _gain_problems(sent, rules),
    )  # fmt: skip


def _line_problems(sent: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that get a substitute twice, need none, or get another number of units."""
    asked = lines.select(*LINE, unserved_sku="sku", unserved_units="quantity")
    both = sent.join(asked, on=list(LINE), how="left")
    same = (pl.col("unserved_units") == pl.col("quantity")) & (
        pl.col("unserved_sku") == pl.col("ordered_sku")
    )
    return collect(
        report(
            sent.group_by(LINE, maintain_order=True).len(),
            LINE,
            {"duplicate": (pl.col("len") > 1, "1", "len")},
        ),
        report(
            both,
            LINE,
            {"unserved_line": (~same, "a line that no node serves in time", "quantity")},
        ),
    )


def _pair_problems(
    sent: pl.DataFrame, chances: pl.DataFrame, answered: pl.DataFrame
) -> pl.DataFrame:
    """What may not be sent in place of the item, or was declined for the line before."""
    pairs = chances.select(ordered_sku="sku", sku="substitute", listed=pl.lit(value=True))
    told = sent.join(pairs, on=["ordered_sku", "sku"], how="left")
    declined = answered.select(*LINE, sku="substitute", said=pl.lit(value=True))
    again = sent.join(declined, on=[*LINE, "sku"], how="left")
    return collect(
        report(
            told,
            CHOICE,
            {
                "no_substitute": (
                    pl.col("listed").is_null() | (pl.col("sku") == pl.col("ordered_sku")),
                    pl.format("a substitute for {}", "ordered_sku"),
                    "sku",
                )
            },
        ),
        report(
            again,
            CHOICE,
            {"asked_again": (pl.col("said").is_not_null(), "no answer yet", "sku")},
        ),
    )


def _chance_problems(
    sent: pl.DataFrame, given: SubstitutionFrames, rules: SubstitutionRules
) -> pl.DataFrame:
    """Substitutes that are not taken as surely, at their price, as answers tell."""
    learned = given.chances.select(
        ordered_sku="sku", sku="substitute", equal="equal_chance", slope="price_slope"
    )
    asked = given.lines.select(*LINE, own_price="unit_price")
    own, pays = pl.col("own_price"), pl.col("unit_price")
    dearer = pl.when(own > 0).then((pays / own).log()).otherwise(math.log1p(rules.price_band))
    odds = (pl.col("equal") / (1 - pl.col("equal"))).log()
    told = sent.join(learned, on=["ordered_sku", "sku"]).join(asked, on=list(LINE))
    known = told.with_columns(dearer=pl.when(pays <= own).then(0.0).otherwise(dearer)).with_columns(
        known_chance=1 / (1 + (pl.col("slope") * pl.col("dearer") - odds).exp())
    )
    other = (pl.col("known_chance") - pl.col("chance")).abs() > _ROUNDING
    return report(known, CHOICE, {"stated_acceptance": (other, "known_chance", "chance")})


def _choice_problems(sent: pl.DataFrame, given: SubstitutionFrames) -> pl.DataFrame:
    """Substitutes that are shipped from where they may not be, or come after the promise."""
    listed = given.candidates.select(*LINE, *DAY, "due_by", sku="substitute", comes_on="arrives_on")
    chosen = sent.join(listed, on=list(CHOICE), how="left")
    late = (pl.col("comes_on") > pl.col("due_by")) | (pl.col("comes_on") != pl.col("arrives_on"))
    return collect(
        report(
            chosen,
            CHOICE,
            {"no_candidate": (pl.col("comes_on").is_null(), "a candidate", pl.lit("none"))},
        ),
        report(
            chosen.filter(pl.col("comes_on").is_not_null()),
            CHOICE,
            {"promise": (late, pl.format("by {}", "due_by"), "arrives_on")},
        ),
    )


def _cost_problems(
    sent: pl.DataFrame, given: SubstitutionFrames, rules: SubstitutionRules, return_cost: float
) -> pl.DataFrame:
    """Substitutes at another price than policy says, or of other terms than they have."""
    asked = given.lines.select(
        *LINE, line_otherwise="otherwise", own_price="unit_price", own_cost="unit_cost"
    )
    goods = given.goods.select("sku", price="unit_price", goods_cost="unit_cost")
    carried = given.candidates.select(
        *LINE, *DAY, *(pl.col(name).alias(f"{name}_there") for name in _CARRIED),
        sku="substitute", avoided="markdown_avoided",
    )  # fmt: skip
    lowest = pl.min_horizontal("own_price", "price")
    pays = lowest if rules.customer_pays == "lower" else pl.col("price")
    unasked = pl.col("form") == "send"
    margin = (pl.col("own_price") - pl.col("own_cost")).fill_null(0.0).clip(lower_bound=0.0)
    declines = 1 - pl.col("chance")
    known = (
        _value_shares(sent, given.stock)
        .join(asked, on=list(LINE))
        .join(goods, on="sku")
        .join(carried, on=list(CHOICE))
        .with_columns(
            pays=pays,
            back=declines * pl.col("alone"),
            earned=(pays - pl.col("goods_cost") - margin) * pl.col("quantity"),
            carriage=pl.sum_horizontal(f"{name}_there" for name in _CARRIED),
            stated_carriage=pl.sum_horizontal(_CARRIED),
            costs_declined=pl.when(unasked)
            .then(return_cost * pl.col("quantity"))
            .otherwise(rules.declined_cost),
        )
    )
    taken = pl.col("chance") * (pl.col("earned") + pl.col("avoided"))
    otherwise = declines * (pl.col("line_otherwise") + pl.col("costs_declined"))
    paid = pl.when(unasked).then(1.0).otherwise("chance") * pl.col("carriage")
    whole = paid - taken + otherwise + pl.col("lost") - pl.col("back")
    wrong = (whole - pl.col("cost")).abs() > CENT
    for stated, found in (
        ("unit_value", "lost"),
        ("returned_value", "back"),
        ("margin_change", "earned"),
        ("stated_carriage", "carriage"),
        ("declined_cost", "costs_declined"),
        ("otherwise", "line_otherwise"),
        ("markdown_avoided", "avoided"),
    ):
        wrong |= (pl.col(stated) - pl.col(found)).abs() > CENT
    stated_cost = pl.col("cost").round(2)
    other_price = (pl.col("pays") - pl.col("unit_price")).abs() > CENT
    return collect(
        report(
            known,
            CHOICE,
            {
                "stated_cost": (
                    wrong,
                    pl.format("costs {}", whole.round(2)),
                    stated_cost,
                )
            },
        ),
        report(known, CHOICE, {"price_of_substitute": (other_price, "pays", "unit_price")}),
    )


def _value_shares(sent: pl.DataFrame, stock: pl.DataFrame) -> pl.DataFrame:
    """Add lost, a line's share of what its units are worth there, and alone, if no other line drew.

    A line alone is valued as if its item were one of its own.
    """
    named = sent.rename({"location": "origin"}).with_row_index("row")
    item = pl.format("{}", "row")
    alone = named.select("row", "origin", "sku", "quantity")
    own = alone.join(stock, left_on=["sku", "origin"], right_on=["sku", "location"])
    worth = value_lines(
        alone.with_columns(sku=item),
        own.with_columns(sku=item, location="origin"),
        "origin",
    ).select("row", alone="lost")
    return value_lines(named, stock, "origin").join(worth, on="row").rename({"origin": "location"})


def _gain_problems(sent: pl.DataFrame, rules: SubstitutionRules) -> pl.DataFrame:
    """Substitutes that gain less than policy asks for."""
    gain = pl.col("otherwise") - pl.col("cost")
    # What a line without a substitute costs is never taken to be below 0.
    least = pl.min_horizontal(pl.lit(rules.least_gain), "otherwise")
    return report(sent, CHOICE, {"least_gain": (gain < least - CENT, least, gain.round(2))})
