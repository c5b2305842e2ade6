"""A real endpoint on loopback."""

import pytest
from door import Door


@pytest.fixture
def door_at():
    """Opens a door at a data folder, and closes it in the end."""
    opened = []

    def open_door(data, **stated):
        opened.append(Door(data, **stated))
        return opened[-1]

    yield open_door
    for door in opened:
        door.kill()
