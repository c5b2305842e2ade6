"""Actions: every plan in one grammar, routed by policy and people."""
