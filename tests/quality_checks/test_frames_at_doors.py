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
WITHIN = "goes back into the package that made it, which alone reads it"
FOR_THE_EYE = "a table that is shown and that nothing reads"
AT_FAULT = "rows at fault, which the file of their check shows as they are"
OF_A_VIEW = "rows of the view PlanFigures, which analysts read too"
OF_A_PLAN = "the contract is that of whichever plan it is"
HELD_WITHOUT = {
    ("forecasting.distribution", "RunningDemand", "pairs"): WITHIN,
    ("forecasting.global_model", "ModelPanel", "pairs"): WITHIN,
    ("forecasting.lifecycle", "Trained", "scores"): WITHIN,
    ("forecasting.price_response", "PriceResponse", "past"): WITHIN,
    ("forecasting.price_response", "PriceResponse", "items"): WITHIN,
    ("forecasting.price_response", "PriceResponse", "levels"): WITHIN,
    ("forecasting.supply", "DelayModel", "seen"): WITHIN,
    ("optimization.explanation", "Explained", "lines"): OF_A_KIND,
    ("optimization.explanation", "PlannedNight", "plans"): OF_A_KIND,
    ("optimization.levels", "Plan", "lines"): OF_A_PLAN,
    ("optimization.levels", "Plan", "left_out"): OF_A_PLAN,
    ("optimization.purchasing", "Purchases", "left_out"): AT_FAULT,
    ("governance", "ActionContext", "overtaken"): "keys of whatever source",
    ("governance", "PolicyRehearsal", "routes"): FOR_THE_EYE,
    ("governance", "PolicyRehearsal", "workload"): FOR_THE_EYE,
    ("governance.cases", "Rehearsal", "cases"): FOR_THE_EYE,
    ("governance.cases", "Rehearsal", "workload"): FOR_THE_EYE,
    ("governance.cases", "Rehearsal", "unmatched"): FOR_THE_EYE,
    ("governance.level_changes", "LandedLevelChanges", "refused"): AT_FAULT,
    ("governance.story", "Story", "inputs"): FOR_THE_EYE,
    ("governance.story", "Story", "answers"): FOR_THE_EYE,
}
"""Frames of classes without a contract: face, class, field -> why. Let it grow shorter."""
GIVEN_WITHOUT = {
    ("forecasting.adjust", "find_usual_offers"): WITHIN,
    ("forecasting.baseline", "backtest_challengers"): WITHIN,
    ("forecasting.distribution", "aggregate_groups"): ANY_FRAME,
    ("forecasting.evaluation", "list_outcomes"): WITHIN,
    ("forecasting.evaluation", "summarize_overrides"): FOR_THE_EYE,
    ("forecasting.evaluation", "tabulate_reliability"): FOR_THE_EYE,
    ("forecasting.global_model", "compare_with_demand"): WITHIN,
    ("forecasting.global_model", "explain_forecast"): WITHIN,
    ("forecasting.lifecycle", "measure_input_drift"): FOR_THE_EYE,
    ("forecasting.lifecycle", "measure_residual_drift"): FOR_THE_EYE,
    ("forecasting.lifecycle", "sample_inputs"): WITHIN,
    ("forecasting.night", "choose_explained"): WITHIN,
    ("forecasting.price_response", "find_price_changes"): WITHIN,
    ("forecasting.price_response", "predict_priced_sales"): WITHIN,
    ("forecasting.supply", "estimate_refusals"): WITHIN,
    ("forecasting.supply", "list_lines_against"): FOR_THE_EYE,
    ("optimization.causes", "find_wrong_shares"): AT_FAULT,
    ("optimization.causes", "find_wrong_sums"): AT_FAULT,
    ("optimization.exceptions", "tabulate_exceptions"): FOR_THE_EYE,
    ("optimization.shortages", "tabulate_shortages"): FOR_THE_EYE,
    ("optimization.transfers", "build_market"): OF_A_PLANNER,
    ("governance", "record_landed_decisions"): AT_FAULT,
    ("governance", "sum_actions_by_kind"): FOR_THE_EYE,
    ("governance", "tabulate_changes"): FOR_THE_EYE,
    ("governance", "tabulate_waiting"): FOR_THE_EYE,
    ("governance.cases", "compare_options"): FOR_THE_EYE,
    ("governance.exchange", "list_cancelled_orders"): WITHIN,
    ("governance.scenarios", "change_masters"): "rows of whichever master is changed",
    ("governance.scenarios", "compare_figures"): FOR_THE_EYE,
}
"""Frames given without a contract: face, function -> why. Let it grow shorter."""
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
    ("governance.scenarios", "compare_figures", "live"): OF_A_VIEW,
    ("governance.scenarios", "compare_figures", "scenario"): OF_A_VIEW,
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
    told = {*re.findall(r"(?:[Ff]rames?|contract|and) `(\w+)`", words)}
    return bool(named & STATED or told & {*FRAMES, *CONTRACTS} or GIVEN.search(words))


