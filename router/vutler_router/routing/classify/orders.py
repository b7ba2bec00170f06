"""What a text orders and asks, sentence by sentence, and the things that it names.

"I read a good book" orders nothing; "please read the file", "peux-tu lire le fichier" and "and read it" do. Only the
front and the end of a text are read, as for the features.
"""

import re
from dataclasses import dataclass, field

from vutler_router.routing.classify.features import excerpt
from vutler_router.routing.classify.lexicon import bare
from vutler_router.routing.classify.tool_profiles import Toolbox, tool_words

__all__ = ["ADDRESS", "Order", "Sentence", "sentences", "things_of"]

ADDRESS = "address"
"""The list of addresses of mail, as if it were in the word lists."""

_WORDS, _ORDERS = 150, 8
"""Words that are read, and orders that are understood in a sentence."""

_VOCATIVE = 2
"""Words that may be a name which is called: `Ava, email Paul`."""

_FRAGMENT = 5
"""Words that a question may have which is no sentence: `weather in Lyon`."""

_TOKEN = re.compile(
    r"(?P<quote>[\"“«][^\"”»\n]{0,80}\s[^\"”»\n]{0,120}[\"”»])|(?P<page>https?://\S{1,200}|www\.\S{1,200})|(?P<address>[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,12})"
    r"|(?P<channel>\#[A-Za-z][\w-]{1,40})"
    r"|(?P<file>(?<![\w./])(?:[~.]{0,2}/[\w.-]{2,40}){1,8}|[\w-]{1,60}\.(?:txt|md|pdf|csv|docx?|xlsx?|pptx?|json|ya?ml|log|py|js|ts|html?"
    r"|png|jpe?g|zip|tar|gz|conf|ini|toml|xml|sql|sh|odt|ics)\b)"
    r"|(?P<word>\w{1,60})|(?P<end>[.?!\n;:…]+)|(?P<comma>,)"
)
_THINGS = ("thing ", "ask thing ")
_SHAPED = {"page": "thing page", "channel": "thing channel", "file": "thing file", "address": ADDRESS}


@dataclass(frozen=True, slots=True)
class Order:
    """A verb that stands where an order has its verb."""

    place: int
    acts: frozenset[str]
    first: bool
    """Whether the sentence begins with it, courtesies apart."""
    selfish: bool
    """Whether the person says that they want to do it: `I need to answer an email`."""
    able: bool
    """Whether it may be a question of what the assistant can do: `can you send emails?`."""


@dataclass(slots=True)
class Sentence:
    """A sentence and what is in it."""

    words: list[str] = field(default_factory=list)
    """In small letters and without accents."""
    written: list[str] = field(default_factory=list)
    names: list[frozenset[str]] = field(default_factory=list)
    """The lists that each word is in."""
    shaped: list[bool] = field(default_factory=list)
    """Whether a word is the name of a file, an address or a channel."""
    asks: bool = False
    """Whether it is a question."""
    never: bool = False
    """Whether it asks for an explanation, a definition or an opinion, which no tool has."""
    introduces: bool = False
    """Whether something follows on a new line or after a colon, which it may speak of."""
    orders: list[Order] = field(default_factory=list)

    def listed(self, place: int) -> frozenset[str]:
        """Return the lists of the word at a place, none beyond the end."""
        return self.names[place] if place < len(self.names) else frozenset()

    def near(self, place: int, reach: int) -> frozenset[str]:
        """Return the lists of the words just before a place."""
        return frozenset[str]().union(*self.names[max(0, place - reach) : place])


