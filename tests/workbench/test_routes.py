"""Every route, found from the application itself: none is open, none takes a foreign form."""

import pytest
from client import serving
from people import enter
from starlette.routing import Mount

from workbench.interface import API, ROUTES_OF_PROGRAMS
from workbench.pages import ROUTES_OF_PEOPLE

OPEN = {("GET", "/sign-on")}
"""What anybody may see; signing on and off are forms of it."""
TO_A_PROVIDER = {"/sign-on/provider", "/sign-on/returned", "/sign-off/provider"}
"""Anybody's, too; nobody's without a provider."""
ANYBODYS_FORMS = {"/sign-on", "/sign-off"}


def list_routes(router):
    return sorted(
        (method, route.path) for route in flatten(router) for method in route.methods - {"HEAD"}
    )


def flatten(router):
    """Routes of a router and of those that it includes, whichever way they are kept."""
    for route in router.routes:
        assert not isinstance(route, Mount)
        if hasattr(route, "methods"):
            yield route
        else:
            yield from flatten(route.original_router)


PAGES = list_routes(ROUTES_OF_PEOPLE)
CALLS = list_routes(ROUTES_OF_PROGRAMS)


def fill(path):
    """An address of a route, with something in place of what it names."""
    for name in ("action_id", "exception_id", "case_id"):
        path = path.replace(f"{{{name}}}", "abcdef012345")
    path = path.replace("{fingerprint}", "0" * 32)
    for name, value in (
        ("name", "stock-outs"),
        ("supplier", "X"),
        ("order_id", "O"),
        ("line", "1"),
    ):
        path = path.replace(f"{{{name}}}", value)
    path = path.replace("{sku}", "A")
    return f"{path}?sku=A&location=B&zone=Z" if "item-loc" in path or "markdown" in path else path


def test_routes_are_found():
    assert {("GET", "/"), ("POST", "/worklist/decisions"), ("GET", "/data-health")} <= {*PAGES}
    assert {("GET", f"{API}/worklist"), ("POST", f"{API}/decisions")} <= {*CALLS}


@pytest.mark.parametrize(("method", "path"), [route for route in PAGES if route not in OPEN])
def test_a_page_needs_a_session(shown, method, path):
    client = shown.open()
    client.get("/sign-on")
    if method == "GET":
        answer = client.get(fill(path))
        if path in TO_A_PROVIDER:
            assert answer.status == 404
            return
    else:
        fields = {"decision": "approve", "role": "buyer", "plan_words": "x", "key": "k"}
        answer = client.post(fill(path), fields)
        if path in ANYBODYS_FORMS:
            assert answer.status in {303, 403}
            return
    assert (answer.status, answer.headers["location"]) == (303, "/sign-on")


@pytest.mark.parametrize("path", [path for method, path in PAGES if method == "POST"])
@pytest.mark.parametrize("token", ["", "0" * 64, "another's"])
def test_a_form_needs_the_token_of_its_page(shown, path, token):
    client = shown.sign_on("Ann", "buyer")
    other = shown.sign_on("Ben", "buyer")
    client.get("/worklist")
    if token == "another's":  # noqa: S105
        token = other.get("/worklist").find(r'form_token" value="(\w+)')
    answer = client.post(fill(path), {"name": "Ann", "role": "buyer"}, form_token=token)
    assert answer.status == 403
    assert "The form is of no page" in answer.text
    assert client.get("/worklist").status == 200, "nobody was signed off by it"


@pytest.fixture(scope="module")
def peopled(waiting, tmp_path_factory):
    """A workbench whose people are entered, with a token of one who reads only."""
    import shutil  # noqa: PLC0415

    root = shutil.copytree(waiting, tmp_path_factory.mktemp("peopled") / "retailer")
    with serving(root) as served:
        store = served.premises.store
        admin = enter(store, "Ada", "administrator")
        tokens = {
            "auditor": enter(store, "Otto", "auditor", by=admin),
            "gone": enter(store, "Gus", by=admin),
        }
        yield served, tokens


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_call_needs_a_token_that_is_good(peopled, method, path):
    served, tokens = peopled
    stated = {"decision": "reject", "role": "auditor", "reason": "no"}
    content = {"decisions": [{**stated, "action_id": "ab"}]} if path.endswith("/decisions") else {}
    content = stated if "{action_id}" in path else content
    for client in (served.open(), served.program("guessed"), served.program(tokens["gone"])):
        answer = (
            client.send(fill(path), content) if method == "POST" else client.ask(method, fill(path))
        )
        assert answer.status == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json["message"]


@pytest.mark.parametrize("path", [path for _, path in CALLS if path.endswith("/decisions")])
def test_who_reads_only_decides_nothing(peopled, path):
    served, tokens = peopled
    client = served.program(tokens["auditor"])
    (action,) = client.get(f"{API}/worklist?standing=waiting&size=1").json["rows"]
    stated = {"decision": "reject", "role": action["missing_roles"].split(";")[0], "reason": "no"}
    whole = {"decisions": [{**stated, "action_id": action["action_id"]}]}
    one = "{action_id}" in path
    answer = client.send(path.replace("{action_id}", action["action_id"]), stated if one else whole)
    verdict = answer.json if one else answer.json["verdicts"][0]
    assert not verdict["is_recorded"]
    assert "Otto is not in charge of that" in verdict["words"]
    denied = served.premises.store.payloads("access_denied")
    assert denied[-1]["who"] == "Otto"


@pytest.mark.parametrize(
    "path", ["/", "/sign-on", "/health", "/static/workbench.js", f"{API}/plan", "/no"]
)
def test_every_answer_is_guarded(shown, path):
    headers = shown.open().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_pages_have_no_script_or_style_of_their_own(planner):
    for path in (
        "/",
        "/worklist",
        "/data-health",
        "/lists/stock-outs",
        "/transfers",
        "/settings",
        "/scenarios",
        "/approvals",
    ):
        text = planner.get(path).text
        assert "<script src=" in text
        assert not any(word in text for word in ("<script>", "<style", " style=", " onclick="))
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text


def test_another_sites_name_for_this_machine_is_refused(waiting):
    with serving(waiting, hosts=frozenset({"localhost", "127.0.0.1"})) as served:
        assert served.open().get("/sign-on").status == 200
        assert served.open(Host=f"evil.example:{served.port}").get("/sign-on").status == 400
