"""Word lists and shapes that speak for the same thing, taken together."""

__all__ = ["CODE_SHAPES", "FAMILIES", "FAMILY_OF", "MATHEMATICS_SHAPES"]

_LISTS = {
    "code": "language framework code_noun code_verb",
    "soft": "soft_code file_noun error",
    "shell": "file_verb",
    "maths": "math_noun math_verb",
    "amount": "quantity unit",
    "logic": "logic",
    "science": "science society",
    "why": "why",
    "social": "greeting thanks yesno assistant feeling persona",
    "daily": "everyday",
    "writing": "writing_noun writing_verb",
}

FAMILY_OF = {name: family for family, names in _LISTS.items() for name in names.split()}
"""The family of a word list; the others speak for nothing in particular."""

FAMILIES = (*sorted(_LISTS), "codelike", "mathlike")

CODE_SHAPES = frozenset(
    f"s:{name}"
    for name in (
        *(
            "fence",
            "call",
            "dotted",
            "member",
            "camel",
            "snake",
            "constant",
            "filename",
            "option",
            "shell",
            "statement",
        ),
        *("line_end", "tag", "error_name", "trace", "doctest", "generic", "operator", "prompt", "sql", "signature"),
    )
)
MATHEMATICS_SHAPES = frozenset(
    f"s:{name}" for name in ("latex", "equation", "numbers2", "options", "sequence", "maths_sign", "subscript")
)