def sentences(text: str, toolbox: Toolbox) -> list[Sentence]:
    """Return the sentences of a text, with their orders."""
    kinds: list[str] = []
    written: list[str] = []
    for match in _TOKEN.finditer(excerpt(text)):
        kinds.append(match.lastgroup or "")
        written.append(match.group())
        if len(written) >= _WORDS:
            break
    words = bare("\0".join(written)).split("\0")
    found = _found(words, kinds)
    result: list[Sentence] = []
    start = 0
    for place in range(len(words) + 1):
        if place == len(words) or kinds[place] == "end":
            if place > start:
                mark = words[place] if place < len(words) else ""
                part = slice(start, place)
                said = Sentence(words[part], written[part], list(map(frozenset, found[part])))
                said.shaped = [kind in _SHAPED for kind in kinds[part]]
                _understand(said, mark, toolbox, alone=start == 0 and place >= len(words) - 1)
                result.append(said)
            start = place + 1
    return result


def things_of(said: Sentence, start: int, end: int, toolbox: Toolbox) -> frozenset[str]:
    """Return the things named between two places that a tool works on: lists, and roots of the tools' own names."""
    things: set[str] = set()
    for place in range(max(start, 0), min(end, len(said.words))):
        for name in said.names[place]:
            if name.startswith(_THINGS):
                thing = name.rpartition("thing ")[2]
                if thing in toolbox.by_thing:
                    things.add(thing)
        root = toolbox.root_of(said.words[place])
        if root is not None and f"~{root}" in toolbox.by_thing:
            things.add(f"~{root}")
    return frozenset(things)


def _found(words: list[str], kinds: list[str]) -> list[set[str]]:
    found: list[set[str]] = [set() for _ in words]
    for place, name in tool_words().find(words):
        found[place].add(name)
    for place, kind in enumerate(kinds):
        if kind in _SHAPED:
            found[place] = {_SHAPED[kind]}
    return found


def _understand(said: Sentence, mark: str, toolbox: Toolbox, *, alone: bool) -> None:
    everything = frozenset[str]().union(*said.names)
    begins = next((place for place, names in enumerate(said.names) if "skip" not in names), 0)
    unnamed = not any(said.shaped) and "own memory" not in everything
    said.never = "never asks" in everything or ("never unless named" in everything and unnamed)
    said.orders = _orders(said, toolbox)
    if "wants" in said.names[begins]:
        said.orders.append(Order(begins, _acts("", said.names[begins], toolbox), first=True, selfish=True, able=False))
    said.introduces = not alone and (":" in mark or "\n" in mark)
    said.asks = (
        "?" in mark
        or "tell me" in everything
        or "asks" in said.names[begins]
        or (alone and len(said.words) - begins <= _FRAGMENT and not said.orders and "subject" not in everything)
    ) and "if" not in said.names[begins]


def _orders(said: Sentence, toolbox: Toolbox) -> list[Order]:
    orders: list[Order] = []
    open_, soft, led, able, related, selfish = True, False, False, False, False, False
    for place, (word, names) in enumerate(zip(said.words, said.names, strict=True)):
        if word == ",":
            open_, soft, led, selfish = not related, True, False, False
        elif "lead" in names:
            open_, led, able, selfish = True, True, "ability" in names, "self" in names
        elif open_:
            acts = frozenset() if not led and _is_third_person(word) else _acts(word, names, toolbox)
            passed = "skip" in names or (led and "between" in names)
            if acts and not (soft and place > _VOCATIVE and _has_thing(names)):
                orders.append(Order(place, acts, not soft, selfish, able and not orders))
                open_ = led = False
            elif not passed:
                open_ = led = False
        elif "and" in names and not related:
            open_, soft = True, True
        elif word in ("please", "stp", "veuillez"):
            open_ = True
        if "relative" in names:
            related, open_ = True, False
    return orders[:_ORDERS]


def _acts(word: str, names: frozenset[str], toolbox: Toolbox) -> frozenset[str]:
    acts = {name[3:] for name in names if name.startswith("do ")}
    root = toolbox.root_of(word)
    if root is not None:
        acts.add(f"~{root}")
    return frozenset(acts)


def _is_third_person(word: str) -> bool:
    if not word.endswith("s") or word.endswith("ss"):
        return False
    return any(name.startswith("do ") for name in tool_words().words.get(word[:-1], ()))


def _has_thing(names: frozenset[str]) -> bool:
    return any(name.startswith("thing ") for name in names)
