"""Items of a separable asset do not bear on each other: some make what they make among all."""

import polars as pl
import pytest
from simulated import LAST, PROJECT, warehouse_of

from inventory_assets.definitions import defs
from inventory_assets.framework import Inputs, Retailer
from inventory_assets.framework.making import Plan
from quality_checks.contracts import CONTRACTS


def list_separable():
    """How each separable asset is made, by its first table."""
    found = {}
    for asset in defs.get_repository_def().assets_defs_by_key.values():
        made = getattr(asset.op.compute_fn, "decorated_fn", None) if asset.is_executable else None
        cells = (cell.cell_contents for cell in getattr(made, "__closure__", None) or ())
        for plan in cells:
            if isinstance(plan, Plan) and plan.separable:
                found[plan.contracts[0].name] = plan
    return found


SEPARABLE = list_separable()


def test_these_tables_are_made_by_item_in_a_cycle():
    assert set(SEPARABLE) == {"channel_buffers", "order_risks", "projected_stock", "targets"}


@pytest.fixture(scope="module")
def retailer(moving):
    return Retailer(data_folder=str(moving), policies_folder=str(PROJECT / "data" / "policies"))


@pytest.mark.parametrize("name", sorted(SEPARABLE))
@pytest.mark.parametrize("seed", range(6))
def test_some_items_make_the_rows_that_they_make_in_all(moving, retailer, name, seed):
    plan = SEPARABLE[name]
    inputs = Inputs(LAST, plan.declared, retailer)
    skus = pl.Series(inputs.skus())
    # Frames of one row are what differs, if anything does.
    some = skus.sample([1, 1, 1, 1, 3, len(skus) // 2][seed], seed=seed).to_list()
    made = plan.compute(inputs.of_only(some))
    for contract, computed in zip(plan.contracts, made, strict=True):
        stored = warehouse_of(moving).read(CONTRACTS[contract.name], LAST)
        expected = stored.filter(stored["sku"].is_in(some)).drop("business_date")
        found = computed.frame.select(expected.columns).cast(dict(expected.schema))
        assert found.sort(contract.key).equals(expected), contract.name
