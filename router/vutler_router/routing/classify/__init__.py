"""Tells what kind of request the router has before it: code, reasoning, conversation, tools or one's own.

Everything is local and in plain Python: word lists, shapes and a small linear model (`docs/routing.md`). Nothing here
waits, and whatever the text, the work is bounded.
"""

from vutler_router.routing.classify.continuity import classify_turns, judge_request, judge_turns
from vutler_router.routing.classify.judging import classify, judge
from vutler_router.routing.classify.tools import OfferedTool, call_forced, offered_tools
from vutler_router.routing.classify.verdict import BUILT_IN, TOOLS, CustomCategory, Verdict

__all__ = [
    "BUILT_IN",
    "TOOLS",
    "CustomCategory",
    "OfferedTool",
    "Verdict",
    "call_forced",
    "classify",
    "classify_turns",
    "judge",
    "judge_request",
    "judge_turns",
    "offered_tools",
]
