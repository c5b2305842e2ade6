"""Judge what came of each source, in a run and without one, and say what lacks and what for."""

from connecting.judging.folder import FolderJudged, judge_folder
from connecting.judging.needs import MINIMUM, WITHOUT
from connecting.judging.taking_in import TakenIn, take_in_source

__all__ = ["MINIMUM", "WITHOUT", "FolderJudged", "TakenIn", "judge_folder", "take_in_source"]
