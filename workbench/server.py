"""Serves the workbench until the process is told to stop."""

from typing import Final

import uvicorn

from workbench.application import make_application
from workbench.door import is_loopback
from workbench.office import Office

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_GRACE_SECONDS: Final = 10


def serve_workbench(office: Office, *, host: str, port: int, names: frozenset[str]) -> None:
    """Serve pages and the interface for programs over HTTP.

    Args:
        office: what the workbench works with.
        host: address to listen at.
        port: to listen at.
        names: by which it is reached through a proxy; of this machine's names besides, where it
            listens to no other machine.
    """
    hosts = names | _LOCAL if is_loopback(host) else names
    uvicorn.run(
        make_application(office, hosts),
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        log_level="warning",
    )
