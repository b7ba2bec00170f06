import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream
from vutler_router.api.site import Site
from vutler_router.errors import BrokenFile

INDEX = "<!doctype html><title>Vutler</title>" + "<p>Hello</p>" * 100
SCRIPT = "assets/index-Bq3x9Zk1.js"
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ui = tmp_path / "ui"
    (ui / "assets").mkdir(parents=True)
    (ui / "index.html").write_text(INDEX)
    (ui / SCRIPT).write_text("export const answer = 42;")
    (ui / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("of the machine")
    (ui / "link.txt").symlink_to(tmp_path / "secret.txt")
    return ui


@pytest.fixture
async def site(folder: Path, tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    async with running_router(tmp_path, upstream, ui_dir=folder) as router:
        yield router


@pytest.mark.parametrize("path", ["/", "/index.html", "/agents", "/agents/team-a.ava", "/usage", "/a/b/c"])
async def test_every_page_of_the_dashboard_is_the_front_page(site: RunningRouter, path: str) -> None:
    answer = await site.http.get(path, headers=PAGE)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-request-id"].startswith("req_")


async def test_pages_may_do_no_more_than_they_need(site: RunningRouter) -> None:
    headers = (await site.http.get("/", headers=PAGE)).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert "camera=()" in headers["permissions-policy"]


async def test_the_api_keeps_its_own_paths_and_headers(site: RunningRouter) -> None:
    for path in ("/api/v1/nothing", "/v1/nothing", "/config", "/healthz", "/openapi.json", "/docs"):
        answer = await site.http.get(path, headers=PAGE)
        assert "content-security-policy" not in answer.headers, path
        assert "Hello" not in answer.text
    assert (await site.http.get("/api/v1/nothing", headers=PAGE)).status_code == 404
    assert (await site.http.post("/", headers=PAGE)).status_code == 404


async def test_what_carries_its_hash_is_kept_for_good(site: RunningRouter) -> None:
    answer = await site.http.get(f"/{SCRIPT}")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await site.http.get("/favicon.svg")).headers["content-type"] == "image/svg+xml; charset=utf-8"


async def test_what_a_browser_has_is_not_sent_again(site: RunningRouter) -> None:
    first = await site.http.get("/", headers=PAGE)
    again = await site.http.get("/", headers={**PAGE, "if-none-match": f'W/"x", W/{first.headers["etag"]}'})
    other = await site.http.get("/", headers={**PAGE, "if-none-match": '"x"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert "content-security-policy" in again.headers
    assert other.status_code == 200


async def test_texts_are_compressed_for_who_takes_it(site: RunningRouter) -> None:
    async with site.http.stream("GET", "/", headers={**PAGE, "accept-encoding": "gzip"}) as packed:
        raw = b"".join([piece async for piece in packed.aiter_raw()])
    plain = await site.http.get("/", headers={**PAGE, "accept-encoding": "identity"})
    assert (packed.headers["content-encoding"], gzip.decompress(raw).decode()) == ("gzip", INDEX)
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) == len(raw) < len(INDEX)
    assert packed.headers["vary"] == "accept-encoding"


async def test_the_head_of_a_page_has_no_body(site: RunningRouter) -> None:
    answer = await site.http.head("/", headers=PAGE)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/link.txt",
        "//etc/passwd",
        "/assets",
        "/index.html%00",
        "/missing.js",
    ],
)
async def test_nothing_outside_of_the_folder_can_be_had(site: RunningRouter, path: str) -> None:
    url = httpx.URL(site.url).copy_with(raw_path=path.encode())
    answer = await site.http.get(url)
    assert answer.status_code == 404
    assert "of the machine" not in answer.text


def test_a_folder_that_is_no_dashboard_stops_the_start(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BrokenFile, match=r"^ROUTER_UI_DIR: .*index\.html"):
            Site.read(folder)
