"""Propose a mapping of a raw file that nobody has described yet, and try it on the file."""

from connecting.proposing.proposal import Proposal, propose_mappings

__all__ = ["Proposal", "propose_mappings"]
