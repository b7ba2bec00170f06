"""Judges one request: cleans it, scores it, says why, and lets custom categories and tools win what is theirs."""

from collections.abc import Collection, Iterable, Sequence

from vutler_router.routing.classify.cleaning import own_words
from vutler_router.routing.classify.customs import Manner, match_customs
from vutler_router.routing.classify.features import features
from vutler_router.routing.classify.model import shares, shipped_model
from vutler_router.routing.classify.reasons import public_reason, reason
from vutler_router.routing.classify.tools import SURE, OfferedTool, tool_asked_for
from vutler_router.routing.classify.verdict import BUILT_IN, CODE, CONVERSATION, TOOLS, CustomCategory, Verdict

__all__ = ["classify", "judge", "judge_words"]

_REASONS = 4
_SURE = 0.9
"""The share from which code and mathematics are sure, and a custom category needs more than one word to win."""

_SMALL_TALK = frozenset({"l:assistant", "f:greeting", "f:thanks"})
_ABOUT_FEELINGS = frozenset({"l:feeling", "l:pronoun_you"})
_PERSONAL = "l:pronoun_i"
"""A question about one's own affairs is no learned one."""

_MATHEMATICS = frozenset({"p:maths", "p:mathlike", "s:numbers2"})

_NOTHING_SAID = Verdict(
    category=CONVERSATION,
    confidence=0.0,
    signals=("the person wrote nothing",),
    scores=dict.fromkeys(BUILT_IN, round(1 / len(BUILT_IN), 4)),
    public_signals=("the person wrote nothing",),
)


def classify(text: str) -> str:
    """Return the built-in category of a request that stands alone."""
    words = own_words(text)
    if not words:
        return _NOTHING_SAID.category
    scores = shipped_model().scores(features(words))
    return BUILT_IN[scores.index(max(scores))]


def judge(text: str, customs: Sequence[CustomCategory] = ()) -> Verdict:
    """Return the category of a request that stands alone, with the reasons."""
    return judge_words(own_words(text), customs)


def judge_words(words: str, customs: Sequence[CustomCategory] = (), tools: tuple[OfferedTool, ...] = ()) -> Verdict:
    """Return the category of a text that `own_words` cleaned already.

    A custom category wins before the tools, and these before the built-in categories.
    """
    if not words:
        return _NOTHING_SAID
    model = shipped_model()
    found = features(words)
    split = shares(model.scores(found))
    best = split.index(max(split))
    manner = _manner(best, split[best], found) if customs or tools else Manner.ORDINARY
    won = match_customs(words, customs, manner) if customs else None
    if won is not None:
        scores = {**_rounded(split), won.name: won.strength}
        return Verdict(won.name, won.strength, won.signals, scores, won.public_signals)
    tool = tool_asked_for(words, tools)
    if tool is not None and _may_win(tool.strength, manner):
        scores = {**_rounded(split), TOOLS: tool.strength}
        return Verdict(TOOLS, tool.strength, tool.signals, scores, tool.signals)
    strongest = model.strongest(found, best, 2 * _REASONS)
    signals, public = (_reasons(map(said, strongest)) for said in (reason, public_reason))
    return Verdict(BUILT_IN[best], round(split[best], 4), signals, _rounded(split), public)


def _may_win(strength: float, manner: Manner) -> bool:
    """Tell whether a tool that is asked for so strongly wins a request that reads like this without tools."""
    return manner is not Manner.TECHNICAL or strength >= SURE


def _manner(best: int, share: float, found: Collection[str]) -> Manner:
    if BUILT_IN[best] == CONVERSATION:
        chats = not _SMALL_TALK.isdisjoint(found) or _ABOUT_FEELINGS.issubset(found)
        return Manner.CHAT if chats else Manner.ORDINARY
    if share >= _SURE and (BUILT_IN[best] == CODE or not _MATHEMATICS.isdisjoint(found)):
        return Manner.TECHNICAL
    return Manner.LEARNED if share >= _SURE and _PERSONAL not in found else Manner.ORDINARY


def _rounded(split: Iterable[float]) -> dict[str, float]:
    return {name: round(share, 4) for name, share in zip(BUILT_IN, split, strict=True)}


def _reasons(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said))[:_REASONS]
