"""The features of a text: the word lists it touches, how it begins, what it looks like, and pairs of these.

A feature's name begins with its kind: `l` a list is touched (`l:unit2`: twice), `d` it fills much of the text, `f` it
is among the first words, `s` a shape, `o` how the request begins, `p` and `n` a family of lists is present or not, `x`
the beginning with such a family, `y` two families together, `w` a word and `b` a pair of words that the training met in
several sources.
"""

from collections.abc import Container, Iterator
from collections.abc import Set as AbstractSet

from vutler_router.routing.classify.families import CODE_SHAPES, FAMILIES, FAMILY_OF, MATHEMATICS_SHAPES
from vutler_router.routing.classify.lexicon import OPENER, SKIPPED, Lexicon, bare, shipped_lexicon, tokens
from vutler_router.routing.classify.shapes import shapes

__all__ = ["excerpt", "features"]

HEAD = 700
"""Characters read at the front: the question, and enough of what follows to know its kind."""

TAIL = 220
"""Characters read at the end: where the question stands when something was pasted before it."""

_WORDS, _LAST_WORDS = 150, 35
"""Words read, and how many of them at the end."""

_COUNTS = ((1, ""), (2, "2"), (4, "4"))
_LEADING = 3
_DENSE = 6
"""A list fills a text when every sixth word is of it."""

_OPENER_REACH = 8
"""Words of courtesy that may come before a request begins."""

_SHORT, _MEDIUM = 6, 25
_ANY_CODE = frozenset({"code", "codelike"})
_ANY_MATHEMATICS = frozenset({"maths", "mathlike", "amount", "logic"})


def excerpt(text: str) -> str:
    """Return the part of a text that is looked at, so that a megabyte costs no more than a page."""
    if len(text) <= HEAD + TAIL:
        return text.strip()
    return f"{text[:HEAD].strip()}\n{text[-TAIL:].strip()}"


def features(text: str) -> list[str]:
    """Return the names of all features that hold for the text, each once."""
    lexicon = shipped_lexicon()
    part = excerpt(text)
    words = tokens(bare(part))
    if len(words) > _WORDS:
        words = words[: _WORDS - _LAST_WORDS] + words[-_LAST_WORDS:]
    counts, leading = _counted(lexicon, words)
    seen = dict.fromkeys(shapes(part, len(words)))
    crossed = _crossed(_opener(lexicon, words), _families(counts, seen), len(words))
    seen.update(dict.fromkeys(f"f:{name}" for name in leading))
    seen.update(dict.fromkeys(_listed(counts, len(words))))
    seen.update(dict.fromkeys(crossed))
    seen.update(dict.fromkeys(_learnt(words)))
    return list(seen)


def _counted(lexicon: Lexicon, words: list[str]) -> tuple[dict[str, int], dict[str, None]]:
    counts: dict[str, int] = {}
    leading: dict[str, None] = {}
    for place, name in lexicon.find(words):
        if name != SKIPPED and not name.startswith(OPENER):
            counts[name] = counts.get(name, 0) + 1
            if place < _LEADING:
                leading[name] = None
    return counts, leading


def _listed(counts: dict[str, int], total: int) -> Iterator[str]:
    for name, count in counts.items():
        for least, mark in _COUNTS:
            if count >= least:
                yield f"l:{name}{mark}"
        if count * _DENSE >= total:
            yield f"d:{name}"


def _families(counts: dict[str, int], seen: Container[str]) -> set[str]:
    families = {FAMILY_OF[name] for name in counts if name in FAMILY_OF}
    if any(shape in seen for shape in CODE_SHAPES):
        families.add("codelike")
    if any(shape in seen for shape in MATHEMATICS_SHAPES):
        families.add("mathlike")
    return families


def _opener(lexicon: Lexicon, words: list[str]) -> str:
    skipped = False
    for place, word in enumerate(words[:_OPENER_REACH]):
        pair = lexicon.pairs.get(f"{word}_{words[place + 1]}", ()) if place + 1 < len(words) else ()
        single = lexicon.words.get(word, ())
        if SKIPPED in single and not pair:
            skipped = True
            continue
        return next((name for name in (*pair, *single) if name.startswith(OPENER)), "o_other")
    return "o_skip" if skipped else "o_none"


def _crossed(opener: str, families: AbstractSet[str], total: int) -> Iterator[str]:
    yield f"o:{opener}"
    yield f"o:{opener}/{'s' if total <= _SHORT else 'm' if total <= _MEDIUM else 'l'}"
    present: list[str] = []
    for family in FAMILIES:
        if family in families:
            yield f"p:{family}"
            yield f"x:{opener}+{family}"
            for other in present:
                yield f"y:{other}&{family}"
            present.append(family)
        else:
            yield f"n:{family}"
            yield f"x:{opener}-{family}"
    if _ANY_CODE.isdisjoint(families):
        yield "n:anycode" if "soft" in families else "n:anycode+soft"
        yield f"x:{opener}-anycode"
    if _ANY_MATHEMATICS.isdisjoint(families):
        yield "n:anymaths"
        yield f"x:{opener}-anymaths"


def _learnt(words: list[str]) -> Iterator[str]:
    previous = "^"
    for written in words:
        word = "0" if written[0].isdigit() else written
        yield f"w:{word}"
        yield f"b:{previous} {word}"
        previous = word
    yield f"b:{previous} $"
