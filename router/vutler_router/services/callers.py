"""Tells who is calling, from memory."""

from typing import Final

from vutler_router.domain.caller import AdminCaller, AgentCaller, TokenCaller
from vutler_router.errors import Unauthenticated
from vutler_router.keys.tokens import same_secret
from vutler_router.services.directory import AgentDirectory

__all__ = ["Callers"]

_SCHEME: Final = "bearer "


class Callers:
    """Knows who holds a token."""

    def __init__(self, directory: AgentDirectory, admin_token: str) -> None:
        self._directory = directory
        self._admin_token = admin_token

    def identify(self, authorization: str | None) -> TokenCaller:
        """Return the caller behind an Authorization header.

        Raises:
            Unauthenticated: There is no bearer token, or nobody holds it.
        """
        if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise Unauthenticated("Send your token as `Authorization: Bearer <token>`.")
        token = authorization[len(_SCHEME) :].strip()
        agent = self._directory.by_token(token)
        if agent is not None:
            return AgentCaller(agent)
        if same_secret(token, self._admin_token):
            return AdminCaller()
        raise Unauthenticated("Nobody holds this token; it may have been rotated or its agent deleted.")
