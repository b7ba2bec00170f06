"""Server-sent events as a caller reads them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Event", "events_in"]

_LINE = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Event:
    """One event with data; `kind` is empty where the stream names none."""

    kind: str
    data: str

    @property
    def fields(self) -> dict[str, Any]:
        """The data, decoded; empty for a closing mark."""
        return {} if self.data == "[DONE]" else json.loads(self.data)


def events_in(content: bytes) -> Iterator[Event]:
    """Read a stream by the standard: an event counts once its empty line has come, comments do not count."""
    kind, data = "", []
    for line in _LINE.split(content)[:-1]:
        name, _, value = line.decode().partition(":")
        match name:
            case "event":
                kind = value.removeprefix(" ")
            case "data":
                data.append(value.removeprefix(" "))
            case _:
                pass  # comments, which have no name, and fields that do not matter here
        if not line:
            if data:
                yield Event(kind, "\n".join(data))
            kind, data = "", []
