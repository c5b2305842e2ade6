"""Who is in charge of a part of the plan reads that part, by every page, call and tool there is."""

import json
import shutil
from types import SimpleNamespace
from urllib.parse import urlencode

import duckdb
import polars as pl
import pytest
from agent import call_tools
from client import serving
from openpyxl import Workbook
from people import enter
from simulated import PROJECT
from test_routes import CALLS, PAGES
from test_worklist_tools import read_book, save, send_book

from governance.people import Charge, ReadingLimit, find_reading_scope
from workbench.agents import Counter, make_agent_server
from workbench.door import Rates
from workbench.interface import API
from workbench.reading import LISTINGS, Desks

HOME, OTHER = "Rhineland", "Bavaria"
MARK = "only-of-the-other-region"
ID = "feedface" * 8
SHEET = "/worklist/sheet"
DIGITS = 12
NO_DATA = {"/sign-on", "/sign-off", "/sign-on/provider", "/sign-on/returned", "/sign-off/provider"}


@pytest.fixture(scope="module")
def parted(waiting, tmp_path_factory):
    """A workbench whose policy has people read by charges, with an exception of the other region.

    Gives it with tokens by name, and what the plan has by region and category, read by SQL.
    """
    root = shutil.copytree(waiting, tmp_path_factory.mktemp("parted") / "retailer")
    copy = root / "warehouse" / "plenish-read.duckdb"
    policies = shutil.copytree(PROJECT / "data" / "policies", root / "policies")
    with (policies / "actions.yaml").open("a") as file:
        file.write("\nread_by_scope: true\n")
    with duckdb.connect(str(copy)) as connection:
        _add_exception(connection)
        known = _read_known(connection)
    with serving(root, policies=policies, rates=Rates(at_once=100_000)) as served:
        store = served.premises.store
        admin = enter(store, "Ada", "administrator")
        roles = ("planner", "buyer")
        limits = {
            "region": {"regions": (HOME,)},
            "category": {"categories": ("socks",)},
            "kind": {"kinds": ("stock_count",)},
        }
        tokens = {
            name: enter(store, f"R {name}", *roles, by=admin, **said)
            for name, said in limits.items()
        }
        tokens |= {
            "all": admin,
            "auditor": enter(store, "Otto", "auditor", by=admin, regions=(HOME,)),
            "agent": enter(store, "Bot", "planner", sort="agent", by=admin),
        }
        yield SimpleNamespace(served=served, tokens=tokens, known=known)


def _add_exception(connection):
    """An open exception of the other region with its case, scope and cause."""
    day = "(SELECT max(business_date) FROM plans.plan_versions)"
    sku, place = connection.execute(
        "SELECT sku, location FROM plans.planning_pairs WHERE location = 'S001' ORDER BY sku"
    ).fetchone()
    common = f"{day} AS business_date, '{ID}' AS exception_id"
    words = f"'{MARK} at {place}' AS words"
    said_of = {
        "signals.exceptions": (
            f"'stock_out' AS kind, '{place}' AS subject, 'new' AS state, {day} AS first_seen_on, "
            f"{day} AS last_seen_on, '{OTHER}' AS region, '{place}' AS location, '{sku}' AS sku, "
            f"1 AS item_locations, 5.0 AS units_at_risk, 70.0 AS money_at_risk, {words}"
        ),
        "reporting.cases": (
            f"'{ID}' AS case_id, 'stock_out' AS kind, 'open' AS state, 'p' AS playbook, "
            f"'planner' AS owner, 'planner' AS in_charge, {day} AS opened_on, {day} AS due_on, "
            f"70.0 AS money_at_risk, 0 AS actions, {words}"
        ),
        "signals.exception_scope": f"'{sku}' AS sku, '{place}' AS location, 'short' AS side",
        "signals.exception_causes": (
            f"'late' AS cause, '{place}' AS place, 1 AS rank, 1.0 AS share, {words}"
        ),
    }
    for table, said in said_of.items():
        columns = dict(
            connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema || '.' || table_name = ?",
                [table],
            ).fetchall()
        )
        given = {part.rpartition(" AS ")[2] for part in said.split(", ")} | {
            "business_date",
            "exception_id",
        }
        blank = {"VARCHAR": "''", "DATE": day, "BOOLEAN": "false"}
        rest = ", ".join(
            f"{blank.get(kind, '0')} AS {name}"
            for name, kind in columns.items()
            if name not in given
        )
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT {common}, {said}" + (f", {rest}" if rest else "")
        )


