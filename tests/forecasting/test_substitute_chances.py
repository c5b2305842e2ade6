"""Who takes a substitute: learned with shrinkage, near the truth of the built-in retailer."""

import polars as pl
import pytest

from forecasting.substitution import estimate_substitute_chances
from quality_checks.contracts import CLOSENESS, SubstitutionRules
from simulation.retailer import build_world, draw_answers, size_retailer
from simulation.retailer.substitution import FALLS_WITH_PRICE

PRIOR = dict.fromkeys(CLOSENESS, 0.1)
RULES = SubstitutionRules(prior_acceptance=PRIOR, prior_answers=20.0, most_substitutes=99)
NO_WORD = pl.DataFrame(schema={"sku": pl.String, "substitute": pl.String, "allowed": pl.Boolean})
NO_ANSWER = pl.DataFrame(
    schema={
        "sku": pl.String, "substitute": pl.String, "price_ratio": pl.Float64,
        "answers": pl.Int64, "accepted": pl.Int64,
    }
)  # fmt: skip


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


def told(*rows, ratio=1.0):
    priced = [(sku, other, ratio, *rest) for sku, other, *rest in rows]
    return pl.DataFrame(priced, schema=NO_ANSWER.schema, orient="row")


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
    assert [row["equal_chance"] for row in rows] == pytest.approx([0.1] * len(rows))
    assert {(row["answers"], row["like_answers"]) for row in rows} == {(0, 0)}


def test_answers_to_one_substitute_move_the_others_that_are_as_close():
    # (30 + 20 x 0.1) / (40 + 20) of items of another colour, of any category.
    rows = found(answers=told(("D", "A", 5, 5), ("C", "F", 40, 30)))
    assert rows["B"]["equal_chance"] == pytest.approx(32 / 60)
    assert (rows["B"]["answers"], rows["B"]["like_answers"]) == (0, 40)
    assert rows["C"]["equal_chance"] == pytest.approx(0.1)
    assert rows["D"]["equal_chance"] == pytest.approx((5 + 2.0) / 25)


def test_the_best_chances_come_first_where_policy_weighs_few():
    rules = RULES.model_copy(update={"most_substitutes": 1})
    assert set(found(answers=told(("A", "C", 9, 9)), rules=rules)) == {"C"}


def test_likelier_at_what_policy_has_customers_pay_comes_first():
    """D is likelier taken than C at an equal price; it costs a fifth more."""
    said_yes = told(("A", "D", 30, 20), ("A", "C", 30, 19))
    asks = {"most_substitutes": 1, "prior_price_slope": 9.0}
    for pays, first in (("lower", "D"), ("substitute", "C")):
        rules = RULES.model_copy(update={**asks, "customer_pays": pays})
        assert set(found(answers=said_yes, rules=rules)) == {first}


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
    answers = draw_answers(world, 30, seed=3)
    shop = world.network.products.frame.select(
        "sku", "style", "colour", "size", "category", unit_price="list_price",
        on_sale=pl.lit(value=True),
    )  # fmt: skip
    rules = RULES.model_copy(update={"price_band": 99.0, "most_substitutes": 500})
    learned = estimate_substitute_chances(
        answers["sku"].unique(), shop, NO_WORD, answers.select(NO_ANSWER.columns), rules,
        at_hand=shop["sku"],
    )  # fmt: skip
    truth = answers.rename({"equal_chance": "true_chance", "answers": "n"}).drop("chance")
    seen = truth.join(learned, on=["sku", "substitute"], validate="m:1")
    assert seen.height == answers.height
    share = pl.col("accepted").sum() / pl.col("n").sum()
    off = seen.select(
        ours=pl.col("equal_chance") - pl.col("true_chance"),
        as_they_are=share.over("sku", "substitute") - pl.col("true_chance"),
        pooled=share.over("closeness") - pl.col("true_chance"),
    ).select(pl.all().abs().mean())
    ours, as_they_are, pooled = off.row(0)
    assert ours < 0.5 * as_they_are
    assert ours < pooled
    # What price does is found near the truth, from far: policy says nothing of it here.
    assert learned["price_slope"][0] == pytest.approx(FALLS_WITH_PRICE, rel=0.2)


def test_what_dearer_substitutes_lose_is_policy_s_until_answers_tell():
    row = found()["D"]
    assert (row["price_slope"], row["dearer_answers"]) == (pytest.approx(2.6), 0)
    # Three answers move it a little, thousands to where they say: odds of 1 and of 1 to 4 at twice
    # the price; and never below 0.
    few = pl.concat([told(("C", "F", 2, 1)), told(("C", "F", 3, 0), ratio=2.0)])
    many = pl.concat([told(("C", "F", 9000, 4500)), told(("C", "F", 9000, 1800), ratio=2.0)])
    odd = pl.concat([told(("C", "F", 9000, 1800)), told(("C", "F", 9000, 4500), ratio=2.0)])
    slopes = [found(answers=rows)["B"]["price_slope"] for rows in (few, many, odd)]
    assert 2.6 < slopes[0] < 3.2
    assert slopes[1] == pytest.approx(2.0, abs=0.05)
    assert slopes[2] == pytest.approx(0.0, abs=1e-9)
    # At an equal price the chance is that of those who were to pay no more.
    assert found(answers=many)["B"]["equal_chance"] == pytest.approx(0.5, abs=0.01)