def list_offers():
    """(face, name, what it is) of what faces offer, each once."""
    seen = set()
    for room in ROOMS:
        for face in sorted((PROJECT / room).rglob("__init__.py")):
            name = ".".join(face.parent.relative_to(PROJECT).parts)
            module = importlib.import_module(name)
            for public in getattr(module, "__all__", ()):
                offered = getattr(module, public)
                if id(offered) not in seen:
                    seen.add(id(offered))
                    yield name, public, offered


def is_frame(annotation):
    """Whether an annotation is of a frame, or of several; not of what takes or gives one."""
    words = str(annotation)
    return "DataFrame" in words and "Callable" not in words


def list_frame_arguments():
    """(face, function, argument, words) of each frame that a function at a face is given."""
    for name, public, function in list_offers():
        if inspect.isfunction(function):
            docstring = inspect.getdoc(function) or ""
            for argument, of in inspect.signature(function).parameters.items():
                if is_frame(of.annotation):
                    yield name, public, argument, describe_argument(docstring, argument)


def list_frames_given():
    """(face, function, words) of each frame that a function at a face gives.

    One that gives back what it was given, with more columns or fewer rows, gives what the contract
    of its argument says.
    """
    for name, public, function in list_offers():
        if not inspect.isfunction(function):
            continue
        signature = inspect.signature(function)
        if is_frame(signature.return_annotation):
            docstring = inspect.getdoc(function) or ""
            section = docstring.partition("Returns:\n")[2].partition("\n\n")[0]
            words = " ".join((section or docstring.partition("\n\n")[0]).split())
            passed = {name for name, of in signature.parameters.items() if is_frame(of.annotation)}
            back = {*re.findall(r"(?:of|[Aa]ctive|^) ?`(\w+)`", words)} & passed
            if not (back or re.search(r"\b[Tt]he same\b", words)):
                yield name, public, words


def list_frame_fields():
    """(face, class, field, words) of each frame in a class that a face offers."""
    for name, public, offered in list_offers():
        if not inspect.isclass(offered):
            continue
        told = (inspect.getdoc(offered) or "").replace("Attributes:\n", "Args:\n")
        for field, annotation in getattr(offered, "__annotations__", {}).items():
            if is_frame(annotation) and not field.startswith("_"):
                yield name, public, field, describe_argument(told, field)


def test_each_frame_at_a_door_names_its_contract():
    arguments = list(list_frame_arguments())
    assert len(arguments) > 250
    bare = {tuple(place): words for *place, words in arguments if not is_stated(words)}
    assert {place: words for place, words in bare.items() if place not in EXCEPTIONS} == {}
    assert bare.keys() == EXCEPTIONS.keys(), "an exception that nothing needs is taken out"


def test_each_frame_that_a_door_gives_names_its_contract():
    bare = {tuple(place): words for *place, words in list_frames_given() if not is_stated(words)}
    assert {place: words for place, words in bare.items() if place not in GIVEN_WITHOUT} == {}
    assert bare.keys() == GIVEN_WITHOUT.keys(), "an exception that nothing needs is taken out"


def test_each_frame_of_a_class_at_a_door_names_its_contract():
    fields = list(list_frame_fields())
    assert len(fields) > 150
    bare = {tuple(place): words for *place, words in fields if not is_stated(words)}
    assert {place: words for place, words in bare.items() if place not in HELD_WITHOUT} == {}
    assert bare.keys() == HELD_WITHOUT.keys(), "an exception that nothing needs is taken out"


def test_what_takes_a_frame_is_none():
    assert is_frame("Mapping[str, pl.DataFrame]")
    assert not is_frame("Callable[[pl.DataFrame], pl.DataFrame]")
    assert not is_frame("str")


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
