"""People to try things with: one for each role, with tokens that are shown once."""

import io
from datetime import datetime

import pytest
from rich.console import Console

from governance.people import AccessDeniedError, change_identity, read_register
from governance.roles import ROLES
from inventory_assets.cli.identities import (
    drop_links,
    enter_link,
    enter_samples,
    show_identities,
)
from inventory_assets.cli.workplace import Workplace

NOON = datetime.fromisoformat("2026-03-03T12:00:00")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("PLENISH_DATA", str(tmp_path))
    return Workplace.at(tmp_path)


def enter(place):
    text = io.StringIO()
    enter_samples(place, 30, NOON, Console(file=text, width=200))
    return text.getvalue()


def test_each_role_has_a_person_whose_token_is_shown_and_is_his(place):
    shown = enter(place)
    with place.enter() as premises:
        register = read_register(premises.store)
        assert premises.store.verify_chain() == []
        found = {
            role: holder
            for word in shown.split()
            if (holder := register.find_holder(word, NOON.date()))
            for role in ROLES
            if holder.has_role(role)
        }
        assert found.keys() == ROLES.keys()
        assert len({holder.name for holder in found.values()}) == len(ROLES)
        # Nobody else can be entered without the administrator's token.
        with pytest.raises(AccessDeniedError):
            change_identity(premises.store, found["buyer"], token=None, reason="tries", at=NOON)


def test_tokens_are_drawn_anew_for_each_data_folder(place, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shown = enter(place)
    enter(Workplace(other))
    with Workplace(other).enter() as premises:
        register = read_register(premises.store)
    assert not any(register.find_holder(word, NOON.date()) for word in shown.split())


def test_where_somebody_is_entered_nobody_is_added(place):
    enter(place)
    with pytest.raises(SystemExit, match="entered already"):
        enter(place)


def test_an_administrator_says_by_what_a_provider_knows_somebody(place, monkeypatch):
    shown = enter(place)
    monkeypatch.setenv("PLENISH_TOKEN", shown.split()[2])
    text = io.StringIO()
    console = Console(file=text, width=400)
    issuer = "https://login.example.com"

    def link(subject=None, email=None):
        told = {"issuer": issuer, "subject": subject, "email": email, "reason": "joins"}
        enter_link(place, "Ben", **told, at=NOON, console=console)

    link(subject="17")
    assert f"Ben is subject 17 at {issuer}." in text.getvalue()
    link(email="ben@example.com")
    with pytest.raises(SystemExit, match="either a subject or an e-mail"):
        link()
    show_identities(place, NOON.date(), console)
    assert f"subject 17 at {issuer}" in text.getvalue().split("ben")[-1]
    drop_links(place, "ben", "leaves", NOON, console)
    assert "2 links are gone" in text.getvalue()
    with place.enter() as premises:
        assert read_register(premises.store).links == {}
