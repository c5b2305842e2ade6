"""Signing on and off."""

import logging
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from governance.kinds import KINDS
from workbench.door import NotAdmittedError, admit_believed, admit_token
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


@router.post("/sign-off")
def sign_off(visit: AnyForm) -> Response:
    """End the session of a browser."""
    visit.bench.sessions.close(visit.browser)
    return visit.send_to("/sign-on", visit.bench.sessions.make_name())


def _ask(visit: Visit, fault: str = "") -> Response:
    believed = may_name_itself(visit.bench, visit.request)
    context = {"title": "Sign on", "believed": believed, "roles": _list_roles(), "fault": fault}
    return visit.show("sign_on.html", context, status=403 if fault else 200)


def _list_roles() -> list[str]:
    """Roles in which any kind of action is decided."""
    return sorted({role for kind in KINDS.values() for role in kind.roles})
