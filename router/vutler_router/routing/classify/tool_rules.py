"""The rules by which a sentence asks for a tool: orders, questions, and what is told or asked to somebody else."""

from collections.abc import Iterator, Mapping

from vutler_router.routing.classify.orders import ADDRESS, Order, Sentence, things_of
from vutler_router.routing.classify.tool_profiles import LOOK, USE, Toolbox, ToolProfile

__all__ = ["NAMED", "SURE", "asked", "follows"]

SURE = 0.84
"""The strength from which a request that reads like code asks for a tool nevertheless: `read the file notes.txt`."""

NAMED = 0.95
"""The strength of an order that names the tool itself."""

_BASE, _LESS = 0.75, 0.7
_DEFINITE, _CLEAR, _SAME_WORD = 0.1, 0.15, 0.04

_REACH = 12
"""Words after a verb in which its object is looked for."""

_ADDED = 8
"""Words of a sentence that only adds to the request before it."""

_SHORT = 18
"""Words of an order that a tool can fulfil as it stands; longer ones rather describe a program."""

_KNOW_REACH, _INVOKE_REACH, _PRONOUN_REACH, _ABLE_REACH = 5, 4, 3, 4

_ENDS = frozenset({"limit", "relative"})
"""Lists of words after which a verb has no object of its own any more."""

_OWNED = frozenset({"whose", "fresh", "where"})
"""Lists of words that tell a question about one's own affairs from one about the world."""

_PUBLIC = frozenset({"weather", "time", "stock", "news", "usage", "memory", "session"})
"""Things that a question is about without saying whose they are."""

_TEXTS = frozenset({"mail", "message", "note", "text", "invoice", "order", "image", "video", "task"})
"""Things that may stand in the conversation itself: `this email:` is none that a tool has."""

_WRITTEN = _TEXTS | {"file", "folder", "calendar", "agenda"}
"""Things that somebody who wants one wants written."""

_USED = frozenset(
    {"file", "folder", "mail", "message", "channel", "page", "note", "calendar", "agenda", "log", "task", "invoice"}
)
"""Things that are looked up to be summarized, compared or translated."""

_GIVEN_OUT = frozenset({"send", "make"})
"""What is done with a text of the conversation by means of a tool: `post this message in #general`."""

_CONVEYED = frozenset({"mail", "message", "channel"})


def asked(said: Sentence, toolbox: Toolbox, earlier: frozenset[str]) -> Iterator[tuple[float, str]]:
    """Yield how strongly a sentence asks for a tool, and its name, for each that it asks for.

    Args:
        said: The sentence.
        toolbox: The tools that there are.
        earlier: What the sentences before it were about.
    """
    for order in said.orders:
        yield from _invoked(said, order, toolbox)
        if not (said.never and (order.selfish or not order.first)) and not _asks_what_is_possible(said, order, toolbox):
            yield from _enough(said, order, toolbox)
            yield from _ordered(said, order, toolbox)
            yield from _told(said, order, toolbox)
            yield from _pointed(said, order, toolbox, earlier)
    if said.asks and not said.never:
        yield from _questioned(said, toolbox)


def follows(said: Sentence, toolbox: Toolbox) -> bool:
    """Tell whether a sentence only adds to the request before it: it names no subject, or does something to it."""
    if len(said.words) > _ADDED or any(names & {"you", "artifact"} for names in said.names):
        return False
    for order in said.orders:
        works = USE in order.acts or any(act in toolbox.by_act for act in order.acts)
        if works and any("ordinal" in names for names in said.names[order.place + 1 :]):
            return True
    return "subject" not in said.names[0] and "link" in said.names[0]


def _invoked(said: Sentence, order: Order, toolbox: Toolbox) -> Iterator[tuple[float, str]]:
    """Yield the tools that the order names: `use email_send`, `use your weather tool`."""
    if "invoke" not in order.acts:
        return
    start, end = order.place + 1, order.place + 1 + _INVOKE_REACH
    for word in said.words[start:end]:
        if word in toolbox.by_name:
            yield NAMED, toolbox.by_name[word]
    if any("tool word" in names for names in said.names[start:end]):
        for thing in things_of(said, start, end + 2, toolbox):
            for profile in toolbox.by_thing.get(thing, ()):
                yield NAMED, profile.name


def _ordered(said: Sentence, order: Order, toolbox: Toolbox) -> Iterator[tuple[float, str]]:
    """Yield the tools that do what the order says to a thing that it names."""
    for place in range(order.place + 1, min(order.place + 1 + _REACH, len(said.words))):
        names = said.names[place]
        if not _ENDS.isdisjoint(names) or ("about" in names and LOOK not in order.acts):
            return
        matched = False
        plan = "thing agenda" in names and "indefinite" in said.near(place, 2)
        for thing in things_of(said, place, place + 1, toolbox):
            for profile in toolbox.by_thing.get(thing, ()):
                if not plan and _does(profile, order, said, place) and not _stands_here(said, place, thing, order):
                    matched = True
                    yield _strength(said, order, place, profile), profile.name
        if not matched and (plan or "artifact" in names):
            return