def _read_known(connection):
    """Actions, stores, items and a customer's order, with what tells them apart.

    DCs and nodes that ship orders are at the other end of what comes to the home region.
    """
    ask = connection.execute
    return SimpleNamespace(
        actions=ask(
            "SELECT action_id, kind, region, category FROM analysis.planned_actions ORDER BY 1"
        ).pl(),
        places=ask(
            "SELECT location, region FROM analysis.places WHERE kind = 'store' ORDER BY 1"
        ).pl(),
        items=ask("SELECT sku, category FROM analysis.items ORDER BY 1").pl(),
        order=ask(
            "SELECT order_id, line FROM analysis.order_lines_decided WHERE region = ? ORDER BY ALL",
            [OTHER],
        ).fetchone(),
        supplier=ask("SELECT supplier FROM analysis.suppliers_judged ORDER BY 1").fetchone()[0],
    )


def list_foreign(known, reader):
    """Keys that a reader must not meet, and one action of them."""
    mine = {
        "region": pl.col("region") == HOME,
        "category": pl.col("category") == "socks",
        "kind": pl.col("kind") == "stock_count",
    }[reader]
    actions = known.actions.filter(~mine.fill_null(value=False))["action_id"].to_list()
    keys = [action[:DIGITS] for action in actions]
    if reader == "region":
        keys += known.places.filter(pl.col("region") != HOME)["location"].to_list()
        keys += [MARK, ID[:DIGITS]]
    if reader == "category":
        keys += known.items.filter(pl.col("category") != "socks")["sku"].to_list()
    return keys, actions[0]


def list_own(known, reader):
    """Something that a reader does read: an action, an item and a place."""
    action = known.actions.filter(
        {
            "region": pl.col("region") == HOME,
            "category": pl.col("category") == "socks",
            "kind": pl.col("kind") == "stock_count",
        }[reader]
    )["action_id"][0]
    socks = known.items.filter(pl.col("category") == "socks")["sku"][0]
    home = known.places.filter(pl.col("region") == HOME)["location"][0]
    return {"action_id": action, "sku": socks, "location": home}


def fill(path, facts):
    """The addresses of a route, each name in it told by facts; a name that is new is asked for."""
    names = {
        "action_id": facts["action_id"][: DIGITS - 1],
        "exception_id": ID[: DIGITS - 1],
        "case_id": ID[: DIGITS - 1],
        "fingerprint": facts["fingerprint"],
        "supplier": facts["supplier"],
        "order_id": facts["order"][0],
        "line": facts["order"][1],
        "sku": facts["sku"],
    }
    path = path.replace(":path}", "}")
    query = urlencode({"sku": facts["sku"], "location": facts["location"], "zone": facts["zone"]})
    if "/lists/{name}" in path:
        return [path.format(name=name) for name in LISTINGS]
    if "item-location" in path or "markdown" in path:
        return [f"{path.format(**names)}?{query}"]
    if path.endswith("/worklist") or path == "/worklist":
        return [f"{path}?size=500", f"{path}?size=500&group=region"]
    return [path.format(name="no-such", **names)]


BODY = {
    "decision": "reject",
    "role": "planner",
    "reason": "no",
    "key": "k" * 12,
    "step": "try",
    "change": "factor",
    "factor": "1.5",
    "say": "refuse",
    "name": "trial",
}


def ask_for_sheet(client, method, facts):
    """The worklist as a workbook, or what is said of one that decides an action."""
    client.get("/worklist")
    if method == "POST":
        book = Workbook()
        book.active.append(["decide", "as_role", "why", "action_id"])
        book.active.append(["reject", "planner", "no", facts["action_id"][: DIGITS - 1]])
        return send_book(client, save(book))
    _, cells, _ = read_book(client, SHEET)
    values = (str(cell.value) for row in cells for cell in row)
    return SimpleNamespace(status=200, text="\n".join(values))


def names_something(path):
    """Whether what is asked for depends on which action, item or place is named."""
    return ("{" in path and "/lists/" not in path) or "item-loc" in path or path == SHEET


