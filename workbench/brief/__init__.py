"""The morning's brief for a role: the plan and its cases in sentences that cite every number."""

from workbench.brief.brief import Brief, list_parts, write_brief
from workbench.brief.statement import Quote, Statement, write_statement

__all__ = ["Brief", "Quote", "Statement", "list_parts", "write_brief", "write_statement"]
