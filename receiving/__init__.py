"""Events over HTTP become landing files: a door for systems that tell of each sale as it happens.

What is accepted is on disk before it is acknowledged, in a journal, and lands some minutes later in
parts that the intake reads like any other file. Files stay the contract: nothing else of plenish
knows of events.
"""

from receiving.receiver import BusyError
from receiving.server import serve_events
from receiving.tokens import TokenError, drop_token, make_token

__all__ = [
    "BusyError",
    "TokenError",
    "drop_token",
    "make_token",
    "serve_events",
]