def list_addresses(routes, facts, *, all_paths):
    """Method, path and address of routes: of all, or of those that post or are about a thing."""
    for method, path in routes:
        if path not in NO_DATA and (all_paths or method == "POST" or names_something(path)):
            for address in fill(path, facts):
                yield method, path, address


def read_pages(parted, reader, facts, *, all_paths=True):
    """Address and answer of every page that is read."""
    client = parted.served.sign_on_by(parted.tokens[reader])
    for method, path, address in list_addresses(PAGES, facts, all_paths=all_paths):
        if method == "GET":
            is_book = path == SHEET
            yield address, ask_for_sheet(client, method, facts) if is_book else client.get(address)


def send_forms(parted, reader, facts):
    """Address and answer of every form."""
    client = parted.served.sign_on_by(parted.tokens[reader])
    home = client.get("/")
    form_token, day = home.find(r'form_token" value="(\w+)'), home.find(r"of <strong>([^<]*)")
    said = {
        **BODY,
        "text": facts["policy"],
        "starts_on": facts["day"],
        "ends_on": facts["day"],
        "plan_words": f"{day}.1",
        "sku": facts["sku"],
        "location": facts["location"],
        "selected": f"{facts['action_id'][: DIGITS - 1]}:",
    }
    for method, path, address in list_addresses(PAGES, facts, all_paths=False):
        if path == SHEET and method == "POST":
            yield f"POST {address}", ask_for_sheet(client, method, facts)
        elif method == "POST":
            answer = client.post(address.partition("?")[0], said, form_token=form_token)
            yield f"POST {address}", answer


def call_interface(parted, reader, facts, *, all_paths=True):
    """Address and answer of every call of a program."""
    program = parted.served.program(parted.tokens[reader])
    stated = {"decision": "comment", "role": "planner", "reason": "seen"}
    action = {"action_id": facts["action_id"][: DIGITS - 1]}
    bodies = {
        f"{API}/decisions": {"decisions": [{**stated, **action}]},
        f"{API}/scenarios": {"name": "trial", "demand": [{"factor": 1.1}]},
    }
    for method, path, address in list_addresses(CALLS, facts, all_paths=all_paths):
        if method == "POST":
            key = f"{reader} {facts['action_id']}"
            yield f"POST {address}", program.send(address, bodies.get(path, stated), key=key)
        else:
            yield f"{method} {address}", program.ask(method, address)


def call_all(parted, reader, facts, *, all_tools):
    """Name and answer of every tool, or of those about a thing."""
    pair = {"sku": facts["sku"], "location": facts["location"]}
    action = {"action_id": facts["action_id"][: DIGITS - 1]}
    arguments = {
        "plan_status": {},
        "brief": {"role": "planner"},
        "list_worklist": {"most": 100},
        **dict.fromkeys(("get_action", "explain_action", "trace_action", "check_policy"), action),
        **dict.fromkeys(("get_item_location", "get_forecast", "root_cause"), pair),
        "supplier_risk": {"supplier": facts["supplier"]},
        "kpis": {},
        "data_health": {},
        "compare_plans": {"most": 100},
        "dry_run_policy": {"policy": facts["policy"], "days": 1},
        "get_scenario": {},
        "simulate": {"name": "trial", "changes": {"demand": [{"factor": 1.1}]}},
        "draft_decision": {**action, "decision": "comment", "role": "planner", "reason": "seen"},
        "commit_decision": {"fingerprint": facts["fingerprint"], "idempotency_key": "k" * 12},
        "stop_automation": {"reason": "trial", "region": "nowhere"},
    }
    server = make_agent_server(Counter(Desks(parted.served.office), token=None, is_local=True))
    names = sorted(tool.name for tool in server._tool_manager.list_tools())
    assert names == sorted(arguments), "a tool that is new is called here, too"
    names = [name for name in names if all_tools or {*arguments[name]} & {"action_id", "sku"}]
    told = call_tools(
        parted.served, parted.tokens[reader], *((name, arguments[name]) for name in names)
    )
    for name, one in zip(names, told, strict=True):
        yield name, one if isinstance(one, str) else json.dumps(one)


