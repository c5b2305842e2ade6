"""The retailer that Dagster's processes work on, as the environment names it."""

import os

import dagster as dg

from inventory_assets.framework import Retailer
from inventory_assets.project import PROJECT, policies_folder

_DECISIONS_URL = "PLENISH_DECISIONS_URL"


def name_retailer() -> Retailer:
    """The retailer of $PLENISH_DATA, with the policies and the decision store that are set."""
    return Retailer(
        data_folder=os.environ.get("PLENISH_DATA", str(PROJECT / "data")),
        policies_folder=str(policies_folder()),
        # By name: its password must not come into what Dagster shows and keeps of a resource.
        decisions_url=dg.EnvVar(_DECISIONS_URL) if os.environ.get(_DECISIONS_URL) else "",
    )
