"""Substitutes in the columns of their tables: what is considered, and what is to be done."""

import polars as pl

from optimization.frames import cast_to_contract, word_worth
from optimization.sourcing import find_missed_choices
from optimization.substitution.choice import SubstituteChoice
from optimization.substitution.pricing import LINE
from quality_checks.contracts import SubstitutionOptions


def tabulate_substitution_options(choice: SubstituteChoice) -> pl.DataFrame:
    """Every substitute considered, in the columns of SubstitutionOptions."""
    return cast_to_contract(choice.considered, SubstitutionOptions)


def tabulate_substitutes(choice: SubstituteChoice, nodes: pl.DataFrame) -> pl.DataFrame:
    """What is offered or sent, in the columns of SubstitutionPlan but urgency_days.

    Args:
        choice: what was chosen.
        nodes: location and region of the contract Locations.
    """
    nothing = pl.col("rejected") == "leave it open"
    worth = pl.when(nothing).then(0.0).otherwise(pl.col("otherwise") - pl.col("rejected_cost"))
    words = pl.when(nothing).then(pl.lit("no substitute")).otherwise("rejected")
    return (
        choice.chosen.join(_find_bindings(choice), on=LINE, how="left", maintain_order="left")
        .with_columns(destination=pl.coalesce("collect_at", "region"))
        .drop("region")
        .rename(
            {
                "line": "order_line",
                "sku": "ordered_sku",
                "substitute": "sku",
                "location": "origin",
            }
        )
        .join(nodes.select("region", origin="location"), on="origin", maintain_order="left")
        .with_columns(
            packs="quantity",
            gain_chance=pl.col("gain_chance") * pl.col("chance"),
            reason=pl.lit("no_node_in_time"),
            binding=pl.col("binding").fill_null("cost"),
            rejected=word_worth(words, worth).fill_null("none"),
        )
    )


def _find_bindings(choice: SubstituteChoice) -> pl.DataFrame:
    """For each line what kept it from the cheapest substitute that costs less than the chosen."""
    chosen = choice.chosen.select(*LINE, chosen_cost="cost")
    return find_missed_choices(choice.considered, chosen).select(*LINE, binding="verdict")
