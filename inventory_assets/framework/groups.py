"""Groups of assets in the UI, which lists them by name: numbered, so that they follow the flow."""

from typing import Final

_FLOW: Final = (
    "extracts",
    "inventory",
    "demand",
    "supply",
    "plans",
    "signals",
    "actions",
    "reporting",
    "exports",
)


def name_group(group: str) -> str:
    """Name of a group as the UI has it: its place in the flow before its stage.

    Args:
        group: a stage of result tables, or `extracts`, which are the landing sources.

    Raises:
        ValueError: there is no such group.
    """
    return f"{_FLOW.index(group) + 1}_{group}"
