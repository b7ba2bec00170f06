"""Signing in by an identity provider, and what its claims make of somebody in the eyes of the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.caller import UserCaller
from vutler_router.errors import Unauthenticated

__all__ = ["ClaimRules", "Journey"]

_RESERVED: Final = "system:"
"""What Kubernetes calls its own; a provider's word must not make anybody one of them."""

_EVERYBODY: Final = "system:authenticated"
"""The group that the API server puts everybody into who it knows."""

_UNPREFIXED: Final = "-"


@dataclass(frozen=True, slots=True)
class Journey:
    """An attempt to sign in, from leaving for the provider to coming back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """How the API server would name somebody by the same claims (its flags `--oidc-…`).

    Attributes:
        username_claim: Which claim is the name.
        username_prefix: In front of it; None means the issuer and `#`, or nothing before an address; `-` nothing.
        groups_claim: Which claim lists groups.
        groups_prefix: In front of each.
    """

    username_claim: str = "sub"
    username_prefix: str | None = None
    groups_claim: str = "groups"
    groups_prefix: str = ""

    def user(self, claims: Mapping[str, object]) -> UserCaller:
        """Return who somebody is by claims that are verified.

        Raises:
            Unauthenticated: The claims hold no name, or one that is not theirs to give.
        """
        name = claims.get(self.username_claim)
        if not isinstance(name, str) or not name:
            raise _refused(f"has no claim {self.username_claim} (OIDC_USERNAME_CLAIM)")
        if self.username_claim == "email" and claims.get("email_verified", True) is not True:
            raise _refused("has not verified your address")
        full = f"{self._prefix(claims)}{name}"
        if full.startswith(_RESERVED):
            raise _refused(f"gives a name that begins with {_RESERVED}, which is Kubernetes' own")
        said = claims.get(self.groups_claim)
        names = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        groups = (f"{self.groups_prefix}{group}" for group in names if isinstance(group, str) and group)
        own = tuple(group for group in dict.fromkeys(groups) if not group.startswith(_RESERVED))
        return UserCaller(full, groups=(*own, _EVERYBODY))

    def _prefix(self, claims: Mapping[str, object]) -> str:
        if self.username_prefix is None:
            return "" if self.username_claim == "email" else f"{claims['iss']}#"
        return "" if self.username_prefix == _UNPREFIXED else self.username_prefix


def _refused(reason: str) -> Unauthenticated:
    return Unauthenticated(f"The identity provider {reason}; ask who looks after it.", code="sign_in_failed")
