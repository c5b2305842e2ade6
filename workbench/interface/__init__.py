"""The interface for programs: the reads and decisions of the pages, as JSON, with OpenAPI."""

from fastapi import APIRouter

from workbench.interface.answers import API
from workbench.interface.routes import ROUTES_OF_PLANS
from workbench.interface.scenario_routes import ROUTES_OF_SCENARIOS

ROUTES_OF_PROGRAMS = APIRouter()
"""Every route."""

for _router in (ROUTES_OF_PLANS, ROUTES_OF_SCENARIOS):
    ROUTES_OF_PROGRAMS.include_router(_router)

__all__ = ["API", "ROUTES_OF_PROGRAMS"]
