"""The stored form of sessions, the same in every database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from vutler_router.domain.caller import UserCaller
from vutler_router.domain.session import Session

__all__ = ["SESSION_NAMES", "session_from_object", "session_values"]

_USER: Final = TypeAdapter(UserCaller)
_SESSION: Final = TypeAdapter(Session)

SESSION_NAMES: Final = ("owner", "proof", "user", "created_at", "seen_at", "expires_at")
"""The fields of `sessions` but for the hashed id; `user` is JSON."""


def session_values(session: Session) -> tuple[str | datetime | None, ...]:
    """Return a session's values in the order of `SESSION_NAMES`."""
    user = None if session.user is None else _USER.dump_json(session.user).decode()
    return session.owner, session.proof, user, session.created_at, session.seen_at, session.expires_at


def session_from_object(id_sha256: str, stored: Mapping[str, object]) -> Session:
    """Read a session out of its fields by name; others beside them do not matter."""
    fields = {name: stored[name] for name in SESSION_NAMES}
    user = fields["user"]
    fields["user"] = _USER.validate_json(user) if isinstance(user, str) else None
    return _SESSION.validate_python({**fields, "id_sha256": id_sha256})
