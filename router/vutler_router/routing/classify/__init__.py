"""Tells what kind of request the router has before it: code, reasoning, conversation, or a category of one's own.

Everything is local and in plain Python: word lists, shapes and a small linear model (`docs/routing.md`). Nothing here
waits, and whatever the text, the work is bounded.
"""

from vutler_router.routing.classify.continuity import classify_turns, judge_turns
from vutler_router.routing.classify.judging import classify, judge
from vutler_router.routing.classify.verdict import BUILT_IN, CustomCategory, Verdict

__all__ = ["BUILT_IN", "CustomCategory", "Verdict", "classify", "classify_turns", "judge", "judge_turns"]
