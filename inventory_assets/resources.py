"""The retailer that Dagster's processes work on, as the environment names it."""

import os

from inventory_assets.framework import Retailer
from inventory_assets.project import PROJECT, policies_folder


def name_retailer() -> Retailer:
    """The retailer of $PLENISH_DATA, with the policies and the decision store that are set."""
    return Retailer(
        data_folder=os.environ.get("PLENISH_DATA", str(PROJECT / "data")),
        policies_folder=str(policies_folder()),
        decisions_url=os.environ.get("PLENISH_DECISIONS_URL", ""),
    )
