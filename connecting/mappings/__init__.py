"""What a mapping says: which raw files a landing source is made from, and how."""

from connecting.mappings.file_names import Named, read_file_name
from connecting.mappings.files import MappingFile, find_mappings
from connecting.mappings.mapping import (
    ColumnRule,
    Mapping,
    NumberForm,
    RawForm,
    RowRule,
    write_scalar,
)

__all__ = [
    "ColumnRule",
    "Mapping",
    "MappingFile",
    "Named",
    "NumberForm",
    "RawForm",
    "RowRule",
    "find_mappings",
    "read_file_name",
    "write_scalar",
]
