"""Data folders with raw files."""

from pathlib import Path

import pytest
from raw_files import POS, Connected


@pytest.fixture
def till(tmp_path: Path) -> Connected:
    """A retailer whose till writes its sales in German."""
    connected = Connected(tmp_path / "data")
    connected.map("pos_sales", POS)
    return connected
