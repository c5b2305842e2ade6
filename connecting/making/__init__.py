"""Make landing files from raw files by the mappings of a data folder, again where one changed."""

from connecting.making.folder import Made, make_landing
from connecting.making.rows import make_rows

__all__ = ["Made", "make_landing", "make_rows"]
