"""The retailer that Dagster's processes work on, as the environment names it."""

import os

import dagster as dg

from inventory_assets.framework import Retailer
from inventory_assets.project import DECISIONS_URL, find_data_folder, find_policies_folder


def name_retailer() -> Retailer:
    """The retailer of $PLENISH_DATA, with the policies and the decision store that are set."""
    return Retailer(
        data_folder=str(find_data_folder()),
        policies_folder=str(find_policies_folder()),
        # By name: its password must not come into what Dagster shows and keeps of a resource.
        decisions_url=dg.EnvVar(DECISIONS_URL) if os.environ.get(DECISIONS_URL) else "",
    )
