"""Makes the application: routes, what stands before them, and what is said of errors."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from workbench.agents import TOOLS, AgentDoor, Counter, make_agent_server
from workbench.door import Guard, NotAdmittedError, RateLimit, Rates, Sessions
from workbench.interface import API, ROUTES_OF_PROGRAMS
from workbench.office import Office
from workbench.pages import ROUTES_OF_PEOPLE
from workbench.reading import BeyondChargesError, Desks, PlanReplacedError
from workbench.rendering import STATIC
from workbench.visits import (
    Bench,
    FormRefusedError,
    SignOnNeededError,
    Visit,
    meet_browser,
    meet_nameless,
)

_log = logging.getLogger(__name__)

_WORDS = {404: "There is no such page.", 405: "That cannot be done here."}


def make_application(
    office: Office, hosts: frozenset[str] = frozenset(), rates: Rates | None = None
) -> FastAPI:
    """Make the workbench of one retailer: pages for people, and interfaces for programs and agents.

    Args:
        office: what it works with.
        hosts: names by which it is reached; any where none is given.
        rates: what programs may ask for; the usual where none are given.
    """
    bench = Bench(office, Desks(office), Sessions())
    counter = Counter(bench.desks, token=None, is_local=office.is_local)
    agents = AgentDoor(counter, make_agent_server(counter))

    @asynccontextmanager
    async def keep_plan(_: FastAPI) -> AsyncIterator[None]:
        # Whoever comes first should not wait for what all read.
        with suppress(LookupError, PlanReplacedError):
            bench.desks.read_sheet(bench.desks.take_whole_plan())
        async with agents.manager.run():
            yield
        bench.desks.close()

    application = FastAPI(
        title="plenish",
        summary="The newest plan, its actions, and decisions about them.",
        version="1",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # it would be loaded from elsewhere
        redoc_url=None,
        lifespan=keep_plan,
    )
    application.state.bench = bench
    application.add_api_route("/health", say_alive, methods=["GET"], include_in_schema=False)
    application.include_router(ROUTES_OF_PEOPLE, include_in_schema=False)
    application.include_router(ROUTES_OF_PROGRAMS)
    application.router.routes.append(Route(TOOLS, endpoint=agents))
    application.mount("/static", StaticFiles(directory=STATIC))
    application.add_middleware(RateLimit, paths=(API, TOOLS), rates=rates or Rates())
    application.add_middleware(Guard, hosts=hosts, say_broken=_say_broken)
    for error, handler in _HANDLERS.items():
        application.add_exception_handler(error, handler)
    return application


async def say_alive() -> JSONResponse:
    """Say that requests are answered."""
    return JSONResponse({"status": "ok"})


def _say(
    request: Request,
    status: int,
    words: str,
    headers: dict[str, str] | None = None,
    meet: Callable[[Request], Visit] = meet_browser,
) -> Response:
    """Say what went wrong, to a program as JSON and to a person as a page."""
    if request.url.path.startswith(API):
        return JSONResponse({"message": words}, status_code=status, headers=headers)
    context = {"title": "Not done", "words": words}
    return meet(request).show("error.html", context, status=status)


async def _send_to_sign_on(_: Request, __: Exception) -> Response:
    """A page is asked for again once somebody has signed on; what was posted is not."""
    return RedirectResponse("/sign-on", status_code=303)


async def _refuse_form(request: Request, _: Exception) -> Response:
    words = "The form is of no page that this browser has open: load the page and try again."
    return _say(request, 403, words)


async def _refuse_bearer(request: Request, error: Exception) -> Response:
    return _say(request, 401, str(error), {"WWW-Authenticate": "Bearer"})


async def _say_not_found(request: Request, error: Exception) -> Response:
    return _say(request, 404, str(error.args[0]) if error.args else "There is nothing.")


async def _say_beyond(request: Request, error: Exception) -> Response:
    return _say(request, 403, str(error))


async def _say_bad(request: Request, error: Exception) -> Response:
    return _say(request, 400, str(error))


async def _say_broken(request: Request, error: Exception) -> Response:
    """A fault of ours is for the log, and not for who met it."""
    _log.error("%s broke", request.url.path, exc_info=error)
    words = "Something broke here; the log of the workbench says what."
    # Who is signed on is not asked: the register may be what broke.
    return _say(request, 500, words, meet=meet_nameless)


async def _say_replaced(request: Request, error: Exception) -> Response:
    return _say(request, 503, f"{error}: ask again.".capitalize(), {"Retry-After": "1"})


async def _say_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    return _say(request, status, _WORDS.get(status, detail))


async def _say_invalid(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    words = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'][1:])}: {fault['msg']}" for fault in faults
    )
    return _say(request, 422, words)


_HANDLERS: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    SignOnNeededError: _send_to_sign_on,
    FormRefusedError: _refuse_form,
    NotAdmittedError: _refuse_bearer,
    PlanReplacedError: _say_replaced,
    BeyondChargesError: _say_beyond,
    LookupError: _say_not_found,
    KeyError: _say_broken,
    IndexError: _say_broken,
    HTTPException: _say_http,
    RequestValidationError: _say_invalid,
    ValueError: _say_bad,
}
"""What is answered where a route does not; any other error is a fault of ours."""
