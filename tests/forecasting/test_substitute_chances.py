"""Who takes a substitute: learned with shrinkage, near the truth of the built-in retailer."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from forecasting.substitution import estimate_substitute_chances
from quality_checks.contracts import CLOSENESS, SubstitutionRules
from simulation.retailer import build_world, size_retailer
from simulation.retailer.online_orders import CANCELLED, no_lines
from simulation.retailer.substitution import find_closeness, outcome_rows

PRIOR = dict.fromkeys(CLOSENESS, 0.1)
RULES = SubstitutionRules(prior_acceptance=PRIOR, prior_answers=20.0, most_substitutes=99)
NO_WORD = pl.DataFrame(schema={"sku": pl.String, "substitute": pl.String, "allowed": pl.Boolean})
NO_ANSWER = pl.DataFrame(
    schema={"sku": pl.String, "substitute": pl.String, "answers": pl.Int64, "accepted": pl.Int64}
)


def items(*rows):
    columns = ("sku", "style", "colour", "size", "category", "unit_price", "on_sale")
    return pl.DataFrame(rows, schema=columns, orient="row")


SHOP = items(
    ("A", "s1", "red", "M", "socks", 10.0, True),
    ("B", "s1", "blue", "M", "socks", 10.0, True),
    ("C", "s1", "red", "L", "socks", 10.0, True),
    ("D", "s2", "red", "M", "socks", 12.0, True),
    ("E", "s2", "red", "L", "socks", 14.0, True),
    ("F", "s1", "blue", "L", "socks", 10.0, False),
    ("G", "s9", "red", "M", "hats", 10.0, True),
)


def found(stated=NO_WORD, answers=NO_ANSWER, rules=RULES, at_hand="ABCDEFG"):
    frame = estimate_substitute_chances(
        pl.Series(["A"]), SHOP, stated, answers, rules, at_hand=pl.Series(list(at_hand))
    )
    return {row["substitute"]: row for row in frame.to_dicts()}


def told(*rows):
    return pl.DataFrame(rows, schema=NO_ANSWER.schema, orient="row")


def said(*rows):
    return pl.DataFrame(rows, schema=NO_WORD.schema, orient="row")


def test_where_the_master_is_silent_alike_items_of_like_price_on_sale_stand_in():
    close = {name: row["closeness"] for name, row in found().items()}
    # E costs 40 % more, F is not on sale, and G is of another category.
    assert close == {"B": "other_colour", "C": "other_size", "D": "alike"}


def test_the_master_names_what_stands_in_and_what_never_does():
    assert set(found(said(("A", "G", True), ("A", "F", True)))) == {"G"}
    assert found(said(("A", "G", True)))["G"]["closeness"] == "other"
    assert set(found(said(("A", "B", False)))) == {"C", "D"}


def test_without_answers_the_chance_is_that_of_policy_and_says_so():
    rows = found().values()
    assert {(row["chance"], row["answers"], row["like_answers"]) for row in rows} == {(0.1, 0, 0)}


def test_answers_to_one_substitute_move_the_others_that_are_as_close():
    # (30 + 20 x 0.1) / (40 + 20) of items of another colour, of any category.
    rows = found(answers=told(("D", "A", 5, 5), ("C", "F", 40, 30)))
    assert rows["B"]["chance"] == pytest.approx(32 / 60)
    assert (rows["B"]["answers"], rows["B"]["like_answers"]) == (0, 40)
    assert rows["C"]["chance"] == pytest.approx(0.1)
    assert rows["D"]["chance"] == pytest.approx((5 + 2.0) / 25)


def test_the_best_chances_come_first_where_policy_weighs_few():
    rules = RULES.model_copy(update={"most_substitutes": 1})
    assert set(found(answers=told(("A", "C", 9, 9)), rules=rules)) == {"C"}


def test_what_no_node_has_takes_no_place_of_the_few_that_are_weighed():
    rules = RULES.model_copy(update={"most_substitutes": 1})
    said_yes = told(("A", "C", 9, 9))
    assert set(found(answers=said_yes, rules=rules, at_hand="BD")) == {"B"}
    # Where there is room for all they are named, and found to be out of stock.
    assert set(found(at_hand="D")) == {"B", "C", "D"}


@pytest.fixture(scope="module")
def world():
    settings = size_retailer("tiny").model_copy(update={"skus": 240})
    return build_world(settings, seed=7)


def test_chances_learned_of_the_built_in_retailer_are_nearer_its_truth_than_shares_as_they_are(
    world,
):
    network, substitution = world.network, world.substitution
    products = network.products
    live = (products.launch <= world.first) & (products.exit >= world.first)
    pairs = np.flatnonzero(live[network.sku])
    pairs = pairs[np.unique(network.sku[pairs], return_index=True)[1]]
    pair = np.tile(pairs, 30)
    none = {field.name: np.zeros(pair.size, dtype=np.int64)
            for field in dataclasses.fields(no_lines())}  # fmt: skip
    over = np.full(pair.size, CANCELLED)
    asked = dataclasses.replace(no_lines(), **none | {"pair": pair, "status": over, "units": over})
    rows = outcome_rows(network, substitution, asked, world.first, seed=3)
    answers = (
        rows.group_by("sku", "substitute", maintain_order=True)
        .agg(answers=pl.len().cast(pl.Int64), accepted=(pl.col("outcome") == "accepted").sum())
        .with_columns(pl.col("accepted").cast(pl.Int64))
    )
    shop = products.frame.select(
        "sku", "style", "colour", "size", "category", unit_price="list_price",
        on_sale=pl.lit(value=True),
    )  # fmt: skip
    rules = RULES.model_copy(update={"price_band": 1.0, "most_substitutes": 500})
    learned = estimate_substitute_chances(
        answers["sku"].unique(), shop, NO_WORD, answers, rules, at_hand=shop["sku"]
    )
    number = {name: place for place, name in enumerate(products.names)}
    seen = learned.filter(pl.col("answers") > 0).join(answers, on=["sku", "substitute"])
    truth = np.array([
        substitution.chance(number[sku], np.array([number[other]]))[0]
        for sku, other in seen.select("sku", "substitute").iter_rows()
    ])  # fmt: skip
    ours = np.abs(seen["chance"].to_numpy() - truth).mean()
    as_they_are = np.abs((seen["accepted"] / seen["answers"]).to_numpy() - truth).mean()
    by_closeness = seen.with_columns(
        share=(pl.col("accepted").sum() / pl.col("answers").sum()).over("closeness")
    )["share"]
    pooled = np.abs(by_closeness.to_numpy() - truth).mean()
    assert ours < 0.5 * as_they_are
    assert ours < pooled
    assert seen["closeness"].to_list() == [
        find_closeness(products, number[sku], np.array([number[other]]))[0]
        for sku, other in seen.select("sku", "substitute").iter_rows()
    ]
