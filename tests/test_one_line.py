"""The walk in docs/one_line.md: its files and functions are there, and few."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / "docs" / "one_line.md").read_text()
FILES = re.findall(
    r"`((?:warehouse|forecasting|optimization|governance)/[\w/]+\.(?:py|sql))`", TEXT
)
HOPS = re.findall(r"\| `([\w/]+\.(?:py|sql))` \| (?:`(\w+)` )?\|", TEXT)


def test_the_walk_takes_a_dozen_files():
    assert len(HOPS) > 8
    assert len({file for file, _ in HOPS}) <= 12


def test_every_file_and_function_of_the_walk_is_there():
    for file in FILES:
        assert (PROJECT / file).exists(), file
    for file, function in HOPS:
        assert not function or f"def {function}(" in (PROJECT / file).read_text(), function
