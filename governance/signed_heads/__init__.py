"""Signed heads of the audit chain, kept where who rewrites the store does not reach.

A chain alone cannot tell that it was cut or written anew together with its end. So the end is
signed with a key of the operator's and published after all that is appended: as a line at a place
of his choice, and as the seal of every export batch. A chain that does not hold a published head
is not the one that was.
"""

from governance.signed_heads.keys import KeyFileError, read_public_keys
from governance.signed_heads.witness import Publication, Witness

__all__ = ["KeyFileError", "Publication", "Witness", "read_public_keys"]
