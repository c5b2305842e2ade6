"""Signing on by a provider of OpenID Connect, for whom an administrator has linked beforehand."""

import time
from datetime import timedelta

import pytest
from client import serving
from people import enter
from providers import (
    CLIENT,
    SECRET,
    Forging,
    make_provider,
    read_query,
    running,
    sign_on_there,
)

from governance.people import (
    AccessDeniedError,
    ProviderLink,
    drop_identity_links,
    link_identity,
    read_register,
    revoke_tokens,
)
from inventory_assets.project import read_clock
from workbench.door import Provider

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")
SUBJECT = "248289761001"
MAIL = "bo@example.com"
DENIED = "access_denied"


@pytest.fixture
def issuer(monkeypatch):
    """A provider that knows Bo, and somebody whose e-mail it has not verified."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider's own, on this machine
    bo = (SUBJECT, {"email": MAIL, "email_verified": True})
    false_bo = ("false", {"email": MAIL, "email_verified": False})
    with running(make_provider(bo, false_bo)) as address:
        yield address


@pytest.fixture
def served(folder, issuer):
    """The workbench where that provider is configured, with Ada and Bo entered."""
    with serving(folder, provider=Provider(issuer, CLIENT, SECRET, time.time)) as served:
        yield served


@pytest.fixture
def admin(served):
    token = enter(served.premises.store, "Ada", "administrator")
    enter(served.premises.store, "Bo", "buyer", by=token)
    return token


def link(served, issuer, admin, name="bo", **by):
    by = by or {"subject": SUBJECT}
    stated = ProviderLink(name=name, issuer=issuer, **by)
    link_identity(served.premises.store, stated, token=admin, reason="test", at=read_clock())


def set_out(served):
    """A browser that has followed the link to the provider, and where that has led it."""
    client = served.open()
    shown = client.get("/sign-on")
    assert 'href="/sign-on/provider"' in shown.text
    gone = client.get("/sign-on/provider")
    assert gone.status == 303
    return client, gone.headers["location"]


def come_back(served, subject=SUBJECT):
    client, address = set_out(served)
    return client, client.get(sign_on_there(address, subject))


def test_who_is_linked_signs_on_and_the_record_tells_by_what(served, issuer, admin):
    link(served, issuer, admin)
    client, answer = come_back(served)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "<strong>Bo</strong> · buyer" in client.get("/worklist").text
    store = served.premises.store
    (told,) = store.payloads("signed_on")
    assert (told["subject"], told["by"]) == (SUBJECT, issuer)
    action = client.page.find(r'href="/actions/(\w+)"')
    page = client.get(f"/actions/{action}")
    fields = {
        name: page.find(rf'name="{name}" value="([^"]*)"') for name in ("plan_words", "key", "read")
    }
    said = {"decision": "comment", "role": "buyer", "reason": "seen"}
    assert "1 recorded" in client.post(f"/actions/{action}/decisions", {**fields, **said}).text
    (signed,) = store.payloads("decision_signed")
    assert (signed["name"], signed["sort"]) == ("Bo", "person")
    assert signed["token"] in told["token"], "the signature leads to the sign-on"
    assert store.verify_chain() == []
    # No more than the register says of him.
    assert read_register(store).find("Bo").charges[0].role == "buyer"


@pytest.mark.usefixtures("admin")
def test_who_is_not_linked_is_denied_and_the_record_tells_it(served):
    client, answer = come_back(served, "a stranger")
    assert answer.status == 403
    assert "No administrator has said who that is here" in answer.text
    assert client.get("/worklist").status == 303
    store = served.premises.store
    (denied,) = store.payloads(DENIED)
    assert (denied["what"], denied["subject"]) == ("sign on", "a stranger")
    assert set(read_register(store).identities) == {"ada", "bo"}, "nobody was entered by it"


def test_an_e_mail_counts_where_the_provider_has_verified_it(served, issuer, admin):
    link(served, issuer, admin, email=MAIL.upper())
    _, answer = come_back(served)
    assert answer.status == 303
    _, answer = come_back(served, "false")
    assert answer.status == 403


def test_who_is_in_charge_of_nothing_is_denied(served, issuer, admin):
    enter(served.premises.store, "Gus", by=admin)
    link(served, issuer, admin, "Gus")
    _, answer = come_back(served)
    assert answer.status == 403
    assert "Gus is in charge of nothing" in answer.text
    assert len(served.premises.store.payloads(DENIED)) == 1


def test_an_answer_counts_once_and_for_the_browser_that_set_out(served, issuer, admin):
    link(served, issuer, admin)
    client, address = set_out(served)
    back = sign_on_there(address, SUBJECT)
    other = served.open()
    other.get("/sign-on")
    refused = other.get(back)
    assert refused.status == 403
    assert "has not set out" in refused.text
    assert client.get(back).status == 403, "what another browser brought is spent"
    client, address = set_out(served)
    back = sign_on_there(address, SUBJECT)
    assert client.get(back).status == 303
    assert client.get(back).status == 403, "it counts once"
    assert client.get("/sign-on/returned").status == 403
    assert client.get("/worklist").status == 200, "who is signed on stays so"


def test_an_answer_counts_for_some_minutes(folder, issuer):
    ahead = timedelta()
    provider = Provider(issuer, CLIENT, SECRET, time.time)
    with serving(folder, provider=provider, clock=lambda: read_clock() + ahead) as served:
        link(served, issuer, enter(served.premises.store, "Ada", "administrator"), "Ada")
        client, address = set_out(served)
        back = sign_on_there(address, SUBJECT)
        ahead = timedelta(minutes=10)
        answer = client.get(back)
        assert answer.status == 403
        assert "took too long" in answer.text


def test_a_code_that_another_has_got_is_refused_by_the_provider(served, issuer, admin):
    """It is put into the answer to one's own attempt, so that state and browser are right."""
    link(served, issuer, admin)
    _, address = set_out(served)
    stolen = read_query(sign_on_there(address, SUBJECT))["code"]
    thief, own = set_out(served)
    answer = thief.get(f"/sign-on/returned?code={stolen}&state={read_query(own)['state']}")
    assert answer.status == 403
    assert "refused the code: invalid_grant" in answer.text


