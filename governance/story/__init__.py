"""The whole story of one action: what it rests on, who let it go, what left and what came of it."""

from governance.story.sources import (
    Search,
    list_answer_searches,
    list_delivery_searches,
    list_input_searches,
)
from governance.story.story import Story
from governance.story.words import write_story

__all__ = [
    "Search",
    "Story",
    "list_answer_searches",
    "list_delivery_searches",
    "list_input_searches",
    "write_story",
]
