"""Which runs are under way, and how long they took: each shows that it lives and takes its turn.

What a run does lives in the folders of the stages, and when runs begin in `jobs.py` and
`sensors.py`.
"""

from inventory_assets.runs.dead_runs import DIED_TAG, close_dead_runs
from inventory_assets.runs.run_times import record_run_times
from inventory_assets.runs.sign_of_life import show_life
from inventory_assets.runs.turns import take_turn

__all__ = ["DIED_TAG", "close_dead_runs", "record_run_times", "show_life", "take_turn"]
