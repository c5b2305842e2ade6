"""Read an export as its system wrote it: every value as text, beside the line that it stands on."""

from connecting.raw.csv_lines import WIDTH, find_undecodable, read_raw, read_raw_parts

__all__ = ["WIDTH", "find_undecodable", "read_raw", "read_raw_parts"]
