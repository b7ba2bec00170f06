"""What each tool of a request does, and to what, read from its name and the first sentence of its description.

`email_send` sends mail; `read` reads, and its description says files. What no list knows is kept by the roots of the
name's own words: `book_flight` is asked for by somebody who wants a flight booked.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from vutler_router.routing.classify.lexicon import Lexicon, bare, read_lexicon, tokens
from vutler_router.routing.classify.stems import stem

__all__ = ["LOOK", "USE", "OfferedTool", "ToolProfile", "Toolbox", "tool_words", "toolbox_of"]

LOOK = "look"
"""What a tool does whose name says nothing of it: it tells something."""

USE = "use"
"""What is done with something that is looked up first, as summarizing."""

_KEPT = 256
_LIKE = 14
"""Tools that are compared for one thing or action: the rest of a long list does the same to the same."""

_DESCRIPTION = 160
"""Characters of a description that are read: its first sentence says what the tool does."""

_PREFIX = "__"
"""What MCP clients put between the name of a server and that of its tool."""

_ROOT = 4
"""Letters of a word by which the roots that it may have are looked up."""

_LEAST = 3
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SENTENCE = re.compile(r"[.;\n(]\s|\n")


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool that a request carries."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ToolProfile:
    """What a tool does."""

    name: str
    acts: frozenset[str]
    """Names of the lists `do …`, and roots of verbs of its name that no list knows."""
    things: frozenset[str]
    """Names of the lists `thing …`, and roots of nouns of its name that no list knows."""
    words: frozenset[str]
    """The words of its name."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """All tools of a request."""

    places: Mapping[str, int]
    """Where each tool stands among them."""
    by_thing: Mapping[str, tuple[ToolProfile, ...]]
    by_act: Mapping[str, tuple[ToolProfile, ...]]
    by_name: Mapping[str, str]
    """The tools' names by what people may write for them, in small letters."""
    roots: Mapping[str, frozenset[str]]
    """The roots of the names' own words, by their first letters."""

    def root_of(self, word: str) -> str | None:
        """Return the root of a word when a tool's name has it."""
        found = self.roots.get(word[:_ROOT])
        if found is None:
            return None
        root = stem(word)
        return root if root in found else None


@functools.cache
def tool_words() -> Lexicon:
    """Return the lists of `tools.txt`; the file is read once."""
    return read_lexicon([resources.files(__package__).joinpath("words", "tools.txt").read_text("utf-8")])


@functools.lru_cache(maxsize=_KEPT)
def toolbox_of(tools: tuple[OfferedTool, ...]) -> Toolbox:
    """Return what the tools do; agents send the same ones with every request, so it is worked out once."""
    profiles = tuple(_profile(tool) for tool in tools)
    by_thing: dict[str, list[ToolProfile]] = {}
    by_act: dict[str, list[ToolProfile]] = {}
    roots: dict[str, set[str]] = {}
    for profile in _different_first(profiles):
        for thing in profile.things:
            by_thing.setdefault(thing, []).append(profile)
        for act in profile.acts:
            by_act.setdefault(act, []).append(profile)
        for root in (*profile.acts, *profile.things):
            if root.startswith("~"):
                roots.setdefault(root[1 : _ROOT + 1], set()).add(root[1:])
    return Toolbox(
        {profile.name: place for place, profile in enumerate(profiles)},
        {thing: tuple(found[:_LIKE]) for thing, found in by_thing.items()},
        {act: tuple(found[:_LIKE]) for act, found in by_act.items()},
        {name: tool.name for tool in tools for name in (tool.name.lower(), _own(tool.name).lower()) if "_" in name},
        {start: frozenset(found) for start, found in roots.items()},
    )


def _different_first(profiles: Sequence[ToolProfile]) -> list[ToolProfile]:
    """Return the tools so that those which do the same to the same as others before them come last."""
    counts: dict[tuple[frozenset[str], frozenset[str]], int] = {}
    ranks = []
    for place, profile in enumerate(profiles):
        kind = (profile.acts, profile.things)
        counts[kind] = counts.get(kind, 0) + 1
        ranks.append((counts[kind], place))
    return [profiles[place] for _, place in sorted(ranks)]


def _own(name: str) -> str:
    """Return a tool's name without the name of the server that has it."""
    return name.rpartition(_PREFIX)[2] or name


def _split(name: str) -> list[str]:
    return tokens(bare(_CAMEL.sub(" ", name).replace("_", " ").replace("-", " ")))


def _profile(tool: OfferedTool) -> ToolProfile:
    words = _split(_own(tool.name))
    acts, things, unknown = _known(words)
    said = tokens(bare(_SENTENCE.split(tool.description[:_DESCRIPTION], maxsplit=1)[0]))
    if not acts and said:
        acts = _known(said[:1])[0]
    if len(acts) > 1:
        acts.discard(USE)
    if "convert" in acts:
        acts.add(LOOK)
    glue = tool_words().words
    own = [word for word in unknown if "glue" not in glue.get(word, ())]
    if own and not acts and len(own) > 1:
        acts = {f"~{stem(own[0])}"}
        own = own[1:]
    if not things:
        things = _known(said)[1] or (set() if own else _known(_split(tool.name))[1])
    things |= {f"~{stem(word)}" for word in own if len(word) >= _LEAST}
    return ToolProfile(tool.name, frozenset(acts or {LOOK}), frozenset(things), frozenset(words))


def _known(words: list[str]) -> tuple[set[str], set[str], list[str]]:
    """Return what words say is done, to what, and those of which no list knows anything."""
    acts: dict[int, set[str]] = {}
    things: dict[int, set[str]] = {}
    known: set[int] = set()
    for place, name in tool_words().find(words):
        kind, _, what = name.removeprefix("tool ").partition(" ")
        if kind == "do":
            acts.setdefault(place, set()).add(what)
        elif kind == "thing":
            things.setdefault(place, set()).add(what)
        if kind in ("do", "thing"):
            known.add(place)
    plain = [place for place in acts if place not in things]
    verbs = plain or list(acts)[:1]
    nouns = [place for place in things if place not in plain]
    done = {act for place in verbs for act in acts[place]}
    return (
        done if plain or not done else {*done, LOOK},
        {thing for place in nouns for thing in things[place]},
        [word for place, word in enumerate(words) if place not in known],
    )
