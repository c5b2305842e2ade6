"""Machine code of kernels on disk: the one module that rests on parts of numba that are not public.

Numba offers no public way to say what the code that it keeps depends on. Read from numba 0.68.1,
`numba.core.caching` and `Dispatcher.compile`: a dispatcher asks `_cache.load_overload` before it
compiles a signature and calls `_cache.save_overload` afterwards; a `FunctionCache` finds the folder
(`NUMBA_CACHE_DIR`, `__pycache__` beside the source, or, where that cannot be written, the user's
own) and puts code into a file by way of `IndexDataCacheFile`, whose index holds one stamp.

Changed here are the names of the files and the stamp:

- The stamp is the fingerprint of the kernel, taken at each load and save, when all that it uses is
  defined, in place of the hash of its file.
- Each fingerprint and signature has files of its own. Numba has one index a function, which two
  processes that compile different signatures at once can set at odds with its data files. Here
  processes that write to one file write the same.

Processes compile in turns (`turns.py`), and look again for code once it is theirs. Code that cannot
be kept runs all the same: `save_overload` of numba may raise "no compiled object yet".

Files depend on no path and no time of change: a copy of the folder is as good. Files of sources
that are gone stay until `make clean`, and switching back to such a source finds them.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

from numba.core import sigutils
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.codegen import CPUCodegen
from numba.core.compiler import CompileResult
from numba.core.compiler_lock import global_compiler_lock
from numba.core.cpu import CPUContext
from numba.core.dispatcher import Dispatcher
from numba.core.types import BaseTuple, Type
from numba.core.typing.templates import Signature

from compilation.fingerprint import fingerprint
from compilation.turns import CompilingTurn

_TURN = CompilingTurn(Path(__file__).parent)

_DIGITS = 24
"""Hex digits of a file's name."""


def keep_code(kernel: Dispatcher) -> None:
    """Keep the machine code of a kernel on disk and look for it there before compiling."""
    # As numba's own enable_caching does.
    kernel._cache = _KeptCode(kernel)  # type: ignore[attr-defined]  # noqa: SLF001
    # Under numba's own lock among threads, which whoever compiles holds anyway.
    in_turn = global_compiler_lock(_TURN.during(kernel.compile))
    kernel.compile = in_turn  # type: ignore[method-assign]


class _KeptCode(FunctionCache):
    """The machine code of one kernel on disk, by all that it was compiled from."""

    def __init__(self, kernel: Dispatcher) -> None:
        super().__init__(kernel.py_func)
        self._kernel = kernel

    def load_overload(
        self, sig: tuple[Type, ...] | Signature, target_context: CPUContext
    ) -> CompileResult | None:
        """Load the code for a signature; None if none was kept, and it is our turn to compile."""
        self._turn_to(sig, target_context.codegen())
        kept = super().load_overload(sig, target_context)
        if kept is None and _TURN.take():
            kept = super().load_overload(sig, target_context)
        return cast("CompileResult | None", kept)

    def save_overload(self, sig: tuple[Type, ...] | Signature, data: CompileResult) -> None:
        """Keep the code that was compiled for a signature, where it can be kept.

        It is there to be called by now; what fails here costs compiling it again.
        """
        self._turn_to(sig, data.codegen)
        with suppress(OSError, RuntimeError):
            super().save_overload(sig, data)

    def _turn_to(self, sig: tuple[Type, ...] | Signature, codegen: CPUCodegen) -> None:
        """Choose the files of a signature on this processor, as the kernel is at this moment."""
        stamp = fingerprint(self._kernel)
        key = repr((stamp, [*_described(sig)], codegen.magic_tuple()))
        digest = hashlib.sha256(key.encode()).hexdigest()[:_DIGITS]
        function = self._kernel.py_func
        name = f"{function.__module__}.{function.__qualname__}-{digest}"
        self._cache_file = IndexDataCacheFile(
            cache_path=self.cache_path,
            filename_base=name.replace("<", "").replace(">", ""),
            source_stamp=stamp,
        )


def _described(sig: tuple[Type, ...] | Signature) -> Iterator[str]:
    """Iterate over the types of a signature in words, and the order of fields of named tuples.

    Numba's own key of a named tuple holds its types and not its fields, of which compiled code
    knows the places only.
    """
    args, return_type = sigutils.normalize_signature(sig)
    waiting = [*args, return_type]
    for found in waiting:
        yield f"{found} {getattr(found, 'fields', '')}"
        if isinstance(found, BaseTuple):
            waiting.extend(found)  # type: ignore[arg-type]  # every tuple type can be iterated
