import pytest

from quality_checks.contracts import Economics, ServiceFloor
from simulation.replay.pipeline import Planning


@pytest.fixture(scope="session")
def planning():
    return Planning(
        economics=Economics(
            holding_rate_per_year=0.2,
            markdown_loss_share=0.05,
            service_floor={name: ServiceFloor(kind="fill_rate", at_least=0.9) for name in "ABC"},
            service_ceiling=0.99,
            holding_horizon_days=182,
            exit_loss_share=0.5,
        ),
        history_days=84,
        horizon_days=28,
        supplier_review_days=7,
        scorecard_days=365,
        min_transfer_gain=5.0,
        recently_moved_days=14,
    )
