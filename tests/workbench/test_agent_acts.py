"""What an agent does: it drafts, a person consents, it is recorded once; all else is refused."""

import asyncio
import csv
import os
import shutil
import sys
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from agent import call_tool, call_tools
from client import serving
from mcp import Client, StdioServerParameters, stdio_client
from people import enter
from simulated import LAST, PROJECT, run_here
from test_deciding import decide, list_waiting, recorded

from governance import EVER
from governance.people import make_token
from inventory_assets.project import TOKEN, read_clock
from workbench.interface import API

MORNING = datetime.combine(read_clock().date(), time(8))
KEY = "a key of its own"
SAID = {"decision": "approve", "role": "buyer", "reason": "agreed"}


@pytest.fixture
def day():
    """The clock of the retailer, which a test puts forward."""
    return SimpleNamespace(now=MORNING)


@pytest.fixture
def desk(folder, day):
    """The workbench, a buyer, an agent of the same charge, an auditor, and what waits for them."""
    with serving(folder, clock=lambda: day.now) as served:
        store = served.premises.store
        ada = enter(store, "Ada", "administrator")
        yield SimpleNamespace(
            served=served,
            store=store,
            ada=ada,
            ann=enter(store, "Ann", "buyer", by=ada),
            bot=enter(store, "Bot", "buyer", sort="agent", by=ada),
            otto=enter(store, "Otto", "auditor", by=ada),
            waits=[row["action_id"] for row in list_waiting(served.premises, "buyer")],
        )


def draft(desk, token=None, **stated):
    told = {"action_id": desk.waits[0], **SAID, **stated}
    return call_tool(desk.served, "draft_decision", token or desk.bot, **told)


def commit(desk, shown, token=None, key=KEY):
    asked = {"fingerprint": shown["fingerprint"], "idempotency_key": key}
    return call_tool(desk.served, "commit_decision", token or desk.bot, **asked)


def consent(desk, shown, token):
    path = f"{API}/drafts/{shown['fingerprint']}/consents"
    return desk.served.program(token).ask("POST", path)


def refused(desk, step):
    """Why a tool refuses: an attempt more is on record, and no decision."""
    before, noted = desk.store.decisions(EVER), len(desk.store.payloads("access_denied"))
    words = step()
    assert isinstance(words, str), words
    assert desk.store.decisions(EVER).equals(before)
    assert len(desk.store.payloads("access_denied")) > noted
    return words


def test_a_draft_is_committed_once_a_person_has_consented(desk):
    shown = draft(desk)
    assert shown["needs_consent"]
    (before,), (after,) = shown["before"]["rows"], shown["after"]["rows"]
    assert (before["status"], after["status"]) == ("waiting", "approved")
    assert after["decided_by"] == "Bot"
    assert desk.store.decisions(EVER).is_empty(), "nothing is decided by a draft"
    assert "a person in charge has to consent" in refused(desk, lambda: commit(desk, shown))
    home = desk.served.sign_on_by(desk.ann).get("/").text
    assert f"To consent: plenish consent {shown['fingerprint']}" in home
    told = desk.served.program(desk.ann).get(f"{API}/drafts/{shown['fingerprint']}").json
    assert (told["name"], told["sort"], told["is_consented"]) == ("Bot", "agent", False)
    assert "Bot (agent) would approve it as buyer" in told["words"]
    assert consent(desk, shown, desk.ann).json["is_consented"]
    done = commit(desk, shown)
    assert done["stands"]["rows"][0]["decided_by"] == "Bot"
    (row,) = recorded(desk.served.premises, desk.waits[0]).to_dicts()
    assert (row["author"], row["decision"]) == ("Bot", "approve")
    assert "To consent:" not in desk.served.sign_on_by(desk.ann).get("/").text
    (signed,) = desk.store.payloads("decision_signed")
    assert (signed["sort"], signed["consent"]) == ("agent", "Ann")
    assert desk.store.verify_chain() == []


def answer_on_page(desk, shown, token, **fields):
    """What the page of approvals says to who answers a draft there."""
    client = desk.served.sign_on_by(token)
    client.get("/approvals")
    return client.post(f"/approvals/drafts/{shown['fingerprint']}", fields)


def test_a_person_consents_on_the_page_of_what_waits_for_him(desk):
    shown = draft(desk)
    ann = desk.served.sign_on_by(desk.ann)
    page = ann.get("/approvals").text
    assert "Bot (agent) would approve it as buyer" in page
    waits = int(ann.page.find(r'class="badge">([\d,]+)'))
    assert waits == 1 + int(ann.page.find(r"<p>([\d,]+) in all"))
    assert "Bot (agent)" not in desk.served.sign_on_by(desk.otto).get("/approvals").text
    words = refused(desk, lambda: answer_on_page(desk, shown, desk.otto, say="consent").text)
    assert "not in charge of that" in words
    assert "may commit it until" in answer_on_page(desk, shown, desk.ann, say="consent").text
    assert "Bot (agent)" not in ann.get("/approvals").text
    assert commit(desk, shown)["is_recorded"]
    assert desk.waits[0] not in ann.get("/approvals").text


