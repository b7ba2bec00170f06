"""The roots of English and French words, cut by their endings: enough to find "refunded" with "refund"."""

__all__ = ["related", "stem"]

_LEAST, _LEAST_OF_LONG = 4, 5
"""Letters that stay, whatever is cut: more of them when the ending is long (`terrible` is not of the `terre`)."""

_LONG = 3

_ALIKE = 5
"""Letters that two related roots have in common at least."""

_ENDINGS = tuple(
    sorted(
        (
            *(
                "issements",
                "issement",
                "ations",
                "ation",
                "ateurs",
                "ateur",
                "atrice",
                "ements",
                "ement",
                "ments",
                "ment",
            ),
            *("ingly", "ities", "ity", "iques", "ique", "ives", "ive", "euses", "euse", "eurs", "eur", "ances", "ance"),
            *("ences", "ence", "ions", "ion", "ings", "ing", "ies", "ied", "iers", "ier", "ieres", "iere", "ers", "er"),
            *("ees", "ee", "es", "ed", "ez", "aient", "ait", "ais", "ants", "ant", "ents", "ent", "ir", "ire", "re"),
            *("e", "s", "y", "al", "ale", "ales", "aux", "ally", "ly"),
        ),
        key=len,
        reverse=True,
    )
)
"""The longest first."""


def stem(word: str) -> str:
    """Return the root of a word in lower case and without accents."""
    for ending in _ENDINGS:
        least = _LEAST_OF_LONG if len(ending) >= _LONG else _LEAST
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return word


def related(first: str, second: str) -> bool:
    """Tell whether two roots are forms of one word: `traduct` and `tradui`."""
    if first == second:
        return True
    short = min(len(first), len(second))
    if short < _ALIKE:
        return False
    common = 0
    while common < short and first[common] == second[common]:
        common += 1
    return common >= _ALIKE and short - common <= 1
