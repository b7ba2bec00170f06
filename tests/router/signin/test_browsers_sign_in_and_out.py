import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.router.signin.conftest import SESSION, Front
from tests.support.review_server import ReviewServer
from tests.support.running_router import ADMIN_TOKEN, RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream
from vutler_router.errors import RouterError

TLS = {"x-forwarded-proto": "https"}
EXPIRED = (401, "session_expired")


async def outcome(router: RunningRouter, cookie: str) -> tuple[int, str]:
    answer = await router.http.get(SESSION, headers={"cookie": cookie})
    return answer.status_code, answer.json()["error"]["code"]


async def test_the_admin_token_opens_everything(front: Front) -> None:
    browser = await front.browser(ADMIN_TOKEN)
    assert (browser.session["name"], browser.session["kind"], browser.session["namespaces"]) == (
        "admin",
        "admin",
        "all",
    )
    assert (await browser.ask("GET", SESSION)).json()["csrf"] == browser.session["csrf"]
    for path in ("/api/v1/breakers", "/config", "/api/v1/usage/statement", "/api/v1/usage/summary"):
        assert (await browser.ask("GET", path)).status_code == 200
    assert front.server.received == []


async def test_a_token_of_the_cluster_is_reviewed_once_and_kept_nowhere(front: Front) -> None:
    await front.router.agent("team-a.ava")
    front.server.people.rights = {"ana list team-a"}
    browser = await front.browser("token-of-ana")
    again = (await browser.ask("GET", SESSION)).json()

    reviews = [body for path, body in front.server.received if path.endswith("tokenreviews")]
    assert [review["spec"] for review in reviews] == [{"token": "token-of-ana"}]
    assert (again["name"], again["kind"], again["namespaces"]) == ("ana", "user", ["team-a"])
    stored = front.router.database.read_bytes() + front.router.database.with_suffix(".db-wal").read_bytes()
    (secret,) = browser.cookies.values()
    assert b"token-of-ana" not in stored
    assert secret.encode() not in stored


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, r"vutler=vts_[\w-]{43}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Strict"),
        (TLS, r"__Host-vutler=vts_[\w-]{43}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure"),
        ({"origin": "https://vutler.example", "host": "vutler.example"}, r"__Host-vutler=vts_.*; Secure"),
    ],
    ids=["http", "a proxy says https", "the browser says https"],
)
async def test_the_cookie_is_as_strict_as_the_connection_allows(
    front: Front, headers: dict[str, str], expected: str
) -> None:
    answer = await front.sign_in(ADMIN_TOKEN, **headers)
    assert answer.status_code == 201, answer.text
    assert re.fullmatch(expected, answer.headers["set-cookie"])
    assert answer.headers["cache-control"] == "no-store"
    assert 43_190 < int(answer.headers["set-cookie"].split("Max-Age=")[1].split(";")[0]) <= 43_200


async def test_over_https_a_cookie_that_a_neighbour_could_have_set_does_not_count(front: Front) -> None:
    browser = await front.browser(ADMIN_TOKEN)
    (secret,) = browser.cookies.values()
    plain = await front.router.http.get(SESSION, headers={"cookie": f"vutler={secret}", **TLS})
    prefixed = await front.router.http.get(SESSION, headers={"cookie": f"__Host-vutler={secret}", **TLS})
    behind_a_silent_proxy = await front.router.http.get(SESSION, headers={"cookie": f"__Host-vutler={secret}"})
    assert (plain.status_code, prefixed.status_code, behind_a_silent_proxy.status_code) == (401, 200, 200)


async def test_signing_out_ends_the_session_and_clears_the_cookie(front: Front) -> None:
    browser = await front.browser(ADMIN_TOKEN)
    (secret,) = browser.cookies.values()
    out = await browser.ask("DELETE", SESSION)
    assert (out.status_code, out.headers["set-cookie"].startswith("vutler=; Path=/; Max-Age=0;")) == (204, True)
    assert await outcome(front.router, f"vutler={secret}") == EXPIRED


async def test_signing_in_again_ends_the_session_before(front: Front) -> None:
    browser = await front.browser(ADMIN_TOKEN)
    (secret,) = browser.cookies.values()
    again = await front.sign_in("token-of-ana", cookie=f"vutler={secret}")
    assert again.json()["name"] == "ana"
    assert secret not in again.headers["set-cookie"]
    assert await outcome(front.router, f"vutler={secret}") == EXPIRED


@pytest.mark.parametrize("cookie", ["vutler=vts_forged", "vutler=x; vutler=y", "__Host-vutler=" + "a" * 6_000])
async def test_a_forged_cookie_is_an_ended_session(front: Front, cookie: str) -> None:
    assert await outcome(front.router, cookie) == EXPIRED


@pytest.mark.parametrize("cookie", ["vutler=", "vutler", "other=1", "=;;=,,", 'vutler="unclosed'])
async def test_what_holds_no_session_is_nobody(front: Front, cookie: str) -> None:
    assert (await outcome(front.router, cookie))[0] == 401


async def test_cookies_of_others_on_this_host_do_no_harm(front: Front) -> None:
    browser = await front.browser(ADMIN_TOKEN)
    (secret,) = browser.cookies.values()
    cookie = f'theme={{"a": 1, b}}; =; x; vutler={secret}; other="un;closed'
    assert (await front.router.http.get(SESSION, headers={"cookie": cookie})).status_code == 200


