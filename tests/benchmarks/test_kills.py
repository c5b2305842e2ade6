"""Processes are killed by their own processor time, whatever else the machine does."""

import os
import subprocess
import sys

import pytest

from benchmarks.kills_place import kill_after

BUSY = "while True: pass"
SHORT = "sum(range(1000))"


@pytest.mark.parametrize("seconds", [0.1, 0.5])
def test_a_process_is_killed_once_it_has_had_its_time(seconds):
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    assert kill_after(process.pid, seconds)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == -9
    assert seconds <= used.ru_utime + used.ru_stime + 0.02 < seconds + 0.5


def test_one_that_ends_before_is_not_killed():
    process = subprocess.Popen([sys.executable, "-c", SHORT])
    assert not kill_after(process.pid, 60.0)
    assert process.wait() == 0
    assert not kill_after(process.pid, 0.0)
