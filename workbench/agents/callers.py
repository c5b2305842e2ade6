"""Who calls a tool, and the plan that he is answered from."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, ParamSpec, TypeVar

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import Resolve

from workbench.citing import Citer
from workbench.door import NotAdmittedError, Visitor, admit_token, may_believe_names
from workbench.reading import Desks, PlanReplacedError

P = ParamSpec("P")
T = TypeVar("T")

_BEARER: Final = "bearer "


@dataclass(frozen=True)
class Counter:
    """What all calls share.

    Attributes:
        desks: the newest plan and its desk.
        token: of who calls, where all calls are his; None where each shows its own.
        is_local: whether nobody but who runs the server can call it.
    """

    desks: Desks
    token: str | None
    is_local: bool


@dataclass(frozen=True)
class Look:
    """A call of somebody.

    Attributes:
        counter: what all calls share.
        visitor: who calls; nameless where names are believed.
        citer: the newest plan, cut to what who calls reads of it.
    """

    counter: Counter
    visitor: Visitor
    citer: Citer


def admit_caller(counter: Counter, token: str | None, *, is_local: bool) -> Visitor:
    """Let in who shows a token; without one only who is local, as long as nobody is entered.

    Raises:
        NotAdmittedError: he shows none that is good.
    """
    office = counter.desks.office
    if token:
        return admit_token(office.store, token, office.clock())
    if may_believe_names(office.store, is_local=is_local):
        return Visitor("", (), None)
    raise NotAdmittedError("Send a token: Authorization: Bearer ..., or PLENISH_TOKEN on stdio.")


def read_bearer(header: str) -> str | None:
    """The token of an Authorization header; None where it holds none."""
    return header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else None


def meet_caller(ctx: Context[Counter, Any]) -> Look:
    """Who calls a tool, looked at anew for each call: tokens end and charges change.

    Raises:
        ToolError: he may not, or nothing is planned yet.
    """
    counter = ctx.request_context.lifespan_context
    request = ctx.request_context.request
    shown = None if request is None else read_bearer(request.headers.get("authorization", ""))
    try:
        # The door of the HTTP transport has asked already from where a nameless caller comes.
        visitor = admit_caller(counter, counter.token or shown, is_local=counter.is_local)
        return Look(counter, visitor, Citer(counter.desks.take_plan(visitor), counter.desks))
    except (NotAdmittedError, LookupError, PlanReplacedError) as error:
        raise ToolError(str(error)) from error


def tell_refusals(tool: Callable[P, T]) -> Callable[P, T]:
    """Let a tool say in words why it does not do what is asked; a fault of ours stays one."""

    @functools.wraps(tool)
    def told(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return tool(*arguments, **named)
        except (KeyError, IndexError):
            raise
        except (LookupError, ValueError) as error:
            raise ToolError(str(error)) from error
        except PlanReplacedError as error:
            raise ToolError(f"{error}: ask again.") from error

    return told


Caller = Annotated[Look, Resolve(meet_caller)]
"""A call of somebody, which the server makes out; no argument of the tool."""
