import httpx

from tests.router.drive.conftest import FILES, Caller, as_admin, code_of
from tests.support.router_values import make_agent
from tests.support.running_router import RunningRouter
from vutler_router.services.drive import DriveScope


async def test_a_shared_file_is_downloaded_without_a_token(router: RunningRouter, ava: Caller) -> None:
    file = await ava.kept("x.txt", b"0123456789")
    link = await router.process.drive.share_link(DriveScope.of_agent(make_agent()), file["id"], 60)

    whole = await router.http.get(link.path)
    part = await router.http.get(link.path, headers={"range": "bytes=2-3"})
    forged = await router.http.get(f"{link.path[:-4]}AAAA")
    await ava.delete(file["id"])
    gone = await router.http.get(link.path)

    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert (part.status_code, part.content) == (206, b"23")
    assert code_of(forged) == (401, "link_not_valid")
    assert code_of(gone) == (404, "file_not_found")


async def test_people_make_links_and_agents_have_a_tool_for_that(router: RunningRouter, ava: Caller) -> None:
    file = await ava.kept("x.txt", b"0123456789")
    share, admin = f"{FILES}/{file['id']}/share", as_admin(router, workspace_id="team-a")

    async def made(caller: Caller, **body: int) -> httpx.Response:
        return await caller.http.post(share, headers=caller.headers, params=caller.asked, json=body)

    link = await made(admin, seconds=60)
    opened = await router.http.get(link.json()["url"])

    assert (link.status_code, opened.content) == (201, b"0123456789")
    assert code_of(await made(admin, seconds=604_801)) == (400, "invalid_request")
    assert code_of(await made(as_admin(router, workspace_id="team-b"))) == (404, "file_not_found")
    assert code_of(await made(ava)) == (403, "forbidden")
