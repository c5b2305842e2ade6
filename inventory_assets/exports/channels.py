"""Hand online channels what they may sell of each node's stock."""

from governance.exchange import write_channel_files
from inventory_assets.framework import (
    Computed,
    Inputs,
    refuse_failures,
    result_asset,
    show_rows,
)

_STAGES = ["landing", "inventory", "demand", "plans"]


@result_asset("channel_files", reads=["channel_buffers"])
def channel_files(inputs: Inputs) -> Computed:
    """Write a file of buffers for each online channel that policy names."""
    refuse_failures(inputs.blocking_failures(_STAGES), inputs.business_date)
    files = write_channel_files(
        inputs.read("channel_buffers"),
        channels=inputs.policy.online_buffers.files,
        outbox=inputs.outbox,
        business_date=inputs.business_date,
    )
    told = {"folder": str(inputs.outbox), "files": show_rows(files, files.height)}
    return Computed(files, metadata=told)
