from typing import Any

import pytest

from tests.router.signin.conftest import Browser, Front

AVA, BOB = "team-a.ava", "team-b.bob"
READER = ("ana get team-a", "ana list team-a")
WRITER = (*READER, "ana update team-a")
HOOK = {"kind": "incoming", "name": "builds"}
MAIL = {"to": "ava", "subject": "Hello", "text": "How are you?"}

READING = [
    "/api/v1/drive/files?workspace_id={ws}&path=/",
    "/api/v1/drive/files?agent_id={ws}.{agent}",
    "/api/v1/channels?workspace_id={ws}",
    "/api/v1/channels/{ws}.general/messages",
    "/api/v1/channels/general/messages?workspace_id={ws}",
    "/api/v1/audit?workspace_id={ws}",
]
NAMELESS = [
    ("GET", "/api/v1/drive/files", None),
    ("GET", "/api/v1/drive/download/file_00000000000000000000000000000000", None),
    ("DELETE", "/api/v1/drive/files/file_00000000000000000000000000000000", None),
    ("GET", "/api/v1/channels", None),
    ("GET", "/api/v1/channels/general/messages", None),
    ("POST", "/api/v1/channels", {"name": "news"}),
    ("GET", "/api/v1/channels/general/hooks", None),
    ("GET", "/api/v1/audit", None),
]


@pytest.fixture
async def ana(front: Front) -> Browser:
    router = front.router
    for agent_id in (AVA, BOB):
        await router.agent(agent_id)
    for workspace in ("team-a", "team-b"):
        body = {"name": "general", "workspace_id": workspace}
        made = await router.http.post("/api/v1/channels", json=body, headers=router.admin)
        assert made.status_code == 201, made.text
    return await front.browser("token-of-ana")


