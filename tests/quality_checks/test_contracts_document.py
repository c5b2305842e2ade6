"""docs/contracts.md says what the contracts say, and is up to date."""

import subprocess
import sys
from pathlib import Path

import pytest

from governance.kinds import KINDS
from quality_checks.contracts import CONTRACTS, FRAMES, list_landing_sources
from quality_checks.document import STAGES, describe_contracts

PROJECT = Path(__file__).parents[2]
WRITTEN = PROJECT / "docs" / "contracts.md"


@pytest.fixture(scope="module")
def sections():
    """The text below the heading of each table and frame."""
    parts = describe_contracts().split("\n### ")[1:]
    return {part.split("\n", 1)[0]: part.split("\n## ")[0] for part in parts}


def test_the_written_document_is_up_to_date():
    assert WRITTEN.read_text() == describe_contracts(), (
        "docs/contracts.md is stale: run `make docs`"
    )


def test_every_process_writes_the_same(tmp_path):
    (tmp_path / "adding_a_kind.md").write_text((WRITTEN.parent / "adding_a_kind.md").read_text())
    command = [sys.executable, "-m", "governance.kinds.document", str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True)
    assert (tmp_path / "contracts.md").read_text() == describe_contracts()


def test_kinds_are_listed_where_a_column_holds_one(sections):
    words = ", ".join(f"`{kind}`" for kind in KINDS)
    for table in ("proposals", "export_lines"):
        assert f"| `kind` | text |  |  | {words} | Kind of action. |" in sections[table]


def test_kinds_that_were_not_declared_cannot_be_listed():
    script = "from quality_checks.document import describe_contracts; describe_contracts()"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert "kinds of action as declared in governance/kinds: import it first" in found.stderr


def test_every_table_and_frame_has_a_section_with_a_row_for_each_column(sections):
    assert not CONTRACTS.keys() & FRAMES.keys()
    assert list(sections) == [*CONTRACTS, *FRAMES]
    for name, contract in (CONTRACTS | FRAMES).items():
        rows = [line for line in sections[name].splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == list(contract.columns), name
        assert all(row.replace(r"\|", "").count("|") == 7 for row in rows), name


def test_landing_comes_first_and_stages_stand_together():
    headings = [line for line in describe_contracts().splitlines() if line.startswith("#")]
    assert headings[1] == "## Landing: what plenish accepts"
    landing = list(list_landing_sources())
    end = 2 + len(landing)
    assert [line.removeprefix("### ") for line in headings[2:end]] == landing
    assert headings[end] == "## Intake: the books of loading"
    assert sum(line.startswith("## ") for line in headings) == len(STAGES) + 1 == 11
    assert headings[-len(FRAMES) - 1] == "## Frames between rooms"


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            "stock",
            "| `damaged` | whole number | units |  | at least 0; at most 10000000 | Of these",
        ),
        ("stock", "| `snapshot_time` | time |  |  |  | When the record was read. |"),
        ("stock", "- References: `sku` → products.sku, `location` → locations.location"),
        ("stock", "- One row for: `sku` + `location`"),
        ("stock", "- Mode: state: the newest row of a key holds until a newer one is sent"),
        (
            "promotions",
            "| `discount` | number | share |  | at least 0; below 1 | Share taken off the price. |",
        ),
        ("promotions", "| `scope` | text |  |  | `sku`, `style`, `category`, `all` | "),
        ("lanes", "| `order_weekdays` | text |  |  | `^[01]{7}$` | "),
        (
            "lanes",
            "| `capacity` | whole number | units | yes | at least 0; at most 10000000 | ",
        ),
        ("pos_sales", "- Dated by: `timestamp`"),
        ("pos_sales", "- Mode: events: every row is kept"),
        ("item_locations", "- Rule: `presentation_min_within_shelf_max`."),
        ("files", "- Mode: ledger: rows are added and marked, never taken away"),
        ("files", "- One row for: `file_id`\n"),
        ("targets", "- One row for: `sku` + `location` within a business date"),
        ("targets", "- Mode: result: one slice a business date, replaced whole"),
        ("forecast", "- Kept: newest business dates, 15"),
        ("targets", "- Kept: everything"),
        ("receivers", "- Read by: `optimization.allocation`\n- One row for: `sku` + `location`\n"),
        ("receivers", "- Rule: `one_receiving_room_a_location`."),
        (
            "receivers",
            "| `volume` | number | litres | yes, column too | above 0; at most 1",
        ),
        ("movers", "| `closing` | true or false |  | column: false |  | "),
        ("returned_units", "- Rows are named by: `sku` + "),
        # A description of several paragraphs does not become a block of code.
        ("trading_days", "\nA location that should have been open and sent no sales is `missing`"),
    ],
)
def test_says_what_the_contract_says(sections, table, line):
    assert line in sections[table]
