"""Finds requests that belong to a custom category, by its own words, without taking those of the built-in ones.

A category speaks through its keywords (one is enough for an ordinary request), its name, description and examples
(several are needed), and the topics these touch: lists of words that belong together in English and French.
A request that is surely code or mathematics needs more, unless the category itself is about such things.
"""

import enum
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from vutler_router.routing.classify.lexicon import Lexicon, bare, read_lexicon, shipped_lexicon, tokens
from vutler_router.routing.classify.stems import related, stem
from vutler_router.routing.classify.verdict import CustomCategory

__all__ = ["CustomMatch", "Manner", "match_customs"]

_ENOUGH = 0.9
_GUARD, _LEARNED_GUARD = 2.0, 0.5
"""What a request needs more that is surely code or mathematics, or surely asks why and how."""

_LONG, _FOR_LENGTH = 40, 0.012
"""From this many words on, each needs so much more: a long text touches many subjects."""

_KEYWORD, _PHRASE, _PART = 1.5, 1.7, 0.35
_NAME, _DESCRIPTION, _EXAMPLE = 0.8, 0.4, 0.35
_TOPIC, _SHARED_TOPIC, _VAGUE_TOPIC = 1.0, 0.9, 0.6
"""What a word of a topic is worth: its alone, of several topics, and one that says little (`_VAGUE`)."""

_COMMON = 0.4
"""What is left of the weight of a word that programmers and mathematicians use all the time."""

_TOPIC_WORDS = 2
"""Words of a topic that a category must use (its name counts for two) before the topic helps it."""

_WORDS = 120
_MOST = 3.0
_REASONS = 4
_TECHNICAL = frozenset({"language", "framework", "code_noun", "code_verb", "math_noun", "math_verb"})
_ORDINARY = frozenset(
    {"soft_code", "file_verb", "file_noun", "quantity", "unit", "question", "imperative", "polite", "stack_ask"}
)

_VAGUE = _TECHNICAL | _ORDINARY | {"logic", "yesno", "thanks", "feeling"}
"""Lists whose words say little of a topic, though they belong to it."""


class Manner(enum.Enum):
    """How a request reads without custom categories: what it takes to win it depends on this."""

    TECHNICAL = "code or mathematics for sure"
    LEARNED = "a question of why and how for sure"
    CHAT = "small talk with the assistant, where a word of a topic alone says little"
    ORDINARY = "anything else"


_TOPIC_SHARES = {Manner.TECHNICAL: 0.0, Manner.LEARNED: 1.0, Manner.CHAT: 0.6, Manner.ORDINARY: 1.0}


@dataclass(frozen=True, slots=True)
class CustomMatch:
    """The custom category that a request belongs to."""

    name: str
    strength: float
    """From 0 to 1."""
    signals: tuple[str, ...]
    public_signals: tuple[str, ...]
    """The reasons without the words themselves."""


@dataclass(frozen=True, slots=True)
class _Profile:
    """What a category listens for."""

    phrases: tuple[tuple[str, ...], ...]
    stems: Mapping[str, float]
    prefixes: Mapping[str, tuple[str, ...]]
    """The stems by their first letters, so that few are compared."""
    topics: frozenset[str]
    technical: bool


def match_customs(words: str, customs: Sequence[CustomCategory], manner: Manner) -> CustomMatch | None:
    """Return the custom category whose words the text uses most, or None when none uses enough.

    Args:
        words: The person's own words.
        customs: The categories, each with a name of its own.
        manner: How the request reads without them.
    """
    said = tokens(bare(words))[:_WORDS]
    stems = [stem(word) for word in said]
    best: CustomMatch | None = None
    top = 0.0
    for custom in customs:
        profile = _profile(custom)
        applied = Manner.ORDINARY if profile.technical and manner is Manner.TECHNICAL else manner
        weight, heard = _heard(profile, said, stems, _TOPIC_SHARES[applied])
        if weight > top and weight >= _needed(applied, len(said)):
            top = weight
            signals = tuple(f'"{word}" belongs to {custom.name}' for word in heard[:_REASONS])
            public = f"{len(heard)} {'word' if len(heard) == 1 else 'words'} of {custom.name}"
            best = CustomMatch(custom.name, round(0.5 + min(weight / _MOST, 1.0) / 2, 4), signals, (public,))
    return best


