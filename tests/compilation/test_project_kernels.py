"""All of the project's compiled code goes through the decorator, and does what was written."""

import ast
import importlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numba.core.dispatcher import Dispatcher

from compilation import copy_array, find_plain_function
from compilation.fingerprint import fingerprint
from forecasting.baseline import smoothing
from forecasting.history import phantom_stock
from optimization.levels import demand_mass
from optimization.projection import days
from optimization.reference import projected_stock
from optimization.value.pack_ladders import _add_sales
from simulation.replay.draws import draw_uniform

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(
    path.parent.name for path in PROJECT.glob("*/__init__.py") if path.parent.name != "tests"
)


def sources():
    return sorted(path for name in PACKAGES for path in (PROJECT / name).rglob("*.py"))


def asks_numba(source):
    """Whether a source imports anything of numba."""
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if any(name.split(".")[0] == "numba" for name in names):
            return True
    return False


def test_only_the_decorator_asks_numba():
    found = {
        path.relative_to(PROJECT).parts[0] for path in sources() if asks_numba(path.read_text())
    }
    assert found == {"compilation"}


@pytest.mark.parametrize("source", ["import numba", "def f():\n    from numba import njit"])
def test_asking_numba_is_found(source):
    assert asks_numba(source)


def kernels():
    """Every kernel of the project, by module and name."""
    for path in sources():
        text = path.read_text()
        if "@compiled" in text and "compilation" not in path.relative_to(PROJECT).parts:
            name = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
            for kernel in vars(importlib.import_module(name)).values():
                if isinstance(kernel, Dispatcher) and kernel.__module__ == name:
                    yield kernel


def test_the_key_of_every_kernel_can_be_told():
    """Also of those that no test compiles: what a key cannot tell is refused when it is."""
    found = [fingerprint(kernel) for kernel in kernels()]
    assert len(found) > 100
    assert len(set(found)) == len(found)


def copies(arguments):
    return [x.copy() if isinstance(x, np.ndarray) else x for x in arguments]


def run(function, arguments):
    """What a function returns, and its arguments after it."""
    given = copies(arguments)
    returned = function(*given)
    return (returned, *given)


def smoothing_arguments(rng):
    demand = rng.poisson(1.3, (20, 50)).astype(float)
    demand[rng.random(demand.shape) < 0.2] = np.nan
    return demand, 0.2, 0.1, np.zeros(20), np.full(demand.shape, np.nan)


def ladder_arguments(rng):
    packs = rng.integers(0, 12, 60)
    start = np.concatenate([[0], np.cumsum(packs)])
    mean = rng.gamma(1.0, 8.0, 60)
    variance = mean * rng.uniform(0.8, 4.0, 60)
    money = rng.uniform(0, 9, (2, 60))
    position, pack = rng.integers(-3, 20, 60), rng.integers(1, 7, 60)
    return mean, variance, position, pack, start, *money, np.zeros(start[-1], np.float32)


def run_arguments(rng):
    starts = np.arange(0, 401, 40)
    sold = rng.poisson(0.8, 400).astype(float)
    sold[rng.random(400) < 0.1] = np.nan
    sold[100:117] = 0.0
    factor, level = rng.uniform(0.5, 1.5, 400), rng.uniform(0.5, 2.0, 10)
    return (
        starts,
        sold,
        rng.random(400) < 0.05,
        factor,
        level,
        np.full(10, 5.0),
        np.zeros(400, bool),
    )


def order_arguments(rng):
    mean = rng.uniform(0.5, 30.0, 5)
    variance = mean * rng.uniform(1.0, 3.0, 5)
    return float(rng.integers(0, 50)), rng.integers(0, 20, 5).astype(float), mean, variance, 0.9


CASES = {
    smoothing._smooth_rates: smoothing_arguments,
    _add_sales: ladder_arguments,
    phantom_stock._mark_runs: run_arguments,
    demand_mass.fill_demand: lambda rng: (
        rng.uniform(1, 90),
        rng.uniform(1, 400),
        2.0,
        np.zeros(999),
    ),
    projected_stock.find_marginal_order: order_arguments,
    draw_uniform: lambda rng: (np.uint64(rng.integers(2**60)), 3, int(rng.integers(99)), 7),
}


@pytest.mark.parametrize("kernel", CASES, ids=lambda kernel: kernel.__name__)
@pytest.mark.parametrize("seed", range(5))
def test_a_kernel_does_what_was_written(kernel, seed):
    arguments = CASES[kernel](np.random.default_rng(seed))
    with np.errstate(over="ignore"):
        expected = run(find_plain_function(kernel), arguments)
    for found, wanted in zip(run(kernel, arguments), expected, strict=True):
        if wanted is not None:
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_an_array_that_may_not_be_written_to_fails_a_test():
    """What `one_kind_of_array` watches for in all tests."""
    demand, reached = np.ones(3), np.zeros(3)
    demand.flags.writeable = False
    with pytest.raises(AssertionError, match="_sum_from is given arrays that may not be written"):
        days._sum_from(demand, reached)
    days._sum_from(copy_array(demand), reached)
    assert reached.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("values", [np.ones((3, 2)).T, np.ones((4, 4))[::2, 1:3], [[1, 2], [3, 4]]])
def test_a_copied_array_lies_row_after_row(values):
    copied = copy_array(values, float)
    assert copied.flags.c_contiguous
    assert copied.flags.writeable
    assert np.array_equal(copied, np.asarray(values))
    assert not np.shares_memory(copied, np.asarray(values))


def test_a_copied_column_may_be_written_to():
    column = pl.Series([1.0, 2.0])
    copied = copy_array(column)
    copied[0] = 5.0
    assert column.to_list() == [1.0, 2.0]
