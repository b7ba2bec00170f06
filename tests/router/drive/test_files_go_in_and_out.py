import base64
import hashlib
import os
from pathlib import Path

from tests.router.drive.conftest import AVA, DOWNLOAD, FILES, Caller, as_admin, code_of, contents_in
from tests.support.running_router import RunningRouter

LARGE = os.urandom(3 * 1024 * 1024 + 7)


async def test_an_uploaded_file_is_described_listed_and_comes_back(ava: Caller) -> None:
    answer = await ava.upload("reports/may.pdf", LARGE)
    file = answer.json()

    assert answer.status_code == 201
    assert file == {
        "id": file["id"],
        "path": "/agents/ava/reports/may.pdf",
        "name": "may.pdf",
        "size": len(LARGE),
        "sha256": hashlib.sha256(LARGE).hexdigest(),
        "content_type": "text/plain",
        "created_at": file["created_at"],
        "agent_id": AVA,
        "workspace_id": "team-a",
    }
    assert (await ava.get(f"{FILES}/{file['id']}")).json() == file
    assert (await ava.get(FILES, path="reports")).json() == {
        "path": "/agents/ava/reports/",
        "folders": [],
        "files": [file],
        "next_cursor": None,
    }
    assert await ava.content(file["id"]) == LARGE


PLACES = [
    (None, "a.txt", "/agents/ava/a.txt"),
    ("", "a.txt", "/agents/ava/a.txt"),
    ("deep/er/", "a.txt", "/agents/ava/deep/er/a.txt"),
    ("b.txt", "a.txt", "/agents/ava/b.txt"),
    ("/shared/b.txt", "a.txt", "/shared/b.txt"),
    ("/shared/", "Über 😀.txt", "/shared/Über 😀.txt"),
    ("x/😀 résumé (v2).tar.gz", "a.txt", "/agents/ava/x/😀 résumé (v2).tar.gz"),
]


async def test_a_path_says_where_a_file_goes(ava: Caller) -> None:
    for path, name, expected in PLACES:
        file = (await ava.upload(path, name=name, overwrite="true")).json()

        assert file["path"] == expected
        assert await ava.content(file["id"]) == b"hello"


async def test_the_path_may_come_behind_the_file(ava: Caller, tmp_path: Path) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n'
    field = b'--b\r\nContent-Disposition: form-data; name="path"\r\n\r\n%s\r\n--b--\r\n'

    good = await ava.post(part + field % b"behind.txt", "multipart/form-data; boundary=b")
    bad = await ava.post(part + field % b"../behind.txt", "multipart/form-data; boundary=b")

    assert good.json()["path"] == "/agents/ava/behind.txt"
    assert code_of(bad) == (400, "invalid_path")
    assert len(contents_in(tmp_path)) == 1


async def test_an_empty_file_is_a_file(ava: Caller) -> None:
    file = await ava.kept("empty", b"")

    assert (file["size"], file["sha256"]) == (0, hashlib.sha256(b"").hexdigest())
    assert await ava.content(file["id"]) == b""


async def test_two_spellings_of_a_name_are_one_path(ava: Caller) -> None:
    await ava.kept("caf\u00e9.txt")

    again = await ava.upload("cafe\u0301.txt")

    assert code_of(again) == (409, "file_exists")
    assert await ava.listed() == ([], ["/agents/ava/caf\u00e9.txt"])


async def test_a_file_that_is_there_is_replaced_only_on_request(ava: Caller, tmp_path: Path) -> None:
    first = await ava.kept("x.txt", b"first")

    refused = await ava.upload("x.txt", b"second")
    kept = await ava.content(first["id"])
    second = await ava.kept("x.txt", b"third", overwrite="true")

    assert code_of(refused) == (409, "file_exists")
    assert kept == b"first"
    assert await ava.content(second["id"]) == b"third"
    assert code_of(await ava.get(f"{DOWNLOAD}/{first['id']}")) == (404, "file_not_found")
    assert await ava.listed() == ([], ["/agents/ava/x.txt"])
    assert [path.read_bytes() for path in contents_in(tmp_path)] == [b"third"]


async def test_a_deleted_file_is_gone_with_its_content_and_its_folder(ava: Caller, tmp_path: Path) -> None:
    file = await ava.kept("folder/x.txt")

    assert (await ava.delete(file["id"])).status_code == 204

    assert await ava.listed() == ([], [])
    assert contents_in(tmp_path) == []
    assert code_of(await ava.delete(file["id"])) == (404, "file_not_found")
    assert code_of(await ava.get(f"{FILES}/{file['id']}")) == (404, "file_not_found")