async def test_a_session_that_ran_out_is_told_apart_from_none(front: Front) -> None:
    browser = await front.browser(ADMIN_TOKEN)
    (secret,) = browser.cookies.values()
    now = front.router.process.sessions._now
    front.router.process.sessions._now = lambda: now() + timedelta(hours=1)
    assert await outcome(front.router, f"vutler={secret}") == EXPIRED
    assert await outcome(front.router, "") == (401, "unauthenticated")


async def test_a_token_counts_alone_where_a_cookie_comes_too(front: Front) -> None:
    browser = await front.browser(ADMIN_TOKEN)
    own = {"authorization": f"Bearer {await front.router.agent()}", "x_vutler_csrf": ""}
    assert (await browser.ask("GET", "/api/v1/breakers", **own)).status_code == 403
    forged = {"authorization": "Bearer nobody", "x_vutler_csrf": ""}
    assert (await browser.ask("GET", "/api/v1/usage/tiers", **forged)).status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": "wrong"}, {"token": "two words"}, {"token": "\u2028"}], ids=str
)
async def test_a_token_of_nobody_is_refused_without_repeating_it(front: Front, body: dict[str, str]) -> None:
    answer = await front.router.http.post(SESSION, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")
    assert "set-cookie" not in answer.headers
    assert "wrong" not in answer.text


@pytest.mark.parametrize(
    "body", [{"token": "a" * 20_000}, {"token": ["a"]}, [], {"token": None}], ids=["long", "list", "array", "null"]
)
async def test_what_is_no_token_is_a_bad_request(front: Front, body: object) -> None:
    answer = await front.router.http.post(SESSION, json=body)
    assert answer.status_code == 400
    assert "aaaa" not in answer.text


async def test_an_agents_token_signs_nobody_in_and_goes_to_no_api_server(front: Front) -> None:
    answer = await front.sign_in(await front.router.agent())
    assert (answer.status_code, front.server.received) == (401, [])


async def test_an_agent_has_no_session(front: Front) -> None:
    own = {"authorization": f"Bearer {await front.router.agent()}"}
    assert (await front.router.http.get(SESSION, headers=own)).status_code == 403


async def test_who_comes_with_the_admin_token_is_told_so_and_needs_no_session(front: Front) -> None:
    shown = (await front.router.http.get(SESSION, headers=front.router.admin)).json()
    assert (shown["kind"], shown["csrf"], shown["expires_at"]) == ("admin", None, None)
    assert (await front.router.http.delete(SESSION, headers=front.router.admin)).status_code == 204


@pytest.mark.parametrize(("status", "code"), [(403, "reviews_not_granted"), (500, "cluster_unavailable")])
async def test_an_api_server_that_cannot_be_asked_is_503_and_the_admin_token_works(
    front: Front, status: int, code: str
) -> None:
    front.server.status = status
    refused = await front.sign_in("token-of-ana")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, code)
    assert "token-of-ana" not in refused.text
    assert "retry-after" in refused.headers
    assert (await front.sign_in(ADMIN_TOKEN)).status_code == 201


async def test_an_eleventh_wrong_token_in_a_minute_has_to_wait(front: Front) -> None:
    guesses = [
        await front.sign_in(f"wrong-{number}", **{"x-forwarded-for": f"10.0.0.{number}"}) for number in range(11)
    ]
    assert [guess.status_code for guess in guesses] == [401] * 10 + [429]
    assert guesses[-1].json()["error"]["code"] == "too_many_sign_ins"
    assert 1 <= int(guesses[-1].headers["retry-after"]) <= 60


async def test_ten_thousand_guesses_ask_the_api_server_ten_times_and_keep_nobody_else_out(front: Front) -> None:
    sessions, refusals = front.router.process.sessions, Counter[str]()
    for number in range(10_000):
        try:
            await sessions.sign_in(f"wrong-{number}", "192.0.2.1")
        except RouterError as error:
            refusals[error.code] += 1
    assert refusals == {"unauthenticated": 10, "too_many_sign_ins": 9_990}
    assert len(front.server.received) == 10
    assert (await front.sign_in("token-of-ana")).status_code == 201


async def test_behind_a_trusted_proxy_one_guesser_keeps_nobody_else_out(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    async with (
        ReviewServer.running() as server,
        running_router(
            tmp_path,
            upstream,
            cluster="auto",
            kubeconfig=server.kubeconfig(tmp_path),
            trusted_proxies="127.0.0.0/8,10.0.0.0/8",
        ) as router,
    ):
        front = Front(router, server)
        for number in range(10):
            await front.sign_in("wrong", **{"x-forwarded-for": f"192.0.2.{number}, 203.0.113.9, 10.1.1.1"})
        guesser = await front.sign_in(ADMIN_TOKEN, **{"x-forwarded-for": "203.0.113.9"})
        other = await front.sign_in(ADMIN_TOKEN, **{"x-forwarded-for": "203.0.113.10"})
    assert (guesser.status_code, other.status_code) == (429, 201)


async def test_without_a_cluster_the_admin_token_alone_signs_in(router: RunningRouter) -> None:
    refused = await router.http.post(SESSION, json={"token": "token-of-ana"})
    opened = await router.http.post(SESSION, json={"token": ADMIN_TOKEN})
    assert (refused.status_code, opened.status_code) == (401, 201)
