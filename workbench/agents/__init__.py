"""What an agent reads and does by MCP: tools over the newest plan, on stdio and over HTTP."""

from workbench.agents.callers import Counter
from workbench.agents.door import TOOLS, AgentDoor
from workbench.agents.server import make_agent_server, serve_agent

__all__ = ["TOOLS", "AgentDoor", "Counter", "make_agent_server", "serve_agent"]
