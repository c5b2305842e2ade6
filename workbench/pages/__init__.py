"""Pages for people: each route reads what the plan says and shows it."""

from fastapi import APIRouter

from workbench.pages import (
    actions,
    approvals,
    audit,
    home,
    item_location,
    lists,
    models,
    orders,
    prices,
    scenarios,
    settings,
    sign_on,
    suppliers,
    supply,
    worklist,
)

ROUTES_OF_PEOPLE = APIRouter()
"""Every page."""

for _router in (
    sign_on.router,
    home.router,
    worklist.router,
    approvals.router,
    actions.router,
    item_location.router,
    lists.router,
    suppliers.router,
    supply.router,
    prices.router,
    orders.router,
    models.router,
    scenarios.router,
    audit.router,
    settings.router,
):
    ROUTES_OF_PEOPLE.include_router(_router)

__all__ = ["ROUTES_OF_PEOPLE"]
