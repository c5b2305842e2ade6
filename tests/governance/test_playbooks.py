"""A playbook says what it means or is refused, with file, playbook and field."""

from pathlib import Path

import pytest

from governance import PolicyError
from governance.cases import load_playbooks
from quality_checks.contracts import EXCEPTION_KINDS

GOOD = """\
playbooks:
  - name: runs_out
    when: {kind: stock_out, money_above: 100}
    owner: planner
    due_days: 1
    escalation: {after_days: 2, to: finance}
    measure_after_days: 7
    answers:
      - {kind: transfer, at: short}
      - {kind: expedite, at: short}
      - {kind: stock_count, part: supporting}
    alternatives: [transfer, expedite]
    alerts:
      - {role: merchandiser, words: Hold the offer.}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "playbooks.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_one_loads(tmp_path):
    (book,) = load_playbooks(written(tmp_path, GOOD)).playbooks
    assert book.when.kind == ("stock_out",)
    assert book.alternatives == (("transfer",), ("expedite",))
    assert [answer.at for answer in book.answers] == ["short", "short", "any"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "kind: stock_out",
            "kind: stockout",
            "'runs_out', field when.kind.0: .*'stockout' is not a kind of exc",
        ),
        ("money_above: 100", "money_over: 100", "'runs_out', field when.money_over: Extra"),
        ("money_above: 100", "money_above: -1", "'runs_out', field when.money_above: .*greater"),
        ("owner: planner", "owner: king", "'runs_out', field owner: .*'king' is not a role"),
        ("to: finance", "to: nobody", "'runs_out', field escalation.to: .*'nobody' is not a role"),
        ("due_days: 1", "due_days: soon", "'runs_out', field due_days: .*integer"),
        ("due_days: 1", "due_days: 3", "escalates after 2 days, before it is due after 3"),
        (
            "kind: transfer,",
            "kind: teleport,",
            "field answers.0.kind: .*'teleport' is not a kind of act",
        ),
        ("kind: expedite,", "kind: transfer,", "answers: transfer is given twice"),
        ("at: short}", "at: above}", "field answers.0.at: .*'short', 'over' or 'any'"),
        ("[transfer, expedite]", "[transfer, markdown]", "markdown is not among the answers"),
        ("[transfer, expedite]", "[transfer, stock_count]", "stock_count is not among the answers"),
        ("[transfer, expedite]", "[transfer]", "alternatives: one option is no choice"),
        ("[transfer, expedite]", "[transfer, [expedite, transfer]]", "transfer is in two options"),
        ("{kind: transfer, ", "{kind: transfer, form: x, ", "x is no form of transfer: it has no"),
        (
            "{kind: transfer, at: short}",
            "{kind: purchase_change, reason: too_late}",
            "too_late is no reason of purchase_change: its reasons are above_target, below_target",
        ),
        (
            "{kind: transfer, at: short}",
            "{kind: purchase_change, form: puli_in}",
            "puli_in is no form of purchase_change: forms are cancel, cut, pull_in, push_out",
        ),
        ("words: Hold the offer.", "words: ' '", "field alerts.0.words: .*pattern"),
        ("name: runs_out", "name: Runs out", "playbook 'Runs out', field name: .*pattern"),
        ("    owner: planner\n", "", "playbook 'runs_out', field owner: .*required"),
        ("playbooks:\n", "plays:\n", "field plays: Extra"),
    ],
)
def test_a_bad_one_is_refused_with_its_place(tmp_path, old, new, message):
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(PolicyError, match=message) as error:
        load_playbooks(path)
    assert all(line.startswith(f"{path}, line ") for line in str(error.value).splitlines())


def test_two_of_a_name_are_refused(tmp_path):
    twice = GOOD + GOOD.removeprefix("playbooks:\n")
    with pytest.raises(PolicyError, match="playbooks: two are named runs_out"):
        load_playbooks(written(tmp_path, twice))


def test_one_that_nobody_would_hear_of_is_refused(tmp_path):
    silent = GOOD[: GOOD.index("    answers:")]
    with pytest.raises(PolicyError, match="neither answers nor alerts"):
        load_playbooks(written(tmp_path, silent))


def test_the_shipped_ones_answer_every_kind_of_exception(policies):
    books = load_playbooks(policies / "playbooks.yaml").playbooks
    assert {kind for book in books for kind in book.when.kind} == {*EXCEPTION_KINDS}
