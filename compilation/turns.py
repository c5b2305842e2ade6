"""One process compiles at a time, so that what several need is compiled by one of them.

Processes that start together on a cold cache would each compile every kernel, for minutes on busy
cores, and numba's own code for keeping it has failed then ("no compiled object yet for Library").
"""

import fcntl
import os
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final, TypeVar

R = TypeVar("R")
S = TypeVar("S")

_LONGEST_WAIT_SECONDS: Final = 300.0
"""After it a process goes on beside the one that compiles, which may have been stopped."""

_POLL_SECONDS: Final = 0.05


class CompilingTurn:
    """The turn of this process: taken when it first has to compile, given back at the end."""

    def __init__(self, folder: Path) -> None:
        """A turn among the processes that run the code in `folder`."""
        self._folder = folder
        self._depth = 0
        self._lock: int | None = None

    def during(self, compile_kernel: Callable[[S], R]) -> Callable[[S], R]:
        """Give the turn back once a kernel, and what it calls, is loaded or compiled."""

        @wraps(compile_kernel)
        def compile_in_turn(signature: S) -> R:
            self._depth += 1
            try:
                return compile_kernel(signature)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._give_back()

        return compile_in_turn

    def take(self) -> bool:
        """Wait for the turn unless it is held; gives whether others may have compiled meanwhile."""
        if self._lock is not None or self._depth == 0:
            return False
        self._lock = os.open(self._folder, os.O_RDONLY)
        deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
        while time.monotonic() < deadline:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_POLL_SECONDS)
            else:
                break
        return True

    def _give_back(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
