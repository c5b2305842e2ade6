"""The interface for programs: the reads and decisions of the pages, as JSON, with OpenAPI."""

from workbench.interface.routes import API, ROUTES_OF_PROGRAMS

__all__ = ["API", "ROUTES_OF_PROGRAMS"]
