"""Files for online channels: how much of each node's stock each may sell.

For the system that takes their orders. A folder a channel, a file a business date, which is
replaced as long as its date is planned anew.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from governance.exchange.outbox import hash_content, put_file, render_csv
from quality_checks.contracts import ChannelFiles, find_contract

_TOLD = ("sku", "location", "buffer", "offered")


def write_channel_files(
    buffers: pl.DataFrame, *, channels: Sequence[str], outbox: Path, business_date: date
) -> pl.DataFrame:
    """Write the buffers of a business date as a file for each channel that policy names.

    Its columns are sku, location, buffer (units that the channel leaves there) and offered (units
    that it may sell of what the record had when the night was planned), sorted by sku and location.
    A channel with nothing to sell gets a file without lines: an older one would still be in force.

    Args:
        buffers: `ChannelBuffers` of the business date.
        channels: channels that get a file.
        outbox: folder with a folder for each channel; made where missing.
        business_date: of the buffers.

    Returns:
        Rows of the contract ChannelFiles but business_date.

    Raises:
        OSError: a file could not be written; it is not visible then.
    """
    file = f"{business_date}_buffers.csv"
    rows: list[dict[str, object]] = []
    for channel in sorted(set(channels)):
        part = buffers.filter(pl.col("channel") == channel)
        content = render_csv(part.sort("sku", "location").select(_TOLD))
        put_file(outbox / channel / file, content)
        rows.append(
            {
                "channel": channel,
                "file": file,
                "lines": part.height,
                "kept_back": int(part["buffer"].sum()),
                "offered": int(part["offered"].sum()),
                "sha256": hash_content(content),
            }
        )
    return pl.DataFrame(rows, schema=find_contract(ChannelFiles).made_schema)
