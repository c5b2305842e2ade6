"""What a mapping has made of which raw files: kept beside the landing files until the next time."""

import filecmp
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ValidationError

from connecting.mappings import Mapping

_CODE = Path(__file__).resolve().parent.parent


class Seen(BaseModel):
    """A raw file as it was when it was read.

    Attributes:
        size: in bytes.
        modified: ns since 1970.
        makes: names of the landing files that hold rows of it.
        left_out: rows that rules of the mapping left out.
        refused: why it was refused, where it was; what it made before then stays.
    """

    size: int
    modified: int
    makes: list[str] = []
    left_out: int = 0
    refused: str | None = None


class Ledger(BaseModel):
    """What a mapping has made.

    Attributes:
        made_by: hash of the mapping and of the code that carries it out.
        files: path below raw/ -> the file.
    """

    made_by: str = ""
    files: dict[str, Seen] = {}


def read_ledger(path: Path) -> Ledger:
    """The ledger at a path; an empty one where there is none, or one that was damaged."""
    try:
        return Ledger.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Ledger()


def write_whole(path: Path, content: Iterable[bytes]) -> bool:
    """Write a file by rename, unless it has this content already; says whether it was written.

    Args:
        path: the file.
        content: what it holds, a part at a time.
    """
    partial = path.with_name(f".{path.name}.part")
    with partial.open("wb") as stream:
        stream.writelines(content)
    if path.exists() and filecmp.cmp(partial, path, shallow=False):
        partial.unlink()
        return False
    partial.replace(path)
    return True


def hash_mapping(mapping: Mapping) -> str:
    """Hash of what a mapping says, comments left out, and of the code that carries it out."""
    return hashlib.sha256((mapping.model_dump_json() + _hash_code()).encode()).hexdigest()


@cache
def _hash_code() -> str:
    digest = hashlib.sha256()
    for path in sorted(_CODE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
