"""Who people, services and agents are, what each may decide, and how each is known.

All of it is events of the audit chain, from which it is read. Where nobody is entered yet, names
and roles are believed as they are typed; from the first identity on, none is.
"""

from governance.people.admission import (
    ACCESS_DENIED,
    DROP_SCENARIO,
    RUN_SCENARIO,
    STOP_AUTOMATION,
    AccessDeniedError,
    admit_author,
    admit_claim,
    admit_landed,
    admit_landed_claim,
    admit_switch,
    admit_trial,
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
from governance.people.identity import Charge, Identity, ProviderLink, StandIn
from governance.people.reading import ReadingLimit, ReadingScope, find_reading_scope
from governance.people.register import Register, read_register
from governance.people.sign_on import ProvenUser, drop_identity_links, link_identity, sign_on_user
from governance.roles import ROLES

__all__ = [
    "ACCESS_DENIED",
    "DROP_SCENARIO",
    "ROLES",
    "RUN_SCENARIO",
    "STOP_AUTOMATION",
    "AccessDeniedError",
    "Charge",
    "Identity",
    "ProvenUser",
    "ProviderLink",
    "ReadingLimit",
    "ReadingScope",
    "Register",
    "StandIn",
    "admit_author",
    "admit_claim",
    "admit_landed",
    "admit_landed_claim",
    "admit_switch",
    "admit_trial",
    "change_identity",
    "drop_identity_links",
    "find_author",
    "find_bearer",
    "find_reading_scope",
    "find_unsigned",
    "link_identity",
    "log_denial",
    "make_token",
    "read_register",
    "revoke_tokens",
    "set_stand_in",
    "sign_landed",
    "sign_on_user",
]
