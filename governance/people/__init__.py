"""Who people, services and agents are, what each may decide, and by which token each is known.

All of it is events of the audit chain, from which it is read. Where nobody is entered yet, names
and roles are believed as they are typed; from the first identity on, none is.
"""

from governance.people.admission import (
    ACCESS_DENIED,
    STOP_AUTOMATION,
    AccessDeniedError,
    admit_author,
    admit_claim,
    admit_landed,
    admit_landed_claim,
    admit_switch,
    find_author,
    find_bearer,
    find_unsigned,
    log_denial,
    sign_landed,
)
from governance.people.charges import (
    change_identity,
    make_token,
    revoke_tokens,
    set_stand_in,
)
from governance.people.identity import Charge, Identity, StandIn
from governance.people.register import Register, read_register
from governance.roles import ROLES

__all__ = [
    "ACCESS_DENIED",
    "ROLES",
    "STOP_AUTOMATION",
    "AccessDeniedError",
    "Charge",
    "Identity",
    "Register",
    "StandIn",
    "admit_author",
    "admit_claim",
    "admit_landed",
    "admit_landed_claim",
    "admit_switch",
    "change_identity",
    "find_author",
    "find_bearer",
    "find_unsigned",
    "log_denial",
    "make_token",
    "read_register",
    "revoke_tokens",
    "set_stand_in",
    "sign_landed",
]
