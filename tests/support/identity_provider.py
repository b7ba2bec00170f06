"""An OpenID Connect provider on a loopback port that vouches for whom it is told to."""

import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "ProviderStandIn"]

CLIENT_ID, CLIENT_SECRET = "vutler", "s3cret of:vutler"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class ProviderStandIn:
    """Checks what a provider must check: the client, the code, the redirect address and PKCE.

    Attributes:
        claims: Put into the next ID token, over those that are right.
        key: Signs it.
        algorithm: By which.
        silent: Whether it answers nothing but errors.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    silent: bool = False
    url: str = ""
    asked: dict[str, str] = field(default_factory=dict)

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> "AsyncIterator[ProviderStandIn]":
        """Serve for the life of the block."""
        provider = cls()
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", provider._configuration)
        app.router.add_get("/keys", provider._keys)
        app.router.add_post("/token", provider._token)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield provider
        finally:
            await runner.cleanup()

    def consent(self, location: str) -> dict[str, str]:
        """Take a browser that was sent here, and return what it goes back with."""
        address = urlsplit(location)
        self.asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        assert f"{address.scheme}://{address.netloc}{address.path}" == f"{self.url}/authorize"
        return {"code": "code-1", "state": self.asked["state"]}

    async def _configuration(self, _request: web.Request) -> web.Response:
        if self.silent:
            return web.Response(status=500)
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return web.json_response({"issuer": self.url, **{name: f"{self.url}/{at}" for name, at in places.items()}})

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [KEY.as_dict(private=False)]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        basic = base64.b64encode(b"vutler:s3cret%20of%3Avutler").decode()
        verifier = str(form["code_verifier"]).encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        right = (
            request.headers["authorization"] == f"Basic {basic}"
            and (form["grant_type"], form["code"]) == ("authorization_code", "code-1")
            and form["redirect_uri"] == self.asked["redirect_uri"]
            and challenge == self.asked["code_challenge"]
        )
        if not right:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": self._signed()})

    def _signed(self) -> str:
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "1234",
            "nonce": self.asked["nonce"],
            "exp": 4_000_000_000,
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": "one"}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, self.key)
