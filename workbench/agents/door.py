"""The door of tools over HTTP: who shows a good token comes in, whatever else a request says."""

import logging
from typing import Final
from urllib.parse import urlsplit

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from workbench.agents.callers import Counter, admit_caller, read_bearer
from workbench.door import NotAdmittedError, is_loopback, record_admittance

TOOLS: Final = "/mcp"
"""Where tools are called."""

_log = logging.getLogger(__name__)

_BEARER: Final = {"WWW-Authenticate": "Bearer"}


class AgentDoor:
    """Lets requests in that may call tools, and has the server answer them.

    Args:
        counter: what all calls share.
        server: that answers.
    """

    def __init__(self, counter: Counter, server: MCPServer[Counter]) -> None:
        self._counter = counter
        # The guard of the workbench has held the name of the host against those that are ours.
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        server.streamable_http_app(
            stateless_http=True, json_response=True, transport_security=security
        )
        self.manager = server.session_manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope)
        if _is_from_elsewhere(request):
            refusal = JSONResponse(
                {"message": "That page is not of this workbench."}, status_code=403
            )
            await refusal(scope, receive, send)
            return
        try:
            await run_in_threadpool(self._admit, request)
        except NotAdmittedError as error:
            refusal = JSONResponse({"message": str(error)}, status_code=401, headers=_BEARER)
            await refusal(scope, receive, send)
            return
        await self.manager.handle_request(scope, receive, send)

    def _admit(self, request: Request) -> None:
        """Let the bearer of a token in; the log tells of one that is good for nothing.

        Raises:
            NotAdmittedError: it is not good, or there is none.
        """
        token = read_bearer(request.headers.get("authorization", ""))
        host = request.client.host if request.client else ""
        is_local = self._counter.is_local and is_loopback(host)
        try:
            admit_caller(self._counter, token, is_local=is_local)
        except NotAdmittedError as error:
            if token:
                # Not in the audit chain, which anybody who reaches the door could fill.
                _log.warning("call of a tool refused: %s", error)
            raise
        if token:
            record_admittance(request.state)


def _is_from_elsewhere(request: Request) -> bool:
    """Whether a page from elsewhere has sent a request."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc != request.headers.get("host", "")
