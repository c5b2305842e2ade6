"""Who comes in: sessions of browsers, bearers of tokens, and what every answer carries."""

from workbench.door.guard import GUARDED_HEADERS, Guard
from workbench.door.provider import Provider, ProviderFaultError
from workbench.door.rates import RateLimit, Rates, record_admittance
from workbench.door.sessions import COOKIE, Sessions
from workbench.door.visitors import (
    NotAdmittedError,
    Visitor,
    admit_believed,
    admit_proven,
    admit_token,
    is_loopback,
    may_believe_names,
    review_visitor,
)

__all__ = [
    "COOKIE",
    "GUARDED_HEADERS",
    "Guard",
    "NotAdmittedError",
    "Provider",
    "ProviderFaultError",
    "RateLimit",
    "Rates",
    "Sessions",
    "Visitor",
    "admit_believed",
    "admit_proven",
    "admit_token",
    "is_loopback",
    "may_believe_names",
    "record_admittance",
    "review_visitor",
]
