"""One run at a time works on a retailer, whoever started it: the others wait for their turn."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def take_turn(data: Path) -> Iterator[None]:
    """Wait until no other run works on a data folder, and keep others waiting in the body.

    A run that dies gives its turn back at once.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "turn.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
