"""What words mean to the classifier: lists of English and French words and phrases, read from `words/`."""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

__all__ = ["OPENER", "SKIPPED", "Lexicon", "bare", "read_lexicon", "shipped_lexicon", "tokens"]

OPENER = "o_"
"""How the lists of `openers.txt` begin that say how a request begins."""

SKIPPED = "skip"
"""The list of words that may come before."""

FILES = ("code", "reasoning", "conversation", "grammar", "openers")

_ACCENTS = str.maketrans("àâäáãåçéèêëíìîïñóòôöõúùûüýÿ’ʼ", "aaaaaaceeeeiiiinooooouuuuyy''")  # noqa: RUF001 - what people type
_TOKEN = re.compile(r"[a-z_][a-z0-9_]*(?:\+\+|#)?|[0-9]+")
_SHORT = 3
"""Words of this length or less get no plural: `js` is not many `j`."""

_PAIR = 2

_Names = tuple[str, ...]


def bare(text: str) -> str:
    """Return the text in lower case and without accents, as half of the French writers type it."""
    low = text.lower()
    return low if low.isascii() else low.translate(_ACCENTS).replace("œ", "oe")


def tokens(bare_text: str) -> list[str]:
    """Return the words and numbers of a text that `bare` made plain."""
    return _TOKEN.findall(bare_text)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Which lists hold a word or a phrase; a word may stand in several."""

    words: Mapping[str, _Names]
    pairs: Mapping[str, _Names]
    """Phrases of two words, joined by `_`."""
    longer: Mapping[str, tuple[tuple[tuple[str, ...], _Names], ...]]
    """Longer phrases, under their first two words: the words that follow, and the lists."""

    def find(self, words: list[str]) -> Iterator[tuple[int, str]]:
        """Yield the place and the list of everything known among the words."""
        last = len(words) - 1
        for place, word in enumerate(words):
            for name in self.words.get(word, ()):
                yield place, name
            if place < last:
                pair = f"{word}_{words[place + 1]}"
                for name in self.pairs.get(pair, ()):
                    yield place, name
                if pair in self.longer:
                    yield from self._phrases(words, place, pair)

    def _phrases(self, words: list[str], place: int, pair: str) -> Iterator[tuple[int, str]]:
        for rest, names in self.longer[pair]:
            start = place + _PAIR
            if tuple(words[start : start + len(rest)]) == rest:
                for name in names:
                    yield place, name


def read_lexicon(sources: Iterable[str]) -> Lexicon:
    """Return the lexicon written in texts of `[name]` lines, each followed by lines of words and `joined_phrases`."""
    lists: dict[tuple[str, ...], list[str]] = {}
    for source in sources:
        name = ""
        for line in source.splitlines():
            if line.startswith("["):
                name = line.strip("[] ")
            elif not line.startswith("#"):
                for entry in line.split():
                    for form in _forms(entry):
                        names = lists.setdefault(form, [])
                        if name not in names:
                            names.append(name)
    return _sorted_by_length(lists)


@functools.cache
def shipped_lexicon() -> Lexicon:
    """Return the shipped lists; the files are read once, at the first request."""
    folder = resources.files(__package__).joinpath("words")
    return read_lexicon(folder.joinpath(f"{name}.txt").read_text("utf-8") for name in FILES)


def _sorted_by_length(lists: Mapping[tuple[str, ...], list[str]]) -> Lexicon:
    words: dict[str, _Names] = {}
    pairs: dict[str, _Names] = {}
    longer: dict[str, list[tuple[tuple[str, ...], _Names]]] = {}
    for form, names in lists.items():
        if len(form) == 1:
            words[form[0]] = tuple(names)
        elif len(form) == _PAIR:
            pairs["_".join(form)] = tuple(names)
        else:
            longer.setdefault("_".join(form[:_PAIR]), []).append((form[_PAIR:], tuple(names)))
    return Lexicon(words, pairs, {pair: tuple(found) for pair, found in longer.items()})


def _forms(entry: str) -> tuple[tuple[str, ...], ...]:
    form = tuple(part for part in entry.split("_") if part)
    if len(form) > 1 or len(entry) <= _SHORT or entry.endswith(("s", "#", "+")):
        return (form,)
    return (form, (f"{entry}s",))
