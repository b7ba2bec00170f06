"""Sign-in for people: a token is shown once, and a browser's secret stands for it from then on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.caller import AdminCaller, UserCaller
from vutler_router.domain.cluster_accounts import ClusterAccounts
from vutler_router.domain.session import Session, SessionStore
from vutler_router.errors import Unauthenticated
from vutler_router.keys.tokens import TOKEN_PREFIX, expiry_of, hash_token, mint_session_id, same_secret, tied
from vutler_router.services.failed_sign_ins import FailedSignIns

__all__ = ["OpenSession", "SessionTerms", "Sessions"]

_LONGEST_TOKEN: Final = 16_384
_NOTED_EVERY: Final = timedelta(minutes=1)
"""So often at the most it is written down that a session is in use."""

_ADMIN: Final = "admin"
_CSRF: Final = "vutler csrf"
_PROOF: Final = "vutler admin "

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """How long sessions last, whatever happens and without use, and how many each person may have."""

    lifetime: timedelta
    idle: timedelta
    most: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session in use.

    Attributes:
        secret: What the browser's cookie holds.
        csrf: What a page of ours knows and no other can: changes need it beside the cookie.
        caller: Who it is.
        until: When it ends however much it is used.
    """

    secret: str = field(repr=False)
    csrf: str = field(repr=False)
    caller: AdminCaller | UserCaller
    until: datetime


class Sessions:
    """Opens, finds and ends sessions, which every router process knows.

    The token that somebody signs in with is kept nowhere: what is kept is who the cluster says they are. A session
    ends with its token where the token says when that is (JSON web tokens do).

    Args:
        store: Where they are kept.
        accounts: Tells who holds a token of the cluster.
        admin_token: Signs in an administrator; another one ends all sessions of the one before it.
        terms: How long they last.
        failures: Slows down who guesses.
        now: The time.
        mint: Makes the secrets of cookies.
    """

    def __init__(
        self,
        store: SessionStore,
        accounts: ClusterAccounts,
        admin_token: str,
        terms: SessionTerms,
        failures: FailedSignIns,
        now: Callable[[], datetime],
        mint: Callable[[], str] = mint_session_id,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._admin_token = admin_token
        self._terms = terms
        self._failures = failures
        self._now = now
        self._mint = mint

    async def sign_in(self, token: str, address: str) -> OpenSession:
        """Open a session for who holds a token.

        Args:
            token: The admin token, or one of the cluster.
            address: Where the attempt comes from.

        Raises:
            Unauthenticated: Nobody holds it.
            LimitExceeded: Too many attempts from there failed.
            ClusterUnavailable: The API server cannot be asked; the admin token works all the same.
        """
        take_back = self._failures.begin(address)
        try:
            opened = await self._opened(token.strip())
        except Unauthenticated:
            _log.info("sign-in refused", address=address)
            raise
        except BaseException:
            take_back()
            raise
        take_back()
        _log.info("signed in", name=_name(opened.caller), address=address)
        return opened

    async def open(self, user: UserCaller, address: str) -> OpenSession:
        """Open a session for somebody whom an identity provider vouches for."""
        now = self._now()
        opened = await self._kept(user, now, (now + self._terms.lifetime).replace(microsecond=0))
        _log.info("signed in", name=user.name, address=address)
        return opened

    async def find(self, secret: str) -> OpenSession:
        """Return the session behind a cookie. Raises `Unauthenticated` when there is none, or it has ended."""
        session, now = await self._store.find(hash_token(secret)), self._now()
        if session is None or not self._is_alive(session, secret, now):
            raise Unauthenticated("The session has ended; sign in again.", code="session_expired")
        if now - session.seen_at >= _NOTED_EVERY:
            await self._store.touch(session.id_sha256, now)
        return _open(secret, session)

    async def sign_out(self, secret: str) -> None:
        """End the session behind a cookie, in all processes at once."""
        await self._store.remove(hash_token(secret))

    async def sweep(self) -> None:
        """Forget the sessions that have ended."""
        now = self._now()
        await self._store.remove_expired(now, idle_since=now - self._terms.idle)

    async def _opened(self, token: str) -> OpenSession:
        now = self._now()
        until = (now + self._terms.lifetime).replace(microsecond=0)
        if same_secret(token, self._admin_token):
            return await self._kept(None, now, until)
        user, ends = await self._holder(token), expiry_of(token)
        if ends is not None:
            until = min(until, datetime.fromtimestamp(ends, UTC))
        if until <= now:
            raise Unauthenticated("This token has expired; make another one.")
        return await self._kept(user, now, until)

    async def _kept(self, user: UserCaller | None, now: datetime, until: datetime) -> OpenSession:
        secret = self._mint()
        owner = _ADMIN if user is None else f"user:{user.name}"
        proof = tied(secret, _PROOF + self._admin_token) if user is None else ""
        session = Session(hash_token(secret), owner, now, now, until, proof, user)
        await self._store.add(session, most=self._terms.most)
        return _open(secret, session)

    async def _holder(self, token: str) -> UserCaller:
        if token.startswith(TOKEN_PREFIX):
            raise Unauthenticated("An agent's token does not sign in a person; use the admin token or your own.")
        if not _may_be_sent(token):
            raise Unauthenticated("Send a token to sign in with: the admin token, or one of the cluster.")
        user = await self._accounts.holder_of(token)
        if user is None:
            raise Unauthenticated(
                "Nobody holds this token, or it has expired. Take the admin token, or one of the cluster, for example: "
                "kubectl create token ana --namespace team-a"
            )
        return user

    def _is_alive(self, session: Session, secret: str, now: datetime) -> bool:
        if session.expires_at <= now or session.seen_at + self._terms.idle <= now:
            return False
        return session.user is not None or same_secret(session.proof, tied(secret, _PROOF + self._admin_token))


def _open(secret: str, session: Session) -> OpenSession:
    return OpenSession(secret, tied(secret, _CSRF), session.user or AdminCaller(), session.expires_at)


def _name(caller: AdminCaller | UserCaller) -> str:
    return caller.name if isinstance(caller, UserCaller) else _ADMIN


def _may_be_sent(token: str) -> bool:
    """Say whether this can be a token at all."""
    return 0 < len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable() and " " not in token
