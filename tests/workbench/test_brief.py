"""The morning's brief: what it tells a role, on the command line as on the first page."""

import json
import shutil

import duckdb
import pytest
from client import serving
from simulated import LAST, run_here

from quality_checks.contracts import CONTRACTS
from workbench.brief import write_brief, write_statement
from workbench.citing import Citer
from workbench.reading import Desks

CASE = {
    "business_date": LAST, "case_id": "c0ffee00" * 3, "exception_id": "stock_out-1",
    "kind": "stock_out", "subject": "S1|x", "playbook": "stock_out", "state": "waiting",
    "words": "S1 {a} loses knitwear.", "owner": "buyer", "in_charge": "buyer", "opened_on": LAST,
    "due_on": LAST, "escalates_on": LAST, "escalates_to": "planner", "measure_days": 7,
    "money_at_risk": 1234.5, "actions": 3, "waiting": 2, "by_itself": 1, "approved": 1,
    "rejected": 0, "withdrawn": 0, "exported": 0, "benefit_approved": 10.0,
    "benefit_waiting": 20.25, "benefit_exported": 0.0, "exposure_change": 0.0, "decided": False,
    "came_back": False,
}  # fmt: skip
CAUSE = {
    "business_date": LAST, "exception_id": "stock_out-1", "cause": "more_demand", "place": "S1",
    "rank": 1, "share": 0.625, "units": -40.0, "item_locations": 2, "words": "More sold.",
}  # fmt: skip


@pytest.fixture(scope="module")
def troubled(waiting, tmp_path_factory):
    """The planned retailer with a case of the buyer, and one that has ended."""
    root = shutil.copytree(waiting, tmp_path_factory.mktemp("brief") / "retailer")
    ended = {**CASE, "case_id": "dead" * 6, "state": "resolved", "exception_id": "other"}
    other = {**CASE, "case_id": "beef" * 6, "in_charge": "planner", "actions": 0}
    rows = {"cases": [CASE, ended, other], "exception_causes": [CAUSE]}
    with duckdb.connect(str(root / "warehouse" / "plenish-read.duckdb")) as connection:
        for name, found in rows.items():
            contract = CONTRACTS[name]
            for row in found:
                names = ", ".join(f'"{column}"' for column in row)
                values = ", ".join(f"${column}" for column in row)
                connection.execute(f"INSERT INTO {contract.table} ({names}) VALUES ({values})", row)
    return root


@pytest.fixture(scope="module")
def served(troubled):
    with serving(troubled) as found:
        yield found


def tell(served, role):
    desks = Desks(served.office)
    try:
        written = write_brief(Citer(desks.take_whole_plan(), desks), role)
    finally:
        desks.close()
    return [(one.part, write_statement(one, quoting=True)) for one in written.statements]


def test_a_case_is_told_to_the_role_whose_turn_it_is(served):
    told = tell(served, "buyer")
    about = "Your case c0ffee00 (waiting): S1 {a} loses knitwear."
    assert ("What happened", f"{about} 1,234.50 EUR is at risk; decide by {LAST}.") in told
    assert ("Why", "Case c0ffee00: 62% of it comes of this: More sold.") in told
    answer = "Case c0ffee00: actions 3, by themselves 1, waiting 2; what waits gains 20.25 EUR"
    assert ("What is proposed", f"{answer} at best, what is approved 10.00 EUR.") in told
    assert not any("dead" in words or "beef" in words for _, words in told)
    planner = [words for _, words in tell(served, "planner")]
    assert "Nothing of tonight's plan answers case beefbeef." in planner
    allocator = [words for _, words in tell(served, "allocator")]
    assert "No case is yours to decide." in allocator


def test_what_waits_is_that_of_the_role(served):
    waits = served.premises.open_desk(LAST).route().filter(status="waiting", missing_roles="buyer")
    found = [words for part, words in tell(served, "buyer") if part == "What needs you"]
    assert found[0].startswith(f"{waits.height} actions wait for you, worth ")
    assert tell(served, "merchandiser")[-2][1] == "Nothing waits for your approval."


def test_command_line_and_first_page_tell_the_same(served, troubled):
    sentences = [words for _, words in tell(served, "buyer")]
    printed = run_here("brief", "--role", "buyer", f"--data={troubled}")
    assert printed.returncode == 0, printed.stderr
    assert all(words in printed.stdout for words in sentences)
    page = served.sign_on("Ann", "buyer").get("/")
    assert page.find_all(r"<li>(.*?)</li>") == sentences
    facts = json.loads(run_here("brief", "--role", "buyer", "--json", f"--data={troubled}").stdout)
    assert [one["words"] for one in facts["statements"]] == sentences
    (at_risk,) = [
        number
        for one in facts["statements"]
        for number in one["numbers"]
        if number["column"] == "money_at_risk" and number["made_by"] == "cell"
    ]
    assert at_risk["table"] == "analysis.cases_followed"
    assert at_risk["where"] == {"case_id": CASE["case_id"]}


def test_a_role_that_there_is_not_is_refused(troubled):
    refused = run_here("brief", "--role", "king", f"--data={troubled}")
    assert refused.returncode == 1
    assert "There is no role 'king'" in refused.stderr
