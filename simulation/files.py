"""Files that a simulated or imported retailer hands over: whole or not at all."""

import gzip
import io
from pathlib import Path

import polars as pl


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame in the format of its name: parquet, csv or csv.gz; whole or not at all."""
    buffer = io.BytesIO()
    if path.suffix == ".parquet":
        frame.write_parquet(buffer, compression="zstd", compression_level=1)
        replace_file(path, buffer.getbuffer())
        return
    frame.write_csv(buffer, datetime_format="%Y-%m-%dT%H:%M:%S", date_format="%Y-%m-%d")
    if path.suffix == ".gz":
        replace_file(path, gzip.compress(buffer.getbuffer(), compresslevel=4, mtime=0))
    else:
        replace_file(path, buffer.getbuffer())


def replace_file(path: Path, content: bytes | memoryview) -> None:
    """Put a file in place by one rename, once it is written under a hidden name beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
