"""How much a program may ask for: what is too much waits, each caller by himself."""

import pytest
from client import serving
from people import enter

from workbench.door import Rates
from workbench.interface import API


def test_requests_come_back_as_time_goes_by():
    rates = Rates(at_once=3, per_second=2)
    assert [rates.take("ann", 10.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert rates.take("ben", 10.0) == 0, "another has his own"
    assert rates.take("ann", 10.5) == 0
    assert rates.take("ann", 10.5) == 0.5
    assert [rates.take("ann", 99.0) for _ in range(4)] == [0, 0, 0, 0.5], "never more than at once"


@pytest.fixture
def few(folder):
    """A workbench that lets three requests in at once, and hardly any later."""
    with serving(folder, rates=Rates(at_once=3, per_second=0.001)) as served:
        yield served


def test_who_asks_for_too_much_is_told_to_wait(few):
    client = few.open()
    answers = [client.get(f"{API}/plan") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "too many requests" in answers[-1].json["message"]
    assert client.ask("POST", "/mcp", "{}").status == 429, "tools count with it"
    assert client.get("/sign-on").status == 200, "pages do not"


def test_guessing_tokens_gives_nobody_more(few):
    store = few.premises.store
    token = enter(store, "Ada", "administrator")
    assert few.program(token).get(f"{API}/plan").status == 200
    guesses = [few.program(f"guess {place}").get(f"{API}/plan").status for place in range(4)]
    assert guesses == [401, 401, 429, 429]
    assert few.program(token).get(f"{API}/plan").status == 200, "who is known has his own"


def test_a_token_is_good_where_it_lets_somebody_in(few):
    """Pages that ask for none, or refuse before they ask, say nothing of a token."""
    elsewhere = {"Origin": "http://evil", "Content-Type": "application/json"}
    made = [few.program(f"made {place}") for place in range(4)]
    answers = [
        made[0].get(f"{API}/openapi.json"),
        made[1].get(f"{API}/nothing"),
        made[2].ask("POST", "/mcp", "{}", **elsewhere),
    ]
    assert [answer.status for answer in answers] == [200, 404, 403]
    assert [caller.get(f"{API}/openapi.json").status for caller in made] == [429] * 4
