"""Signing on: by a token, or by name where nobody is entered and nobody else can come."""

import re
from datetime import datetime, timedelta

import pytest
from client import serving
from people import enter

from governance.people import revoke_tokens
from inventory_assets.project import read_clock
from workbench.door import Sessions, Visitor

NOON = datetime(2025, 10, 1, 12)  # noqa: DTZ001  # local by contract


def test_names_are_believed_and_said_to_be_while_nobody_is_entered(bench):
    assert "names are believed" in bench.open().get("/sign-on").text
    client = bench.sign_on("Ann", "buyer")
    home = client.get("/")
    assert home.status == 200
    assert "name believed" in home.text
    # From the first identity on, nobody is.
    enter(bench.premises.store, "Ada", "administrator")
    assert client.get("/").status == 303
    assert "Token" in client.get("/sign-on").text
    assert client.post("/sign-on", {"name": "Ann", "role": "buyer"}).status == 403


def test_names_are_not_believed_where_others_can_come(waiting):
    with serving(waiting, is_local=False) as served:
        client = served.open()
        client.get("/sign-on")
        assert client.post("/sign-on", {"name": "Ann", "role": "buyer"}).status == 403
        assert served.open().get("/api/v1/plan").status == 401


def test_a_token_signs_on_until_it_is_revoked(bench):
    store = bench.premises.store
    admin = enter(store, "Ada", "administrator", "planner")
    token = enter(store, "Bo", "buyer", by=admin)
    client = bench.sign_on_by(token)
    page = client.get("/worklist")
    assert "<strong>Bo</strong> · buyer" in page.text
    assert token not in page.text
    assert token not in client.headers["Cookie"]
    revoke_tokens(store, "Bo", token=admin, reason="left", at=read_clock())
    assert client.get("/worklist").status == 303


def test_a_wrong_token_is_refused_and_does_not_fill_the_audit_chain(bench):
    enter(bench.premises.store, "Ada", "administrator")
    before = bench.premises.store.head()
    client = bench.open()
    client.get("/sign-on")
    answer = client.post("/sign-on", {"token": "guessed"})
    assert answer.status == 403
    assert "no token that is known" in answer.text
    assert bench.premises.store.head() == before


def test_the_cookie_is_for_the_server_only_and_new_after_signing_on(bench):
    client = bench.open()
    before = client.get("/sign-on").headers["set-cookie"]
    after = client.post("/sign-on", {"name": "Ann", "role": "buyer"}).headers["set-cookie"]
    for cookie in (before, after):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
    assert before.split(".")[0] != after.split(".")[0], "no session can be fixed beforehand"
    client.get("/worklist")
    client.post("/sign-off", {})
    client.headers["Cookie"] = after.split(";")[0]
    assert client.get("/worklist").status == 303, "what was signed off stays so"


def test_a_cookie_that_was_tampered_with_signs_nobody_on(bench):
    client = bench.sign_on("Ann", "buyer")
    cookie = client.headers["Cookie"]
    for forged in (cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), "plenish_session=ä.ö", "x"):
        client.headers["Cookie"] = forged.encode().decode("latin-1")
        assert client.get("/").status == 303


def test_an_answer_to_a_form_from_elsewhere_leaves_the_cookie_alone(bench):
    """A browser sends it without the cookie, and would put a new one in its place."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/worklist/decisions", "/sign-on", "/sign-off", "/"):
        answer = bench.open().ask("POST", path, "role=buyer", **form)
        assert answer.status in {403, 405}
        assert answer.headers["set-cookie"] is None, path


def test_sessions_end():
    sessions = Sessions()
    name = sessions.open(Visitor("Ann", ("buyer",), None), NOON)
    assert sessions.find(name, NOON + timedelta(hours=11)) is not None
    assert sessions.find(name, NOON + timedelta(hours=12)) is None
    assert sessions.find(name, NOON) is None


def test_what_somebody_types_is_escaped(bench):
    hostile = "<script>alert(1)</script>"
    client = bench.sign_on("Ann <b>", "buyer")
    for path in (f"/worklist?text={hostile}", f"/lists/{hostile}", f"/actions/{hostile}"):
        text = client.get(path.replace("<", "%3C").replace(">", "%3E")).text
        assert hostile not in text
        assert "Ann &lt;b&gt;" in text
    text = client.get("/item-location?sku=%27%3B%20DROP%20TABLE&location=%3Cb%3E").text
    assert "There is no &#39;; DROP TABLE at &lt;b&gt;" in text


@pytest.mark.parametrize("asked", ["sort=action_id;--", "size=0", "size=99999", "sort=constructor"])
def test_what_a_list_cannot_do_is_said(planner, asked):
    answer = planner.get(f"/worklist?{asked}")
    assert answer.status == 400
    assert re.search("cannot be sorted by|size is a number", answer.text)


def test_a_request_that_is_too_large_is_refused(planner):
    planner.get("/worklist")
    answer = planner.post("/worklist/decisions", {"reason": "x" * 1_000_001})
    assert answer.status == 413


def test_a_body_without_a_length_is_read_no_further_than_it_may_be(planner):
    planner.get("/worklist")
    parts = (b"x" * 10_000 for _ in range(200))  # it is sent in chunks
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = planner.ask("POST", "/worklist/decisions", parts, **form)
    assert answer.status == 413
    assert "Send at most 1,000,000 bytes" in answer.text
