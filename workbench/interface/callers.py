"""Programs that call: known by a bearer token, as the same register knows them."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from workbench.door import NotAdmittedError, Visitor, admit_token, record_admittance
from workbench.reading import Plan, read_plan_mark
from workbench.visits import Bench, find_bench, may_name_itself

_BEARER: Final = HTTPBearer(
    auto_error=False,
    description="Token of `plenish identity token`. None is asked for while nobody is entered and "
    "only this machine reaches the workbench.",
)


@dataclass(frozen=True)
class Call:
    """A request of a program.

    Attributes:
        bench: what all requests share.
        caller: who calls; nameless where names are believed.
        if_none_match: mark of what the caller has read before; empty where he has not.
        if_match: mark that his decisions rest on; empty where they rest on none.
    """

    bench: Bench
    caller: Visitor
    if_none_match: str
    if_match: str

    def take_plan(self) -> Plan:
        """The newest plan, cut to what the caller reads of it.

        Raises:
            LookupError: nothing is planned yet.
        """
        return self.bench.desks.take_plan(self.caller)

    def find_mark(self, plan: Plan) -> str:
        """The mark of a plan as decisions stand now, in quotation marks."""
        desks = self.bench.desks
        with desks.lock:
            mark = read_plan_mark(plan, desks.open_desk(plan), self.bench.office.clock())
        return f'"{mark}"'

    def answer_unchanged(self, mark: str) -> Response | None:
        """An empty answer where the caller has all of it already."""
        known = {part.strip().removeprefix("W/") for part in self.if_none_match.split(",")}
        return Response(status_code=304, headers={"ETag": mark}) if mark in known else None


def meet_caller(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    if_none_match: Annotated[str, Header()] = "",
    if_match: Annotated[str, Header()] = "",
) -> Call:
    """A request of a program that may call.

    Raises:
        NotAdmittedError: it shows no token that is good.
    """
    bench = find_bench(request)
    if bearer is not None:
        caller = admit_token(bench.office.store, bearer.credentials, bench.office.clock())
        record_admittance(request.state)
    elif may_name_itself(bench, request):
        caller = Visitor("", (), None)
    else:
        raise NotAdmittedError("Send a token: Authorization: Bearer ...")
    return Call(bench, caller, if_none_match, if_match)


Caller = Annotated[Call, Depends(meet_caller)]
"""A request of a program that may call."""
