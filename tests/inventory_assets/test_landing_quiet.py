"""A plan waits while files are being copied, as the sensor does, and not when none is."""

import os
import threading
import time

import pytest

from inventory_assets import landing_state
from inventory_assets.landing_state import wait_for_quiet


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(landing_state, "_QUIET_SECONDS", 0.2)


@pytest.fixture
def landed(tmp_path):
    path = tmp_path / "landing" / "stock" / "2025-09-30.csv"
    path.parent.mkdir(parents=True)
    path.write_text("sku\n")
    return path


def test_a_file_that_grows_is_waited_for(tmp_path, landed):
    def grow():
        for _ in range(10):
            time.sleep(0.1)
            with landed.open("a") as stream:
                stream.write("A\n")

    copying = threading.Thread(target=grow)
    copying.start()
    assert wait_for_quiet(tmp_path)
    copying.join()
    assert landed.read_text().count("A") == 10


def test_a_file_that_never_keeps_still_is_told(tmp_path, landed):
    over = threading.Event()

    def touch():
        while not over.wait(0.02):
            landed.write_text(f"sku\n{time.monotonic()}\n")

    copying = threading.Thread(target=touch)
    copying.start()
    assert not wait_for_quiet(tmp_path, longest=0.5)
    over.set()
    copying.join()


def test_nobody_waits_for_files_that_have_long_been_there(tmp_path, landed, monkeypatch):
    monkeypatch.setattr(landing_state, "_QUIET_SECONDS", 60)
    old = time.time() - 3600
    os.utime(landed, (old, old))
    assert wait_for_quiet(tmp_path)
    assert wait_for_quiet(tmp_path / "none")


def test_raw_files_are_waited_for_too(tmp_path):
    raw = tmp_path / "raw" / "pos" / "sales.txt"
    raw.parent.mkdir(parents=True)
    raw.write_text("a")
    over = threading.Event()

    def touch():
        while not over.wait(0.02):
            raw.write_text(f"{time.monotonic()}")

    copying = threading.Thread(target=touch)
    copying.start()
    assert not wait_for_quiet(tmp_path, longest=0.5)
    over.set()
    copying.join()
