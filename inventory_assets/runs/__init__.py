"""Which runs are under way: each shows that it lives, takes its turn, and the dead are closed.

What a run does lives in the folders of the stages, and when runs begin in `jobs.py` and
`sensors.py`.
"""

from inventory_assets.runs.dead_runs import DIED_TAG, close_dead_runs
from inventory_assets.runs.sign_of_life import show_life
from inventory_assets.runs.turns import take_turn

__all__ = ["DIED_TAG", "close_dead_runs", "show_life", "take_turn"]
