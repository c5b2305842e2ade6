"""What a mapping's SQL reads and gives lies on disk: memory does not grow with the raw file."""

import subprocess
import sys

from raw_files import Connected

from inventory_assets.project import PROJECT

MAPPING = """
files: "s_{date:%Y%m%d}.csv"
sql: SELECT min(raw_line) AS raw_line, a || c AS a, sum(b::INT) AS b FROM raw GROUP BY a, c
columns:
  sku: a
  location: {constant: F1}
  snapshot_time: {file_date: "22:00"}
  on_hand: b
  reserved: {constant: 0}
  damaged: {constant: 0}
"""
MAKE = """
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from connecting.making import kept_rows, make_landing
from connecting.raw import csv_lines
from warehouse import connection, scratch

connection._SCRATCH_MEMORY_LIMIT = "128MB"
scratch._PART_ROWS = csv_lines._CHUNK_ROWS = kept_rows._MOST_ROWS = 5_000
make_landing(Path(sys.argv[1]), "products")
before = getrusage(RUSAGE_SELF).ru_maxrss
made = make_landing(Path(sys.argv[1]), "stock")
print(made.refused, (getrusage(RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
ROWS, WIDE = 60_000, "x" * 1_000
SPARED_MB = 150
"""To hold its rows, and what is made of them, takes more than 230."""


def test_a_raw_file_that_sql_reads_is_never_held_whole(tmp_path):
    shop = Connected(tmp_path)
    shop.map("stock", MAPPING)
    lines = (f"A{number % ROWS:05},1,{WIDE}\n" for number in range(ROWS + 1))
    shop.drop("stock/s_20250930.csv", "a,b,c\n" + "".join(lines))
    command = [sys.executable, "-c", MAKE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    refused, _, taken = done.stdout.rpartition(" ")
    assert refused == "[]", done.stderr
    assert int(taken) < SPARED_MB
    landed = shop.landed("stock", "2025-09-30.csv")
    assert landed.height == ROWS
    assert landed["on_hand"].head(2).to_list() == ["2", "1"]
    assert not list((tmp_path / "landing" / "stock").glob(".making/*"))