@pytest.mark.usefixtures("admin")
def test_whom_the_provider_refused_is_told(served):
    client, address = set_out(served)
    state = read_query(address)["state"]
    answer = client.get(f"/sign-on/returned?error=access_denied&state={state}")
    assert answer.status == 403
    assert "let nobody in: access_denied" in answer.text


@pytest.mark.usefixtures("admin")
def test_what_is_said_to_be_the_providers_word_writes_no_line_of_the_log(served, caplog):
    client, address = set_out(served)
    state = read_query(address)["state"]
    assert client.get(f"/sign-on/returned?error=x%0aroot{'y' * 99}&state={state}").status == 403
    (line,) = [one for one in caplog.messages if "let nobody in" in one]
    assert r"x\nrootyyy" in line
    assert "y" * 40 not in line


def test_who_signs_on_again_and_again_signs_nobody_else_off(served, issuer, admin, monkeypatch):
    monkeypatch.setattr("governance.people.sign_on._MOST_OPEN", 2)
    link(served, issuer, admin)
    assert [come_back(served)[1].status for _ in range(3)] == [303, 303, 403]
    assert len(served.premises.store.payloads("signed_on")) == 2


@pytest.mark.parametrize("end", ["unlinked", "revoked", "signed off"])
def test_a_session_ends_at_once(served, issuer, admin, end):
    link(served, issuer, admin)
    client, _ = come_back(served)
    store, at = served.premises.store, read_clock()
    assert client.get("/worklist").status == 200
    if end == "unlinked":
        assert drop_identity_links(store, "bo", token=admin, reason="left", at=at) == 1
        link(served, issuer, admin)  # what has ended does not begin again
    elif end == "revoked":
        revoke_tokens(store, "bo", token=admin, reason="lost", at=at)
    else:
        client.post("/sign-off", {})
    assert client.get("/worklist").status == 303


def test_a_session_is_no_token_of_the_last_administrator(served, issuer, admin):
    """Who signs on by the provider alone could not make the next token on the command line."""
    link(served, issuer, admin, "Ada")
    come_back(served)
    with pytest.raises(AccessDeniedError, match="No administrator would have a token"):
        revoke_tokens(served.premises.store, "Ada", token=admin, reason="test", at=read_clock())


@pytest.mark.usefixtures("admin")
def test_the_way_out_leads_to_the_end_of_the_session_there(served, issuer):
    client = served.open()
    assert 'href="/sign-off/provider"' in client.get("/sign-on").text
    out = client.get("/sign-off/provider").headers["location"]
    assert out.startswith(f"{issuer}/oauth2/end_session?")
    assert read_query(out)["post_logout_redirect_uri"].endswith(f":{served.port}/sign-on")


def test_without_a_provider_there_is_no_such_way(shown):
    client = shown.open()
    assert "/sign-on/provider" not in client.get("/sign-on").text
    for path in ("/sign-on/provider", "/sign-on/returned", "/sign-off/provider"):
        assert client.get(path).status == 404


