"""Starts `plenish`: imports the commands while nobody looks for garbage."""

import gc
from typing import Final

_LOOKED_THROUGH_AFTER: Final = (10_000, 20, 20)
"""New objects after which the collector looks through them, and how often before older ones."""


def main() -> None:
    """Run the command that was typed."""
    # What an import makes stays. The collector would look through all of it ten times on the way,
    # which takes a tenth of the time of a decision.
    gc.disable()
    from inventory_assets.cli.app import main as run_command  # noqa: PLC0415

    gc.freeze()
    # Python's own pace looks through everything seven times in a small night, and finds little.
    gc.set_threshold(*_LOOKED_THROUGH_AFTER)
    gc.enable()
    run_command()


if __name__ == "__main__":
    main()
