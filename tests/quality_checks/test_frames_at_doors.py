"""A frame that crosses a door is stated: whoever offers a function says which contract it takes."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from quality_checks.contracts import CONTRACTS, FRAMES

PROJECT = Path(__file__).parents[2]
ROOMS = ("forecasting", "optimization", "governance")
STATED = {contract.model.__name__ for contract in (CONTRACTS | FRAMES).values()}
GIVEN = re.compile(r"\b(?:as|as for|as in|as of|[Ww]hat|results? of) `[\w.]+`")
"""What another function of the house gives; it says there what that is."""

ANY_FRAME = "whatever has these columns"
OF_A_KIND = "the table that the kind declares, by which it is checked"
OF_A_PLANNER = "numbers of a planner that has read its frames, as its search wants them"
SCORES = "the mistake is told by whose scores they are"
EXCEPTIONS = {
    ("forecasting.distribution", "aggregate_groups", "frame"): ANY_FRAME,
    ("forecasting.evaluation", "summarize_accuracy", "rows"): ANY_FRAME,
    ("forecasting.lifecycle", "judge_challenger", "challenger"): SCORES,
    ("forecasting.lifecycle", "judge_challenger", "champion"): SCORES,
    ("forecasting.lifecycle", "judge_challenger", "baseline"): SCORES,
    ("forecasting.lifecycle", "measure_input_drift", "features"): "the features of any model",
    ("governance.kinds", "pack_details", "frame"): OF_A_KIND,
    ("governance.kinds", "unpack_details", "frame"): OF_A_KIND,
    ("governance", "propose_actions", "plan"): OF_A_KIND,
    ("optimization.feasibility", "find_sourcing_problems", "decided"): OF_A_PLANNER,
    ("optimization.purchasing", "find_prices", "items"): OF_A_PLANNER,
    ("optimization.transfers", "build_market", "pairs"): OF_A_PLANNER,
    ("optimization.transfers", "build_market", "lanes"): OF_A_PLANNER,
    ("optimization.value", "join_sale_values", "pairs"): ANY_FRAME,
}
"""Arguments without a contract: face, function, argument -> why. Let it grow shorter."""


def describe_argument(docstring, name):
    """What the section Args says of an argument."""
    section = docstring.partition("Args:\n")[2]
    found = re.search(
        rf"^( +){name}: (.*?)(?=^\1\w|^\S|\n\n|\Z)", section, re.DOTALL | re.MULTILINE
    )
    return " ".join(found[2].split()) if found else ""


def is_stated(words):
    """Whether words about an argument name a contract, or a function that gives the frame."""
    named = {*re.findall(r"\w+", words)}
    told = {*re.findall(r"(?:[Ff]rame|contract) `(\w+)`", words)}
    return bool(named & STATED or told & {*FRAMES, *CONTRACTS} or GIVEN.search(words))


def list_frame_arguments():
    """(face, function, argument, words) of each frame that a function at a face is given."""
    seen = set()
    for room in ROOMS:
        for face in sorted((PROJECT / room).rglob("__init__.py")):
            name = ".".join(face.parent.relative_to(PROJECT).parts)
            module = importlib.import_module(name)
            for public in getattr(module, "__all__", ()):
                function = getattr(module, public)
                if not inspect.isfunction(function) or function in seen:
                    continue
                seen.add(function)
                docstring = inspect.getdoc(function) or ""
                for argument, of in inspect.signature(function).parameters.items():
                    if "DataFrame" in str(of.annotation):
                        yield name, public, argument, describe_argument(docstring, argument)


def test_each_frame_at_a_door_names_its_contract():
    arguments = list(list_frame_arguments())
    assert len(arguments) > 250
    bare = {tuple(place): words for *place, words in arguments if not is_stated(words)}
    assert {place: words for place, words in bare.items() if place not in EXCEPTIONS} == {}
    assert bare.keys() == EXCEPTIONS.keys(), "an exception that nothing needs is taken out"


@pytest.mark.parametrize(
    "words",
    [
        "",
        "department, and spent, what was ordered so far in the month of the order, currency.",
        "frame `whatever`.",
        "sku, location: pairs.",
    ],
)
def test_a_list_of_columns_is_no_contract(words):
    assert not is_stated(words)


@pytest.mark.parametrize(
    "words",
    [
        "frame `moved_units`, of tonight's transfers.",
        "the columns of the contract Lanes.",
        "a `Targets` frame.",
        "columns of the contract `plan_versions`, of the business date.",
        "what `gather_purchase_inputs` gives.",
    ],
)
def test_a_contract_that_is_named_is_found(words):
    assert is_stated(words)


def test_what_is_said_of_an_argument_ends_with_it():
    arguments = "    first: frame\n        `lanes`.\n    other: 7.\n"
    docstring = f"Do.\n\nArgs:\n{arguments}\nReturns:\n    first."
    assert describe_argument(docstring, "first") == "frame `lanes`."
    assert describe_argument(docstring, "other") == "7."
