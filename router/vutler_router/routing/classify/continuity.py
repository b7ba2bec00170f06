"""Keeps the subject of a conversation over short remarks, and lets a real change of subject through.

"Thanks", "why?", "et en Python ?" say nothing of their own: they go to the model that has the conversation. Nothing is
remembered between requests; the person's turns that a request carries are enough.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources

from vutler_router.routing.classify.cleaning import own_words
from vutler_router.routing.classify.judging import judge_words
from vutler_router.routing.classify.lexicon import (
    OPENER,
    SKIPPED,
    Lexicon,
    bare,
    read_lexicon,
    shipped_lexicon,
    tokens,
)
from vutler_router.routing.classify.tools import OfferedTool, goes_on
from vutler_router.routing.classify.verdict import BUILT_IN, CONVERSATION, TOOLS, CustomCategory, Verdict

__all__ = ["classify_turns", "judge_request", "judge_turns"]

_TURNS = 12
"""Turns looked back at: a longer chain of remarks than this has left its subject."""

_WORDS = 40
"""A turn of more words than this stands alone."""

_SURE = 0.9
"""The share from which a turn that could add to a request for a tool is about code or reasoning instead."""

_FEW, _SOME, _MANY = 3, 6, 10
_LAST_WORD = 4
_COURTEOUS_PARTS = 3
_READ = 800
"""Characters of a turn that are searched for what it points to."""

_BREAK = re.compile(r"[.,:;!?\n]\s")
_KEPT = "keeps the subject of the conversation: the last turn is only a remark"

_COURTESIES = frozenset({"thanks", "yesno", "polite", "pronoun_you", "pronoun_i", "question", "imperative"})
"""Lists that a remark may touch without speaking of anything."""


@dataclass(frozen=True, slots=True)
class _Turn:
    words: tuple[str, ...]
    subject: tuple[str, ...]
    """The words that are neither remarks nor grammar."""
    linked: bool
    """Whether it begins as a continuation or points back to something."""
    courteous: bool
    """Whether all it says, beyond its subject, is thanks, assent and the like."""


def classify_turns(turns: Sequence[str]) -> str:
    """Return the category of the last of a person's turns (oldest first) in the light of those before it."""
    return judge_turns(turns).category


def judge_turns(turns: Sequence[str], customs: Sequence[CustomCategory] = ()) -> Verdict:
    """Return the category of the last of a person's turns (oldest first), with the reasons."""
    return judge_request(turns, customs)


def judge_request(
    turns: Sequence[str], customs: Sequence[CustomCategory] = (), tools: tuple[OfferedTool, ...] = ()
) -> Verdict:
    """Return the category of a request: of the last of the person's turns (oldest first), beside its tools.

    With tools the category may be `TOOLS`: when the words ask for what one of them does, or are a remark after words
    that did.
    """
    said = [words for words in map(own_words, turns[-_TURNS:]) if words]
    return _judge(said, customs, tools) if said else judge_words("", customs)


def _judge(said: Sequence[str], customs: Sequence[CustomCategory], tools: tuple[OfferedTool, ...]) -> Verdict:
    if len(said) == 1:
        return judge_words(said[0], customs, tools)
    last = judge_words(_after_courtesies(said[-1]), customs, tools)
    turn = _read(said[-1])
    before = _judge(said[:-1], customs, tools) if tools and _may_go_on(said[-1], last, tools) else None
    if before is not None and before.category == TOOLS:
        return _kept(before)
    if _has_a_subject(turn, last, _nearest(last)):
        return last
    before = before or _judge(said[:-1], customs, tools)
    if before.category == last.category or _has_a_subject(turn, last, last.scores.get(before.category, 0.0)):
        return last
    return _kept(before)


def _may_go_on(words: str, last: Verdict, tools: tuple[OfferedTool, ...]) -> bool:
    """Tell whether a turn belongs to a request for a tool, if one came before."""
    open_to_it = last.category == CONVERSATION or (last.category in BUILT_IN and last.confidence < _SURE)
    return open_to_it and goes_on(words, tools)


def _kept(before: Verdict) -> Verdict:
    return replace(before, signals=(_KEPT, *before.signals), public_signals=(_KEPT, *before.public_signals))


def _has_a_subject(turn: _Turn, last: Verdict, rival: float) -> bool:
    """Tell whether a turn stands for itself against a category that has this share of it."""
    if last.category not in BUILT_IN or len(turn.words) > _WORDS:
        return True
    if not turn.subject or (last.category == CONVERSATION and turn.courteous):
        return False
    return last.confidence - rival > _needed(turn, last.category)


def _nearest(last: Verdict) -> float:
    return max(share for category, share in last.scores.items() if category != last.category)


def _needed(turn: _Turn, category: str) -> float:
    """Return the lead over the conversation's category that a turn needs to leave it."""
    needed = 0.2
    if turn.linked:
        needed += 0.5 if category == CONVERSATION and len(turn.words) <= _MANY else 0.35
    if len(turn.words) <= _FEW:
        needed += 0.3
    elif len(turn.words) <= _SOME:
        needed += 0.15
    if len(turn.subject) == 1:
        needed += 0.15
    return min(needed, 0.95)


def _after_courtesies(text: str) -> str:
    """Return a turn without the thanks and assent that it begins with."""
    for _ in range(_COURTEOUS_PARTS):
        parts = _BREAK.split(text, maxsplit=1)
        if len(parts) == 1 or len(tokens(bare(parts[1][:_READ]))) < _FEW or _read(parts[0]).subject:
            break
        text = parts[1]
    return text


@functools.cache
def _remarks() -> Lexicon:
    return read_lexicon([resources.files(__package__).joinpath("words", "remarks.txt").read_text("utf-8")])


def _read(text: str) -> _Turn:
    words = tokens(bare(text[:_READ]))
    small: set[int] = set()
    linked = False
    for place, name in _remarks().find(words):
        if name == "remark":
            small.add(place)
        elif name == "pointer" or place == 0:
            linked = True
    if 1 < len(words) <= _LAST_WORD and words[-2] in ("in", "en"):
        small.add(len(words) - 1)
        linked = True
    subject = tuple(word for place, word in enumerate(words) if place not in small and not word.isdigit())
    touched = {name for _, name in shipped_lexicon().find(words) if name != SKIPPED and not name.startswith(OPENER)}
    return _Turn(tuple(words), subject, linked, touched <= _COURTESIES)
