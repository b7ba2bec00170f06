from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from tests.router.signin.conftest import SESSION
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, ProviderStandIn
from tests.support.review_server import ReviewServer
from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream
from vutler_router.domain.identity import ClaimRules
from vutler_router.errors import Unauthenticated

OIDC, CALLBACK = f"{SESSION}/oidc", f"{SESSION}/oidc/callback"
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Trip:
    """A router, a provider, and a browser that goes from one to the other."""

    router: RunningRouter
    provider: ProviderStandIn
    server: ReviewServer
    browser: httpx.AsyncClient

    async def leave(self) -> dict[str, str]:
        sent = await self.browser.get(OIDC)
        assert sent.status_code == 303, sent.text
        return self.provider.consent(sent.headers["location"])

    async def come_back(self, given: dict[str, str]) -> str:
        back = await self.browser.get(CALLBACK, params=given)
        assert back.status_code == 303
        return str(back.headers["location"])

    async def failed(self, given: dict[str, str] | None = None) -> bool:
        place = await self.come_back(await self.leave() if given is None else given)
        left = await self.browser.get(SESSION)
        return place == "/#sign-in-failed=sign_in_failed" and left.status_code == 401


@pytest.fixture
async def trip(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[Trip]:
    async with ProviderStandIn.running() as provider, ReviewServer.running() as server:
        settings: dict[str, Any] = {
            "oidc_issuer": provider.url,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "oidc_username_prefix": "-",
            "oidc_groups_prefix": "oidc:",
            "public_url": "http://localhost:3456",
            "kubeconfig": server.kubeconfig(tmp_path),
        }
        async with (
            running_router(tmp_path, upstream, cluster="auto", **settings) as router,
            httpx.AsyncClient(base_url=router.url, timeout=10) as browser,
        ):
            yield Trip(router, provider, server, browser)


async def test_somebody_signs_in_and_is_who_the_cluster_would_say(trip: Trip) -> None:
    trip.provider.claims = {"groups": ["devs", "system:masters", 7], "sub": "ana"}
    await trip.router.agent("team-a.ava")
    trip.server.people.rights = {"ana list team-a"}

    assert await trip.come_back(await trip.leave()) == "/"
    session = (await trip.browser.get(SESSION)).json()

    assert (session["name"], session["kind"], session["namespaces"]) == ("ana", "user", ["team-a"])
    spec = trip.server.received[-1][1]["spec"]
    assert (spec["user"], spec["groups"]) == ("ana", ["oidc:devs", "oidc:system:masters", "system:authenticated"])


async def test_the_provider_is_asked_with_pkce_state_and_nonce(trip: Trip) -> None:
    asked = [dict((await trip.leave(), trip.provider.asked)[1]) for _ in range(2)]
    assert asked[0]["redirect_uri"] == "http://localhost:3456/api/v1/session/oidc/callback"
    assert (asked[0]["response_type"], asked[0]["client_id"]) == ("code", CLIENT_ID)
    assert (asked[0]["scope"], asked[0]["code_challenge_method"]) == ("openid profile email groups", "S256")
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]


async def test_what_the_browser_carries_shows_nothing_and_is_gone_afterwards(trip: Trip) -> None:
    given = await trip.leave()
    (carried,) = trip.browser.cookies.values()
    assert given["state"] not in carried
    await trip.come_back(given)
    assert set(dict(trip.browser.cookies)) == {"vutler"}


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["vutler", "another"], "azp": "another"},
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "system:admin"},
        {"sub": 7},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_this_attempt_signs_nobody_in(trip: Trip, claims: dict[str, Any]) -> None:
    trip.provider.claims = claims
    assert await trip.failed()


async def test_a_token_of_another_key_signs_nobody_in(trip: Trip) -> None:
    trip.provider.key = OTHER_KEY
    assert await trip.failed()


async def test_nobody_is_taken_back_who_did_not_leave(trip: Trip) -> None:
    given = await trip.leave()
    assert await trip.failed({**given, "state": "forged"})
    assert await trip.failed({**given, "code": ""})
    assert await trip.failed(given)  # its cookie is used up


async def test_a_provider_that_refuses_or_is_away_leads_back_with_the_reason(trip: Trip) -> None:
    assert await trip.failed({"error": "access_denied", "state": (await trip.leave())["state"]})
    trip.provider.silent = True
    sent = await trip.browser.get(OIDC)
    assert (sent.status_code, sent.headers["location"]) == (303, "/#sign-in-failed=upstream_unavailable")


async def test_a_page_is_told_which_ways_there_are(trip: Trip, tmp_path: Path, upstream: ScriptedUpstream) -> None:
    assert (await trip.browser.get(f"{SESSION}/ways")).json() == {"token": True, "oidc": True}
    (tmp_path / "other").mkdir()
    async with running_router(tmp_path / "other", upstream) as plain:
        ways, sent = await plain.http.get(f"{SESSION}/ways"), await plain.http.get(OIDC)
    assert ways.json() == {"token": True, "oidc": False}
    assert sent.headers["location"] == "/#sign-in-failed=no_oidc"


@pytest.mark.parametrize(
    ("rules", "claims", "name"),
    [
        (ClaimRules(), {"sub": "1"}, "https://idp#1"),
        (ClaimRules(username_prefix="-"), {"sub": "1"}, "1"),
        (ClaimRules(username_prefix="oidc:"), {"sub": "1"}, "oidc:1"),
        (ClaimRules(username_claim="email"), {"email": "ana@example.com"}, "ana@example.com"),
        (ClaimRules(username_claim="email"), {"email": "ana@example.com", "email_verified": True}, "ana@example.com"),
    ],
)
def test_names_are_those_of_the_api_servers_own_rules(rules: ClaimRules, claims: dict[str, Any], name: str) -> None:
    assert rules.user({"iss": "https://idp", **claims}).name == name


def test_an_address_that_is_not_verified_is_nobodys() -> None:
    with pytest.raises(Unauthenticated):
        ClaimRules(username_claim="email").user({"email": "ana@example.com", "email_verified": False})
