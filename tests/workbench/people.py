"""People, services and agents of a retailer, each with a token."""

from datetime import timedelta

from governance.people import Charge, Identity, change_identity, make_token
from inventory_assets.project import read_clock


def enter(store, name, *roles, sort="person", by=None, **limits):
    """Enter somebody with charges and give his token; the first is an administrator."""
    at = read_clock()
    charges = tuple(Charge(role=role, **limits) for role in roles)
    identity = Identity(name=name, sort=sort, charges=charges)
    change_identity(store, identity, token=by, reason="test", at=at)
    expires_on = at.date() + timedelta(days=9)
    return make_token(store, name, expires_on=expires_on, token=by, at=at)
