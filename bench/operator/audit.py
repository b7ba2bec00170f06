"""Counts the operator's requests in the API server's audit log: what it says of itself is not evidence."""

from collections import Counter
from pathlib import Path
from typing import Final

import orjson

__all__ = ["AuditLog", "Requests"]

_WRITING: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_LEASES: Final = "leases"
_OK: Final = 300


class Requests:
    """Requests by verb, resource and HTTP status."""

    def __init__(self, counted: Counter[tuple[str, str, int]]) -> None:
        self._counted = counted

    def writes(self) -> int:
        """Return how many changed an object; a replica that renews its lease changes nothing of anybody's."""
        return sum(self.by_resource().values())

    def by_resource(self) -> dict[str, int]:
        """Return the writes that were granted, by resource."""
        found: Counter[str] = Counter()
        for (verb, resource, status), count in self._counted.items():
            if verb in _WRITING and status < _OK and resource != _LEASES:
                found[resource] += count
        return dict(sorted(found.items()))

    def refused(self) -> dict[str, int]:
        """Return the writes that were refused, by resource and status: 409 where somebody else was faster."""
        return {
            f"{resource} {status}": count
            for (verb, resource, status), count in sorted(self._counted.items())
            if verb in _WRITING and status >= _OK
        }

    def reads(self) -> int:
        """Return how many read one object or a list."""
        return sum(count for (verb, _, _), count in self._counted.items() if verb in {"get", "list"})

    def leases(self) -> int:
        """Return how often the lease was written."""
        return sum(n for (verb, resource, _), n in self._counted.items() if verb in _WRITING and resource == _LEASES)


class AuditLog:
    """The log, read on from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def take(self) -> Requests:
        """Return what was asked for since the last call."""
        with self._path.open("rb") as log:
            log.seek(self._offset)
            content = log.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        return Requests(Counter(filter(None, map(_read, whole.splitlines()))))


def _read(line: bytes) -> tuple[str, str, int] | None:
    event = orjson.loads(line)
    # A watch is written down twice, at its begin and its end.
    if event["stage"] != "ResponseComplete" or event["verb"] == "watch":
        return None
    about = event.get("objectRef") or {}
    resource = "/".join(filter(None, (about.get("resource", ""), about.get("subresource", ""))))
    return event["verb"], resource, int((event.get("responseStatus") or {}).get("code", 0))
