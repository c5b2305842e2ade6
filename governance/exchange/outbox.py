"""Files that lie ready to be taken away: written whole or not at all, and told by their hash."""

import hashlib
import os
from pathlib import Path

import polars as pl


def render_csv(rows: pl.DataFrame) -> bytes:
    """Render rows as CSV: texts in quotes, so that a key of digits stays a text."""
    return rows.write_csv(line_terminator="\n", quote_style="non_numeric").encode()


def hash_content(content: bytes) -> str:
    """Hash of the bytes of a file, in hex."""
    return hashlib.sha256(content).hexdigest()


def put_file(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all; one that is the same stays as it is.

    Args:
        path: in a folder of the outbox; both are made where missing.
        content: its bytes.

    Raises:
        OSError: it could not be written; it is not visible then.
    """
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o750, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
