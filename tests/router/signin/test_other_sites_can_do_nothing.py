import pytest

from tests.router.signin.conftest import SESSION, Browser, Front
from tests.support.running_router import ADMIN_TOKEN, AGENT

STOP = f"/api/v1/agents/{AGENT}/stop"


@pytest.fixture
async def browser(front: Front) -> Browser:
    await front.router.agent()
    return await front.browser(ADMIN_TOKEN)


async def test_a_change_from_our_own_page_is_made(browser: Browser, front: Front) -> None:
    host = front.router.url.removeprefix("http://")
    assert (await browser.ask("POST", STOP)).status_code == 200
    assert (await browser.ask("POST", STOP, sec_fetch_site="", origin=f"http://{host}")).status_code == 200
    assert (await browser.ask("POST", STOP, sec_fetch_site="")).status_code == 200  # no browser sends neither


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x_vutler_csrf": ""}, "csrf_failed"),
        ({"x_vutler_csrf": "0" * 64}, "csrf_failed"),
        ({"sec_fetch_site": "cross-site"}, "foreign_origin"),
        ({"sec_fetch_site": "same-site"}, "foreign_origin"),
        ({"sec_fetch_site": "", "origin": "http://evil.example"}, "foreign_origin"),
        ({"sec_fetch_site": "", "origin": "null"}, "foreign_origin"),
    ],
    ids=str,
)
async def test_a_change_from_elsewhere_is_refused(browser: Browser, headers: dict[str, str], code: str) -> None:
    refused = await browser.ask("POST", STOP, **headers)
    shown = await browser.ask("GET", f"/api/v1/agents/{AGENT}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, code)
    assert shown.json()["running"] is True


async def test_the_csrf_token_of_another_session_is_none(browser: Browser, front: Front) -> None:
    other = await front.browser(ADMIN_TOKEN)
    refused = await browser.ask("POST", STOP, x_vutler_csrf=other.session["csrf"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "csrf_failed")


async def test_reading_needs_no_csrf_token(browser: Browser) -> None:
    assert (await browser.ask("GET", "/api/v1/agents", x_vutler_csrf="")).status_code == 200


async def test_signing_out_needs_it_too(browser: Browser) -> None:
    assert (await browser.ask("DELETE", SESSION, x_vutler_csrf="")).status_code == 403
    assert (await browser.ask("GET", SESSION)).status_code == 200


async def test_a_token_in_a_header_needs_none(browser: Browser, front: Front) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    stopped = await front.router.http.post(
        STOP, headers={**front.router.admin, "cookie": cookie, "sec-fetch-site": "cross-site"}
    )
    assert stopped.status_code == 200


async def test_another_sites_page_cannot_sign_somebody_in_as_somebody_else(front: Front) -> None:
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        refused = await front.sign_in(ADMIN_TOKEN, **headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "foreign_origin")
        assert "set-cookie" not in refused.headers
