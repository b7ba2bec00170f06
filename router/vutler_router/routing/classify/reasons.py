"""Says in plain words what a feature of a request means, for people who ask why a model was chosen."""

import functools

__all__ = ["public_reason", "reason"]

_LISTS = {
    "language": "names a programming language",
    "framework": "names a library, a tool or a platform of programmers",
    "code_noun": "uses the vocabulary of programming",
    "code_verb": "asks for a programmer's work",
    "soft_code": "uses words that programmers use often",
    "file_verb": "asks to do something with files or data",
    "file_noun": "speaks of files, lines or processes",
    "error": "speaks of an error or of something that does not work",
    "stack_ask": "asks how to do something",
    "math_noun": "uses the vocabulary of mathematics",
    "math_verb": "asks to calculate, solve or prove",
    "quantity": "speaks of amounts, prices or shares",
    "unit": "uses units of measure",
    "logic": "uses the vocabulary of logic and puzzles",
    "science": "uses the vocabulary of science",
    "society": "speaks of history, economy, law or philosophy",
    "why": "asks why, how it works, or for a comparison",
    "greeting": "greets or takes leave",
    "thanks": "thanks, praises or apologizes",
    "yesno": "agrees, refuses or reacts",
    "assistant": "speaks to the assistant about itself",
    "pronoun_you": "speaks to someone",
    "pronoun_i": "speaks of the person",
    "feeling": "speaks of feelings or people close",
    "persona": "tells of the person's own life",
    "everyday": "speaks of everyday life",
    "writing_noun": "speaks of a text to write",
    "writing_verb": "asks for writing, ideas or advice",
    "polite": "asks politely",
    "factual": "asks for a fact",
    "question": "asks a question",
    "imperative": "gives an order",
}
_FAMILIES = {
    "code": "programming",
    "soft": "data and programs",
    "shell": "work with files",
    "maths": "mathematics",
    "amount": "amounts",
    "logic": "logic",
    "science": "science and society",
    "why": "why and how",
    "social": "small talk",
    "daily": "everyday life",
    "writing": "writing",
    "codelike": "the shape of code",
    "mathlike": "the shape of mathematics",
}
_LENGTHS = ("chars", "words")
_SHAPES = {
    "fence": "has a fenced block of code",
    "call": "has a call of a function",
    "snake": "has names in the style of code",
    "camel": "has names in the style of code",
    "filename": "names a file",
    "path": "names a path",
    "sql": "has a query in SQL",
    "trace": "has the trace of an error",
    "error_name": "names an exception",
    "statement": "has a statement of a program",
    "latex": "has mathematical notation",
    "equation": "has an equation",
    "money": "has prices",
    "options": "offers answers to choose from",
    "measure": "has measures",
    "emoji": "has an emoji",
    "asks": "asks a question",
    "ends?": "ends with a question mark",
    "ends.": "ends with a full stop",
    "ends!": "ends with an exclamation mark",
    "ends_bare": "ends without a mark",
    "starts_small": "begins with a small letter",
    "newline": "has several lines",
    "newline+": "has several lines",
    "indented": "has indented lines",
    "operator": "has operators",
    "brackets": "has lists in brackets",
    "url": "has an address of the web",
    "option": "has an option of a command",
    "shell": "has a command of a shell",
    "shell_verb": "has a command of a shell",
    "tag": "has markup",
    "percent": "has percentages",
    "variable": "has a variable",
    "sequence": "has a sequence of numbers",
    "numbers1": "has a number",
    "numbers2": "has numbers",
    "numbers3": "has several numbers",
    "numbers5": "has many numbers",
    "subscript": "has mathematical notation",
    "maths_sign": "has mathematical notation",
    "quoted": "quotes something",
    "smiley": "has a smiley",
}


@functools.cache
def reason(feature: str) -> str:
    """Return what a feature's name means."""
    kind, _, name = feature.partition(":")
    match kind:
        case "l" | "d" | "f":
            said = _LISTS.get(name.rstrip("0123456789"), f"has words of the list {name}")
        case "s":
            said = "its length" if name.startswith(_LENGTHS) else _SHAPES.get(name, f"its shape: {name}")
        case "w" | "b":
            words = name.strip("^$ ")
            said = f'the words "{words}"' if " " in words else f'the word "{words}"'
        case "p" | "y":
            said = f"is about {' and '.join(_FAMILIES.get(family, family) for family in name.split('&'))}"
        case "n":
            said = f"has nothing of {_FAMILIES.get(name.partition('+')[0], 'code or mathematics')}"
        case _:
            said = f"how it begins ({name})"
    return said


def public_reason(feature: str) -> str:
    """Return what a feature's name means, without the words of the text that have it."""
    return "words learned from examples" if feature.startswith(("w:", "b:")) else reason(feature)
