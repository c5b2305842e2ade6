"""The interface for programs: pages of rows, marks, keys, and refusals in words."""

import pytest
from people import enter

from workbench.interface import API
from workbench.reading import LISTINGS

SOUND = {"decision": "reject", "role": "buyer", "reason": "no", "reason_code": "too_much"}


def list_ids(client, path):
    """Ids of all pages of the worklist."""
    ids, after = [], ""
    while True:
        got = client.get(f"{path}&after={after}" if after else path).json
        ids += [row["action_id"] for row in got["rows"]]
        after = got["after"]
        if not after:
            return ids, got["sums"]["rows"]


def test_pages_of_the_worklist_are_the_whole_of_it(shown):
    client = shown.open()
    whole = client.get(f"{API}/worklist?size=500").json
    ids, rows = list_ids(client, f"{API}/worklist?size=7&sort=value&direction=down")
    assert rows == len(ids) == len(set(ids)) == len(whole["rows"])
    assert sorted(ids) == sorted(row["action_id"] for row in whole["rows"])


def test_what_was_read_is_not_sent_again_until_something_is_decided(bench):
    client = bench.open()
    first = client.get(f"{API}/worklist?standing=waiting&missing_roles=buyer")
    mark = first.headers["etag"]
    assert client.get(f"{API}/worklist", **{"If-None-Match": mark}).status == 304
    action = first.json["rows"][0]["action_id"]
    stated = {**SOUND, "author": "Ann"}
    path = f"{API}/actions/{action}/decisions"
    assert client.send(path, stated, **{"If-Match": '"other"'}).status == 412
    assert client.send(path, stated, **{"If-Match": mark}).json["status"] == "rejected"
    assert client.get(f"{API}/worklist", **{"If-None-Match": mark}).status == 200
    assert client.get(f"{API}/actions/{action}").json["decisions"][0]["author"] == "Ann"


def test_a_key_records_a_decision_once_and_no_other(bench):
    client = bench.open()
    rows = client.get(f"{API}/worklist?standing=waiting&missing_roles=buyer").json["rows"]
    path = f"{API}/actions/{rows[0]['action_id']}/decisions"
    stated = {**SOUND, "author": "Ann"}
    first = client.send(path, stated, key="the same key")
    again = client.send(path, stated, key="the same key")
    assert (first.status, first.json) == (again.status, again.json)
    assert len(bench.premises.store.payloads("decision_recorded")) == 1
    other = client.send(path, {**stated, "reason": "other"}, key="the same key")
    assert other.status == 409
    assert "The key was used for another decision" in other.json["words"]


def test_a_token_decides_for_its_holder_only(bench):
    store = bench.premises.store
    admin = enter(store, "Ada", "administrator")
    client = bench.program(enter(store, "Bot", "buyer", sort="service", by=admin))
    (row, *_) = client.get(f"{API}/worklist?standing=waiting&missing_roles=buyer").json["rows"]
    stated = {"action_id": row["action_id"], "decision": "approve", "role": "buyer", "reason": "ok"}
    content = {"decisions": [{**stated, "author": "Ada"}]}
    (verdict,) = client.send(f"{API}/decisions", content, key="first key").json["verdicts"]
    assert "The token is that of Bot, not of Ada" in verdict["words"]
    answer = client.send(f"{API}/decisions", {"decisions": [stated]}, key="second key").json
    assert answer["verdicts"][0]["is_recorded"]
    assert answer["warning"] == ""
    assert store.payloads("decision_signed")[-1]["sort"] == "service"


@pytest.mark.parametrize(
    ("path", "content", "headers", "answered"),
    [
        ("/decisions", {"decisions": []}, {}, (422, "decisions")),
        ("/decisions", {"decisions": [{"decision": "burn"}]}, {}, (422, "approve")),
        ("/decisions", {"decisions": [1]}, {"Idempotency-Key": "x"}, (422, "Idempotency-Key")),
        ("/actions/ffff/decisions", SOUND, {"Content-Type": "text/plain"}, (422, "")),
        ("/actions/ffff/decisions", SOUND, {}, (409, "no action")),
    ],
)
def test_what_cannot_be_asked_is_said(shown, path, content, headers, answered):
    status, words = answered
    answer = shown.open().send(API + path, content, **headers)
    assert answer.status == status
    told = answer.json
    assert words in (told.get("message") or told["words"])


@pytest.mark.parametrize(
    ("path", "status"),
    [("/lists/secrets", 404), ("/actions/zz", 404), ("/worklist?sort=nothing", 400), ("/no", 404)],
)
def test_what_is_not_there_is_said_as_json(shown, path, status):
    answer = shown.open().get(API + path)
    assert answer.status == status
    assert answer.json["message"]


def test_the_interface_describes_itself(shown):
    told = shown.open().get(f"{API}/openapi.json").json
    assert told["info"]["title"] == "plenish"
    assert all(path.startswith(API) for path in told["paths"])
    decide = told["paths"][f"{API}/decisions"]["post"]
    assert any(
        stated["name"] == "Idempotency-Key" and stated["required"]
        for stated in decide["parameters"]
    )
    assert "HTTPBearer" in told["components"]["securitySchemes"]
    lists = told["paths"][f"{API}/lists/{{name}}"]["get"]["description"]
    assert all(name in lists for name in LISTINGS)
