"""Propose a mapping of a raw file that nobody has described yet, and try it on the file."""

from connecting.proposing.proposal import Proposal, propose_mappings
from connecting.proposing.writing import list_uses

__all__ = ["Proposal", "list_uses", "propose_mappings"]
