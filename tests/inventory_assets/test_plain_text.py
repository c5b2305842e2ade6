"""What comes from data or people is harmless in files for people, in the UI and in commands."""

import polars as pl
import pytest
from simulated import plenish_here

from inventory_assets.framework import show_rows, write_markdown_text
from inventory_assets.framework.plain_text import neutralise_formulas


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A1", "+1", "-6", "@SUM(A1)", "\t=1", " =1", "\r=1"]
)
def test_a_formula_is_shown_as_text(text):
    frame = pl.DataFrame({"sku": [text, "A-1", None], "units": [-1, 2, 3]})
    found = neutralise_formulas(frame)
    assert found["sku"].to_list() == ["'" + text, "A-1", None]
    assert found["units"].to_list() == [-1, 2, 3]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](http://evil/a.png)", "!\\[x\\](http:&#47;&#47;evil/a.png)"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("a|b", "a\\|b"),
        ("*all* `of` _it_", "\\*all\\* \\`of\\` \\_it\\_"),
        ("R&amp;D", "R&amp;amp;D"),
        ("TSH0000-GRE-M", "TSH0000-GRE-M"),
    ],
)
def test_markdown_shows_a_text_as_it_is(text, shown):
    assert write_markdown_text(text) == shown
    table = show_rows(pl.DataFrame({"sku": [text]}), 5)
    assert table.md_str.splitlines()[-1] == f"| {shown} |"


def test_a_command_prints_a_text_as_it_is(waiting):
    listed = plenish_here(waiting, "worklist", "--role", "buyer", "--ids").stdout
    stated = ("--author", "[/red] ann", "--role", "buyer", "--reason", "[/]")
    done = plenish_here(waiting, "approve", listed.split()[0], *stated)
    assert done.returncode == 0, done.stderr
    assert "Recorded: [/red] ann (buyer) approve" in done.stdout
