"""Signing on and off."""

import logging
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from governance.kinds import KINDS
from governance.people import ProvenUser
from workbench.door import (
    NotAdmittedError,
    Provider,
    ProviderFaultError,
    Visitor,
    admit_believed,
    admit_proven,
    admit_token,
)
from workbench.office import Office
from workbench.visits import AnyForm, Anyone, Visit, may_name_itself

router = APIRouter()

_log = logging.getLogger(__name__)


@router.get("/sign-on")
def show_sign_on(visit: Anyone) -> Response:
    """Ask who comes."""
    return _ask(visit)


@router.post("/sign-on")
def sign_on(
    visit: AnyForm,
    token: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
) -> Response:
    """Let somebody in by his token, or by name and role where those are believed."""
    office = visit.bench.office
    try:
        if may_name_itself(visit.bench, visit.request):
            if role not in _list_roles():
                raise NotAdmittedError("Choose a role.")  # noqa: TRY301
            visitor = admit_believed(office.store, name, role)
        else:
            visitor = admit_token(office.store, token.strip(), visit.now)
    except NotAdmittedError as error:
        # Not in the audit chain, which anybody who reaches the page could fill.
        _log.warning("sign-on refused: %s", error)
        return _ask(visit, str(error))
    visit.bench.sessions.close(visit.browser)
    return visit.send_to("/", visit.bench.sessions.open(visitor, visit.now))


@router.get("/sign-on/provider")
def go_to_provider(visit: Anyone) -> Response:
    """Send the browser to the provider, to sign on there."""
    try:
        address = _find_provider(visit).begin(visit.browser, _name_way_back(visit), visit.now)
    except ProviderFaultError as error:
        return _say_unreachable(visit, error)
    return visit.send_to(address)


@router.get("/sign-on/returned")
def sign_on_proven(visit: Anyone) -> Response:
    """Let in whom the provider sent back."""
    answer = dict(visit.request.query_params)
    try:
        user = _find_provider(visit).finish(visit.browser, answer, visit.now)
        visitor = _admit_proven(visit.bench.office, user, visit.now)
    except NotAdmittedError as error:
        _log.warning("sign-on by the provider refused: %s", error)
        return _ask(visit, str(error))
    except ProviderFaultError as error:
        return _say_unreachable(visit, error)
    visit.bench.sessions.close(visit.browser)
    return visit.send_to("/", visit.bench.sessions.open(visitor, visit.now))


@router.get("/sign-off/provider")
def leave_provider(visit: Anyone) -> Response:
    """Send the browser to where its session at the provider ends."""
    back = f"{visit.request.base_url}sign-on"
    try:
        address = _find_provider(visit).find_way_out(back)
    except ProviderFaultError as error:
        return _say_unreachable(visit, error)
    return RedirectResponse(address or back, status_code=303)


@router.post("/sign-off")
def sign_off(visit: AnyForm) -> Response:
    """End the session of a browser."""
    visit.bench.sessions.close(visit.browser)
    return visit.send_to("/sign-on", visit.bench.sessions.make_name())


def _ask(visit: Visit, fault: str = "") -> Response:
    believed = may_name_itself(visit.bench, visit.request)
    provider = visit.bench.office.provider
    context = {
        "title": "Sign on",
        "believed": believed,
        "roles": _list_roles(),
        "fault": fault,
        "provider": None if provider is None else provider.issuer.split("://")[1],
    }
    return visit.show("sign_on.html", context, status=403 if fault else 200)


def _admit_proven(office: Office, user: ProvenUser, at: datetime) -> Visitor:
    try:
        return admit_proven(office.store, user, at)
    finally:
        # Either way the audit chain tells of it.
        office.publish_head(at)


def _find_provider(visit: Visit) -> Provider:
    """The provider of the retailer.

    Raises:
        LookupError: there is none.
    """
    provider = visit.bench.office.provider
    if provider is None:
        raise LookupError("There is no such page.")
    return provider


def _name_way_back(visit: Visit) -> str:
    return f"{visit.request.base_url}sign-on/returned"


def _say_unreachable(visit: Visit, error: ProviderFaultError) -> Response:
    """What is wrong with the provider is for the log, and not for who met it."""
    _log.error("the provider does not answer: %s", error)
    words = "The provider does not answer as it should; the log of the workbench says what."
    return visit.show("error.html", {"title": "Not done", "words": words}, status=502)


def _list_roles() -> list[str]:
    """Roles in which any kind of action is decided."""
    return sorted({role for kind in KINDS.values() for role in kind.roles})