def _needed(manner: Manner, length: int) -> float:
    guards = {Manner.TECHNICAL: _GUARD, Manner.LEARNED: _LEARNED_GUARD}
    return _ENOUGH + guards.get(manner, 0.0) + max(0, length - _LONG) * _FOR_LENGTH


def _heard(profile: _Profile, said: list[str], stems: list[str], topic_share: float) -> tuple[float, list[str]]:
    weights: dict[str, tuple[float, str]] = {}
    topics, lists = _topics(), shipped_lexicon().words
    for root, word in zip(stems, said, strict=True):
        own = _listens(profile, root)
        weight = profile.stems[own] if own else 0.0
        found = topics.get(root)
        if found is not None and not found.isdisjoint(profile.topics):
            worth = _TOPIC if len(found) == 1 else _SHARED_TOPIC
            vague = not _VAGUE.isdisjoint(lists.get(word, ()))
            weight = max(weight, topic_share * (_VAGUE_TOPIC if vague else worth))
        key = own or root
        if weight > weights.get(key, (0.0,))[0]:
            weights[key] = (weight, word)
    for phrase in profile.phrases:
        if all(any(related(part, root) for root in stems) for part in phrase):
            weights["_".join(phrase)] = (_PHRASE, " ".join(phrase))
    strongest = sorted(weights.values(), reverse=True)
    return sum(weight for weight, _ in strongest), [word for _, word in strongest]


def _listens(profile: _Profile, root: str) -> str | None:
    if root in profile.stems:
        return root
    for candidate in profile.prefixes.get(root[:5], ()):
        if related(candidate, root):
            return candidate
    return None


@functools.cache
def _topics() -> Mapping[str, frozenset[str]]:
    """Return the topics of each root."""
    topics: dict[str, set[str]] = {}
    for word, names in _read("topics").words.items():
        topics.setdefault(stem(word), set()).update(names)
    return {root: frozenset(names) for root, names in topics.items()}


@functools.cache
def _remarks() -> Lexicon:
    return _read("remarks")


def _read(name: str) -> Lexicon:
    return read_lexicon([resources.files(__package__).joinpath("words", f"{name}.txt").read_text("utf-8")])


@functools.lru_cache(maxsize=256)
def _profile(custom: CustomCategory) -> _Profile:
    stems: dict[str, float] = {}
    phrases = []
    for keyword in custom.keywords:
        parts = _content(keyword) or tokens(bare(keyword))
        if len(parts) == 1:
            _add(stems, parts, _KEYWORD, scaled=False)
        elif parts:
            phrases.append(tuple(map(stem, parts)))
            _add(stems, parts, _PART)
    _add(stems, _content(custom.name), _NAME)
    _add(stems, _content(custom.description), _DESCRIPTION)
    for example in custom.examples:
        _add(stems, _content(example), _EXAMPLE)
    prefixes: dict[str, list[str]] = {}
    for root in stems:
        prefixes.setdefault(root[:5], []).append(root)
    return _Profile(
        tuple(phrases),
        stems,
        {start: tuple(roots) for start, roots in prefixes.items()},
        frozenset(_own_topics(custom)),
        _is_technical(custom),
    )


def _content(text: str) -> list[str]:
    small = _remarks().words
    return [
        word
        for word in tokens(bare(text.replace("-", " ").replace("_", " ")))
        if word not in small and not word.isdigit() and len(word) > 1
    ]


def _add(stems: dict[str, float], words: Iterable[str], weight: float, *, scaled: bool = True) -> None:
    lists = shipped_lexicon().words
    for word in words:
        common = scaled and not _ORDINARY.isdisjoint(lists.get(word, ()))
        root = stem(word)
        stems[root] = max(stems.get(root, 0.0), weight * _COMMON if common else weight)


def _own_topics(custom: CustomCategory) -> list[str]:
    counts: dict[str, int] = {}
    for text, worth in ((custom.name, _TOPIC_WORDS), (" ".join(custom.keywords), 1), (custom.description, 1)):
        for word in _content(text):
            for topic in _topics().get(stem(word), ()):
                counts[topic] = counts.get(topic, 0) + worth
    most = max(counts.values(), default=0)
    return [topic for topic, count in counts.items() if count >= _TOPIC_WORDS and count * 2 >= most]


def _is_technical(custom: CustomCategory) -> bool:
    words = tokens(bare(f"{custom.name} {' '.join(custom.keywords)} {custom.description}"))
    places = {place for place, name in shipped_lexicon().find(words) if name in _TECHNICAL}
    return len(places) * 5 >= len(words)
