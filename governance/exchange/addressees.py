"""Which system acts on the lines of a kind: as the kind is declared, or as policy says instead."""

from collections.abc import Mapping

from governance.kinds import KINDS


def list_addressees(instead: Mapping[str, str]) -> dict[str, str]:
    """List the system that acts on each kind of action, one of `SYSTEMS`.

    Args:
        instead: kind -> system, of `addressees` of policy; all others go where the kind says.
    """
    return {name: instead.get(name, kind.addressee) for name, kind in KINDS.items()}
