"""The fingerprint of a kernel tells apart what compiles apart, and nothing else."""

import cProfile
import re
import shutil
import types
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from compilation import compiled, find_plain_function
from compilation.fingerprint import fingerprint


class Line(NamedTuple):
    units: float
    packs: float


class Swapped(NamedTuple):
    packs: float
    units: float


Swapped.__name__ = "Line"


class Rule(IntEnum):
    MIN_MAX = 0
    BASE_STOCK = 1


class Renumbered(IntEnum):
    MIN_MAX = 1
    BASE_STOCK = 0


@compiled
def one_more(x: int) -> int:
    return x + 1


@compiled
def two_more(x: int) -> int:
    return one_more(x) + 1


def kernel(source, **names):
    """The kernel `f` of a module with this source and these names."""
    module = types.ModuleType("shop")
    vars(module).update(compiled=compiled, np=np, **names)
    exec(compile(source, __file__, "exec"), vars(module))  # noqa: S102  # a module made here
    return module.f


def print_of(source, **names):
    return fingerprint(kernel(source, **names))


F = "@compiled\ndef f(x):\n    return "
G = "@compiled\ndef g(x):\n    return x + 1\n"
H = "@compiled\ndef h(x):\n    return x + 2\n"
BASE = F + "x + LEAST\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((F + "x + 1", {}), (F + "x + 2", {})),
        ((F + "x + 1", {}), (F + "x + 1.0", {})),
        ((F + "x + 0.0", {}), (F + "x + -0.0", {})),
        ((F + "np.ceil(x)", {}), (F + "np.floor(x)", {})),
        ((BASE, {"LEAST": 1}), (BASE, {"LEAST": 2})),
        ((BASE, {"LEAST": 1}), (BASE, {"LEAST": True})),
        ((BASE, {"LEAST": np.float64(1)}), (BASE, {"LEAST": np.float32(1)})),
        ((BASE, {"LEAST": np.arange(3)}), (BASE, {"LEAST": np.arange(3)[::-1]})),
        ((F + "LEAST.MIN_MAX", {"LEAST": Rule}), (F + "LEAST.MIN_MAX", {"LEAST": Renumbered})),
        ((BASE, {"LEAST": (1, (2, 3))}), (BASE, {"LEAST": (1, (2, 4))})),
        ((F + "LEAST(x, x).units", {"LEAST": Line}), (F + "LEAST(x, x).units", {"LEAST": Swapped})),
        (
            (F + "[LEAST * y for y in x]", {"LEAST": 1}),
            (F + "[LEAST * y for y in x]", {"LEAST": 2}),
        ),
        ((F.replace("(x)", "(x, y=1)") + "x", {}), (F.replace("(x)", "(x, y=2)") + "x", {})),
        ((F + "x if x in {1, 2} else 0", {}), (F + "x if x in {1, 3} else 0", {})),
        ((G + F + "g(x)", {}), (G.replace("+ 1", "+ 2") + F + "g(x)", {})),
        ((G + H + F + "g(h(x) * 2)", {}), (G + H + F + "h(g(x) * 2)", {})),
        ((G + H + "k = g\n" + F + "k(g(x))", {}), (G + H + "k = h\n" + F + "k(g(x))", {})),
        ((G + F + "g(x)", {}), (G.replace("g", "k") + "g = k\n" + F + "LEAST(x)", {"LEAST": 1})),
    ],
)
def test_what_compiles_apart_is_told_apart(one, other):
    assert print_of(one[0], **one[1]) != print_of(other[0], **other[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (F + "x + 1", "\n\n# a comment\n" + F + "x + 1  # another"),
        (F + "x + 1", F.replace("return", '"""Words."""\n    return') + "x + 1"),
        (
            F.replace("return", '"""Word."""\n    return') + "x",
            F.replace("return", '"""W."""\n    return') + "x",
        ),
        (F + "x", "OTHER = 3\n" + H + F + "x"),
        (G + F + "g(x)", F + "g(x)\n" + G),
    ],
)
def test_what_compiles_alike_is_told_alike(one, other):
    assert print_of(one) == print_of(other)


def test_kernels_and_constants_in_another_module():
    units = types.ModuleType("units")
    units.g, units.LEAST = kernel(G.replace("g(", "f(")), 1
    source = F + "units.g(x) + units.LEAST"
    first = print_of(source, units=units)
    assert print_of(source, units=units) == first
    units.LEAST = 2
    second = print_of(source, units=units)
    assert second != first
    units.g = kernel(H.replace("h(", "f("))
    assert print_of(source, units=units) not in {first, second}


def test_kernels_that_call_each_other():
    pair = "@compiled\ndef g(x):\n    return f(x - 1)\n" + F + "g(x) if x > 0 else 0"
    assert print_of(pair) != print_of(pair.replace("x - 1", "x - 2"))


def test_constants_around_a_kernel():
    def scaled(by):
        @compiled
        def f(x):
            return by * x

        return f

    assert fingerprint(scaled(2)) == fingerprint(scaled(2))
    assert fingerprint(scaled(2)) != fingerprint(scaled(3))


@pytest.mark.parametrize("value", [{"a": 1}, object(), np.array(["a"]), shutil.copyfile, Path])
def test_a_global_that_no_key_can_tell_is_refused(value):
    with pytest.raises(TypeError, match=re.escape("shop.f uses LEAST: a kernel may use")):
        kernel(BASE, LEAST=value)(1.0)


def test_a_function_of_another_module_that_is_no_kernel_is_refused():
    with pytest.raises(TypeError, match=r"shop\.f uses shutil\.copyfile"):
        kernel(F + "shutil.copyfile(x, x)", shutil=shutil)(1.0)


def test_a_kernel_that_a_profiler_has_watched_keeps_its_fingerprint():
    """Numba marks the code of what it calls under a profiler; it is compiled as before."""
    code, before = find_plain_function(one_more).__code__, fingerprint(two_more)
    flags = code.co_flags
    with cProfile.Profile():
        one_more(1)
    assert code.co_flags != flags
    assert fingerprint(two_more) == before


def test_the_plain_function_of_a_kernel():
    function = find_plain_function(two_more)
    assert type(function) is types.FunctionType
    assert two_more(1) == function(1) == 3
    with pytest.raises(TypeError, match="was not compiled"):
        find_plain_function(print_of)