async def test_a_folder_is_listed_a_page_at_a_time(ava: Caller) -> None:
    for name in ("b/1", "b/2", "a/1", "c/d/1", "z.txt", "y.txt", "x.txt"):
        await ava.kept(f"/shared/{name}")

    seen: list[str] = []
    cursor = ""
    while True:
        page = (await ava.get(FILES, path="/shared", limit=2, cursor=cursor)).json()
        seen.append(" ".join(entry["name"] for entry in (*page["folders"], *page["files"])))
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == ["a b", "c x.txt", "y.txt z.txt"]


async def test_pages_of_any_size_show_everything_once(ava: Caller) -> None:
    for name in ("a/1", "b/1", "c", "d", "e"):
        await ava.kept(name)
    for limit in range(1, 7):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await ava.get(FILES, limit=limit, cursor=cursor)).json()
            seen += [entry["name"] for entry in (*page["folders"], *page["files"])]
            cursor = page["next_cursor"]

        assert seen == ["a", "b", "c", "d", "e"]


def written(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


async def test_a_cursor_from_elsewhere_is_refused(ava: Caller, zoe: Caller) -> None:
    for caller in (ava, zoe):
        for name in ("1", "2"):
            await caller.kept(f"/shared/{name}")
    await ava.kept("other/1")
    cursor = (await ava.get(FILES, path="/shared/", limit=1)).json()["next_cursor"]

    answers = [
        await ava.get(FILES, path="other", cursor=cursor),
        await zoe.get(FILES, path="/shared/", cursor=cursor),
        await ava.get(FILES, path="/shared/", cursor="file_1"),
        await ava.get(FILES, path="/shared/", cursor="WzEsMl0"),
        await ava.get(FILES, path="/shared/", cursor=written(b'["team-a","/shared/",true,"\\ud800"]')),
        await ava.get(FILES, path="/shared/", cursor=written(b"[" * 20_000)),
    ]

    assert [code_of(answer) for answer in answers] == [(400, "invalid_cursor")] * 6
    assert (await ava.listed("/shared/", cursor=cursor))[1] == ["/shared/2"]


async def test_a_type_is_what_was_said_else_what_the_name_tells(ava: Caller) -> None:
    async def kept(path: str, content_type: str | None) -> tuple[int, str]:
        said = f"Content-Type: {content_type}\r\n" if content_type is not None else ""
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{path}"\r\n{said}\r\nx\r\n--b--\r\n'
        answer = await ava.post(head.encode(), "multipart/form-data; boundary=b")
        return answer.status_code, answer.json().get("content_type", "")

    assert await kept("1.pdf", None) == (201, "application/pdf")
    assert await kept("2.md", None) == (201, "text/markdown")
    assert await kept("3", None) == (201, "application/octet-stream")
    assert await kept("4.pdf", "text/html; charset=utf-8") == (201, "text/html; charset=utf-8")
    assert await kept("5.pdf", "text") == (400, "")
    assert await kept("6.pdf", f"text/{'x' * 300}") == (400, "")


async def test_the_administrator_says_whose_drive_it_is(router: RunningRouter, ava: Caller) -> None:
    file = await ava.kept("x.txt")
    team, agent = as_admin(router, workspace_id="team-a"), as_admin(router, agent_id=AVA)

    shared = await team.kept("notes.txt", b"from the administrator")
    own = await agent.kept("notes.txt")

    assert (shared["path"], shared["agent_id"]) == ("/shared/notes.txt", None)
    assert (own["path"], own["agent_id"]) == ("/agents/ava/notes.txt", AVA)
    assert await team.listed("/agents/ava") == ([], ["/agents/ava/notes.txt", "/agents/ava/x.txt"])
    assert await agent.listed() == ([], ["/agents/ava/notes.txt", "/agents/ava/x.txt"])
    assert await as_admin(router).content(file["id"]) == b"hello"
    assert code_of(await as_admin(router).get(FILES)) == (400, "invalid_request")
    assert code_of(await as_admin(router, workspace_id="Team A").get(FILES)) == (400, "invalid_agent_id")
    assert code_of(await as_admin(router, workspace_id="team-b", agent_id=AVA).get(FILES)) == (400, "invalid_request")
    assert (await as_admin(router, workspace_id="team-b").get(f"{FILES}/{file['id']}")).status_code == 404
    assert (await as_admin(router).delete(file["id"])).status_code == 204


async def test_what_goes_in_and_out_is_counted(router: RunningRouter, ava: Caller) -> None:
    file = await ava.kept("x.txt", b"12345")
    await ava.content(file["id"])
    await ava.upload("x.txt")
    await ava.delete(file["id"])

    said = (await router.http.get("/metrics")).text.splitlines()

    assert 'vutler_drive_bytes_total{direction="upload"} 5.0' in said
    assert 'vutler_drive_bytes_total{direction="download"} 5.0' in said
    assert 'vutler_drive_files_total{operation="delete"} 1.0' in said
    assert 'vutler_drive_refusals_total{code="file_exists"} 1.0' in said
