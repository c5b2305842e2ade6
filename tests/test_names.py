"""Names: no class twice in a package, functions that doors offer are verb and object."""

import ast
import importlib
import inspect
from collections import defaultdict
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(
    path.parent.name
    for path in PROJECT.glob("*/__init__.py")
    if path.parent.name not in {"benchmarks", "tests"}
)
VERBS = frozenset(
    """allocate add apply backtest build choose compete compute count describe draw estimate
    examine explain export find fit forecast gather hash import join judge list load make
    measure open order override plan play plot project purchase read record refuse register
    report roll route run score sense set show solve split state sum summarize tabulate train
    transfer unconstrain write""".split()  # noqa: SIM905  # one a word
)
NOUNS = {
    "quantile": "the field's name of the function",
    "survival": "the field's name of the function",
}
"""Functions that are named by what they are, as the field does; each with its reason."""
TO_RENAME = frozenset(
    """accuracy_plot accuracy_table answer_prices arithmetic asset_key
    assume_deliveries assume_purchases bindings_table bound_demand
    check_spec classify_volume clear_closed_days clear_days_after_exit
    close_lanes code_version column column_schema compare_with_demand
    compiled contracts_page demand_plot exchange_packs exchange_units
    expected_sales fill_demand fingerprint_days fingerprint_inputs
    flag_leaving_range frame_of give_back interpolate_quantiles
    keep_limits landing_state launches_table level_plot levels_table
    limit_fences limit_last_sale may_decide models_table name_shortages
    net_lanes number_plan pack_details pack_model plain price_lanes
    price_units propose_actions put_flows report require_known_word result
    result_asset result_assets returns_table sample_inputs search_lanes
    select_movers select_new_lines select_purchase_items select_receivers
    settle_items size_retailer table take_in_order take_winners total_plot
    trade_off_plot unpack_details unpack_model value_kept_units
    window_service""".split()  # noqa: SIM905  # one a word
)
"""Functions not named so yet: none may be added."""
TWICE = frozenset(
    """""".split()  # noqa: SIM905  # one a word
)
"""Class names that are taken twice yet: none may be added."""


def sources(package):
    return sorted((PROJECT / package).rglob("*.py"))


def twice(files):
    """Classes that several of the files define, with the files."""
    places = defaultdict(list)
    for name, source in files:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    return {name: found for name, found in places.items() if len(found) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_classes_of_a_package_have_one_name(package):
    files = [(str(path.relative_to(PROJECT)), path.read_text()) for path in sources(package)]
    assert twice(files).keys() - TWICE == set()


def test_a_name_taken_twice_is_found():
    assert twice(
        [("a", "class Market: ..."), ("b", "class Market: ..."), ("c", "class Levels: ...")]
    ) == {"Market": ["a", "b"]}


def offered(package):
    """Functions that the faces of a package offer: face, name."""
    for face in sorted((PROJECT / package).rglob("__init__.py")):
        name = ".".join(face.parent.relative_to(PROJECT).parts)
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", ()):
            found = getattr(module, public)
            if inspect.isroutine(found) or hasattr(found, "py_func"):  # compiled
                yield name, public


def begins_with_a_verb(name):
    first, _, rest = name.partition("_")
    return first in VERBS and (bool(rest) or first in {"allocate", "unconstrain"})


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_that_doors_offer_are_verb_and_object(package):
    found = {name for _, name in offered(package) if not begins_with_a_verb(name)}
    assert sorted(found - NOUNS.keys() - TO_RENAME) == []


def test_every_exception_is_in_use():
    names = {name for package in PACKAGES for _, name in offered(package)}
    assert NOUNS.keys() <= names


@pytest.mark.parametrize("package", [*PACKAGES, "benchmarks"])
def test_every_module_says_what_it_is_for(package):
    silent = [
        path for path in sources(package) if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