def test_what_a_person_refuses_nobody_commits(desk):
    shown = draft(desk)
    assert "Say why" in answer_on_page(desk, shown, desk.ann, say="refuse").text
    done = answer_on_page(desk, shown, desk.ann, say="refuse", reason="too dear")
    assert "is refused" in done.text
    assert "Ann has refused the draft: too dear" in refused(desk, lambda: commit(desk, shown))
    again = refused(desk, lambda: answer_on_page(desk, shown, desk.ann, say="consent").text)
    assert "has refused the draft" in again
    assert "Bot (agent)" not in desk.served.sign_on_by(desk.ann).get("/approvals").text
    (event,) = desk.store.payloads("draft_refused")
    assert (event["name"], event["reason"]) == ("Ann", "too dear")
    assert desk.store.verify_chain() == []


def test_what_is_sent_twice_is_recorded_once(desk):
    shown = draft(desk)
    consent(desk, shown, desk.ann)
    commit(desk, shown)
    assert "This request came before" in refused(desk, lambda: commit(desk, shown))
    assert "was made before" in refused(desk, lambda: commit(desk, shown, key="another key"))


def test_a_stale_an_expired_and_an_invented_draft_are_refused(desk, day):
    shown = draft(desk)
    consent(desk, shown, desk.ann)
    ann = desk.served.program(desk.ann)
    path = f"{API}/actions/{desk.waits[0]}/decisions"
    noted = {"decision": "reject", "role": "buyer", "reason": "no", "reason_code": "too_much"}
    assert ann.send(path, noted).status == 200
    assert "stands otherwise" in refused(desk, lambda: commit(desk, shown))
    other = draft(desk, action_id=desk.waits[1])
    day.now = MORNING + timedelta(minutes=16)
    assert "has expired" in refused(desk, lambda: commit(desk, other))
    invented = {"fingerprint": "0" * 32}
    assert "Nobody has drafted" in refused(desk, lambda: commit(desk, invented))


def test_a_wrong_role_a_self_approval_and_an_ended_token_are_refused(desk, day):
    assert "not in charge" in refused(desk, lambda: draft(desk, role="finance"))
    assert "not in charge" in refused(desk, lambda: draft(desk, desk.otto))
    shown = draft(desk)
    for token, words in ((desk.bot, "is no person"), (desk.otto, "not in charge")):
        answer = consent(desk, shown, token)
        assert answer.status == 409
        assert words in answer.json["message"]
        assert desk.store.payloads("access_denied")[-1]["why"] == answer.json["message"]
    own = draft(desk, desk.ann, action_id=desk.waits[1])
    assert "for somebody else" in consent(desk, own, desk.ann).json["message"]
    ended = make_token(desk.store, "Bot", expires_on=MORNING.date(), token=desk.ada, at=MORNING)
    day.now = MORNING + timedelta(days=1)
    body = '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
    answer = desk.served.program(ended).ask("POST", "/mcp", body)
    assert answer.status == 401
    assert "no token that is known" in answer.json["message"]


def test_home_tells_whose_consent_is_asked_in_any_of_his_roles_and_only_what_stands(desk):
    both = enter(desk.store, "Pia", "planner", "buyer", by=desk.ada)
    shown = draft(desk)
    home = desk.served.sign_on_by(both)
    asked = f"To consent: plenish consent {shown['fingerprint']}"
    page = home.get("/").text
    assert asked in page
    assert "for you as buyer, worth" in page
    path = f"{API}/actions/{desk.waits[0]}/decisions"
    noted = {"decision": "reject", "role": "buyer", "reason": "no", "reason_code": "too_much"}
    assert desk.served.program(desk.ann).send(path, noted).status == 200
    assert asked not in home.get("/").text, "it stands otherwise by now"


def test_an_agent_goes_by_no_other_door(desk):
    """What takes consent here takes it at the interface and on the command line, too."""
    path = f"{API}/actions/{desk.waits[0]}/decisions"
    answer = desk.served.program(desk.bot).send(path, SAID)
    assert answer.status == 409
    assert "a person in charge has to consent" in answer.json["words"]
    assert desk.store.decisions(EVER).is_empty()
    noted = desk.store.payloads("access_denied")[-1]
    assert (noted["who"], noted["what"]) == ("Bot", "approve")


def test_an_agent_stops_automation_and_has_no_tool_to_start_it(desk):
    desk.store.set_automation(on=True, author="Ada", reason="test", at=MORNING)
    assert desk.store.stopped() == ()
    told = call_tool(desk.served, "stop_automation", desk.bot, reason="too many", kind="transfer")
    assert (told["scope"], told["is_on"]) == ("transfer", False)
    assert [scope.kind for scope in desk.store.stopped()] == ["transfer"]
    said = desk.store.payloads("automation_set")[-1]
    assert (said["author"], said["on"]) == ("Bot", False)
    unknown, started = call_tools(
        desk.served,
        desk.bot,
        ("stop_automation", {"reason": "x", "kind": "nothing"}),
        ("start_automation", {"reason": "x"}),
    )
    assert "There is no kind 'nothing'" in unknown
    assert "Unknown tool" in started


