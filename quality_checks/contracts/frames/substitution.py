"""What the choice of substitutes is learned and made from."""

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.sourcing import CustomerLine
from quality_checks.contracts.landing import Products, Substitutes
from quality_checks.contracts.substitution import AcceptedChance


@frame("substitute_items", "forecasting.substitution", key=("sku",))
class SubstituteItems(Table):
    """Items with what tells how close they are to each other."""

    sku: str = column("Item.")
    style: str = column_of(Products, "style")
    colour: str = column_of(Products, "colour")
    size: str = column_of(Products, "size")
    category: str = column_of(Products, "category")
    on_sale: bool = column("It is on sale on the next day.")
    unit_price: float = column(
        "What customers pay for it; missing where nothing says.",
        unit="currency",
        nullable=True,
        ge=0,
    )


@frame("stated_substitutes", "forecasting.substitution", key=("sku", "substitute"))
class StatedSubstitutes(Table):
    """Which items the master says may, or may not, be sent in place of another."""

    sku: str = column_of(Substitutes, "sku")
    substitute: str = column_of(Substitutes, "substitute")
    allowed: bool = column_of(Substitutes, "allowed")


@frame("substitution_answers", "forecasting.substitution", key=("sku", "substitute"), unique=False)
class SubstitutionAnswers(Table):
    """What customers answered to substitutes, by item, substitute and how much dearer it was."""

    sku: str = column_of(Substitutes, "sku")
    substitute: str = column_of(Substitutes, "substitute")
    price_ratio: float = column(
        "What they were to pay for it over the price of the item ordered, 1 where that was no "
        "less; missing where nobody says what they were to pay.",
        nullable=True,
        ge=1,
    )
    answers: int = column("Answers.", ge=1)
    accepted: int = column("Those that took it.", ge=0)


@frame("substitute_chances", "optimization.substitution", key=("sku", "substitute"))
class SubstituteChances(AcceptedChance):
    """Items that may be sent in place of another, and how surely a customer takes them."""

    sku: str = column_of(Substitutes, "sku")
    substitute: str = column_of(Substitutes, "substitute")


@frame("answered_lines", "optimization.substitution", key=("order_id", "line", "substitute"))
class AnsweredLines(CustomerLine):
    """What customers have answered already to substitutes for a line."""

    substitute: str = column_of(Substitutes, "substitute")
    accepted: bool = column("The customer took it.")


@frame("substitute_goods", "optimization.substitution", key=("sku",))
class SubstituteGoods(Table):
    """What items in place of others earn and weigh."""

    sku: str = column("Item.")
    unit_price: float = column_of(SubstituteItems, "unit_price", nullable=False)
    unit_cost: float = column_of(Products, "unit_cost")
    volume: float = column_of(Products, "volume")
    weight: float = column_of(Products, "weight")
