"""A fingerprint of all that a kernel is compiled from.

Numba keys the code it keeps by the text of the file that a function stands in. A kernel that calls
one of another file is compiled together with it, so an edit there goes unnoticed and the old code
runs on (numba issues #1833 and #8396, open as of 0.68). The remedies weighed:

- One stamp over every file that holds a kernel notices all edits of kernels, and throws all code
  away for each of them. Once kernels live in the files they serve, any edit near one would do so.
  Constants that a kernel imports from a file without kernels would still go unnoticed.
- Kernels that register themselves when they are imported make a stamp that depends on what a run
  imports.
- What is done here: follow the names that a kernel uses, as the compiler does, to the kernels and
  constants behind them, and describe all of it. The description depends on no file's text, path or
  time: an edited comment or a fresh checkout changes nothing, an edited callee or constant does,
  wherever it stands.

What a kernel uses and this module cannot describe is refused, not left out.

A traceback out of kept code may name a line that has moved since; results are not affected.
"""

import dis
import enum
import hashlib
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, ModuleType

import llvmlite
import numba
import numpy as np
from numba.core.dispatcher import Dispatcher

_COMPILERS = (
    sys.implementation.cache_tag,
    f"numba {numba.__version__}",
    f"llvmlite {llvmlite.__version__}",
    f"numpy {np.__version__}",
)
"""What turns a kernel into machine code, besides the processor."""

_CONSTANT = (bool, int, float, complex, str, bytes, type(None), type(...), np.generic)
"""Types of constants; `repr` tells their values apart."""

_KNOWN = frozenset({"builtins", "math", "numba", "numpy"})
"""Packages whose functions and classes are told by their names, since their versions are in."""


def fingerprint(kernel: Dispatcher) -> str:
    """Hash of a kernel, all kernels and constants that it uses, and the compiler; 64 hex digits.

    Raises:
        TypeError: if the kernel uses a global that cannot be described.
    """
    kernels = [kernel]
    digest = hashlib.sha256(repr(_COMPILERS).encode())
    # Kernels found on the way join the list and are told by their place in it.
    for found in kernels:
        digest.update("\x1e".join(_parts(found, kernels)).encode())
        digest.update(b"\x1d")
    return digest.hexdigest()


def _parts(kernel: Dispatcher, kernels: list[Dispatcher]) -> Iterator[str]:
    """Describe one kernel: its options, code, defaults, and the value of each name it uses."""
    function = kernel.py_func
    where = f"{function.__module__}.{function.__qualname__}"
    yield repr(sorted(kernel.targetoptions.items()))
    yield _code_text(function.__code__, function.__doc__)
    yield _value_text(function.__defaults__, kernels, where)
    for name, default in sorted((function.__kwdefaults__ or {}).items()):
        yield f"{name}={_value_text(default, kernels, where)}"
    for name, value in _used(function):
        if isinstance(value, ModuleType):
            yield f"{name}: module {value.__name__}"
            yield from _attributes(value, function.__code__, kernels, where)
        else:
            yield f"{name}: {_value_text(value, kernels, f'{where} uses {name}')}"


@cache
def _code_text(code: CodeType, documentation: str | None = None) -> str:
    """Describe what a code object does: neither where it stands nor what its docstring says."""
    constants = [
        _code_text(constant) if isinstance(constant, CodeType) else _constant_text(constant)
        for constant in code.co_consts
    ]
    if documentation is not None and code.co_consts[0] == documentation:
        constants[0] = _constant_text(None)
    return repr(
        (
            code.co_code,
            code.co_exceptiontable,
            constants,
            code.co_names,
            code.co_varnames,
            code.co_freevars,
            code.co_cellvars,
            # A profiler that watches a call of a kernel has numba clear this flag, and it stays so.
            code.co_flags | inspect.CO_OPTIMIZED,
            (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
        )
    )


def _constant_text(value: object) -> str:
    # The order of a set's members differs from process to process.
    members = sorted(map(repr, value)) if isinstance(value, frozenset) else value
    return f"{type(value).__name__} {members!r}"


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Iterate over a code object and those of the functions and comprehensions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


@cache
def _global_names(code: CodeType) -> tuple[str, ...]:
    """Names that a code object looks up outside, each once, in order."""
    names = dict.fromkeys(
        instruction.argval
        for inner in _codes(code)
        for instruction in dis.get_instructions(inner)
        if instruction.opname == "LOAD_GLOBAL"
    )
    return tuple(names)


def _used(function: Callable[..., object]) -> Iterator[tuple[str, object]]:
    """Names that a function takes from its module and from around it, with their values."""
    around = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    yield from ((name, cell.cell_contents) for name, cell in around)
    names = _global_names(function.__code__)
    # A name that the module lacks is a builtin, or an error that the compiler reports.
    module = function.__globals__
    yield from ((name, module[name]) for name in names if name in module)


def _attributes(
    module: ModuleType, code: CodeType, kernels: list[Dispatcher], where: str
) -> Iterator[str]:
    """Describe what a kernel may take out of a module: all in it that bears a name in the code."""
    if _is_known(module.__name__):
        return
    for name in dict.fromkeys(name for inner in _codes(code) for name in inner.co_names):
        if hasattr(module, name):
            value = getattr(module, name)
            used = f"{module.__name__}.{name}"
            yield f"{used}: {_value_text(value, kernels, f'{where} uses {used}')}"


def _is_known(module: str) -> bool:
    return module.partition(".")[0] in _KNOWN


def _value_text(value: object, kernels: list[Dispatcher], where: str) -> str:
    """Describe a value that the compiler takes into the code."""
    if isinstance(value, Dispatcher):
        if value not in kernels:
            kernels.append(value)
        return f"kernel {kernels.index(value)}"
    if isinstance(value, _CONSTANT):
        return _constant_text(value)
    if isinstance(value, tuple):
        members = ", ".join(_value_text(member, kernels, where) for member in value)
        return f"{type(value).__name__} {getattr(value, '_fields', '')} ({members})"
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return f"array {value.dtype.str} {value.shape} {value.flags} {value.tobytes()!r}"
    named = _class_text(value) if isinstance(value, type) else _name_of_known(value)
    if not named:
        raise TypeError(
            f"{where}: a kernel may use kernels, constants, named tuples, enumerations and what "
            f"numpy, numba and math offer; {value!r} is none of them"
        )
    return named


def _class_text(value: type) -> str:
    """Describe a class; empty where that cannot be told."""
    if issubclass(value, tuple) and hasattr(value, "_fields"):
        defaults = getattr(value, "_field_defaults", {})
        return f"named tuple {value.__name__} {value._fields} {defaults}"
    if issubclass(value, enum.Enum):
        return f"enumeration {[(member.name, member.value) for member in value]}"
    return _name_of_known(value)


def _name_of_known(value: object) -> str:
    """The name of a class or function of a known package; empty for any other value."""
    module = getattr(value, "__module__", None) or type(value).__module__
    if _is_known(module) and hasattr(value, "__name__"):
        return f"{module}.{value.__name__}"
    return ""
