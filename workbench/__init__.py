"""The planner's workbench: pages for people and an interface for programs, over the newest plan.

It reads the published copy of the warehouse, decides through `governance`, and computes nothing.
"""

from workbench.application import make_application
from workbench.office import Levels, Office, Scenarios, Sheets, Tellers
from workbench.server import serve_workbench

__all__ = [
    "Levels",
    "Office",
    "Scenarios",
    "Sheets",
    "Tellers",
    "make_application",
    "serve_workbench",
]
