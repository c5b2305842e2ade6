"""Open the Dagster instance of this home, of which the first one to come makes the databases."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """The instance of $DAGSTER_HOME, for as long as the body runs.

    Commands that meet on a fresh home make its databases one after the other: two at once leave
    tables half made, and versions of them that no later command can read.
    """
    home = os.open(os.environ["DAGSTER_HOME"], os.O_RDONLY)
    try:
        fcntl.flock(home, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.get()
    finally:
        os.close(home)
    with instance:
        yield instance