@pytest.fixture(scope="module")
def facts(parted):
    """What addresses name, beside action, item and place: a draft on an action of elsewhere."""
    _, action = list_foreign(parted.known, "region")
    told = call_tools(
        parted.served,
        parted.tokens["agent"],
        (
            "draft_decision",
            {
                "action_id": action,
                "decision": "reject",
                "role": "planner",
                "reason": MARK,
                "reason_code": "too_much",
            },
        ),
    )
    assert isinstance(told[0], dict), told[0]
    policies = parted.served.office.policies_folder
    return {
        "fingerprint": told[0]["fingerprint"],
        "supplier": parted.known.supplier,
        "order": parted.known.order,
        "zone": "zone",
        "day": "2030-01-01",
        "policy": (policies / "actions.yaml").read_text(),
    }


def find_leaks(told, keys, asked):
    """Keys that an answer names and that were not asked for."""
    return sorted({key for key in keys if key in told and key not in asked})


@pytest.mark.parametrize("reader", ["region", "category", "kind"])
@pytest.mark.parametrize("whose", ["own", "foreign"])
def test_no_answer_names_what_is_of_others(parted, facts, reader, whose):
    keys, action = list_foreign(parted.known, reader)
    own = list_own(parted.known, reader)
    if whose == "foreign":
        item = parted.known.items.filter(pl.col("category") != "socks")["sku"][0]
        own = {"action_id": action, "sku": item, "location": "S001"}
    asked = {**facts, **own}
    leaks, everything = {}, whose == "own"
    for address, answer in (
        *read_pages(parted, reader, asked, all_paths=everything),
        *send_forms(parted, reader, asked),
        *call_interface(parted, reader, asked, all_paths=everything),
    ):
        assert answer.status not in {429, 500}, address
        if found := find_leaks(answer.text, keys, address + str(own)):
            leaks[address] = found
    leaks |= {
        name: found
        for name, text in call_all(parted, reader, asked, all_tools=everything)
        if (found := find_leaks(text, keys, str(own)))
    }
    assert not leaks


def test_the_keys_are_there_for_who_reads_all(parted, facts):
    """What the walk looks for it would find: the same answers name it to who reads all."""
    keys, _ = list_foreign(parted.known, "region")
    asked = {**facts, **list_own(parted.known, "region")}
    program = parted.served.program(parted.tokens["all"])
    calls = [(f"GET {API}/worklist", program.get(f"{API}/worklist"))]
    found = {
        address
        for address, answer in (*read_pages(parted, "all", asked), *calls)
        if find_leaks(answer.text, keys, address)
    }
    looked_at = {"/", "/worklist?size=500", SHEET, "/audit", "/lists/exceptions", "/lists/cases"}
    assert looked_at | {f"GET {API}/worklist"} <= found


def test_auditors_administrators_and_the_unlimited_read_all():
    north = Charge(role="planner", regions=("north",))
    assert find_reading_scope([north]) == {ReadingLimit(("north",), (), ())}
    assert find_reading_scope([]) == frozenset(), "who is in charge of nothing reads nothing"
    for other in (
        Charge(role="planner"),
        Charge(role="auditor", regions=("north",)),
        Charge(role="administrator", kinds=("transfer",)),
    ):
        assert find_reading_scope([north, other]) is None


def test_a_part_is_told_as_one(parted):
    reader = parted.served.sign_on_by(parted.tokens["region"])
    assert f"You read what you are in charge of: regions {HOME}" in reader.get("/").text
    assert reader.get("/audit").status == 403
    assert reader.get("/scenarios").status == 403
    rows = parted.served.program(parted.tokens["region"]).get(f"{API}/worklist?size=500")
    home = parted.known.actions.filter(region=HOME)["action_id"].to_list()
    assert home
    assert sorted(row["action_id"] for row in rows.json["rows"]) == home
    auditor = parted.served.sign_on_by(parted.tokens["auditor"])
    assert MARK in auditor.get("/lists/exceptions").text
    assert auditor.get("/audit").status == 200


def test_a_decision_on_what_is_not_read_is_refused_without_its_id(parted):
    _, action = list_foreign(parted.known, "region")
    program = parted.served.program(parted.tokens["region"])
    stated = {"decision": "reject", "role": "planner", "reason": "no", "reason_code": "too_much"}
    answer = program.send(f"{API}/actions/{action[:8]}/decisions", stated)
    assert answer.status == 409
    assert answer.json["action_id"] == action[:8]
    assert "0 actions that you read begin with" in answer.json["words"]