def test_one_subject_is_one_person(served, issuer, admin):
    link(served, issuer, admin)
    with pytest.raises(AccessDeniedError, match=r"is Bo: unlink that first"):
        link(served, issuer, admin, "Ada")
    with pytest.raises(AccessDeniedError, match="an administrator"):
        link(served, issuer, "guessed", "Ada")
    with pytest.raises(AccessDeniedError, match="There is no 'Zoe'"):
        link(served, issuer, admin, "Zoe")


@pytest.mark.parametrize("by", [{}, {"subject": "1", "email": MAIL}, {"email": "bö@example.com"}])
def test_a_link_names_a_subject_or_an_e_mail_in_ascii(by):
    with pytest.raises(ValueError, match="validation error"):
        ProviderLink(name="Bo", issuer="https://login.example.com", **by)


@pytest.fixture
def forging():
    """A provider that tells what it is told to, and its workbench's side of it."""
    app = Forging()
    with running(app) as address:
        app.issuer = address
        yield app


def exchange(app, *, seconds=time.time, **answer):
    """Whom the workbench takes for known after one attempt."""
    provider, at = Provider(app.issuer, CLIENT, SECRET, seconds), read_clock()
    address = provider.begin("browser", "http://localhost/sign-on/returned", at)
    asked = read_query(address)
    app.claims.setdefault("nonce", asked["nonce"])
    return provider.finish("browser", {"state": asked["state"], "code": "c", **answer}, at)


def test_a_token_that_holds_names_who_it_is(forging):
    forging.claims = {"email": MAIL, "email_verified": True}
    user = exchange(forging)
    assert (user.issuer, user.subject, user.email) == (forging.issuer, "17", MAIL)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"aud": None},
        {"azp": "another client"},
        {"iss": "https://elsewhere.example.com"},
        {"iss": None},
        {"nonce": "another attempt's"},
        {"nonce": None},
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
        {"at_hash": "another token's"},
        {"sub": None},
        {"sub": 17},
        {"sub": ""},
        {"sub": "x" * 256},
    ],
)
def test_a_token_that_says_otherwise_is_refused(forging, claims):
    forging.claims = claims
    with pytest.raises(ValueError, match=r"does not hold|names nobody"):
        exchange(forging)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "another's"])
def test_a_token_that_the_provider_has_not_signed_is_refused(forging, algorithm):
    if algorithm == "another's":
        forging.signing = forging.other
    else:
        forging.algorithm = algorithm
    with pytest.raises(ValueError, match="does not hold"):
        exchange(forging)


@pytest.mark.parametrize(("skew", "holds"), [(100, True), (130, False), (-50, True), (-70, False)])
def test_clocks_may_differ_by_a_minute(forging, skew, holds):
    """A token holds for a minute from when it was made."""
    clock = lambda: time.time() + skew  # noqa: E731
    if holds:
        assert exchange(forging, seconds=clock).subject == "17"
    else:
        with pytest.raises(ValueError, match="does not hold"):
            exchange(forging, seconds=clock)


def test_an_answer_that_another_provider_gave_is_refused(forging):
    with pytest.raises(ValueError, match="another provider's"):
        exchange(forging, iss="https://elsewhere.example.com")


@pytest.mark.parametrize(
    "stated",
    [
        {"issuer": "https://elsewhere.example.com"},
        {"token_endpoint": "http://elsewhere.example.com/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_states_what_cannot_be_is_not_gone_to(folder, forging, stated):
    forging.stated = stated
    provider = Provider(forging.issuer, CLIENT, SECRET, time.time)
    with serving(folder, provider=provider) as served:
        enter(served.premises.store, "Ada", "administrator")
        answer = served.open().get("/sign-on/provider")
        assert answer.status == 502
        assert "the log of the workbench says what" in answer.text


def test_a_provider_that_is_away_is_said_to_be(folder):
    with running(Forging()) as address:
        pass
    with serving(folder, provider=Provider(address, CLIENT, SECRET, time.time)) as served:
        token = enter(served.premises.store, "Ada", "administrator")
        for path in ("/sign-on/provider", "/sign-off/provider"):
            assert served.open().get(path).status == 502
        assert served.sign_on_by(token).get("/worklist").status == 200, "a token still does"


@pytest.mark.parametrize(
    ("issuer", "client"),
    [("http://login.example.com", CLIENT), ("login.example.com", CLIENT), ("https://a.b", "")],
)
def test_a_provider_is_asked_by_tls_alone(issuer, client):
    with pytest.raises(ValueError, match=r"https alone|by what it knows"):
        Provider(issuer, client, SECRET, time.time)
