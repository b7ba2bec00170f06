"""What the person wrote, without what the agent's software wrapped around it.

OpenClaw puts the date before a message and a `Runtime:` line after it, and adds messages of its own between
`<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>` and its end; other software adds `<system-reminder>` blocks. Lines quoted with
`>` were written by someone else, or earlier. None of this may decide which model answers.
"""

import re
from collections.abc import Iterator

__all__ = ["own_words"]

HEAD = 4000
"""Characters read at the front of a message, before anything is removed."""

TAIL = 2000
"""Characters read at the end of a message that is longer than head and tail."""

_PASSES = 4
"""Wrappings can be nested; deeper ones than this are no accident, and the rest of them is read as text."""

_DATE = re.compile(r"\[[^\[\]\n]{0,120}\d{4}-\d\d-\d\d[^\[\]\n]{0,60}\][ \t]*")
_BLOCKS = (
    ("<<<begin_openclaw_internal_context>>>", "<<<end_openclaw_internal_context>>>"),
    ("<system-reminder>", "</system-reminder>"),
    ("<system_reminder>", "</system_reminder>"),
    ("<reminder>", "</reminder>"),
    ("<environment_details>", "</environment_details>"),
    ("<relevant-memories>", "</relevant-memories>"),
)
_FENCES = ("```", "~~~")
_PROMPT = ">>>"
"""A Python prompt, not a quotation."""


def own_words(text: str) -> str:
    """Return the person's own words of a message, at most `HEAD + TAIL` characters of them; may be empty."""
    kept = text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"
    for _ in range(_PASSES):
        before = kept
        kept = _unquoted(_without_trailer(_without_date(_without_blocks(kept.strip()))))
        if kept == before:
            break
    return kept.strip()


def _without_blocks(text: str) -> str:
    if "<" not in text:
        return text
    for opening, closing in _BLOCKS:
        if opening in text.lower():
            text = "\n".join(_outside(text, opening, closing))
    return text


def _outside(text: str, opening: str, closing: str) -> Iterator[str]:
    """Yield what stands outside the blocks; one that is never closed reaches to the end."""
    low = text.lower() if len(text.lower()) == len(text) else text
    place = 0
    while (start := low.find(opening, place)) >= 0:
        yield text[place:start]
        end = low.find(closing, start)
        if end < 0:
            return
        place = end + len(closing)
    yield text[place:]


def _without_date(text: str) -> str:
    while text.startswith("[") and (match := _DATE.match(text)):
        text = text[match.end() :].lstrip()
    return text


def _without_trailer(text: str) -> str:
    start = 0 if text.startswith("Runtime: ") else text.rfind("\nRuntime: ")
    if start < 0:
        return text
    line, _, rest = text[start:].lstrip("\n").partition("\n")
    is_trailer = "=" in line and " | " in line
    return f"{text[:start]}\n{rest}".strip() if is_trailer else text


def _unquoted(text: str) -> str:
    if ">" not in text:
        return text
    kept: list[str] = []
    fenced = False
    for line in text.split("\n"):
        bare = line.lstrip()
        if bare.startswith(_FENCES):
            fenced = not fenced
        if fenced or not bare.startswith(">") or bare.startswith(_PROMPT):
            kept.append(line)
    return "\n".join(kept).strip()