def _enough(said: Sentence, order: Order, toolbox: Toolbox) -> Iterator[tuple[float, str]]:
    """Yield the tools of verbs that need no thing: `remind me to …`, `translate …`, `google …`."""
    found: tuple[ToolProfile, ...] = ()
    if "translate" in order.acts:
        found = toolbox.by_act.get("translate", ())
    elif "remind" in order.acts and _is_about_something(said, order):
        found = toolbox.by_act.get("remind", ())
    elif "thing web" in said.names[order.place]:
        found = tuple(profile for profile in toolbox.by_thing.get("web", ()) if LOOK in profile.acts)
    elif "alone note" in said.names[order.place]:
        found = tuple(profile for profile in toolbox.by_thing.get("note", ()) if order.acts & profile.acts)
    for profile in found:
        yield _BASE, profile.name


def _is_about_something(said: Sentence, order: Order) -> bool:
    return any("remind about" in said.listed(order.place + reach) for reach in (1, 2))


def _told(said: Sentence, order: Order, toolbox: Toolbox) -> Iterator[tuple[float, str]]:
    """Yield the tools that tell or ask somebody else: `tell Paul that …`, `demande à Marie si …`."""
    place = order.place + 1
    if "send" not in order.acts and "ask" not in order.acts:
        return
    while "somebody s" in said.listed(place):
        place += 1
    if said.words[order.place] == "let" and "know" not in said.words[place : place + _KNOW_REACH]:
        return
    named = _is_somebody(said, place) and not ("answer" in said.names[order.place] and place == order.place + 1)
    if not (named or ("ask" in order.acts and _is_asked(said, place))):
        place = next((at for at in range(order.place, len(said.words)) if ADDRESS in said.names[at]), len(said.words))
    if place >= len(said.words) or any("artifact" in names for names in said.names[place : place + _REACH // 2]):
        return
    act = "ask" if "ask" in order.acts else "send"
    for profile in toolbox.by_act.get(act, ()):
        if act == "ask" or not _CONVEYED.isdisjoint(profile.things):
            yield _LESS + _same_word(said, order, profile), profile.name


def _pointed(said: Sentence, order: Order, toolbox: Toolbox, earlier: frozenset[str]) -> Iterator[tuple[float, str]]:
    """Yield the tools that do what the order says to something named before: `… and send it to Paul`."""
    things = earlier | things_of(said, 0, order.place, toolbox)
    for place in range(order.place + 1, min(order.place + 1 + _PRONOUN_REACH, len(said.words))):
        ends = place + 1 == len(said.words) or "after it" in said.names[place + 1]
        if "it" in said.names[place] and ends:
            for thing in things:
                for profile in toolbox.by_thing.get(thing, ()):
                    if order.acts & profile.acts:
                        worth = _LESS + (_CLEAR if _is_plain(said) and any(said.shaped) else 0.0)
                        yield worth + _same_word(said, order, profile), profile.name


def _questioned(said: Sentence, toolbox: Toolbox) -> Iterator[tuple[float, str]]:
    """Yield the tools that can look up what is asked."""
    if any("artifact" in names for names in said.names):
        return
    owned = any(not _OWNED.isdisjoint(names) for names in said.names)
    clear = _CLEAR if _is_plain(said) else 0.0
    worths: dict[str, float] = {}
    for place in range(len(said.words)):
        if place and "limit" in said.names[place]:
            break
        for thing in things_of(said, place, place + 1, toolbox):
            told = (thing in _PUBLIC or owned or _is_told(said, place, thing)) and not _stands_here(said, place, thing)
            certain = said.shaped[place] or ("which" in said.near(place, 1) and len(said.words) <= _ADDED)
            worth = _LESS + (clear if certain else 0.0) if told else 0.0
            worths[thing] = max(worth, worths.get(thing, 0.0))
    yield from _looked_up(worths, toolbox)


def _looked_up(worths: Mapping[str, float], toolbox: Toolbox) -> Iterator[tuple[float, str]]:
    """Yield the tools that look up what a question is about, and those with two words of their name in it."""
    counts: dict[str, int] = {}
    for thing, worth in worths.items():
        for profile in toolbox.by_thing.get(thing, ()):
            if worth and LOOK in profile.acts:
                yield worth, profile.name
            if thing.startswith("~"):
                counts[profile.name] = counts.get(profile.name, 0) + 1
    for name, count in counts.items():
        if count > 1:
            yield _BASE, name


def _does(profile: ToolProfile, order: Order, said: Sentence, place: int) -> bool:
    """Tell whether a tool does what an order says with the thing at this place."""
    common = order.acts & profile.acts
    if "move" in order.acts and "make" in profile.acts and "thing calendar" in said.names[place]:
        return True
    if common:
        return not (common == {LOOK} and "indefinite" in said.near(place, 2) and _is_made_up(said, order, place))
    if said.introduces or USE not in order.acts or LOOK not in profile.acts or _USED.isdisjoint(profile.things):
        return False
    return not _USED.isdisjoint(_plain(said.names[place])) and (said.shaped[place] or _is_definite(said, place))


def _is_made_up(said: Sentence, order: Order, place: int) -> bool:
    """Tell whether a language model makes by itself what is wanted: `give me a message for a card`."""
    wanted = "wants" in said.names[order.place] and not _WRITTEN.isdisjoint(_plain(said.names[place]))
    return wanted or "give" in said.names[order.place]


def _is_told(said: Sentence, place: int, thing: str) -> bool:
    """Tell whether a question says which thing it means."""
    near = said.near(place, 3)
    if said.shaped[place] or "mine" in near or _is_named(said, place):
        return True
    which = "which" in said.near(place, 1)
    if thing in _TEXTS:
        return which and said.words[place].endswith(("s", "x"))
    return which or "definite" in near or any("there" in names for names in said.names)


def _is_definite(said: Sentence, place: int) -> bool:
    return not said.near(place, 3).isdisjoint(("definite", "mine", "fresh")) or _is_named(said, place)


def _is_named(said: Sentence, place: int) -> bool:
    """Tell whether a number or a name follows: `order 5512`, `a folder called archive`."""
    return said.words[place + 1 : place + 2] != [] and (
        said.words[place + 1].isdigit() or "called" in said.names[place + 1]
    )


def _is_plain(said: Sentence) -> bool:
    """Tell whether a sentence is short and speaks of nothing that only programs do."""
    if len(said.words) > _SHORT:
        return False
    everything = frozenset[str]().union(*said.names)
    return "technical" not in everything and ("many" not in everything or "thing drive" in everything)


def _stands_here(said: Sentence, place: int, thing: str, order: Order | None = None) -> bool:
    """Tell whether the thing is a text of the conversation: `check this email for mistakes`."""
    if thing not in _TEXTS or said.shaped[place] or (order and order.acts & _GIVEN_OUT and not _answers(said, order)):
        return False
    return "here" in said.near(place, 2) or said.introduces


def _answers(said: Sentence, order: Order) -> bool:
    return "answer" in said.names[order.place]


def _plain(names: frozenset[str]) -> frozenset[str]:
    """Return the things of a word's lists."""
    return frozenset(name.rpartition("thing ")[2] for name in names if "thing " in name)


def _strength(said: Sentence, order: Order, place: int, profile: ToolProfile) -> float:
    described = any("relative" in names for names in said.names[place + 1 : place + 3])
    plain = _is_plain(said) and (not described or "send" in order.acts)
    literal = said.words[order.place] in profile.words and said.words[place] in profile.words
    definite = said.shaped[place] or literal or _is_definite(said, place)
    return _BASE + (_DEFINITE if plain and definite and order.first else 0.0) + _same_word(said, order, profile)


def _same_word(said: Sentence, order: Order, profile: ToolProfile) -> float:
    """Return what it adds that the order's verb is in the tool's name, so that the right one of several is named."""
    return _SAME_WORD if said.words[order.place] in profile.words else 0.0


def _is_asked(said: Sentence, place: int) -> bool:
    """Tell whether somebody is asked for something: `ask the translator to …`, `demande au codeur de …`."""
    if place >= len(said.words) or "other" in said.names[place] or "artifact" in said.names[place]:
        return False
    return place > 1 and "somebody s" in said.names[place - 1] and "asked to" in said.listed(place + 1)


def _is_somebody(said: Sentence, place: int) -> bool:
    if place >= len(said.words) or "other" in said.names[place]:
        return False
    if ADDRESS in said.names[place] or "person" in said.names[place]:
        return True
    name, names = said.written[place], said.names[place]
    if "skip" in names or "asks" in names or "artifact" in names:
        return False
    return name[:1].isupper() and len(name) > 1 and said.words[place + 1 : place + 2] != ["s"]


def _asks_what_is_possible(said: Sentence, order: Order, toolbox: Toolbox) -> bool:
    """Tell whether the order only asks what the assistant can do: `can you send emails?`."""
    last = len(said.words) - 1
    if not order.able or last - order.place > _ABLE_REACH or not things_of(said, last, last + 1, toolbox):
        return False
    if "thing web" in said.names[last]:
        return True
    plural = said.words[last].endswith(("s", "x"))
    return plural and said.near(last, 2).isdisjoint(("definite", "mine", "fresh"))