def test_a_person_consents_on_the_command_line(desk, folder, monkeypatch, day):
    day.now = read_clock()
    shown = draft(desk)
    monkeypatch.setenv(TOKEN, desk.ann)
    done = run_here("consent", shown["fingerprint"], "--yes", f"--data={folder}")
    assert done.returncode == 0, done.stderr
    assert "Bot (agent) would approve it as buyer" in done.stdout
    assert isinstance(commit(desk, shown), dict)
    again = run_here("consent", shown["fingerprint"], "--yes", f"--data={folder}")
    assert "on record, and nothing more is recorded" in again.stderr


@pytest.mark.parametrize("way", ["browser", "program", "command", "file", "agent"])
def test_a_decision_leaves_the_same_record_by_every_way(desk, folder, monkeypatch, way, day):
    day.now = read_clock()
    waits = list_waiting(desk.served.premises, "buyer")
    action = next(row["action_id"] for row in waits if row["kind"] == "purchase_change")
    if way == "browser":
        decide(desk.served.sign_on_by(desk.ann), action, "approve", "buyer")
    elif way == "program":
        path = f"{API}/actions/{action}/decisions"
        assert desk.served.program(desk.ann).send(path, SAID).status == 200
    elif way == "command":
        monkeypatch.setenv(TOKEN, desk.ann)
        said = [f"--{name}={SAID[name]}" for name in ("role", "reason")]
        assert run_here("approve", action, *said, f"--data={folder}").returncode == 0
    elif way == "file":
        monkeypatch.setenv(TOKEN, desk.ann)
        sheet = fill_in(folder / "reports" / LAST.isoformat() / "worklist.csv", action)
        assert run_here("decide", str(sheet), f"--data={folder}").returncode == 0
    else:
        commit(desk, draft(desk, desk.ann, action_id=action), desk.ann)
    (row,) = recorded(desk.served.premises, action).to_dicts()
    wanted = list_waiting_row(desk, action)
    assert {name: row[name] for name in wanted} == wanted
    (signed,) = desk.store.payloads("decision_signed")
    assert {name: signed[name] for name in ("name", "sort", "in_place_of")} == {
        "name": "Ann",
        "sort": "person",
        "in_place_of": "",
    }
    assert signed.keys() == {"decision_id", "name", "sort", "token", "in_place_of"}
    assert desk.store.verify_chain() == []


def fill_in(sheet, action):
    """The worklist of the night, in which one row is approved."""
    rows = list(csv.DictReader(sheet.open(encoding="utf-8-sig")))
    (row,) = [row for row in rows if row["action_id"] == action]
    row |= {"decide": "approve", "as_role": "buyer", "why": "agreed"}
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return sheet


def list_waiting_row(desk, action):
    """What a decision of Ann's on an action says, by whatever way it came."""
    proposal = desk.served.premises.open_desk(LAST).find_action(action)
    return {
        "action_id": action,
        "decision": "approve",
        "author": "Ann",
        "role": "buyer",
        "reason": "agreed",
        "quantity": proposal["quantity"],
        "expires_on": None,
        "reason_code": None,
        "until": None,
        "due_on": None,
        "origin": None,
        "plan_version": 1,
        "supplier": None,
        "price": None,
    }


def test_the_tools_are_served_by_input_and_output(waiting, tmp_path):
    """`plenish mcp`, as a desktop agent starts it; the token of its environment says who it is."""
    root = shutil.copytree(waiting, tmp_path / "retailer")
    with serving(root) as served:
        ada = enter(served.premises.store, "Ada", "administrator")
        bot = enter(served.premises.store, "Bot", "buyer", sort="agent", by=ada)

    async def call(token):
        started = StdioServerParameters(
            command=sys.executable,
            args=["-m", "inventory_assets.cli.start", "mcp", "--data", str(root)],
            cwd=PROJECT,
            env={**os.environ, TOKEN: token},
        )
        async with Client(stdio_client(started)) as client:
            tools = (await client.list_tools()).tools
            told = [await client.call_tool("plan_status", {}), await client.call_tool("kpis", {})]
        return {tool.name: tool.annotations for tool in tools}, told

    tools, (status, _) = asyncio.run(call(bot))
    assert status.structured_content["plan_version"] == 1
    acts = {name for name, hints in tools.items() if not hints.read_only_hint}
    assert acts == {"draft_decision", "commit_decision", "stop_automation", "simulate"}
    assert len(tools) == 20
    _, (refusal, _) = asyncio.run(call("guessed"))
    assert refusal.is_error
    assert "no token that is known" in refusal.content[0].text