async def uploaded(browser: Browser, workspace: str, **headers: str) -> Any:
    own = {"cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    own |= {"x-vutler-csrf": browser.session["csrf"], "sec-fetch-site": "same-origin"} | headers
    files = {"file": ("<img src=x onerror=alert(1)>.txt", b"x" * 3_000_000, "text/html")}
    return await browser.http.post(
        f"/api/v1/drive/upload?workspace_id={workspace}", files=files, data={"path": "/shared/"}, headers=own
    )


def places(workspace: str, agent: str) -> list[str]:
    return [path.format(ws=workspace, agent=agent) for path in READING]


async def test_who_may_list_agents_reads_what_their_workspace_keeps(ana: Browser, front: Front) -> None:
    front.grant(*READER)
    assert [(await ana.ask("GET", path)).status_code for path in places("team-a", "ava")] == [200] * len(READING)
    assert [(await ana.ask("GET", path)).status_code for path in places("team-b", "bob")] == [403] * len(READING)


async def test_who_may_nothing_is_told_so_whether_or_not_there_is_such_a_workspace(ana: Browser) -> None:
    for workspace in ("team-a", "no-such-team"):
        answers = [await ana.ask("GET", path) for path in places(workspace, "ava")]
        assert {(answer.status_code, answer.json()["error"]["code"]) for answer in answers} == {(403, "forbidden")}


@pytest.mark.parametrize(("method", "path", "body"), NAMELESS, ids=[f"{way} {path}" for way, path, _ in NAMELESS])
async def test_people_say_whose_things_they_mean(ana: Browser, front: Front, method: str, path: str, body: Any) -> None:
    front.grant("ana list *", "ana update *")
    asked = await ana.ask(method, path, json=body)
    assert (asked.status_code, asked.json()["error"]["param"]) == (400, "workspace_id")


async def test_a_workspace_is_named_as_namespaces_are(ana: Browser, front: Front) -> None:
    front.server.received.clear()
    for path in ("/api/v1/drive/files", "/api/v1/channels", "/api/v1/audit", "/api/v1/usage/summary"):
        asked = await ana.ask("GET", f"{path}?workspace_id={'a' * 5000}")
        assert (asked.status_code, asked.json()["error"]["param"]) == (400, "workspace_id")
    assert front.server.received == []


async def test_who_may_change_agents_puts_files_in_and_takes_them_out(ana: Browser, front: Front) -> None:
    front.grant(*WRITER)
    made = await uploaded(ana, "team-a")
    assert made.status_code == 201, made.text
    one = f"{made.json()['id']}?workspace_id=team-a"
    loaded = await ana.ask("GET", f"/api/v1/drive/download/{one}")
    assert (loaded.status_code, len(loaded.content)) == (200, 3_000_000)
    assert loaded.headers["content-disposition"].startswith("attachment")
    assert (loaded.headers["content-security-policy"], loaded.headers["x-content-type-options"]) == (
        "sandbox",
        "nosniff",
    )
    listed = await ana.ask("GET", "/api/v1/drive/files?workspace_id=team-a&path=/shared/")
    assert listed.headers["content-type"] == "application/json"
    assert [file["name"] for file in listed.json()["files"]] == ["<img src=x onerror=alert(1)>.txt"]
    foreign = await ana.ask("GET", f"/api/v1/drive/files/{made.json()['id']}?workspace_id=team-b")
    assert foreign.status_code == 403
    front.grant(*READER)
    assert (await ana.ask("DELETE", f"/api/v1/drive/files/{one}")).status_code == 403
    assert (await uploaded(ana, "team-a")).status_code == 403
    front.grant(*WRITER)
    assert (await ana.ask("DELETE", f"/api/v1/drive/files/{one}")).status_code == 204


async def test_an_upload_needs_the_session_and_its_csrf_token(ana: Browser, front: Front) -> None:
    front.grant(*WRITER)
    tries = [
        await uploaded(ana, "team-a", **{"x-vutler-csrf": ""}),
        await uploaded(ana, "team-a", **{"x-vutler-csrf": "0" * 64}),
        await uploaded(ana, "team-a", **{"sec-fetch-site": "cross-site"}),
        await uploaded(ana, "team-a", cookie="vutler=made-up"),
    ]
    codes = [(answer.status_code, answer.json()["error"]["code"]) for answer in tries]
    assert codes == [(403, "csrf_failed"), (403, "csrf_failed"), (403, "foreign_origin"), (401, "session_expired")]
    listed = await ana.ask("GET", "/api/v1/drive/files?workspace_id=team-a&path=/shared/")
    assert listed.json()["files"] == []


async def test_people_speak_in_channels_under_their_own_names(ana: Browser, front: Front) -> None:
    path = "/api/v1/channels/team-a.general/messages"
    front.grant(*READER)
    assert (await ana.ask("POST", path, json={"text": "Hello"})).status_code == 403
    front.grant(*WRITER)
    said = await ana.ask("POST", path, json={"text": "<script>alert(1)</script>"})
    assert (said.status_code, said.json()["author"], said.json()["text"]) == (201, "ana", "<script>alert(1)</script>")
    forged = await ana.ask("POST", path, json={"text": "Pay me", "author": "admin"})
    assert (forged.status_code, forged.json()["error"]["param"]) == (400, "author")
    read = await ana.ask("GET", path)
    assert [message["author"] for message in read.json()["messages"]] == ["ana"]


async def test_channels_and_webhooks_are_changed_by_who_may_change_agents(ana: Browser, front: Front) -> None:
    tries = [
        ("POST", "/api/v1/channels", {"name": "news", "workspace_id": "team-a"}, 201),
        ("POST", "/api/v1/channels/team-a.news/hooks", HOOK, 201),
        ("GET", "/api/v1/channels/team-a.news/hooks", None, 200),
        ("DELETE", "/api/v1/channels/team-a.news", None, 204),
    ]
    front.grant(*READER)
    assert [(await ana.ask(way, path, json=body)).status_code for way, path, body, _ in tries] == [403] * len(tries)
    front.grant(*WRITER)
    assert [(await ana.ask(way, path, json=body)).status_code for way, path, body, _ in tries] == [
        status for *_, status in tries
    ]
    elsewhere = await ana.ask("POST", "/api/v1/channels", json={"name": "news", "workspace_id": "team-b"})
    assert elsewhere.status_code == 403


async def test_an_agent_has_no_business_with_webhooks(front: Front) -> None:
    token = await front.router.agent(AVA)
    asked = await front.router.http.get(
        "/api/v1/channels/team-a.general/hooks", headers={"authorization": f"Bearer {token}"}
    )
    assert asked.status_code == 403


async def test_mail_is_read_by_who_may_see_the_agent_and_written_by_who_may_change_it(
    ana: Browser, front: Front
) -> None:
    box, other = f"/api/v1/agents/{AVA}/mail", f"/api/v1/agents/{BOB}/mail"

    async def tried(path: str) -> tuple[int, int]:
        return (await ana.ask("GET", path)).status_code, (await ana.ask("POST", path, json=MAIL)).status_code

    assert await tried(box) == (404, 404)
    front.grant("ana get team-a.ava")
    assert await tried(box) == (200, 403)
    front.grant(*WRITER)
    assert (await tried(box), await tried(other)) == ((200, 201), (404, 404))


async def test_calls_of_tools_are_shown_of_agents_that_one_sees(ana: Browser, front: Front) -> None:
    front.grant("ana get team-a.ava")
    own, other = [await ana.ask("GET", f"/api/v1/audit?agent_id={agent_id}") for agent_id in (AVA, BOB)]
    assert (own.status_code, other.status_code) == (200, 404)


async def test_a_tree_that_one_may_not_see_is_none(ana: Browser, front: Front) -> None:
    front.grant(*READER)
    asked = await ana.ask("GET", "/api/v1/usage/trees/none")
    assert (asked.status_code, asked.json()["error"]["code"]) == (404, "tree_not_found")
