"""Checks what an identity provider says of somebody who signed in (OpenID Connect Core 1.0, section 3.1.3.7)."""

from collections.abc import Mapping
from typing import Final

from vutler_router.errors import Unauthenticated

__all__ = ["verified_claims"]

_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""With key pairs: nobody but the provider can sign, and `none` is no signature."""

_LEEWAY: Final = 60
"""Seconds by which clocks may differ."""


def verified_claims(
    token: str, keys: Mapping[str, object], *, issuer: str, client_id: str, nonce: str, now: float
) -> Mapping[str, object]:
    """Return the claims of an ID token that was made for us, by this provider, for this very attempt.

    Args:
        token: As the provider sent it.
        keys: The provider's JSON Web Key Set.
        issuer: The provider.
        client_id: Who we are there.
        nonce: What the attempt began with.
        now: Seconds since 1970.

    Raises:
        Unauthenticated: It is not.
    """
    # Who signs nobody in by a provider can do without the 4 MB of this library.
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    registry = jwt.JWTClaimsRegistry(
        now=int(now),
        leeway=_LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        claims: Mapping[str, object] = jwt.decode(
            token,
            KeySet.import_key_set({"keys": keys.get("keys")}),  # type: ignore[typeddict-item]  # it checks them itself
            algorithms=_ALGORITHMS,
        ).claims
        registry.validate(dict(claims))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise _untrusted() from None
    if claims.get("azp", client_id) != client_id:
        raise _untrusted()
    return claims


def _untrusted() -> Unauthenticated:
    return Unauthenticated("The identity provider's answer cannot be trusted; sign in again.", code="sign_in_failed")
