"""Looks for secrets in everything a run has left behind, however they are spelt there."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx

__all__ = ["CASE", "Place", "Recorder", "files_under", "leaks", "spellings"]

CASE = "x-case"
"""Header of a request by which its answer is named; routers pass over it."""

_PREFIX = 16
"""Whoever shows a secret shows its first characters, so these are looked for; a part of it is a leak as well."""

_AROUND = 60


@dataclass(frozen=True)
class Place:
    """Somewhere a secret could be: a file, or one answer with its headers."""

    name: str
    content: bytes


@dataclass
class Recorder:
    """Keeps every answer that a client gets, whole; `note` is a hook for the client's responses."""

    answers: list[httpx.Response] = field(default_factory=list)

    async def note(self, response: httpx.Response) -> None:
        """Read an answer to its end and keep it."""
        await response.aread()
        self.answers.append(response)

    def places(self) -> Iterator[Place]:
        """Yield each answer: its headers and its body."""
        for number, answer in enumerate(self.answers):
            head = [part for header in answer.headers.raw for part in header]
            request, case = answer.request, answer.request.headers.get(CASE, "")
            name = f"answer {number} ({request.method} {request.url.path} {case}: {answer.status_code})"
            yield Place(name, b"\n".join([*head, answer.content]))


def files_under(folder: Path) -> Iterator[Place]:
    """Yield every file in a folder, its name included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Place(path.name, f"{path}\n".encode() + path.read_bytes())


def spellings(secret: str) -> dict[str, bytes]:
    """Return what to look for, in lower case: a secret's beginning, plain and as programs write it.

    Base64 looks different at each of three places in a longer text; characters that depend on the neighbours are left
    out.
    """
    text = secret[:_PREFIX]
    once = json.dumps(text)[1:-1]
    found = {
        "plain": text.encode(),
        "in a URL": quote(text, safe="").encode(),
        "in JSON": once.encode(),
        "in JSON in JSON": json.dumps(once)[1:-1].encode(),
    }
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(text)) * 8 // 6
        raw = b"\0" * before + text.encode()
        found[f"in base64 ({before})"] = base64.b64encode(raw)[first:last]
        found[f"in base64 for URLs ({before})"] = base64.urlsafe_b64encode(raw)[first:last]
    return {name: needle.lower() for name, needle in found.items()}


def leaks(places: Iterable[Place], secrets: Mapping[str, str]) -> list[str]:
    """Say what was found where, how it was spelt, and what stands around it; empty when there is nothing."""
    needles = [(name, how, needle) for name, secret in secrets.items() for how, needle in spellings(secret).items()]
    found: dict[tuple[str, str], str] = {}
    for place in places:
        content = place.content.lower()
        for name, how, needle in needles:
            at = content.find(needle)
            if at >= 0:
                around = place.content[max(0, at - _AROUND) : at + len(needle) + _AROUND]
                found.setdefault((place.name, name), f"{name} is in {place.name} {how}: {around!r}")
    return list(found.values())
