"""Files of buffers for online channels."""

import datetime as dt

import polars as pl

from governance.exchange import write_channel_files

DAY = dt.date(2026, 3, 2)
BUFFERS = pl.DataFrame(
    [("ecom", "K", "B", 1, 4), ("ecom", "K", "A", 2, 3), ("marketplace", "K", "A", 2, 1)],
    schema=("channel", "sku", "location", "buffer", "offered"),
    orient="row",
)


def write(outbox, buffers):
    channels = ["marketplace", "ecom"]
    return write_channel_files(buffers, channels=channels, outbox=outbox, business_date=DAY)


def test_a_channel_that_has_nothing_to_sell_is_told_so(tmp_path):
    write(tmp_path, BUFFERS)
    told = write(tmp_path, BUFFERS.filter(channel="ecom"))
    lines = {folder.name: next(folder.iterdir()).read_text() for folder in tmp_path.iterdir()}
    head = '"sku","location","buffer","offered"\n'
    assert lines == {"ecom": f'{head}"K","A",2,3\n"K","B",1,4\n', "marketplace": head}
    assert told.select("channel", "lines", "kept_back", "offered").rows() == [
        ("ecom", 2, 3, 7),
        ("marketplace", 0, 0, 0),
    ]
