"""Sign-in by an identity provider: OpenID Connect's code flow with PKCE, state and nonce."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

import orjson

from vutler_router.domain.caller import UserCaller
from vutler_router.domain.identity import ClaimRules, Journey
from vutler_router.domain.sealed import Sealed
from vutler_router.errors import NotFound, SealBroken, Unauthenticated, UpstreamUnavailable
from vutler_router.keys.id_tokens import verified_claims
from vutler_router.keys.sealing import Sealer
from vutler_router.keys.tokens import mint_session_id, same_secret
from vutler_router.providers.decoding import read_object
from vutler_router.providers.ports import Transport, UpstreamCall
from vutler_router.settings import Settings

__all__ = ["IdentityProvider"]

_OWNER: Final = "sign-in"
_PURPOSE: Final = "oidc-journey"
_WHO: Final = "identity provider"
_LARGEST: Final = 1 << 20
_SECONDS: Final = 10.0
_OK: Final = 200
_CALLBACK: Final = "/api/v1/session/oidc/callback"
_FORM: Final = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


class IdentityProvider:
    """Sends people to the provider that the settings name, and takes them back.

    What an attempt began with travels in the browser, sealed, so that any router may take somebody back.

    Args:
        settings: Which provider, and who we are there.
        transport: The way to it.
        sealer: Seals what an attempt began with.
        now: The time.
        mint: Makes what nobody can guess.
    """

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        sealer: Sealer,
        now: Callable[[], datetime],
        mint: Callable[[], str] = mint_session_id,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._sealer = sealer
        self._now = now
        self._mint = mint
        self._rules = ClaimRules(
            settings.oidc_username_claim,
            settings.oidc_username_prefix,
            settings.oidc_groups_claim,
            settings.oidc_groups_prefix,
        )

    @property
    def is_set_up(self) -> bool:
        """Whether there is one."""
        return self._settings.oidc_issuer is not None

    async def begin(self) -> tuple[str, str]:
        """Begin an attempt.

        Returns:
            Where to send the browser, and what it is to bring back, sealed.

        Raises:
            NotFound: No provider is set up.
            UpstreamUnavailable: It does not answer as one.
        """
        issuer = self._issuer()
        journey = Journey(self._mint(), self._mint(), self._mint())
        challenge = base64.urlsafe_b64encode(hashlib.sha256(journey.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id or "",
            "redirect_uri": self._redirect(),
            "scope": " ".join(("openid", *self._settings.oidc_scopes)),
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        place = _address(await self._discovered(issuer), "authorization_endpoint")
        text = orjson.dumps([journey.state, journey.nonce, journey.verifier]).decode()
        sealed = self._sealer.seal(text, owner=_OWNER, purpose=_PURPOSE)
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}", sealed

    async def finish(self, sealed: str, state: str, code: str) -> UserCaller:
        """Take somebody back.

        Args:
            sealed: What the browser brought back of `begin`.
            state: What the provider gave back.
            code: What it vouches with.

        Raises:
            NotFound: No provider is set up.
            Unauthenticated: This is no end of an attempt that began here, or the provider does not vouch.
            UpstreamUnavailable: It does not answer as one.
        """
        issuer, journey = self._issuer(), self._journey(sealed)
        if not code or not same_secret(state, journey.state):
            raise _lost()
        found = await self._discovered(issuer)
        place = _address(found, "token_endpoint")
        answer = await self._asked(place, self._exchange(code, journey), self._credentials())
        token = answer.get("id_token") if answer is not None else None
        if not isinstance(token, str):
            raise Unauthenticated("The identity provider does not vouch for you; sign in again.", code="sign_in_failed")
        keys = await self._read(_address(found, "jwks_uri"))
        claims = verified_claims(
            token,
            keys,
            issuer=str(found["issuer"]),
            client_id=self._settings.oidc_client_id or "",
            nonce=journey.nonce,
            now=self._now().timestamp(),
        )
        return self._rules.user(claims)

    def _issuer(self) -> str:
        if self._settings.oidc_issuer is None:
            raise NotFound("No identity provider is set up here (OIDC_ISSUER); sign in with a token.", code="no_oidc")
        return self._settings.oidc_issuer

    def _redirect(self) -> str:
        return f"{self._settings.public_url}{_CALLBACK}"

    def _journey(self, sealed: str) -> Journey:
        try:
            state, nonce, verifier = orjson.loads(self._sealer.unseal(Sealed(sealed), owner=_OWNER, purpose=_PURPOSE))
        except (SealBroken, ValueError):
            raise _lost() from None
        return Journey(state, nonce, verifier)

    def _exchange(self, code: str, journey: Journey) -> bytes:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect(),
            "client_id": self._settings.oidc_client_id or "",
            "code_verifier": journey.verifier,
        }
        return urlencode(fields).encode()

    def _credentials(self) -> Mapping[str, str]:
        """Return who we are as HTTP's basic authentication, both parts in form encoding (RFC 6749, section 2.3.1)."""
        secret = self._settings.oidc_client_secret
        if secret is None:
            return _FORM
        pair = f"{quote(self._settings.oidc_client_id or '', safe='')}:{quote(secret.get_secret_value(), safe='')}"
        return {**_FORM, "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    async def _discovered(self, issuer: str) -> Mapping[str, object]:
        """Ask the provider where things are. It must call itself as we call it, or its tokens would not be taken."""
        found = await self._read(f"{issuer}/.well-known/openid-configuration")
        if str(found.get("issuer")).rstrip("/") != issuer:
            raise UpstreamUnavailable("The identity provider calls itself otherwise than OIDC_ISSUER.", provider=_WHO)
        return found

    async def _read(self, url: str) -> Mapping[str, object]:
        found = await self._asked(url)
        if found is None:
            raise UpstreamUnavailable("The identity provider does not answer as one; try again.", provider=_WHO)
        return found

    async def _asked(
        self, url: str, body: bytes | None = None, headers: Mapping[str, str] = _FORM
    ) -> Mapping[str, object] | None:
        method = "GET" if body is None else "POST"
        call = UpstreamCall(_WHO, url, headers, body or b"", method=method, seconds=_SECONDS)
        reply = await self._transport.send(call)
        try:
            return read_object(await reply.whole(_LARGEST)) if reply.status == _OK else None
        finally:
            reply.close()


def _address(found: Mapping[str, object], name: str) -> str:
    address = found.get(name)
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise UpstreamUnavailable(f"The identity provider does not say its {name}.", provider=_WHO)
    return address


def _lost() -> Unauthenticated:
    return Unauthenticated("This attempt to sign in did not begin here, or took too long.", code="sign_in_failed")
