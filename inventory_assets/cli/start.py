"""Starts `plenish`: imports the commands while nobody looks for garbage."""

import gc


def main() -> None:
    """Run the command that was typed."""
    # What an import makes stays. The collector would look through all of it ten times on the way,
    # which takes a tenth of the time of a decision.
    gc.disable()
    from inventory_assets.cli.app import main as run_command  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    run_command()


if __name__ == "__main__":
    main()
