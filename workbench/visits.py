"""One request of somebody: who he is, the plan that he looks at, and the answer that he gets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from workbench.approvals import find_waiting
from workbench.door import (
    COOKIE,
    NotAdmittedError,
    Sessions,
    Visitor,
    is_loopback,
    may_believe_names,
    review_visitor,
)
from workbench.office import Office
from workbench.reading import Desks, Plan
from workbench.rendering import render_page


class SignOnNeededError(Exception):
    """Nobody is signed on; whoever asks for a page is sent to sign on first."""


class FormRefusedError(Exception):
    """A form did not come from a page of the workbench that this browser has loaded."""


@dataclass(frozen=True)
class Bench:
    """What all requests share.

    Attributes:
        office: what the workbench works with.
        desks: the newest plan and its desk.
        sessions: who is signed on.
    """

    office: Office
    desks: Desks
    sessions: Sessions


@dataclass(frozen=True)
class Visit:
    """A request for a page.

    Attributes:
        bench: what all requests share.
        request: what was asked.
        browser: name of the browser's session.
        visitor: who is signed on; None on the page where one does.
    """

    bench: Bench
    request: Request
    browser: str
    visitor: Visitor | None

    @property
    def now(self) -> datetime:
        """What the retailer's clocks show."""
        return self.bench.office.clock()

    @property
    def who(self) -> Visitor:
        """Who is signed on.

        Raises:
            SignOnNeededError: nobody is.
        """
        if self.visitor is None:
            raise SignOnNeededError
        return self.visitor

    def take_plan(self) -> Plan:
        """The newest plan, cut to what who is signed on reads of it.

        Raises:
            LookupError: nothing is planned yet.
        """
        return self.bench.desks.take_plan(self.who)

    def show(self, template: str, context: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
        """A page, with what every page has: who looks at it, and the token of its forms.

        Args:
            template: name of the file.
            context: what it shows; `plan` where it shows one.
            status: of HTTP.
        """
        shared = {
            "visitor": self.visitor,
            "form_token": self.bench.sessions.make_form_token(self.browser),
            "path": self.request.url.path,
            "plan": None,
            "waits": self._count_waiting(context.get("plan")),
        }
        response = HTMLResponse(render_page(template, {**shared, **context}), status_code=status)
        # A form from elsewhere comes without the cookie, which a new one would take the place of.
        if self.request.method != "POST":
            set_cookie(response, self.request, self.bench.sessions.sign(self.browser))
        return response

    def _count_waiting(self, plan: Plan | None) -> int:
        """What waits for the visitor; nothing is looked for where a page shows no plan."""
        if plan is None or self.visitor is None:
            return 0
        return find_waiting(self.bench.desks, plan, self.visitor).count

    def send_to(self, address: str, browser: str | None = None) -> RedirectResponse:
        """Send the browser on to a page of ours.

        Args:
            address: path of the page.
            browser: new name of its session; the one it has where none is given.
        """
        response = RedirectResponse(address, status_code=303)
        set_cookie(response, self.request, self.bench.sessions.sign(browser or self.browser))
        return response


def set_cookie(response: Response, request: Request, value: str) -> None:
    """Give a browser the name of its session.

    It comes back with a link from a mail or another system, too, and with no form from elsewhere.
    """
    response.set_cookie(
        COOKIE,
        value,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def find_bench(request: Request) -> Bench:
    """What all requests share."""
    bench: Bench = request.app.state.bench
    return bench


def meet_browser(request: Request) -> Visit:
    """A request of any browser, signed on or not."""
    visit = meet_nameless(request)
    bench = visit.bench
    visitor = bench.sessions.find(visit.browser, bench.office.clock())
    if visitor is not None:
        try:
            visitor = review_visitor(bench.office.store, visitor, bench.office.clock())
        except NotAdmittedError:
            bench.sessions.close(visit.browser)
            visitor = None
    return replace(visit, visitor=visitor)


def meet_nameless(request: Request) -> Visit:
    """A request of a browser, without a look at the register for who is signed on in it."""
    bench = find_bench(request)
    name = bench.sessions.read(request.cookies.get(COOKIE, ""))
    return Visit(bench, request, name or bench.sessions.make_name(), None)


def require_visitor(visit: Annotated[Visit, Depends(meet_browser)]) -> Visit:
    """A request of somebody who is signed on.

    Raises:
        SignOnNeededError: nobody is.
    """
    if visit.visitor is None:
        raise SignOnNeededError
    return visit


async def require_form(request: Request, visit: Annotated[Visit, Depends(meet_browser)]) -> Visit:
    """A form that was sent from a page of ours.

    Raises:
        FormRefusedError: it lacks the token of the page, or that is another browser's.
    """
    form = await request.form()
    sent = form.get("form_token")
    if not isinstance(sent, str) or not visit.bench.sessions.is_form_token(visit.browser, sent):
        raise FormRefusedError
    return visit


async def require_own_form(visit: Annotated[Visit, Depends(require_form)]) -> Visit:
    """A form of somebody who is signed on.

    Raises:
        SignOnNeededError: nobody is.
    """
    return require_visitor(visit)


def may_name_itself(bench: Bench, request: Request) -> bool:
    """Whether this request may name itself: nobody is entered, and it comes from this machine."""
    client = request.client.host if request.client else ""
    return is_loopback(client) and may_believe_names(
        bench.office.store, is_local=bench.office.is_local
    )


Anyone = Annotated[Visit, Depends(meet_browser)]
"""A request of any browser."""

Signed = Annotated[Visit, Depends(require_visitor)]
"""A request of somebody who is signed on."""

AnyForm = Annotated[Visit, Depends(require_form)]
"""A form from a page of ours."""

OwnForm = Annotated[Visit, Depends(require_own_form)]
"""A form of somebody who is signed on."""
