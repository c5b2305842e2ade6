"""The decorator that compiles a function, and the way back to the function that was written."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba
from numba.core.dispatcher import Dispatcher

from compilation.kept_code import keep_code

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function to machine code when it is first called, and keep the code on disk.

    It works on numbers, arrays and named tuples of them, and may call other kernels. For the type
    checker it stays the function that was written. With NUMBA_DISABLE_JIT=1 in the environment it
    is the function that was written, so that a debugger can step through it.

    It is compiled for each kind of array that it is given: one that may not be written to, or has
    gaps, is another kind. `Series.to_numpy` gives this or that by how a frame lies in memory, so
    columns are copied for kernels (`copy_array`), and `plenish compile` meets every kind.

    Args:
        function: what to compile. Of globals it may use kernels, constants (numbers, text, arrays
            and tuples of them), named tuples, enumerations, and what numpy, numba and `math` offer.

    Returns:
        The kernel: same arguments, same results.

    Raises:
        TypeError: at the first call, if the function uses a global of another kind, whose changes
            no key could tell.
    """
    # Nothing here calls kernels from C, and to compile that wrapper takes a sixth of the time.
    kernel = numba.njit(no_cfunc_wrapper=True)(function)  # type: ignore[call-overload]  # not in stubs
    if isinstance(kernel, Dispatcher):
        keep_code(kernel)
    return cast("Callable[P, R]", kernel)


def find_plain_function(kernel: Callable[P, R]) -> Callable[P, R]:
    """Return the Python function that a kernel was compiled from, for tests and debuggers.

    What it calls stays compiled.

    Raises:
        TypeError: if the function was not compiled.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # numba sets it as it starts
        return kernel
    if not isinstance(kernel, Dispatcher):
        raise TypeError(f"{kernel!r} was not compiled")
    return cast("Callable[P, R]", kernel.py_func)
