"""Scenarios at the workbench: who runs, compares, drops and proposes one, by any door."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import yaml
from agent import call_tool
from client import serving
from people import enter
from simulated import PROJECT

from governance import Policies, load_planning_policy
from governance.scenarios import parse_scenario
from inventory_assets.scenarios import open_scenario
from warehouse import Warehouse
from workbench.interface import API

PATH = f"{API}/scenarios"
MORE = {"name": "more", "demand": [{"factor": 1.5}], "policy": {"sourcing.late_cost": 9.5}}
CLOSED = {"name": "closed", "outages": [{"supplier": "SUP01", "until": "2025-12-01"}]}


def keep_scenario(served, stated, author):
    """A scenario that is done: its plan is the live one, of which demand was a third less."""
    with open_scenario(served.premises.data, parse_scenario(stated, author)) as folder:
        copy = Warehouse(served.office.read_copy, read_only=True)
        figures = copy.read_view("plan_figures")
        copy.close()
        demand = pl.when(figure="demand ahead").then(pl.col("value") / 1.5)
        folder.write_live_figures(figures.with_columns(demand.otherwise("value").alias("value")))
        folder.retailer.mkdir()
        copied = shutil.copy(served.office.read_copy, folder.retailer / "copy.duckdb")
        folder.keep_plan(Path(copied))


@pytest.fixture(scope="module")
def lab(waiting, tmp_path_factory):
    """A workbench with people and policies of its own, and two scenarios that are done."""
    root = tmp_path_factory.mktemp("lab")
    folder = shutil.copytree(waiting, root / "retailer")
    policies = shutil.copytree(PROJECT / "data" / "policies", root / "policies")
    with serving(folder, policies=policies) as served:
        store = served.premises.store
        ada = enter(store, "Ada", "administrator")
        keep_scenario(served, MORE, "Ben")
        keep_scenario(served, CLOSED, "Ben")
        yield SimpleNamespace(
            served=served,
            store=store,
            policies=policies,
            ada=ada,
            pia=enter(store, "Pia", "planner", by=ada),
            ben=enter(store, "Ben", "buyer", by=ada),
            bot=enter(store, "Bot", "planner", sort="agent", by=ada),
            otto=enter(store, "Otto", "auditor", by=ada),
        )


def refused(lab, step):
    """What is said where a step is denied, which is on record."""
    noted = len(lab.store.payloads("access_denied"))
    answer = step()
    assert len(lab.store.payloads("access_denied")) == noted + 1
    return answer


def test_a_page_compares_what_is_done_with_the_plan(lab):
    client = lab.served.sign_on_by(lab.ben)
    page = client.get("/scenarios/more").text
    assert "planning policy sourcing.late_cost: 9.5" in page
    figures = {
        row["figure"]: row
        for row in lab.served.program(lab.ben).get(f"{PATH}/more").json["figures"]
    }
    demand = figures["demand ahead"]
    assert demand["scenario"] == pytest.approx(1.5 * demand["live"])
    assert f"{demand['change']:,.2f}" in page
    assert figures["margin lost"]["change"] == 0
    assert figures["margin lost"]["unit"] == "EUR"
    side_by_side = client.get("/scenarios").text
    assert f"{demand['change']:,.2f}" in side_by_side
    assert "SUP01 ships nothing until 2025-12-01" in side_by_side


def test_figures_that_were_never_kept_or_are_gone_stop_no_page(lab):
    client = lab.served.sign_on_by(lab.ben)
    folder = lab.served.premises.data / "scenarios" / "more"
    kept = (folder / "figures.parquet").read_bytes()
    shown = client.get("/scenarios/more").text
    (folder / "figures.parquet").unlink()
    assert client.get("/scenarios/more").text == shown, "an earlier version kept the plan alone"
    live = (folder / "live.parquet").rename(folder / "gone")
    for path in ("/scenarios", "/scenarios/more"):
        assert client.get(path).status == 200
    live.rename(folder / "live.parquet")
    (folder / "figures.parquet").write_bytes(kept)


def test_an_agent_reads_what_a_program_reads(lab):
    told = call_tool(lab.served, "get_scenario", lab.bot, name="more")
    (state,), figures = (table["rows"] for table in told["tables"])
    assert (state["state"], state["author"]) == ("done", "Ben")
    asked = lab.served.program(lab.ben).get(f"{PATH}/more").json["figures"]
    read = [(row["figure"], row["name"], row["live"], row["scenario"]) for row in figures]
    assert read == [(row["figure"], row["name"], row["live"], row["scenario"]) for row in asked]
    names = [
        row["name"] for row in call_tool(lab.served, "get_scenario", lab.bot)["tables"][0]["rows"]
    ]
    assert names == ["closed", "more"]
    assert "There is no scenario none" in call_tool(
        lab.served, "get_scenario", lab.bot, name="none"
    )


@pytest.mark.parametrize(
    ("stated", "status", "words"),
    [
        ({"demand": [{"factor": 2, "region": "moon"}]}, 400, "there is no region"),
        ({"policy": {"sourcing.nothing": 1}}, 400, "sourcing.nothing"),
        ({"policy": {"horizon_days": "long"}}, 400, "horizon_days"),
        ({}, 422, "it changes nothing"),
        ({"demand": [{"factor": 2}], "price": 1}, 422, "price"),
        ({**MORE, "name": "more"}, 409, "there is a scenario more"),
    ],
)
def test_what_cannot_be_run_is_said_by_each_door(lab, stated, status, words):
    stated = {"name": "other", **stated}
    answer = lab.served.program(lab.ben).send(PATH, stated)
    assert (answer.status, words in answer.text) == (status, True), answer.text
    client = lab.served.sign_on_by(lab.ben)
    client.get("/scenarios")
    page = client.post("/scenarios", {"text": yaml.safe_dump(stated)})
    assert page.status == (409 if status == 409 else 400)
    assert words in page.find(r'role="alert">([^<]*)')
    changes = {name: said for name, said in stated.items() if name != "name"}
    told = call_tool(lab.served, "simulate", lab.bot, name=stated["name"], changes=changes)
    assert words in told
    assert [one["name"] for one in lab.served.program(lab.ben).get(PATH).json] == ["closed", "more"]


def test_who_reads_only_runs_and_drops_nothing(lab):
    otto = lab.served.program(lab.otto)
    stated = {"name": "his", "demand": [{"factor": 2}]}
    assert refused(lab, lambda: otto.send(PATH, stated)).status == 403
    assert refused(lab, lambda: otto.ask("DELETE", f"{PATH}/more")).status == 403
    client = lab.served.sign_on_by(lab.otto)
    client.get("/scenarios")
    assert (
        refused(lab, lambda: client.post("/scenarios", {"name": "his", "factor": "2"})).status
        == 403
    )
    client.get("/scenarios/more")
    assert refused(lab, lambda: client.post("/scenarios/more/drop", {})).status == 403
    assert otto.get(f"{PATH}/more").status == 200


def test_one_runs_at_a_time(lab):
    stated = parse_scenario({"name": "busy", "demand": [{"factor": 2}]}, "Ann")
    with open_scenario(lab.served.premises.data, stated):
        answer = lab.served.program(lab.ben).send(PATH, {**CLOSED, "name": "second"})
        assert (answer.status, answer.json["message"]) == (
            409,
            "another scenario runs: wait for it, or drop it",
        )
        page = lab.served.sign_on_by(lab.ben).get("/scenarios/busy").text
        assert "data-refresh" in page
        assert "Stop and drop it" in page


def test_another_s_scenario_is_dropped_by_a_planner(lab):
    keep_scenario(lab.served, {**CLOSED, "name": "gone"}, "Ben")
    bot = enter(lab.store, "Rob", "planner", sort="agent", by=lab.ada)
    path = f"{PATH}/gone"
    words = refused(lab, lambda: lab.served.program(bot).ask("DELETE", path)).json["message"]
    assert "Ben has stated it" in words
    assert lab.served.program(lab.pia).ask("DELETE", path).status == 204
    assert lab.served.program(lab.pia).get(path).status == 404


def propose(lab, token, name="more"):
    client = lab.served.sign_on_by(token)
    client.get(f"/scenarios/{name}")
    return client, client.post(f"/scenarios/{name}/policy", {"reason": "it pays"})


def find_draft(client):
    return client.get("/approvals").find(r'action="(/approvals/policies/\w+)"')


def test_a_policy_is_put_in_force_by_two_people(lab):
    path = lab.policies / "planning.yaml"
    before = path.read_text()
    client, answer = propose(lab, lab.pia)
    assert (answer.status, answer.headers["location"]) == (303, "/approvals")
    assert path.read_text() == before
    assert "/approvals/policies/" not in client.get("/approvals").text, "not to who drafted it"
    ada = lab.served.sign_on_by(lab.ada)
    draft = find_draft(ada)
    assert "+  late_cost: 9.5" in ada.page.text
    for token, words in ((lab.pia, "somebody else"), (lab.ben, "a planner or an administrator")):
        other = lab.served.sign_on_by(token)
        other.get("/approvals")
        page = refused(lab, lambda other=other: other.post(draft, {"say": "consent"}))
        assert words in page.find(r'role="alert">([^<]*)')
    assert path.read_text() == before
    ada.get("/approvals")
    assert "planning.yaml is in force" in ada.post(draft, {"say": "consent"}).text
    assert load_planning_policy(path).sourcing.late_cost == 9.5
    assert [line for line in path.read_text().splitlines() if line.startswith("#")] == [
        line for line in before.splitlines() if line.startswith("#")
    ]
    assert Policies(lab.policies, dict).faults == []
    (done,) = lab.store.payloads("policy_put_in_force")
    assert done["name"] == "Ada"
    assert "no such draft" in refused(lab, lambda: ada.post(draft, {"say": "consent"})).text
    assert lab.store.verify_chain() == []


def test_a_refused_and_an_overtaken_policy_change_nothing(lab):
    path = lab.policies / "planning.yaml"
    keep_scenario(lab.served, {"name": "cheap", "policy": {"sourcing.late_cost": 1.0}}, "Ben")
    _, answer = propose(lab, lab.ben, "cheap")
    assert answer.status == 303
    ada = lab.served.sign_on_by(lab.ada)
    draft = find_draft(ada)
    before = path.read_text()
    assert "Say why" in ada.post(draft, {"say": "refuse"}).text
    assert "stays as it is" in ada.post(draft, {"say": "refuse", "reason": "no"}).text
    assert "/approvals/policies/" not in ada.get("/approvals").text
    lab.served.premises.store.payloads("policy_refused")
    propose(lab, lab.pia, "cheap")
    draft = find_draft(ada)
    path.write_text(before + "\n# Somebody has been here.\n")
    assert "no such draft" in refused(lab, lambda: ada.post(draft, {"say": "consent"})).text
    path.write_text(before)


def test_what_is_no_policy_is_not_put_in_force(lab):
    _, answer = propose(lab, lab.pia, "closed")
    assert answer.status == 400
    assert "and no policy" in answer.text
