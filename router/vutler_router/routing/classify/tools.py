"""Tells whether a person's words ask for what one of a request's tools does.

Agents send their tools with every request, so that tools are there says nothing. A tool is asked for when an order has
an action of the tool and a thing that it works on ("send Paul an email", "liste les fichiers du drive"), or a question
is about a thing that the tool can look up ("do I have unread mail?"). A word alone is never enough.
"""

from dataclasses import dataclass
from itertools import islice

from vutler_router.routing.classify.orders import sentences, things_of
from vutler_router.routing.classify.tool_offers import call_forced, offered_tools
from vutler_router.routing.classify.tool_profiles import OfferedTool, toolbox_of
from vutler_router.routing.classify.tool_rules import NAMED, SURE, asked, follows

__all__ = ["SURE", "OfferedTool", "ToolMatch", "call_forced", "goes_on", "offered_tools", "tool_asked_for"]

_PLAIN = 400
"""Characters from which a request that reads like code brought the code along."""

_FENCE = "```"
_UNSURE = 0.83


@dataclass(frozen=True, slots=True)
class ToolMatch:
    """The tool that a request asks for."""

    tool: str
    strength: float
    """From 0.5 to 1; from `SURE` on, even a request that reads like code asks for the tool."""
    signals: tuple[str, ...]
    """The reasons, without any word of the person's."""


def tool_asked_for(words: str, tools: tuple[OfferedTool, ...]) -> ToolMatch | None:
    """Return the tool that the person's own words ask for most clearly, or None when they ask for none."""
    if not tools or not words:
        return None
    toolbox = toolbox_of(tools)
    best, strength = "", 0.0
    earlier: frozenset[str] = frozenset()
    for said in sentences(words, toolbox):
        for worth, name in asked(said, toolbox, earlier):
            if worth > strength or (worth == strength and toolbox.places[name] < toolbox.places[best]):
                best, strength = name, worth
        earlier |= things_of(said, 0, len(said.words), toolbox)
    if not best:
        return None
    if SURE <= strength < NAMED and (_FENCE in words or len(words) > _PLAIN):
        strength = _UNSURE
    return ToolMatch(best, round(min(strength, 1.0), 4), (f"asks for what the tool {best} does",))


def goes_on(words: str, tools: tuple[OfferedTool, ...]) -> bool:
    """Tell whether words after a request for a tool are about the same: `and in Paris?`, `supprime le deuxième`."""
    toolbox = toolbox_of(tools)
    said = list(islice(sentences(words, toolbox), 2))
    return len(said) == 1 and follows(said[0], toolbox)
