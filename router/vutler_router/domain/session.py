"""Somebody who signed in on the dashboard, as it is kept, and the port behind which it is."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from vutler_router.domain.caller import UserCaller

__all__ = ["InMemorySessionStore", "Session", "SessionStore"]


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser.

    Attributes:
        id_sha256: The hash of the secret in the cookie; the secret itself is kept nowhere.
        owner: Whose it is, among sessions: those of one owner are counted.
        proof: Ties an administrator's session to the admin token it was made with; empty for users.
        user: Who the cluster said it is; None for an administrator.
        created_at: When they signed in.
        seen_at: When they were last seen, give or take a minute.
        expires_at: When it ends however much it is used.
    """

    id_sha256: str
    owner: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    proof: str = field(default="", repr=False)
    user: UserCaller | None = None


class SessionStore(Protocol):
    """Keeps sessions for all router processes.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def add(self, session: Session, *, most: int) -> None:
        """Keep a new session; of its owner's the oldest go until at most `most` are left."""
        ...

    async def find(self, id_sha256: str) -> Session | None:
        """Return the session of this hashed id, expired or not; None where there is none."""
        ...

    async def touch(self, id_sha256: str, seen_at: datetime) -> None:
        """Note that a session is in use; nothing happens where it is gone, or was seen later."""
        ...

    async def remove(self, id_sha256: str) -> None:
        """Forget a session; nothing happens where it is gone."""
        ...

    async def remove_expired(self, now: datetime, *, idle_since: datetime) -> None:
        """Forget the sessions that ended by `now`, and those that were last seen by `idle_since`."""
        ...


class InMemorySessionStore:
    """Sessions of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def add(self, session: Session, *, most: int) -> None:
        """See `SessionStore.add`."""
        self._sessions[session.id_sha256] = session
        own = [kept for kept in self._sessions.values() if kept.owner == session.owner]
        newest = sorted(own, key=lambda kept: (kept.created_at, kept.id_sha256), reverse=True)
        for old in newest[most:]:
            del self._sessions[old.id_sha256]

    async def find(self, id_sha256: str) -> Session | None:
        """See `SessionStore.find`."""
        return self._sessions.get(id_sha256)

    async def touch(self, id_sha256: str, seen_at: datetime) -> None:
        """See `SessionStore.touch`."""
        kept = self._sessions.get(id_sha256)
        if kept is not None and kept.seen_at < seen_at:
            self._sessions[id_sha256] = replace(kept, seen_at=seen_at)

    async def remove(self, id_sha256: str) -> None:
        """See `SessionStore.remove`."""
        self._sessions.pop(id_sha256, None)

    async def remove_expired(self, now: datetime, *, idle_since: datetime) -> None:
        """See `SessionStore.remove_expired`."""
        self._sessions = {
            key: kept for key, kept in self._sessions.items() if kept.expires_at > now and kept.seen_at > idle_since
        }
