"""A run in a process of its own that says when it is at work, and works until it is killed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulated import environment

from inventory_assets.project import PROJECT

RUN = """
import sys
import time

import dagster as dg

from inventory_assets.framework import Retailer
from inventory_assets.landing_state import LANDING_STATE_TAG
from inventory_assets.runs import show_life

root, run_id, reached, state = sys.argv[1:]


@dg.op(pool="warehouse")
def work(retailer: Retailer):
    print("working", flush=True)
    time.sleep(0 if reached == "end" else 600)


@dg.job(resource_defs={"retailer": Retailer(data_folder=root, policies_folder="")})
def job():
    work()


with dg.DagsterInstance.get() as instance:
    tags = {LANDING_STATE_TAG: state, **show_life(instance, run_id)}
    if reached == "start":
        instance.create_run_for_job(job, run_id=run_id, tags=tags)
        print("created", flush=True)
        time.sleep(600)
    if reached == "end":
        print("asking", flush=True)
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    done = job.execute_in_process(config, instance=instance, run_id=run_id, tags=tags)
    print(done.success, flush=True)
"""


def run_process(
    root: Path, run_id: str, reached: str = "work", state: str = "", prefix: tuple[str, ...] = ()
) -> subprocess.Popen[str]:
    """Start a run.

    Args:
        root: its data folder, in which its Dagster home is.
        run_id: its id.
        reached: how far it gets until it waits to be killed: "start" of it, "work", or the "end".
        state: the state of the landing folder that it plans.
        prefix: command that it is started by.
    """
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", RUN, str(root), run_id, reached, state],
        env=environment(root),
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )


@contextmanager
def at_work(
    root: Path, run_id: str, reached: str = "work", state: str = "", prefix: tuple[str, ...] = ()
) -> Iterator[None]:
    """A run that is there and goes on for as long as the body runs, and is killed at its end."""
    with run_process(root, run_id, reached, state, prefix) as process:
        try:
            assert process.stdout.readline().strip() in {"working", "created"}
            yield
        finally:
            process.kill()
