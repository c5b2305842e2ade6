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
    """accuracy_plot accuracy_table allocation_problems allocation_receivers
    arrival_service asset_key barred_pairs base_stock baseline best_stock
    bindings_table capped_levels champion chance check_spec choose
    city_sizes class_sums code_version column_schema common_variation
    compete contributions current_version curve date_of day_factor
    deliveries demand_mass demand_plot demo_worlds describe echelon_demand
    echelon_windows entrants_of events expected_sales expected_without
    far_demand fingerprint_days fingerprint_inputs fit fixed_service
    forecast from_allocation from_files from_purchases from_transfers
    generator hindsight_score history_worlds horizon_rows input_drift
    interpolated_quantiles joint_problems kept_units ladders landing_state
    lanes_left last_sale launches_table lead_times least_stock
    leaves_range level_plot levels_table load local_windows lost_share
    lost_sources marginal_order marginal_orders min_max_levels model_table
    models_table movable new_lines normal_reorder_points number_plan
    observed_inputs only_while_open overrides_in_force owned_units
    pack_ladders paired_interval planned_pairs policy_hash problems
    projected_stock purchase_items purchase_problems purchases
    reasons_in_words receivers record register report require_known_word
    residual_drift result_asset result_assets retailer_settings
    return_rates returns_table ring_fences roi_table rollout_order route
    score scorecard scored sense share_of_day shared_limits_of solve
    spent_by_earlier_versions stock_out_share stop_at_exit supplier_yields
    supply surge_by_class table to_files total_plot trade_off_plot
    transfer_efficiency transfer_movers transfer_places transfer_problems
    unit_costs usual_lead_time value_added versions volume_class
    window_demand with_stock_outs""".split()  # noqa: SIM905  # one a word
)
"""Functions not named so yet: none may be added."""
TWICE = frozenset(
    """Levels Market Masters Moves OrderLines Policy Purchases Rule Seen
    Terms World""".split()  # noqa: SIM905  # one a word
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
